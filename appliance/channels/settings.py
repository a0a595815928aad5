"""Channels as openclaw.json has them: their accounts, each with the settings that count for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from appliance.errors import NotFound
from appliance.history.meaning import NOT_CHANNELS
from appliance.store.edits import Path, lookup
from appliance.values import dataclass

DEFAULT_ACCOUNT = "default"
"""What OpenClaw calls the account of a channel that names none."""
ROOT = ("channels",)
_NOT_INHERITED = frozenset({"enabled", "name", "authDir", "selfChatMode"})
"""What WhatsApp's other accounts do not take over from `default`."""
_TITLES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "slack": "Slack", "imessage": "iMessage"}


@dataclass(frozen=True)
class Account:
    """One account of a channel."""

    channel: str
    id: str
    path: Path
    """Where its own settings stand; the channel's own path for one without a section of its own."""
    enabled: bool
    settings: Mapping[str, Any]
    """What counts for it: the channel's settings, those of its own above them (OpenClaw's order).

    On WhatsApp those of the account `default` stand between the two (`resolveMergedWhatsAppAccountConfig`).
    """


def title_of(channel: str) -> str:
    """The channel's name as people write it."""
    return _TITLES.get(channel, channel.replace("-", " ").capitalize())


def accounts(config: Mapping[str, Any]) -> tuple[Account, ...]:
    """Every account of every channel that is set up, in the order of the file.

    A channel without a section `accounts`, or with credentials beside it, has an account `default`.
    """
    present = lookup(config, ROOT)
    found: list[Account] = []
    for channel, settings in present.items() if isinstance(present, dict) else ():
        if channel not in NOT_CHANNELS and isinstance(settings, dict):
            found += (_account(channel, settings, name) for name in _names(settings))
    return tuple(found)


def accounts_of(config: Mapping[str, Any], channel: str) -> tuple[Account, ...]:
    """Those of one channel; none when it is not set up."""
    return tuple(account for account in accounts(config) if account.channel == channel)


def account_of(config: Mapping[str, Any], channel: str, account: str = "") -> Account:
    """One account; the channel's default one when none is named.

    Raises:
        NotFound: `channel-unknown`, it is not set up; `account-unknown`, it has no such account.
    """
    known = accounts_of(config, channel)
    if not known:
        raise NotFound(
            f"{title_of(channel)} is not set up here.",
            hint=f"lunatui channels add {channel}",
            code="channel-unknown",
            facts={"channel": title_of(channel)},
        )
    wanted = account or default_account(config, channel)
    for one in known:
        if one.id == wanted:
            return one
    raise NotFound(
        f"{title_of(channel)} has no account “{wanted}”.",
        hint=f"It has: {', '.join(one.id for one in known)}.",
        code="account-unknown",
        facts={"channel": title_of(channel), "account": wanted},
    )


def default_account(config: Mapping[str, Any], channel: str) -> str:
    """The account that is meant when none is named."""
    settings = lookup(config, (*ROOT, channel))
    named = settings.get("defaultAccount") if isinstance(settings, dict) else None
    if isinstance(named, str) and named.strip():
        return named.strip()
    names = _names(settings) if isinstance(settings, dict) else [DEFAULT_ACCOUNT]
    return DEFAULT_ACCOUNT if DEFAULT_ACCOUNT in names else names[0]


def expected_account(config: Mapping[str, Any], channel: str, account: str) -> Account:
    """The account, or what it would be once it is written down."""
    settings = lookup(config, (*ROOT, channel))
    values = settings if isinstance(settings, dict) else {}
    return _account(channel, cast("dict[str, Any]", values), account or default_account(config, channel))


def _names(settings: Mapping[str, Any]) -> list[str]:
    section = _table(settings.get("accounts"))
    names = [str(name) for name, own in section.items() if isinstance(own, dict)]
    has_credentials = any(settings.get(key) for key in ("botToken", "tokenFile", "appToken", "authDir"))
    if not names or (has_credentials and DEFAULT_ACCOUNT not in names):
        names.insert(0, DEFAULT_ACCOUNT)
    return names


def _account(channel: str, settings: Mapping[str, Any], name: str) -> Account:
    section = _table(settings.get("accounts"))
    key = next((known for known in section if known.strip().lower() == name.strip().lower()), name)
    shared = {
        field: value for field, value in settings.items() if field not in ("accounts", "defaultAccount")
    }
    if channel == "whatsapp" and key != DEFAULT_ACCOUNT:
        default = _table(section.get(DEFAULT_ACCOUNT))
        shared |= {field: value for field, value in default.items() if field not in _NOT_INHERITED}
    own = _table(section.get(key))
    in_section = key != DEFAULT_ACCOUNT or bool(section)
    path = (*ROOT, channel, "accounts", key) if in_section else (*ROOT, channel)
    enabled = settings.get("enabled") is not False and own.get("enabled") is not False
    return Account(channel, key, path, enabled, {**shared, **own})


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
