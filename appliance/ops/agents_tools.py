"""`agents`: what an agent may do with which tool and why, and the same changed tool by tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from appliance.errors import LunaError
from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Operation, Prepared, Question, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.tool_catalog import Catalog
    from appliance.agents.tools import Effect, Policy
    from appliance.api import Appliance

ASK_S = 4.0
"""Seconds in which the Gateway has to list its tools; after that the shipped list does."""
_WHY = {
    "profile": "the profile has it",
    "also": "added to the profile",
    "listed": "on the list of what is allowed",
    "open": "nothing holds it back",
    "asks": "a person is asked before each command that is not known",
    "denied": "on the list of what is denied",
    "not-listed": "not on the list of what is allowed",
    "not-in-profile": "the profile does not have it",
    "commands-off": "commands are switched off",
}


@dataclass(frozen=True)
class WhoseTools:
    """Whose tools."""

    agent: str = param("Id of the agent.", positional=True)


@dataclass(frozen=True)
class SetTools:
    """What shall hold for which tools; what is not named stays."""

    agent: str = param("Id of the agent.", positional=True)
    allow: tuple[str, ...] = param("It may use this tool; repeat the flag.", default=())
    ask: tuple[str, ...] = param("It asks a person before it uses this one (exec).", default=())
    never: tuple[str, ...] = param("It never uses this one.", default=())
    inherit: tuple[str, ...] = param("As its profile has it.", default=())
    profile: Literal["default", "minimal", "coding", "messaging", "full"] | None = param(
        "OpenClaw's profile: the tools it has unless something else is said.", default=None
    )


@dataclass(frozen=True)
class ToolRow:
    """One tool and what holds for it."""

    id: str
    group: str
    """OpenClaw's group; `plugin:<id>` for those of a plugin."""
    about: str
    state: str
    """`allow`, `ask` or `never`."""
    reason: str
    """A code: `profile`, `also`, `listed`, `open`, `asks`, `denied`, `not-listed`, `not-in-profile`, …"""
    by: str
    """Whose setting decides: `agent` or `everybody`."""
    path: str
    """The setting that decides; empty where there is none."""
    why: str
    """The same in words."""


@dataclass(frozen=True)
class ToolsFound:
    """All tools of one agent. Whether a tool also works here (a key, a plugin) is another matter."""

    agent: str
    profile: str
    """OpenClaw's profile; empty when none is set, and then nothing is held back."""
    profile_by: str
    """Whose it is: `agent` or `everybody`."""
    sandbox: str
    """Which conversations run locked in: `off`, `non-main`, `all`."""
    source: str
    """Where the list comes from: `gateway`, or `shipped <release>` while that does not answer."""
    tools: tuple[ToolRow, ...]


async def tools(box: Appliance, params: WhoseTools, _call: Call) -> ToolsFound:
    """What holds for each tool; from the files, with the Gateway's list of tools where it answers."""
    from appliance.agents.limits import sandbox_mode
    from appliance.agents.tools import effects, policy_of

    value = box.config.read().value
    policy = policy_of(value, params.agent, box.places)
    catalog = known_tools(box, params.agent)
    profile, by = policy.profile
    return ToolsFound(
        params.agent,
        profile,
        by,
        sandbox_mode(value, params.agent, box.places),
        catalog.source,
        tuple(_row(each, profile) for each in effects(policy, catalog)),
    )


async def tools_set(box: Appliance, params: SetTools, call: Call) -> Prepared[Saved]:
    """Find the settings after which the choice holds; powerful tools have to be confirmed.

    Raises:
        Usage: `tool-twice`, `tool-cannot-ask`.
        NotFound: `agent-unknown`, `tool-unknown`.
        Refused: `tool-bound`, a setting for everybody decides otherwise.
    """
    from appliance.agents.tool_edits import ToolChoice, tool_edits, widened
    from appliance.agents.tools import policy_of
    from appliance.store.edits import MISSING

    value = box.config.read().value
    catalog = known_tools(box, params.agent)
    choice = ToolChoice(params.allow, params.ask, params.never, params.inherit, params.profile)
    edits = tool_edits(value, params.agent, choice, catalog, box.places)
    removed = tuple(edit.name for edit in edits if edit.value is MISSING)
    found = prepare_edits(
        box, edits, TOOLS_SET.name, call, why=f"tools of {params.agent}", may_remove=removed
    )
    before = policy_of(value, params.agent, box.places)
    wider = widened(before, _after(before, edits), catalog)
    asks = ""
    if wider:
        named = ", ".join(wider)
        asks = Question(
            f"“{params.agent}” may then use {named} without asking.", agent=params.agent, tools=named
        )
    return Prepared(found.changes, found.commit, found.warnings, asks)


def known_tools(box: Appliance, agent: str) -> Catalog:
    """The Gateway's own list of tools, with those of plugins; the shipped one while it does not answer."""
    from appliance.agents.tool_catalog import from_gateway, shipped
    from appliance.gateway.oneshot import OneShot

    caller = OneShot(box.endpoint(), identity=box.identity(), reread=box.endpoint, open_seconds=ASK_S)
    try:
        caller.connect()
        return from_gateway(caller.ask("tools.catalog", {"agentId": agent}, large=True))
    except LunaError:  # the shipped list is what this release has; its source is said
        return shipped()
    finally:
        caller.close()


def _after(before: Policy, edits: Any) -> Policy:
    from appliance.agents.tools import Policy
    from appliance.store.edits import MISSING

    own: dict[str, Any] = dict(before.own)
    for edit in edits:
        *inner, key = edit.path[4:]
        holder = own
        for name in inner:
            holder[name] = dict(holder.get(name) or {})
            holder = holder[name]
        holder.pop(key, None)
        if edit.value is not MISSING:
            holder[key] = edit.value
    return Policy(own, before.common, before.prefix)


def _row(found: Effect, profile: str) -> ToolRow:
    tool = found.tool
    why = _WHY[found.reason]
    if profile:
        why = why.replace("the profile", f"the profile “{profile}”")
    if found.by == "everybody" and found.path:
        why = f"{why} (for everybody)"
    return ToolRow(tool.id, tool.group, tool.about, found.state, found.reason, found.by, found.path, why)


def _render(found: ToolsFound) -> str:
    """One tool a line: what holds, and why."""
    from appliance.text import safe_line

    wide = max((len(row.id) for row in found.tools), default=0)
    said = [f"{row.state:5}  {row.id:{wide}}  {row.why}" for row in found.tools]
    head = f"Profile: {found.profile or 'none'} ({found.profile_by}) · sandbox: {found.sandbox}"
    return "\n".join(map(safe_line, (head, f"Tools: {found.source}", "", *said)))


TOOLS = Operation(
    "agents.tools",
    "What an agent may do with which tool, and why",
    Risk.READ,
    WhoseTools,
    ToolsFound,
    run=tools,
    local=True,
    render=_render,
)
TOOLS_SET = Operation(
    "agents.tools-set",
    "Choose what an agent may do with which tool",
    Risk.CHANGE,
    SetTools,
    Saved,
    prepare=tools_set,
    local=True,
)

OPERATIONS = (TOOLS, TOOLS_SET)
