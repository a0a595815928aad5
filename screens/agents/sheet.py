"""An agent in the owner's words: its row, and it in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.agents import ARCHIVE, SHOW, AgentDetail, AgentRow, AgentText, OneAgent
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.agents_tools import TOOLS, WhoseTools
from screens.ages import age_of
from screens.command_line import command_line
from screens.lines import line_name
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Section, Sheet

if TYPE_CHECKING:
    from appliance.health.models import Glance
    from screens.words import Words


def record_of(agent: AgentRow, words: Words, seen: Glance | None = None, now: float = 0.0) -> Record:
    """Its row; `seen`: the last look at the shop, which knows who answers now and when they last did."""
    name = f"{agent.name} ☾" if agent.default else agent.name
    brain = agent.model.partition("/")[2] or agent.model or words("agents.none-chosen")
    line = _lines(agent) or words("agents.no-line")
    return Record(agent.id, (name, agent.role, brain, line, *_doing(agent, words, seen, now)), agent)


def _doing(agent: AgentRow, words: Words, seen: Glance | None, now: float) -> tuple[Cell, str]:
    """Whether it answers somebody right now, and when it last did today; nothing where nobody knows."""
    state = _state(agent, words)
    today = seen.today if seen and seen.state == "open" else None
    if today is None:
        return state, ""
    if agent.id in today.answering:
        state = Cell(words("agents.answering"), "good", "●")
    elif agent.id in today.failed and agent.model:
        state = Cell(words("agents.failed"), "look", "▲")
    spoken = today.spoken.get(agent.id)
    return state, age_of(words, spoken, now) if spoken else ""


def sheet_of(detail: AgentDetail, words: Words, seen: Glance | None = None) -> Sheet:
    """It in full, and turned over."""
    agent = detail.agent
    one = OneAgent(agent.id)
    return Sheet(
        title=agent.name,
        subtitle=agent.role,
        facts=_facts(detail, words, seen),
        sections=tuple(_section(item, words) for item in detail.texts),
        technical=(
            Fact("id", agent.id),
            Fact("model", agent.model),
            Fact("workspace", detail.workspace),
            Fact("template", detail.template),
            Fact("tools", detail.tools),
        ),
        raw=tuple(Section(f"{item.name} ({item.state})", item.text) for item in detail.texts),
        commands=(
            command_line(SHOW, one),
            command_line(TOOLS, WhoseTools(agent.id)),
            f"lunatui agents update {agent.id} --help",
            command_line(ARCHIVE, ArchiveAgent(agent.id)),
        ),
    )


def _facts(detail: AgentDetail, words: Words, seen: Glance | None) -> tuple[Fact, ...]:
    agent, (state, _) = detail.agent, _doing(detail.agent, words, seen, 0.0)
    skills = words("agents.all-skills") if detail.skills is None else ", ".join(detail.skills)
    known = [
        Fact(words("agents.state"), state.text, state.meaning, state.glyph),
        Fact(words("agents.brain"), agent.model.partition("/")[2] or words("agents.default-brain")),
        Fact(words("agents.line"), _lines(agent) or words("agents.no-line")),
        Fact(words("agents.skills"), skills or words("agents.no-skills")),
    ]
    if agent.default:
        known.append(Fact("☾", words("agents.first")))
    if agent.protected:
        known.append(Fact("", words("agents.protected")))
    return tuple(known)


def _lines(agent: AgentRow) -> str:
    return ", ".join(map(line_name, agent.channels))


def _state(agent: AgentRow, words: Words) -> Cell:
    """What the files say; whether somebody answers right now stands in the top line."""
    if not agent.model:
        return Cell(words("agents.no-brain"), "look", "▲")
    if not agent.channels:
        return Cell(words("agents.unreached"), "muted", "◌")
    return Cell(words("agents.ready"), "good", "✓")


def _section(item: AgentText, words: Words) -> Section:
    known = f"agents.text.{item.name}"
    text = item.text if item.state == "present" else words(f"agents.{item.state}-text")
    return Section(words(known) if known in words else item.name, readable(text, item.name))


def readable(text: str, name: str) -> str:
    """A text without the marks of its notation; the technical view has it as it stands."""
    lines = text.strip().splitlines()
    if lines and lines[0].lstrip("# ").strip() == name:
        del lines[0]
    return "\n".join(line.lstrip("#").strip() if line.startswith("#") else line for line in lines).replace(
        "**", ""
    )
