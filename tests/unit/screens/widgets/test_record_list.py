"""The list around the rows: its four states, its filter, its age."""

from __future__ import annotations

import time

from appliance.errors import Unreachable
from screens.widgets.record_list import RecordList
from screens.words import Words
from tests.unit.screens.widgets.stage import COLUMNS, Stage, people, visible


def staff() -> RecordList:
    return RecordList(Words(), COLUMNS, "agents")


def text(app: Stage) -> str:
    return "\n".join(visible(app))


async def test_it_says_that_it_is_looking_until_there_is_something() -> None:
    app = Stage(staff())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert "… Looking who works here · 0 s" in text(app)


async def test_nothing_there_says_what_to_press() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 12)) as pilot:
        widget.show([])
        await pilot.pause()
        assert "Press n" in text(app)
        assert "Role" not in text(app)


async def test_rows_stand_under_their_count_and_their_age() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 12)) as pilot:
        widget.show(people(3), looked_at=time.time() - 300)
        await pilot.pause()
        assert visible(app)[0].split() == ["3", "agents", "5", "min", "ago"]
        assert "Person 2" in text(app)


async def test_an_error_stands_where_the_rows_would_be_and_r_looks_again() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 12)) as pilot:
        widget.fail(Unreachable("The file cannot be read.", hint="Look at the disk."))
        widget.rows.focus()
        await pilot.pause()
        assert "✗ There was no answer." in text(app)
        assert "Try again in a moment." in text(app)
        await pilot.press("r")
        await pilot.pause()
        assert [item for item in app.heard if isinstance(item, RecordList.Retry)]


async def test_rows_stay_in_sight_when_a_later_look_fails() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 14)) as pilot:
        widget.show(people(3))
        widget.fail(Unreachable("Gone."))
        await pilot.pause()
        assert "✗ There was no answer." in text(app)
        assert "Person 1" in text(app)


async def test_r_is_no_key_while_nothing_is_wrong() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 12)) as pilot:
        widget.show(people(3))
        widget.rows.focus()
        await pilot.press("r")
        await pilot.pause()
        assert not [item for item in app.heard if isinstance(item, RecordList.Retry)]


async def test_slash_filters_while_typing_and_escape_shows_all_again() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 12)) as pilot:
        widget.show(people(30))
        widget.rows.focus()
        await pilot.press("slash", "2", "9")
        await pilot.pause()
        assert [record.key for record in widget.rows.records] == ["k29"]
        assert "1 of 30" in text(app)
        await pilot.press("enter")
        assert widget.rows.has_focus
        assert len(widget.rows.records) == 1
        await pilot.press("escape")
        await pilot.pause()
        assert len(widget.rows.records) == 30


async def test_a_filter_without_a_match_says_so_and_holds_for_what_comes_later() -> None:
    widget = staff()
    app = Stage(widget)
    async with app.run_test(size=(60, 12)) as pilot:
        widget.show(people(3))
        widget.rows.focus()
        await pilot.press("slash", "z")
        await pilot.pause()
        assert "Nothing matches “z”." in text(app)
        widget.show(people(9))
        await pilot.pause()
        assert not widget.rows.records
