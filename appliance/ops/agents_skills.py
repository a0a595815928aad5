"""`agents skills`: what an agent may know how to do, and whether it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.ops.core import Call, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.api import Appliance

ASK_S = 4.0
"""Seconds in which the Gateway has to say which skills work; after that only the files speak."""


@dataclass(frozen=True)
class WhoseSkills:
    """Whose skills."""

    agent: str = param("Id of the agent.", positional=True)


@dataclass(frozen=True)
class SkillRow:
    """One skill."""

    name: str
    about: str
    source: str
    """`workspace` (this agent's), `user`, `managed` (all agents') or `bundled` (OpenClaw's)."""
    on: bool
    """The agent may use it."""
    works: bool | None
    """All it needs is there; None where only the Gateway could say so."""
    missing: tuple[str, ...] = ()
    """What it needs and is not there: programs, keys, settings."""


@dataclass(frozen=True)
class SkillsFound:
    """All skills of an agent."""

    agent: str
    chosen: str
    """`own` where the agent has a list of its own, `everybody`'s, or `all`."""
    source: str
    """`gateway`, or `files` while that does not answer."""
    skills: tuple[SkillRow, ...]


async def skills(box: Appliance, params: WhoseSkills, _call: Call) -> SkillsFound:
    """The skills in the folders, and from the Gateway which of them work."""
    from appliance.agents.skills import allowed_skills, find_skills

    value = box.config.read().value
    allowed, common = allowed_skills(value, params.agent, box.places)
    engine = box.find_engine()
    found = find_skills(value, params.agent, box.places, engine.root if engine else None)
    told = _told(box, params.agent)
    rows = tuple(
        SkillRow(
            each.name,
            each.about,
            each.source,
            allowed is None or each.name in allowed,
            *_works(told.get(each.name)),
        )
        for each in found
    )
    chosen = "all" if allowed is None else "everybody" if common else "own"
    return SkillsFound(params.agent, chosen, "gateway" if told else "files", rows)


def _told(box: Appliance, agent: str) -> dict[str, Mapping[str, Any]]:
    """What the Gateway says of each skill, by name; nothing while it does not answer."""
    from appliance.gateway.oneshot import OneShot

    caller = OneShot(box.endpoint(), identity=box.identity(), reread=box.endpoint, open_seconds=ASK_S)
    try:
        caller.connect()
        answer = caller.ask("skills.status", {"agentId": agent}, large=True)
    except LunaError:  # the files say what there is; that nobody said whether it works is part of the result
        return {}
    finally:
        caller.close()
    rows = answer.get("skills") if isinstance(answer, dict) else None
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row.get("name", "")): row for row in found}


def _works(row: Mapping[str, Any] | None) -> tuple[bool | None, tuple[str, ...]]:
    if row is None:
        return None, ()
    missing = row.get("missing")
    named = [item for items in missing.values() for item in items] if isinstance(missing, dict) else []
    return row.get("eligible") is True and row.get("disabled") is not True, tuple(map(str, named))


SKILLS = Operation(
    "agents.skills",
    "What an agent may know how to do",
    Risk.READ,
    WhoseSkills,
    SkillsFound,
    run=skills,
    local=True,
)

OPERATIONS = (SKILLS,)
