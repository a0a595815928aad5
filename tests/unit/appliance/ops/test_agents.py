"""`agents` as operations: what a person is told of work that went only part of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.errors import Unreachable, Usage
from appliance.ops.agents import ARCHIVE, CREATE, CreateAgent
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from tests.fakes.box import make_box

if TYPE_CHECKING:
    from pathlib import Path


async def yes(_question: str) -> bool:
    return True


CALL = Call("human:rosa", "cli", consent=yes)


async def test_a_folder_that_could_not_be_moved_away_is_named(tmp_path: Path) -> None:
    box = make_box(tmp_path)
    for name in ("Luna", "Cakes"):
        await dispatch(box, CREATE, CreateAgent(name), CALL)
    box.places.trash_dir.write_text("no folder")
    gone = await dispatch(box, ARCHIVE, ArchiveAgent("cakes"), CALL)
    assert any("workspaces/cakes" in note for note in gone.notes), gone.notes


async def test_the_record_of_a_new_agent_says_what_the_file_was_and_is(tmp_path: Path) -> None:
    box = make_box(tmp_path)
    await dispatch(box, CREATE, CreateAgent("Luna"), CALL)
    (outcome,) = [record for record in box.audit.records() if record["phase"] == "outcome"]
    assert outcome["after"] == box.config.read().sha256
    assert outcome["before"] not in ("", outcome["after"])


async def test_a_copy_has_texts_tools_and_brain_but_no_lines_and_no_protection(tmp_path: Path) -> None:
    from dataclasses import replace

    from appliance.ops.agents import LIST, ListAgents
    from appliance.ops.agents_edit import UPDATE, UpdateAgent
    from appliance.ops.agents_texts import WRITE, WriteText
    from appliance.ops.agents_tools import TOOLS_SET, SetTools

    box = make_box(tmp_path)
    await dispatch(box, CREATE, CreateAgent("Luna", template="luna", protected=True), CALL)
    await dispatch(box, WRITE, WriteText("luna", "SOUL.md", "Speak like a sailor."), CALL)
    await dispatch(box, TOOLS_SET, SetTools("luna", allow=("tts",)), CALL)
    await dispatch(box, UPDATE, UpdateAgent("luna", model="practice/a", fallbacks="practice/b"), CALL)
    await dispatch(box, CREATE, CreateAgent("Mia", copy="luna"), CALL)
    value = box.config.read().value["agents"]
    luna, mia = value["entries"]["luna"], value["entries"]["mia"]  # type: ignore[index,call-overload]
    assert {key: mia[key] for key in ("model", "tools", "skills", "subagents")} == {
        key: luna[key] for key in ("model", "tools", "skills", "subagents")
    }
    assert mia["name"] == "Mia"
    folder = box.places.state_dir / "workspaces"
    assert (folder / "mia" / "SOUL.md").read_text() == "Speak like a sailor.\n"
    assert "**Name:** Mia" in (folder / "mia" / "IDENTITY.md").read_text()
    assert "Luna" in (folder / "luna" / "IDENTITY.md").read_text()
    rows = {row.id: row for row in (await dispatch(box, LIST, ListAgents(), CALL)).agents}
    assert not rows["mia"].protected
    with pytest.raises(Usage):
        await dispatch(box, CREATE, CreateAgent("X", copy="luna", template="luna"), CALL)
    assert replace(rows["luna"], channels=()).model == "practice/a"


async def test_the_list_says_who_cannot_answer_and_asks_the_gateway_only_when_told(tmp_path: Path) -> None:
    from appliance.health.models import Today
    from appliance.ops.agents import LIST, AgentRow, ListAgents
    from appliance.ops.agents_live import standing

    box = make_box(tmp_path)
    await dispatch(box, CREATE, CreateAgent("Luna"), CALL)
    (row,) = (await dispatch(box, LIST, ListAgents(), CALL)).agents
    assert (row.state, row.last) == ("no-model", None)
    with pytest.raises(Unreachable):
        await dispatch(box, LIST, ListAgents(live=True), CALL)
    known = AgentRow("luna", "Luna", "", "", "practice/a", True, False, ("telegram",))
    assert standing(known, None).state == "idle"
    day = Today("2026-11-30", spoken={"luna": 5.0}, answering=("luna",), failed=("luna",))
    assert standing(known, day).state == "running"
    assert standing(known, Today("2026-11-30", failed=("luna",))).state == "error"
    assert standing(known, day).last == 5.0
    assert standing(AgentRow("x", "X", "", "", "practice/a", False, False), None).state == "no-channel"


@pytest.mark.parametrize("role", ["coordinator", "researcher", "writer", "reviewer"])
async def test_a_role_of_openclaws_own_comes_with_its_texts(tmp_path: Path, role: str) -> None:
    box = make_box(tmp_path)
    await dispatch(box, CREATE, CreateAgent("Ada", template=role), CALL)
    text = (box.places.state_dir / "workspaces" / "ada" / "AGENTS.md").read_text()
    assert "## Handoff contract" in text
    assert "You are Ada." in text
