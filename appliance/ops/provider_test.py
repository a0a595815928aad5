"""`providers.test`: both ways to a provider, our own and OpenClaw's, and from the two whose fault it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from appliance.errors import LunaError, NotFound, Unreachable
from appliance.ops.core import Call, Event, Operation, Risk, Verdict, param
from appliance.ops.provider_key import key_at_hand
from appliance.ops.provider_trial import ProviderStep, as_steps, probe_through_openclaw
from appliance.providers.verdict import NOT_ASKED, NOT_DIRECT, STILL_TRYING
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.models import Provider
    from appliance.providers.probe import ProbeResult
    from appliance.providers.trials import Trial
    from appliance.providers.verdict import Judgement

DIRECT_SECONDS = 10.0
"""For the whole of our own test; with what surrounds it, it is over within 12 s in every fault."""
VERIFY_SECONDS = 20.0
"""For the connection and the question whether everybody is answered, on top."""
HOPELESS_SECONDS = 8.0
"""How long OpenClaw is waited for where our own test has failed already: it may be luckier, and rarely is."""


@dataclass(frozen=True)
class TestProvider:
    """Which provider is tested."""

    __test__ = False

    provider: str = param("Its id; the default model's when left out.", default="", positional=True)


@dataclass(frozen=True)
class ProviderTest:
    """What both tests said, and whose fault it is when it does not work."""

    __test__ = False

    provider: str
    ok: bool
    steps: tuple[ProviderStep, ...]
    blame: str = ""
    """`key account network proxy model openclaw clock provider`, one of them; empty when all is well."""
    code: str = ""
    """Of the cause; empty when all is well."""
    words: str = ""
    hint: str = ""
    model: str = ""
    """The model that was asked."""
    milliseconds: int = 0
    """Its tiny answer took so long, by our own test."""
    first_milliseconds: int = 0
    """Its first piece came after so long."""
    context_window: int | None = None
    """Tokens; `None` when the provider does not say."""
    tools: bool | None = None
    """Whether it called a tool; `None` when it was not asked to."""


async def test(box: Appliance, params: TestProvider, call: Call) -> ProviderTest:
    """Ask a provider ourselves, then have OpenClaw ask it, and compare.

    Raises:
        NotFound: there is no such provider.
        Unreachable: its key can only be tried by OpenClaw, and the Gateway does not answer.
    """
    from appliance.gateway.probe import probe as look

    value = box.config.read().value
    provider = _wanted(value, params.provider)
    is_up = (await asyncio.to_thread(look, box.endpoint())).ready
    direct, steps = await _directly(box, call, value, provider)
    failed = direct.trouble is not None if direct else False
    if not is_up and not failed and not (direct and direct.milliseconds):
        why = f"{steps[-1].detail} Only OpenClaw can try it, and the Gateway does not answer."
        raise Unreachable(
            f"{provider.title}: {why}",
            hint="lunatui gateway start",
            code="gateway-down",
        )
    theirs = await _by_openclaw(box, call, provider, hopeless=failed) if is_up else (_not_asked(),)
    found = _judged(direct, theirs)
    trial = trial_of(direct, found)
    _remember(box, call, provider.id, trial)
    return ProviderTest(
        provider.id,
        found.ok,
        (*steps, *theirs),
        found.blame,
        found.code,
        found.words,
        found.hint,
        trial.model,
        trial.milliseconds,
        trial.first_milliseconds,
        trial.context_window,
        trial.tools,
    )


def _wanted(value: dict[str, Any], named: str) -> Provider:
    """The provider that is named, or the default model's."""
    from appliance.providers.listing import default_model, require_provider

    provider_id = named or default_model(value).partition("/")[0]
    if not provider_id:
        raise NotFound(
            "No provider is the default yet, so none was tested.",
            hint="lunatui providers add sets one up; lunatui providers test ID tests a certain one.",
            code="provider-unknown",
        )
    return require_provider(value, provider_id)


async def _directly(
    box: Appliance, call: Call, value: dict[str, Any], provider: Provider
) -> tuple[ProbeResult | None, tuple[ProviderStep, ...]]:
    """Our own test, with the key where we may read it; without it only whether somebody is there."""
    from appliance.providers.catalog import Api, kind_of
    from appliance.providers.probe import ProbeTarget, probe

    known = provider.api in get_args(Api)
    if not provider.base_url or not known:
        words = (
            "Only OpenClaw knows how to ask it." if provider.base_url else "Only OpenClaw knows its address."
        )
        return None, (ProviderStep("direct", "skipped", 0, words, "", NOT_DIRECT),)
    found = key_at_hand(box, call, value, provider)
    key = ""
    if found.secret is not None:
        with found.secret.expose() as text:
            key = text.strip()
    call.emit(Event("progress", f"Asking {provider.title} directly…"))
    listed = provider.default_model or next(iter(provider.models), "") or kind_of(provider.id).default_model
    target = ProbeTarget(provider.base_url, provider.api, key, listed, DIRECT_SECONDS, DIRECT_SECONDS)  # type: ignore[arg-type]  # one of Api, as just checked
    result = await probe(replace(target, reach_only=bool(found.missing)))
    steps = as_steps(result)
    if found.missing and result.trouble is None:
        words = f"{found.missing} It was not asked directly."
        steps = (*(step for step in steps if step.state == "ok"), _skipped(words))
    return result, steps


