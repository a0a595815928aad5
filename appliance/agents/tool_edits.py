"""The edits that make an agent's tools what somebody wants: allowed, asked for, or never, one by one.

Only single tools are written, never groups: what a group means changes with the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from appliance.agents.roster import refuse_old_layout
from appliance.agents.tool_catalog import GROUP
from appliance.agents.tools import ASKS, FULL, Policy, effect, effects, policy_of
from appliance.errors import NotFound, Refused, Usage
from appliance.store.edits import MISSING, Edit, lookup
from appliance.store.layouts import ENTRIES
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.agents.roster import Config
    from appliance.agents.tool_catalog import Catalog
    from appliance.places import Places

PROFILES = ("minimal", "coding", "messaging", "full")
POWERFUL = frozenset({
    "exec", "process", "code_execution", "terminal", "secrets", "browser", "computer", "mobile_ui", "nodes",
    "gateway", "plugins", "openclaw", "message", "conversations_send", "conversations_turn",
})  # fmt: skip
"""With these an agent reaches the box itself, other people, or OpenClaw's own settings."""


@dataclass(frozen=True)
class ToolChoice:
    """What shall hold for which tools; what is not named stays."""

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    inherit: tuple[str, ...] = ()
    """As the profile has it."""
    profile: str | None = None
    """One of OpenClaw's profiles; `default` for everybody's."""


def tool_edits(
    config_value: Config, agent_id: str, choice: ToolChoice, catalog: Catalog, places: Places
) -> tuple[Edit, ...]:
    """The edits of the agent's `tools` after which the choice holds; empty when it does.

    Raises:
        Usage: `tool-twice`, one tool was named twice, or nothing at all; `tool-cannot-ask`.
        NotFound: `agent-unknown`, `tool-unknown`.
        Refused: `tool-bound`, a setting for everybody, or a pattern, decides otherwise; `agents-old-layout`.
    """
    refuse_old_layout(config_value)
    before = policy_of(config_value, agent_id, places)
    _refuse_unusable(choice, catalog, before)
    own = _chosen(before, choice, catalog)
    _refuse_bound(Policy(own, before.common, before.prefix), choice, catalog)
    keys = (
        ("profile",),
        ("allow",),
        ("alsoAllow",),
        ("deny",),
        ("exec", "mode"),
        ("exec", "ask"),
        ("exec", "security"),
    )
    found = {key: (lookup(before.own, key), lookup(own, key)) for key in keys}
    return tuple(
        Edit((*ENTRIES, agent_id, "tools", *key), now, was) for key, (was, now) in found.items() if was != now
    )


def widened(before: Policy, after: Policy, catalog: Catalog) -> tuple[str, ...]:
    """The powerful tools that an agent may use afterwards without asking, and could not before."""
    was = {each.tool.id: each.state for each in effects(before, catalog)}
    return tuple(
        each.tool.id
        for each in effects(after, catalog)
        if each.state == "allow" != was[each.tool.id] and each.tool.id in POWERFUL
    )


def _chosen(before: Policy, choice: ToolChoice, catalog: Catalog) -> Config:
    own: Config = {
        key: dict(value) if isinstance(value, dict) else value for key, value in before.own.items()
    }
    if choice.profile is not None:
        _put(own, "profile", None if choice.profile == "default" else choice.profile)
    deny = _without(before.list_of("agent", "deny"), (*choice.allow, *choice.ask, *choice.inherit), catalog)
    _put(own, "deny", [*deny, *(tool for tool in choice.never if tool not in deny)])
    if isinstance(own.get("alsoAllow"), list):
        also = before.list_of("agent", "alsoAllow")
        _put(own, "alsoAllow", _without(also, (*choice.never, *choice.inherit), catalog))
    for tool in (*choice.allow, *choice.ask):
        _let_through(own, before.common, tool, catalog)
    if ASKS in (*choice.allow, *choice.ask, *choice.inherit):
        _set_commands(own, before, choice)
    return own


def _let_through(own: Config, common: Config, tool_id: str, catalog: Catalog) -> None:
    """Name the tool where the profile, or the agent's own list, leaves it out."""
    policy = Policy(own, common, "")
    tool = catalog.find(tool_id)
    if tool is None or effect(policy, catalog, tool).state != "never":
        return
    if policy.list_of("agent", "allow"):
        # Beside `allow` there can be no `alsoAllow`: the list then says all of it, and the profile nothing.
        there = [each.tool.id for each in effects(policy, catalog) if each.state != "never"]
        own["allow"], own["profile"] = [*there, tool_id], FULL
    else:
        own["alsoAllow"] = [*policy.also[0], tool_id]


def _set_commands(own: Config, before: Policy, choice: ToolChoice) -> None:
    settings = dict(cast("Config", own.get("exec") or {}))
    for key in ("mode", "ask", "security"):
        settings.pop(key, None)
    now = Policy({**own, "exec": settings}, before.common, "").exec_mode[0]
    if ASKS in choice.ask and now != "ask":
        settings["mode"] = "ask"
    elif ASKS in choice.allow and now not in ("", "full"):
        settings["mode"] = "full"
    _put(own, "exec", settings)


def _without(entries: Iterable[str], tools: tuple[str, ...], catalog: Catalog) -> list[str]:
    """A list that does not name these any more; a group that did is taken apart."""
    left: list[str] = []
    for entry in entries:
        members = catalog.members(entry) if entry.startswith(GROUP) or entry in tools else ()
        if set(members) & set(tools):
            left += [member for member in members if member not in tools and member not in left]
        else:
            left.append(entry)
    return left


def _put(own: Config, key: str, value: object) -> None:
    """Empty settings go, but those that were empty before."""
    if value or own.get(key, MISSING) == value:
        own[key] = value
    else:
        own.pop(key, None)


def _refuse_unusable(choice: ToolChoice, catalog: Catalog, policy: Policy) -> None:
    named = (*choice.allow, *choice.ask, *choice.never, *choice.inherit)
    if len(set(named)) < len(named) or not (named or choice.profile is not None):
        raise Usage(
            "Say once for each tool what shall hold for it.",
            hint="--allow TOOL, --ask TOOL, --never TOOL, --inherit TOOL, or --profile NAME",
            code="tool-twice",
        )
    for tool in named:
        if catalog.find(tool) is None and tool not in policy.list_of("agent", "deny"):
            raise NotFound(
                f"There is no tool “{tool}”.",
                hint="lunatui agents tools AGENT lists them.",
                code="tool-unknown",
            )
    if any(tool != ASKS for tool in choice.ask):
        raise Usage(
            f"OpenClaw asks a person only before “{ASKS}”.",
            hint="Allow the others, or never allow them.",
            code="tool-cannot-ask",
        )


def _refuse_bound(after: Policy, choice: ToolChoice, catalog: Catalog) -> None:
    wishes = dict.fromkeys(choice.allow, "allow") | dict.fromkeys(choice.ask, "ask")
    for tool_id, state in wishes.items():
        tool = catalog.find(tool_id)
        found = effect(after, catalog, tool) if tool else None
        if found is not None and found.state != state:
            raise Refused(
                f"“{tool_id}” is held back by {found.path}, which this agent cannot overrule.",
                hint=f"lunatui config get {found.path}",
                code="tool-bound",
                facts={"tool": tool_id},
            )
