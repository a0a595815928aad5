"""`agents` as operations: what a person is told of work that went only part of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
