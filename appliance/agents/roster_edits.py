"""The config edits that add agents to the roster or take one out, with everything that must follow.

What follows: `agents.ownership`, the system agent, an owner for every channel, and the folders of agents
whose workspace was never written down and would be looked for elsewhere once the number of agents changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from appliance.agents.catalog import TEMPLATE_IDS, template
from appliance.agents.marker import read_marker
from appliance.agents.mentions import handing_over, is_right
from appliance.agents.moves import name_of
from appliance.agents.owners import owner_rules, unowned_channels, with_heir
from appliance.agents.render import template_of
from appliance.agents.roster import IMPLICIT_ID, default_agent, entries, roster, workspace_of
from appliance.agents.routing import bindings
from appliance.errors import Note
from appliance.store.edits import MISSING, Edit, lookup
from appliance.store.layouts import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.agents.models import AgentSpec
    from appliance.agents.roster import Config
    from appliance.places import Places

SYSTEM_AGENT = ("agents", "defaults", "systemAgent", "agentId")
HEARTBEAT_AGENT = ("agents", "defaults", "heartbeat", "agentId")
USER_TIMEZONE = ("agents", "defaults", "userTimezone")
OWNERSHIP = ("agents", "ownership")
BINDINGS = ("bindings",)
WEBHOOK_AGENTS = ("hooks", "allowedAgentIds")


def adding_edits(
    config_value: Config, specs: Sequence[AgentSpec], new_entries: Mapping[str, Config], places: Places
) -> tuple[list[Edit], list[str]]:
    """Edits that add `new_entries` (by id, of `specs`), and sentences about what else changes."""
    before = roster(config_value, places)
    after = {**before, **new_entries}
    edits = _pin_edits(config_value, after, places)
    edits += [Edit((*ENTRIES, agent_id), entry, MISSING) for agent_id, entry in new_entries.items()]
    notes: list[str] = []
    if IMPLICIT_ID in before and not entries(config_value):
        said_of_it = f"OpenClaw's own first agent “{IMPLICIT_ID}” has been used and stays in the list."
        notes.append(Note("first-agent-stays", said_of_it))
    if lookup(config_value, OWNERSHIP) != "explicit":
        edits.append(Edit(OWNERSHIP, "explicit", lookup(config_value, OWNERSHIP)))
    system = default_agent(config_value, places) or _first_protected(before, specs, places)
    named = lookup(config_value, SYSTEM_AGENT)
    if not isinstance(named, str) or named not in after:
        edits.append(Edit(SYSTEM_AGENT, system, named))
    answers = _answers_customers(config_value, specs, places)
    owner = next(iter(before)) if len(before) == 1 else next(iter(answers), system)
    more, said = _channel_edits(config_value, after, bindings(config_value), owner)
    return edits + more, notes + said


def removing_edits(
    config_value: Config, agent_id: str, places: Places, heir: str = ""
) -> tuple[list[Edit], list[str]]:
    """Edits that take an agent out and give all it did to others, and sentences about what else changes.

    `heir`: who takes all of it over; when empty, the protected agent, and on the channels the one that
    answers customers.
    """
    before = roster(config_value, places)
    after = {other: entry for other, entry in before.items() if other != agent_id}
    edits = [Edit((*ENTRIES, agent_id), MISSING, before[agent_id]), *_pin_edits(config_value, after, places)]
    guarded = (other for other in after if read_marker(places, other).protected)
    successor = heir or next(guarded, next(iter(after)))
    handed = handing_over(config_value, agent_id, successor)
    edits += handed
    named = name_of(config_value, successor)
    notes: list[str] = [_handed(edit, agent_id, successor, named) for edit in handed]
    notes += _not_allowed(config_value, handed, successor, named)
    answers = (other for other in after if _template_answers(read_marker(places, other).template))
    on_lines = heir or next(answers, successor)
    rules = with_heir(bindings(config_value), agent_id, on_lines)
    more, said = _channel_edits(config_value, after, rules, on_lines)
    return edits + more, notes + said


def _handed(edit: Edit, gone: str, heir: str, named: str) -> Note:
    """What the heir takes over or does not, in a sentence."""
    if edit.path in (SYSTEM_AGENT, HEARTBEAT_AGENT):
        told = f"“{heir}” takes over where no agent is named ({edit.name})."
        return Note("agent-takes-over", told)
    if is_right(edit.path):
        told = f"“{gone}” leaves {edit.name}; “{heir}” is not put there."
        return Note("agent-leaves-list", told, agent=named)
    if edit.value is False:
        told = f"“{gone}” was the only one there, so {edit.name} is switched off: empty would mean everybody."
        return Note("agent-right-off", told)
    return Note("agent-hands-over", f"{edit.name} names “{heir}” instead.", agent=named)


def _not_allowed(config_value: Config, handed: Sequence[Edit], heir: str, named: str) -> list[Note]:
    """Said where webhooks go to the heir, who may not be reached by them."""
    allowed = lookup(config_value, WEBHOOK_AGENTS)
    hooked = any(edit.path[:2] == ("hooks", "mappings") for edit in handed)
    if not hooked or not isinstance(allowed, list) or heir in allowed or "*" in allowed:
        return []
    told = f"Webhooks go to “{heir}” now, who is not in hooks.allowedAgentIds: they are refused."
    return [Note("agent-not-allowed", told, agent=named)]


def owner_edits(config_value: Config, places: Places) -> tuple[list[Edit], list[str]]:
    """Edits that give channels without an owner to the default agent, where there are several agents."""
    there = roster(config_value, places)
    owner = default_agent(config_value, places)
    if len(there) < 2 or not owner:
        return [], []
    return _channel_edits(config_value, there, bindings(config_value), owner)


def timezone_edits(config_value: Config, timezone: str) -> list[Edit]:
    """Tell OpenClaw the time zone of the business where it was told none."""
    if not timezone or lookup(config_value, USER_TIMEZONE) is not MISSING:
        return []
    return [Edit(USER_TIMEZONE, timezone, MISSING)]


def _pin_edits(config_value: Config, after: Mapping[str, Config], places: Places) -> list[Edit]:
    """Write down the workspace of every agent whose place would change with the number of agents."""
    agents = cast("Config", config_value.get("agents") or {})
    then: Config = {**config_value, "agents": {**agents, "entries": dict(after)}}
    edits = []
    for agent_id in roster(config_value, places):
        now = workspace_of(config_value, agent_id, places)
        if agent_id in after and workspace_of(then, agent_id, places) != now:
            edits.append(Edit((*ENTRIES, agent_id, "workspace"), str(now)))
    return edits


def _channel_edits(
    config_value: Config, after: Mapping[str, Config], rules: Sequence[object], owner: str
) -> tuple[list[Edit], list[str]]:
    """`after`: the roster as it will be."""
    agents = cast("Config", config_value.get("agents") or {})
    then: Config = {**config_value, "agents": {**agents, "entries": dict(after)}}
    unowned = unowned_channels(then, rules)
    wanted = [*rules, *owner_rules(unowned, owner)]
    if wanted == bindings(config_value):
        return [], []
    found = lookup(config_value, BINDINGS)
    said: list[str] = [
        Note("answers-on", f"“{owner}” answers on {channel} where no other rule says so.", channel=channel)
        for channel in unowned
    ]
    return [Edit(BINDINGS, wanted or MISSING, found)], said


def _first_protected(before: Iterable[str], specs: Sequence[AgentSpec], places: Places) -> str:
    there = list(before)
    guarded = [agent_id for agent_id in there if read_marker(places, agent_id).protected]
    guarded += [spec.id for spec in specs if spec.protected]
    return next(iter((*guarded, *there, *(spec.id for spec in specs))))


def _answers_customers(config_value: Config, specs: Sequence[AgentSpec], places: Places) -> list[str]:
    there = [
        agent_id
        for agent_id in roster(config_value, places)
        if _template_answers(read_marker(places, agent_id).template)
    ]
    return there + [spec.id for spec in specs if spec.template and template_of(spec).answers_customers]


def _template_answers(template_id: str) -> bool:
    """Whether an agent of that template is for customers; one that another release of ours knew is not."""
    return template_id in TEMPLATE_IDS and template(template_id).answers_customers
