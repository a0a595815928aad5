"""The skills an agent could use, from the folders where OpenClaw 2026.9.6 looks (docs/tools/skills)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.agents.entry import skills_of
from appliance.agents.roster import entry_of, workspace_of
from appliance.parsing import small_file
from appliance.store.edits import lookup
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.agents.roster import Config
    from appliance.places import Places

MOST = 500
"""Skills that are looked at; OpenClaw brings about 55."""
_HEAD = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Skill:
    """One skill; its texts are untrusted."""

    name: str
    about: str
    source: str
    """`workspace` (this agent's), `user`, `managed` (all agents') or `bundled` (OpenClaw's)."""


def find_skills(
    config_value: Config, agent_id: str, places: Places, engine: Path | None
) -> tuple[Skill, ...]:
    """Every skill that has a name and a description, the nearest of a name first, sorted by name.

    `engine`: the root of the installed OpenClaw.

    Raises:
        NotFound: `agent-unknown`.
    """
    workspace = workspace_of(config_value, agent_id, places)
    roots = [
        (workspace / "skills", "workspace"),
        (workspace / ".agents" / "skills", "workspace"),
        (places.user_home / ".agents" / "skills", "user"),
        (places.state_dir / "skills", "managed"),
    ]
    if engine is not None:
        roots += [(engine / "skills", "bundled"), (engine / "custodian-skills", "bundled")]
    found: dict[str, Skill] = {}
    for root, source in roots:
        for skill in _skills_in(root, source):
            found.setdefault(skill.name, skill)
    return tuple(found[name] for name in sorted(found)[:MOST])


def allowed_skills(
    config_value: Config, agent_id: str, places: Places
) -> tuple[tuple[str, ...] | None, bool]:
    """The only skills the agent may use, None for all; and whether that is everybody's setting.

    Raises:
        NotFound: `agent-unknown`.
    """
    own = skills_of(entry_of(config_value, agent_id, places))
    if own is not None:
        return own, False
    common = lookup(config_value, ("agents", "defaults"))
    return skills_of(common) if isinstance(common, dict) else None, True


def _skills_in(root: Path, source: str) -> Iterator[Skill]:
    if not root.is_dir():
        return
    for path in sorted(root.glob("*/SKILL.md"))[:MOST]:
        try:
            head = _HEAD.match(small_file(path).decode("utf-8", "replace"))
        except (OSError, ValueError):
            continue
        name, about = (_line(head[1], key) for key in ("name", "description")) if head else ("", "")
        if name and about:
            yield Skill(name, about, source)


def _line(head: str, key: str) -> str:
    found = re.search(rf"^{key}:[ \t]*(.+)$", head, re.MULTILINE)
    return found[1].strip().strip("\"'") if found else ""
