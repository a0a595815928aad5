"""Whose fault it is that a provider does not answer: judged from our own test and from OpenClaw's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from appliance.providers.causes import CAUSES
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.providers.probe import ProbeResult

Blame = Literal["", "key", "account", "network", "proxy", "model", "openclaw", "clock", "provider"]

_CAUSES_OF: Mapping[Blame, tuple[str, ...]] = {
    "key": ("wrong-key", "key-missing", "bad-key"),
    "account": ("no-credit", "not-allowed", "rate-limit"),
    "network": ("dns", "refused", "network", "connect-timeout", "tls", "not-https"),
    "proxy": ("proxy",),
    "clock": ("clock", "tls-clock"),
    "model": ("model-not-found", "no-model", "no-tools", "tool-not-called", "small-context"),
    "provider": (
        "timeout", "protocol", "cut", "too-large", "not-json", "redirect", "provider-error", "bad-request",
        "wrong-path", "provider-timeout", "provider-down", "unexpected-status",
    ),
}  # fmt: skip
BLAME_OF: Mapping[str, Blame] = {code: blame for blame, codes in _CAUSES_OF.items() for code in codes}
"""Code of a cause to whose fault it is; every cause has one."""

STILL_TRYING = "still-trying"
NOT_ASKED = "not-asked"
"""OpenClaw was not asked, because no Gateway answers."""
NOT_DIRECT = "not-direct"
"""We did not ask it ourselves: only OpenClaw has its key, or knows how."""
_OF_OPENCLAW: Mapping[str, str] = {
    "auth": "wrong-key",
    "rate-limit": "rate-limit",
    "billing": "no-credit",
    "timeout": "timeout",
    "format": "bad-request",
    "no-model": "no-model",
    "no-key": "key-missing",
    STILL_TRYING: "timeout",
}
"""What a status of `models.probe` means where our own test could not go that far."""
_RESTART = "Restart OpenClaw; if that does not help, look at its logs."
_OUR_OWN_WAY = ("network", "proxy", "clock")
"""Faults of the way from here, which OpenClaw may not share."""


JUDGED = (
    "slow", "other-way", "other-key", NOT_ASKED, NOT_DIRECT, STILL_TRYING, "openclaw-auth",
    "openclaw-billing", "openclaw-rate-limit", "openclaw-no-model", f"openclaw-{STILL_TRYING}",
    "openclaw-failed",
)  # fmt: skip
"""Codes of a test besides those of the causes."""


@dataclass(frozen=True)
class Judgement:
    """What a test amounts to."""

    ok: bool
    blame: Blame = ""
    code: str = ""
    """Of a cause, or `openclaw-…` where only OpenClaw fails; `other-way`, `slow` where only we do."""
    words: str = ""
    hint: str = ""


def judge(direct: str, openclaw: str, *, whole: bool) -> Judgement:
    """Whose fault it is, from the two tests.

    Args:
        direct: code of the cause our own test failed with; empty when it did not fail.
        openclaw: `ok`, `not-asked`, `still-trying` or a status of OpenClaw's test (`auth`, `rate-limit`, …).
        whole: our own test had the key and went to the end; otherwise it only looked for somebody there.
    """
    if direct:
        return _got_through(direct) if openclaw == "ok" else _by_cause(direct)
    if openclaw == "ok" or (openclaw == NOT_ASKED and whole):
        return Judgement(True)
    if whole:
        return _only_openclaw(openclaw)
    return _by_cause(_OF_OPENCLAW[openclaw]) if openclaw in _OF_OPENCLAW else _only_openclaw(openclaw)


def _by_cause(code: str) -> Judgement:
    cause = CAUSES[code]
    return Judgement(False, BLAME_OF[code], code, cause.words, cause.hint)


def _got_through(direct: str) -> Judgement:
    """OpenClaw was answered where our own test was not."""
    blame = BLAME_OF[direct]
    if direct in ("timeout", "rate-limit", "provider-timeout", "provider-down", "cut"):
        words = "It answers through OpenClaw, but slowly or not every time."
        return Judgement(True, blame, "slow", words, "Test it again later; if it stays so, choose another.")
    if blame in _OUR_OWN_WAY:
        words = "It answers through OpenClaw; this program's own way to it is blocked."
        return Judgement(True, blame, "other-way", words, CAUSES[direct].hint)
    if blame == "key":
        words = "It answers through OpenClaw, which has another key than the settings say."
        return Judgement(True, "openclaw", "other-key", words, "Look at OpenClaw's own logins for it.")
    return _by_cause(direct)


def _only_openclaw(status: str) -> Judgement:
    """The provider answers us and not OpenClaw."""
    told = {
        "auth": (
            "The key works, but OpenClaw uses another one for this provider.",
            "Give the key once more, so that both use the same.",
        ),
        "rate-limit": (
            "It answers, but asks OpenClaw to slow down.",
            "Wait a minute; if it stays so, look at the limits of the account.",
        ),
        "billing": (
            "It answers, but the account OpenClaw uses has no credit left.",
            "Look at the account at the provider.",
        ),
        "no-model": ("OpenClaw has no model of this provider to ask.", "Choose a model for it."),
        STILL_TRYING: (
            "It answers us at once, and OpenClaw is still trying.",
            _RESTART,
        ),
    }
    failed = (
        "It answers us, but not OpenClaw.",
        _RESTART,
    )
    words, hint = told.get(status, failed)
    blames: Mapping[str, Blame] = {"rate-limit": "account", "billing": "account", "no-model": "model"}
    known = status if status in told else "failed"
    return Judgement(False, blames.get(status, "openclaw"), f"openclaw-{known}", words, hint)


def judgement_of(direct: ProbeResult | None) -> Judgement:
    """What our own test alone amounts to; nothing against it where there was none."""
    trouble = direct.trouble if direct else None
    return _by_cause(trouble.code) if trouble else Judgement(True)
