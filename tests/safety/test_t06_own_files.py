"""T6, promises 5 and 7: whatever call fails, our own files are old or new and whole, and it is said why."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.audit.log import AuditLog
from appliance.audit.verify import verify
from appliance.errors import LunaError
from appliance.gateway.identity import load_identity
from appliance.history.entries import History
from appliance.history.receipts import Receipts
from appliance.places import Places
from appliance.profile.choices import Choices, read_choices, write_choices
from appliance.profile.setup_note import SetupNote, read_note, write_note
from appliance.store.trash import expired, remove
from tests.safety.faulty_calls import FaultyCalls
from tests.safety.test_t06_faults import descriptors

NUMBERS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EMFILE,
    errno.EINTR,
    errno.EPERM,
)


@dataclass(frozen=True)
class Area:
    """One kind of file: what writes it, and what must be true whether that went well or not."""

    write: Callable[[Places], object]
    look: Callable[[Places], object]
    """What a reader finds; the same before and after, or another after a success."""


def audit(places: Places) -> AuditLog:
    return AuditLog(places.home / "audit")


def history(places: Places) -> History:
    return History(places.home / "history")


def audited(places: Places) -> object:
    report = verify(audit(places))
    assert report.whole, report
    return report.records


def undone(places: Places) -> object:
    first = history(places).entries()[0]
    history(places).mark_undone(first, "later")
    return first


AREAS = {
    "history": Area(
        lambda places: history(places).add(actor="a", operation="o", changes=["x"], undo=None),
        lambda places: [entry.operation for entry in history(places).entries()],
    ),
    "undone": Area(undone, lambda places: [entry.undone_by for entry in history(places).entries()]),
    "receipt": Area(
        lambda places: Receipts(places.home / "receipts").keep("k", "d", {"a": 1}),
        lambda places: Receipts(places.home / "receipts").find("k", "d"),
    ),
    "audit": Area(lambda places: audit(places).append({"op": "config.set", "phase": "note"}), audited),
    "settings": Area(
        lambda places: write_choices(places, "human:a", Choices(theme="day")),
        lambda places: read_choices(places, "human:a"),
    ),
    "setup note": Area(lambda places: write_note(places, SetupNote("owner", ("lines",))), read_note),
    "device token": Area(
        lambda places: load_identity(places.home / "identity").keep_token("h:1", "given"),
        lambda places: load_identity(places.home / "identity").token_for("h:1"),
    ),
    "trash": Area(
        lambda places: [remove(entry) for now in (4e9, 5e9) for entry in expired(places.trash_dir, now)],
        lambda places: sorted(path.name for path in places.trash_dir.glob("2*")),
    ),
}


def fresh(folder: Path) -> Places:
    """A box in which each area has something already."""
    folder.mkdir(mode=0o700)
    places = Places.from_environment({"HOME": str(folder), "LUNATUI_HOME": str(folder / "ours")})
    history(places).add(actor="a", operation="first", changes=[], undo=None)
    audit(places).append({"op": "first", "phase": "note"})
    write_choices(places, "human:a", Choices())
    load_identity(places.home / "identity")
    old = places.trash_dir / "20200101T000000000000Z-00000000"
    old.mkdir(parents=True, mode=0o700)
    (old / "0000-x").write_text("x")
    return places


@pytest.mark.parametrize("name", AREAS)
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
def test_a_failing_call_leaves_the_old_or_the_new(name: str, number: int, tmp_path: Path) -> None:
    area = AREAS[name]
    places = fresh(tmp_path / "count")
    with FaultyCalls(places.home).at_work() as counting:
        area.write(places)
    assert "open" in counting.made
    after = area.look(places)
    before = area.look(fresh(tmp_path / "before"))
    for at in range(1, len(counting.made) + 1):
        places = fresh(tmp_path / f"{at}")
        open_before, code = descriptors(), ""
        with FaultyCalls(places.home, at, number).at_work() as calls:
            try:
                answer = area.write(places)
            except LunaError as error:
                code = error.code
            else:
                code = "".join(answer) if isinstance(answer, list) else ""
        told = f"call {at} of {calls.made}: {code}"
        assert descriptors() == open_before, told
        assert area.look(places) in (before, after), told
        if not code:
            assert area.look(places) == after, told
        left = [path.name for path in places.home.rglob(".*") if path.is_file()]
        assert left == [], told
        area.write(places)
        area.look(places)
    print(f"figure failing calls of {name}, {errno.errorcode[number]}: {len(counting.made)}")


@pytest.mark.parametrize("name", AREAS)
def test_short_writes_are_continued(name: str, tmp_path: Path) -> None:
    area = AREAS[name]
    places = fresh(tmp_path / "whole")
    area.write(places)
    expected = area.look(places)
    places = fresh(tmp_path / "pieces")
    with FaultyCalls(places.home, number=0).at_work():
        area.write(places)
    assert area.look(places) == expected