def _skipped(words: str) -> ProviderStep:
    return ProviderStep("direct", "skipped", 0, words, "", NOT_DIRECT)


def _not_asked() -> ProviderStep:
    words = "The Gateway does not answer, so OpenClaw was not asked."
    return ProviderStep("openclaw", "skipped", 0, words, "lunatui gateway start", NOT_ASKED)


async def _by_openclaw(
    box: Appliance, call: Call, provider: Provider, *, hopeless: bool
) -> tuple[ProviderStep, ...]:
    """OpenClaw's own test; where it is well and answers for everybody, the default model's too."""
    from appliance.agents.roster import default_agent
    from appliance.gateway.calls import setup_verify
    from appliance.ops.provider_trial import PATIENCE_SECONDS

    call.emit(Event("progress", f"Asking {provider.title} again, through OpenClaw…"))
    patience = HOPELESS_SECONDS if hopeless else PATIENCE_SECONDS
    try:
        async with asyncio.timeout(patience + VERIFY_SECONDS), box.gateway() as client:
            step = await probe_through_openclaw(box, client, provider.id, call=call, patience=patience)
            if step.state != "ok" or not provider.is_default:
                return (step,)
            # After a refused chat turn OpenClaw holds a provider back for a while; only this call says so.
            agent = default_agent(box.config.read().value, box.places) or None
            answer = await setup_verify(client, agent_id=agent)
    except TimeoutError:
        return (ProviderStep("openclaw", "warning", 0, "OpenClaw was still trying.", "", STILL_TRYING),)
    except LunaError as error:
        return (ProviderStep("openclaw", "failed", 0, error.message, error.hint, error.code),)
    state = "ok" if answer.ok else "failed"
    code = "" if answer.ok else answer.status.replace("_", "-") or "unknown"
    words = "" if answer.ok else answer.error or "OpenClaw holds it back at the moment."
    return (step, ProviderStep("default model", state, answer.latency_ms or 0, words, "", code))


def _judged(direct: ProbeResult | None, steps: tuple[ProviderStep, ...]) -> Judgement:
    from appliance.providers.verdict import judge

    trouble = direct.trouble if direct else None
    theirs = (step.code or "failed" for step in steps if step.state != "ok")
    whole = direct is not None and direct.milliseconds > 0
    return judge(trouble.code if trouble else "", next(theirs, "ok"), whole=whole)


def _remember(box: Appliance, call: Call, provider: str, trial: Trial) -> None:
    """For the list; a look that may write nothing leaves no note."""
    if call.read_only or box.read_only:
        return
    from appliance.providers.trials import keep

    try:
        keep(box.places, provider, trial)
    except LunaError as error:
        call.emit(Event("note", f"The test could not be noted. {error.message}"))


def trial_of(direct: ProbeResult | None, found: Judgement) -> Trial:
    """What is remembered of a test, as of now."""
    from datetime import UTC, datetime

    from appliance.providers.trials import Trial

    now = datetime.now(UTC).isoformat(timespec="seconds")
    known = Trial(now, found.ok, found.code, found.blame)
    if direct is None:
        return known
    return replace(
        known,
        model=direct.model,
        milliseconds=direct.milliseconds,
        first_milliseconds=direct.first_milliseconds,
        context_window=direct.context_window,
        tools=direct.tools,
    )


def verdict_of(result: ProviderTest) -> Verdict:
    """The exit code: something to look at, when it does not work."""
    return Verdict.DONE if result.ok else Verdict.FINDINGS


def as_text(result: ProviderTest) -> str:
    """The verdict first, then one line a step."""
    signs = {"ok": "✓", "warning": "▲", "failed": "✗"}
    head = f"{'✓' if result.ok else '✗'} {result.provider}: {result.words or 'it answers.'}"
    lines = [head, *([f"  {result.hint}"] if result.hint else [])]
    lines += [f"  whose fault: {result.blame}"] if result.blame else []
    for step in result.steps:
        took = f" · {step.milliseconds / 1000:.1f} s" if step.milliseconds else ""
        detail = f" · {step.detail}" if step.detail else ""
        lines.append(f"  {signs.get(step.state, '◌')} {step.name}{took}{detail}")
    if result.first_milliseconds:
        lines.append(f"  first word after {result.first_milliseconds / 1000:.1f} s")
    if result.context_window:
        lines.append(f"  context {result.context_window:,} tokens")
    return "\n".join(lines)


TEST = Operation(
    "providers.test",
    "Ask a brain for a word, directly and the way OpenClaw does, and say whose fault it is",
    Risk.READ,
    TestProvider,
    ProviderTest,
    run=test,
    verdict=verdict_of,
    render=as_text,
)
