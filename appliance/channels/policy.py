"""Who gets an answer on a channel, who a code, who silence: as OpenClaw decides it from its settings.

Read from `resolveDmGroupAccessWithLists` of 2026.9.6: approvals given earlier count only where the policy is
`pairing`; `open` without `*` is a list; groups fall back to the list for direct messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from appliance.channels.settings import title_of
from appliance.store.edits import lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.channels.settings import Account

DmPolicy = Literal["pairing", "allowlist", "open", "disabled"]
GroupPolicy = Literal["allowlist", "open", "disabled"]
Gets = Literal["answer", "code", "silence"]
Members = Literal["everybody", "listed", "nobody"]
ANYBODY = "*"
_GROUP_SECTIONS = ("groups", "channels", "guilds", "teams", "rooms")
"""Where channels keep rules of single groups."""
_PERSONAL = ("whatsapp",)


@dataclass(frozen=True)
class Policy:
    """Who is answered on one account."""

    channel: str
    account: str
    strangers: Gets
    """What somebody gets who writes for the first time and is on no list."""
    listed: tuple[str, ...]
    """Who is on the list for direct messages."""
    approved_count: bool
    """Whether approvals given to a code count too."""
    groups: Members
    """Who is answered in groups; `listed`: `group_listed`."""
    group_listed: tuple[str, ...]
    open_groups: tuple[str, ...]
    """Single groups whose own rule lets all of their members in."""
    personal: bool
    """The number is its owner's own: strangers must get silence."""

    @property
    def lets_strangers_in(self) -> bool:
        """Whether somebody on no list gets an answer anywhere."""
        return self.strangers == "answer" or self.groups == "everybody" or bool(self.open_groups)

    @property
    def strangers_receive(self) -> bool:
        """Whether somebody on no list receives anything at all, be it a code."""
        return self.strangers != "silence" or self.lets_strangers_in

    @property
    def sentence(self) -> str:
        """In one sentence: who gets an answer, who a code, who silence."""
        return f"{title_of(self.channel)}: {_direct(self)}; {_in_groups(self)}."


def policy_of(config: Mapping[str, Any], account: Account) -> Policy:
    """What OpenClaw does with whoever writes to this account."""
    settings = account.settings
    direct, listed = _direct_policy(settings), entries(settings.get("allowFrom"))
    strangers: Gets = "code" if direct == "pairing" else "silence"
    if direct == "disabled":
        listed = ()
    elif ANYBODY in listed:
        strangers = "answer"
    members, group_listed = _group_members(config, account)
    return Policy(
        account.channel,
        account.id,
        strangers,
        tuple(entry for entry in listed if entry != ANYBODY),
        direct == "pairing",
        members,
        group_listed,
        _open_groups(settings),
        is_personal(account),
    )


def is_personal(account: Account) -> bool:
    """Whether the number is its owner's own: OpenClaw's setting for talking to oneself says so."""
    return account.channel in _PERSONAL and account.settings.get("selfChatMode") is True


def can_be_personal(channel: str) -> bool:
    """Whether a channel of this kind may run on the number its owner uses."""
    return channel in _PERSONAL


def entries(value: object) -> tuple[str, ...]:
    """A list of people as OpenClaw reads one: trimmed, each once, numbers as text."""
    if not isinstance(value, list):
        return ()
    named = (item for item in value if isinstance(item, str | int) and not isinstance(item, bool))
    return tuple(dict.fromkeys(filter(None, (str(item).strip() for item in named))))


def _direct_policy(settings: Mapping[str, Any]) -> DmPolicy:
    older = settings.get("dm")
    nested = older if isinstance(older, dict) else {}
    if nested.get("enabled") is False:
        return "disabled"
    value = settings.get("dmPolicy", nested.get("policy"))
    return value if value in ("pairing", "allowlist", "open", "disabled") else "pairing"


def _group_members(config: Mapping[str, Any], account: Account) -> tuple[Members, tuple[str, ...]]:
    settings = account.settings
    fallback = lookup(config, ("channels", "defaults", "groupPolicy"))
    policy = settings.get("groupPolicy", fallback)
    if policy == "disabled":
        return "nobody", ()
    if policy == "open":
        return "everybody", ()
    named = entries(settings.get("groupAllowFrom")) or entries(settings.get("allowFrom"))
    if ANYBODY in named:
        return "everybody", ()
    return ("listed", named) if named else ("nobody", ())


def _open_groups(settings: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for section in _GROUP_SECTIONS:
        rules = settings.get(section)
        for name, rule in rules.items() if isinstance(rules, dict) else ():
            if isinstance(rule, dict) and rule.get("enabled") is not False and _is_open(rule):
                found.append(str(name))
    return tuple(found)


def _is_open(rule: Mapping[str, Any]) -> bool:
    if rule.get("groupPolicy") == "open":
        return True
    lists = (rule.get("allowFrom"), rule.get("users"), rule.get("groupAllowFrom"))
    if rule.get("groupPolicy") != "disabled" and any(ANYBODY in entries(value) for value in lists):
        return True
    topics = rule.get("topics")
    inner = topics.values() if isinstance(topics, dict) else ()
    return any(_is_open(topic) for topic in inner if isinstance(topic, dict))


def _direct(policy: Policy) -> str:
    who = _people(policy.listed)
    if policy.strangers == "answer":
        return "everybody gets an answer"
    if policy.strangers == "code":
        known = f"{who} and whoever you let in get" if who else "whoever you let in gets"
        return f"{known} an answer, everybody else gets a code and waits for you"
    return f"only {who} gets an answer, everybody else gets silence" if who else "everybody gets silence"


def _in_groups(policy: Policy) -> str:
    if policy.groups == "everybody":
        return "in groups everybody gets an answer"
    if policy.open_groups:
        return f"in {len(policy.open_groups)} group(s) everybody gets an answer"
    if policy.groups == "listed":
        return f"in groups only {_people(policy.group_listed)}"
    return "groups get silence"


def _people(listed: tuple[str, ...]) -> str:
    if len(listed) <= 2:
        return " and ".join(listed)
    return f"{len(listed)} people on the list"
