"""What was changed, newest last, and what can still be taken back."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.history.entries import Entry, History

if TYPE_CHECKING:
    from pathlib import Path

UNDO = {"operation": "notes.write", "params": {"name": "a", "text": "é\ud800"}}


def add(history: History, operation: str = "notes.write", *, undoable: bool = True) -> Entry:
    undo = UNDO if undoable else None
    return history.add(actor="human:rosa", operation=operation, changes=("a", "b"), undo=undo)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "home" / "history")


def test_entries_come_back_as_they_were_stored_in_their_order(history: History) -> None:
    added = [add(history, f"notes.{number}", undoable=False) for number in range(20)]
    assert history.entries() == added


def test_the_newest_that_can_be_taken_back_is_found(history: History) -> None:
    assert history.newest_undoable() is None
    first, second = add(history), add(history)
    add(history, undoable=False)
    newest = history.newest_undoable()
    assert newest is not None
    assert newest.id == second.id
    history.mark_undone(second, by="undo.last")
    newest = history.newest_undoable()
    assert newest is not None
    assert newest.id == first.id
    history.mark_undone(first, by="undo.last")
    assert history.newest_undoable() is None
    assert [entry.undone_by for entry in history.entries()] == ["undo.last", "undo.last", ""]


def test_the_newest_is_found_whether_or_not_it_can_be_taken_back(history: History) -> None:
    assert history.newest() is None
    add(history)
    last = add(history, undoable=False)
    assert history.newest() == last


def test_a_clock_that_was_put_back_does_not_change_the_order(history: History, tmp_path: Path) -> None:
    first = add(history)
    folder = tmp_path / "home" / "history"
    future = f"{9 * 10**18:020}-1"
    text = (folder / f"{first.id}.json").read_text().replace(first.id, future)
    (folder / f"{future}.json").write_text(text)
    assert history.entries()[-1].id == future
    later = add(history)
    assert history.entries()[-1] == Entry(**{**later.__dict__, "undo": history.entries()[-1].undo})


def test_files_are_private_and_nothing_else_is_left(history: History, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        add(history)
    finally:
        os.umask(before)
    for path in (tmp_path / "home").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert len(list((tmp_path / "home" / "history").iterdir())) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "{", '{"id": 1, "odd": 2}'])
def test_an_entry_that_cannot_be_read_is_named(history: History, tmp_path: Path, content: str) -> None:
    entry = add(history)
    (tmp_path / "home" / "history" / f"{entry.id}.json").write_text(content)
    with pytest.raises(LunaError) as caught:
        history.newest_undoable()
    assert caught.value.code == "history-broken"
    assert entry.id in caught.value.message
