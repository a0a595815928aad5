"""The last page of the setup: what it knows, what it writes, and what it reminds of."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.agents.business import BusinessProfile
from appliance.api import Appliance
from appliance.errors import Invalid, LunaError, NotFound
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.health import GLANCE
from appliance.ops.setup_draft import ANSWER, PLAN, TYPE, AnswerSetup, TypeSetup
from appliance.ops.setup_sheet import REMIND, SHEET, SUMMARY, Reminder, WriteSheet
from appliance.ops.undo import LAST
from appliance.profile.business import write_business
from appliance.profile.draft import Draft, read_draft
from appliance.profile.setup_note import SetupNote, note_of, note_path, read_note, write_note
from appliance.store.disk import Disk
from tests.fakes.box import make_box, tree

CALL = Call("human:test", "cli")


def read(file: str) -> str:
    return Path(file).read_text()


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return make_box(tmp_path)


async def test_the_page_says_what_there_is_and_holds_no_key(box: Appliance, tmp_path: Path) -> None:
    write_note(box.places, SetupNote("installer", ("lines", "hours")))
    write_business(box.places, BusinessProfile(name="Café <Rosa>\x1b"))
    found = await dispatch(box, SUMMARY, Nothing(), CALL)
    assert (found.business[:11], found.who, found.later) == ("Café <Rosa>", "installer", ("lines", "hours"))
    html = await dispatch(box, SHEET, WriteSheet(), CALL)
    text = await dispatch(box, SHEET, WriteSheet(format="text"), CALL)
    assert html.file == str(tmp_path / "luna-setup.html")
    page = read(html.file)
    assert "Café &lt;Rosa&gt;" in page
    assert "the opening hours" in page
    assert "\x1b" not in page
    assert read(text.file).splitlines()[1].startswith("Café <Rosa>")
    assert (tmp_path / "luna-setup.html").stat().st_mode & 0o777 == 0o600


async def test_an_older_page_is_never_written_over(box: Appliance, tmp_path: Path) -> None:
    lines = ("# Rosa", "key: sk-proj-" + "Ab3" * 14)
    first = await dispatch(box, SHEET, WriteSheet(tmp_path, line=lines), CALL)
    second = await dispatch(box, SHEET, WriteSheet(tmp_path, line=lines), CALL)
    assert first.file != second.file
    assert "Ab3Ab3" not in read(first.file)
    with pytest.raises(NotFound):
        await dispatch(box, SHEET, WriteSheet(tmp_path / "nowhere"), CALL)


async def test_a_full_disk_leaves_no_half_page(box: Appliance, tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, descriptor: int, data: bytes) -> int:
            super().write(descriptor, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

    box.config.disk = Full()
    with pytest.raises(LunaError) as caught:
        await dispatch(box, SHEET, WriteSheet(tmp_path), CALL)
    assert caught.value.code == "sheet-unwritable"
    assert not any("luna-setup" in name for name in tree(tmp_path))


async def test_a_reminder_is_given_up_and_taken_back(box: Appliance) -> None:
    write_note(box.places, SetupNote(skipped=("lines", "hours")))
    assert (await dispatch(box, GLANCE, Nothing(), CALL)).later == ("lines", "hours")
    assert (await dispatch(box, REMIND, Reminder("lines"), CALL)).later == ("hours",)
    assert (await dispatch(box, GLANCE, Nothing(), CALL)).later == ("hours",)
    write_business(box.places, BusinessProfile(hours="8 to 18"))
    assert (await dispatch(box, GLANCE, Nothing(), CALL)).later == ()
    await dispatch(box, LAST, Nothing(), CALL)
    assert read_note(box.places).skipped == ("lines", "hours")


async def test_a_damaged_note_costs_only_its_reminders(box: Appliance) -> None:
    note_path(box.places).parent.mkdir(parents=True)
    note_path(box.places).write_text('skipped = ["everything"]')
    with pytest.raises(Invalid) as damaged:
        read_note(box.places)
    assert damaged.value.code == "setup-note-damaged"
    found = await dispatch(box, GLANCE, Nothing(), CALL)
    assert found.later == ()
    assert any("put off" in note for note in found.notes)


def test_what_the_short_way_did_not_ask_is_put_off() -> None:
    draft = Draft(who="installer", what="Cakes", short=True)
    assert note_of(draft) == SetupNote("installer", ("lines", "hours"))
    assert note_of(replace(draft, short=False, hours="8", skipped=("lines",))).skipped == ("lines",)


async def test_the_plan_needs_no_key_and_touches_nothing(box: Appliance) -> None:
    with pytest.raises(NotFound):
        await dispatch(box, PLAN, Nothing(), CALL)
    await dispatch(
        box, ANSWER, AnswerSetup("finish", "plan", ("name=Rosa", "kind=openai", "staff=hr-admin")), CALL
    )
    before = tree(box.places.user_home)
    found = await dispatch(box, PLAN, Nothing(), CALL)
    assert found.needs_key
    names = [(step.operation, step.subject) for step in found.steps]
    assert names[0] == ("engine.install", "")
    assert ("agents.create", "Luna") in names
    assert names[-1] == ("setup.finish", "")
    assert tree(box.places.user_home) == before


async def test_typed_text_is_a_bookmark_and_a_key_is_not_kept(box: Appliance) -> None:
    await dispatch(box, ANSWER, AnswerSetup("welcome", "what", ("name=Rosa",)), CALL)
    records = tree(box.places.audit_dir)
    await dispatch(box, TYPE, TypeSetup("welcome", "what", "Ca"), CALL)
    assert read_draft(box.places) == Draft("welcome", "what", name="Rosa", typed="Ca")
    await dispatch(box, TYPE, TypeSetup("welcome", "what", "sk-proj-" + "Ab3" * 14), CALL)
    assert read_draft(box.places) == Draft("welcome", "what", name="Rosa")
    assert tree(box.places.audit_dir) == records
    await dispatch(box, TYPE, TypeSetup("welcome", "what", "Cakes"), CALL)
    await dispatch(box, ANSWER, AnswerSetup("welcome", "hours", ("what=Cakes",)), CALL)
    assert read_draft(box.places) == Draft("welcome", "hours", name="Rosa", what="Cakes")
