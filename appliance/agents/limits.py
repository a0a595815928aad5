"""What bounds one agent in its entry: the skills it may use, where its tools run, whom it may give tasks to.

The keys are those of OpenClaw 2026.9.6 (docs/gateway/config-agents, gateway/sandboxing, tools/subagents):
`skills` replaces the default list and `[]` means none; without `allowAgents` an agent tasks only itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.agents.roster import entry_of, refuse_old_layout, roster
from appliance.errors import NotFound, Usage
from appliance.store.edits import MISSING, Edit, lookup
from appliance.store.layouts import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.agents.roster import Config
    from appliance.places import Places

SANDBOX_MODES = ("off", "non-main", "all")
"""From the open to the closed."""
ANYBODY = "*"
DEFAULT = "default"
"""A choice that takes the agent's own away again."""


def skills_edits(
    config_value: Config,
    agent_id: str,
    skills: Sequence[str],
    places: Places,
    *,
    none: bool = False,
    inherit: bool = False,
) -> tuple[Edit, ...]:
    """Edits after which these are the only skills of the agent.

    Raises:
        Usage: `agent-skills`, nothing was chosen, or two things at once.
        NotFound: `agent-unknown`.
        Refused: `agents-old-layout`.
    """
    if (bool(skills), none, inherit).count(True) != 1:
        raise Usage(
            "Say which skills: names, none, or those of everybody.",
            hint="Give --skill NAME once for each, or --none, or --inherit.",
            code="agent-skills",
        )
    wanted = MISSING if inherit else list(dict.fromkeys(skills))
    return _edits(config_value, agent_id, {("skills",): wanted}, places)


def sandbox_edits(
    config_value: Config, agent_id: str, choice: Mapping[str, str | None], places: Places
) -> tuple[Edit, ...]:
    """Edits of the agent's `sandbox`; `choice` by key, None leaves it as it is, `default` takes it away.

    Raises:
        NotFound: `agent-unknown`.
        Refused: `agents-old-layout`.
    """
    wanted: dict[tuple[str, ...], object] = {
        ("sandbox", key): _own(value) for key, value in choice.items() if value is not None
    }
    return _edits(config_value, agent_id, wanted, places)


def sandbox_mode(config_value: Config, agent_id: str, places: Places) -> str:
    """Which conversations of the agent are locked in; `off` where nobody said so."""
    own = lookup(entry_of(config_value, agent_id, places), ("sandbox", "mode"))
    found = own if isinstance(own, str) else lookup(config_value, ("agents", "defaults", "sandbox", "mode"))
    return found if isinstance(found, str) else SANDBOX_MODES[0]


def is_opened(config_value: Config, agent_id: str, mode: str, places: Places) -> bool:
    """Whether fewer conversations of the agent are locked in with `mode` than now."""
    if mode == DEFAULT:
        common = lookup(config_value, ("agents", "defaults", "sandbox", "mode"))
        mode = common if isinstance(common, str) else SANDBOX_MODES[0]
    now = sandbox_mode(config_value, agent_id, places)
    return now in SANDBOX_MODES and SANDBOX_MODES.index(mode) < SANDBOX_MODES.index(now)


def helper_edits(
    config_value: Config,
    agent_id: str,
    may_task: Sequence[str],
    places: Places,
    *,
    nobody: bool = False,
    inherit: bool = False,
    delegation: str | None = None,
) -> tuple[Edit, ...]:
    """Edits of the agent's `subagents`.

    Raises:
        Usage: `agent-helpers`, two things at once.
        NotFound: `agent-unknown`, of the agent or of one it shall give tasks to.
        Refused: `agents-old-layout`.
    """
    chosen = (bool(may_task), nobody, inherit).count(True)
    if chosen > 1 or not (chosen or delegation):
        raise Usage(
            "Say whom it may give tasks to: some agents, nobody, or as everybody may.",
            hint="Give --allow ID once for each (* for all), or --nobody, or --inherit.",
            code="agent-helpers",
        )
    wanted: dict[tuple[str, ...], object] = {}
    if chosen:
        _refuse_unknown(config_value, may_task, places)
        wanted["subagents", "allowAgents"] = MISSING if inherit else list(dict.fromkeys(may_task))
    if delegation is not None:
        wanted["subagents", "delegationMode"] = _own(delegation)
    return _edits(config_value, agent_id, wanted, places)


def _edits(
    config_value: Config, agent_id: str, wanted: Mapping[tuple[str, ...], object], places: Places
) -> tuple[Edit, ...]:
    refuse_old_layout(config_value)
    entry = entry_of(config_value, agent_id, places)
    found = {path: lookup(entry, path) for path in wanted}
    return tuple(
        Edit((*ENTRIES, agent_id, *path), value, found[path])
        for path, value in wanted.items()
        if value != found[path]
    )


def _own(value: str) -> object:
    return MISSING if value == DEFAULT else value


def _refuse_unknown(config_value: Config, agents: Sequence[str], places: Places) -> None:
    there = roster(config_value, places)
    for agent in agents:
        if agent != ANYBODY and agent not in there:
            raise NotFound(
                f"There is no agent “{agent}” to give tasks to.",
                hint=f"There are: {', '.join(there)}.",
                code="agent-unknown",
            )
