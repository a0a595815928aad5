"""The rows of a list: keys, selection, and what is drawn again."""

from __future__ import annotations

import pytest

from screens.theme import DAY
from screens.widgets.columns import Record
from screens.widgets.record_rows import RecordRows
from tests.unit.screens.widgets.stage import COLUMNS, Stage, people, visible


class Counted(RecordRows):
    """Remembers which lines were drawn."""

    drawn: list[int]

    def render_line(self, y: int):  # type: ignore[no-untyped-def]
        self.drawn.append(y)
        return super().render_line(y)


def rows() -> Counted:
    widget = Counted(COLUMNS)
    widget.drawn = []
    return widget


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["j", "j", "k"], 1), (["down", "down"], 2), (["up"], 0), (["G"], 99), (["end"], 99), (["G", "g"], 0),
        (["pagedown"], 8), (["pagedown", "pageup"], 0),
    ],
)  # fmt: skip
async def test_keys_move_the_cursor_and_it_stays_in_sight(keys: list[str], expected: int) -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(60, 10)) as pilot:
        widget.show(people(100))
        widget.focus()
        await pilot.press(*keys)
        await pilot.pause()
        assert widget.cursor == expected
        assert [line for line in visible(app) if f"▸ Person {expected} " in line]
        assert visible(app)[0].split() == ["Name", "Role", "Count"]


async def test_enter_opens_the_selected_record() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(60, 10)) as pilot:
        widget.show(people(5))
        widget.focus()
        await pilot.press("j", "enter")
        await pilot.pause()
        opened = [item for item in app.heard if isinstance(item, RecordRows.Opened)]
        assert [item.record.key for item in opened] == ["k1"]


async def test_a_click_selects_and_a_second_one_opens() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(60, 10)) as pilot:
        widget.show(people(5))
        await pilot.pause()
        await pilot.click(RecordRows, offset=(5, 3))
        assert widget.cursor == 2
        assert not [item for item in app.heard if isinstance(item, RecordRows.Opened)]
        await pilot.click(RecordRows, offset=(5, 3))
        await pilot.pause()
        assert [item for item in app.heard if isinstance(item, RecordRows.Opened)]


async def test_a_refresh_keeps_selection_and_place_on_the_screen() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(60, 10)) as pilot:
        widget.show(people(100))
        widget.focus()
        await pilot.press(*["pagedown"] * 4, "k", "k")
        await pilot.pause()
        line = next(at for at, text in enumerate(visible(app)) if "▸" in text)
        kept = widget.selected
        widget.show([Record("new", ("Newcomer", "first", "1")), *people(100)])
        await pilot.pause()
        assert widget.selected == kept
        assert "▸" in visible(app)[line]


async def test_the_cursor_stays_near_when_its_record_is_gone() -> None:
    widget = rows()
    async with Stage(widget).run_test(size=(60, 10)) as pilot:
        widget.show(people(3))
        widget.cursor = 2
        widget.show(people(2))
        await pilot.pause()
        assert widget.selected is not None
        assert widget.selected.key == "k1"
        widget.show([])
        await pilot.pause()
        assert widget.selected is None


async def test_one_changed_record_draws_one_line() -> None:
    widget = rows()
    async with Stage(widget).run_test(size=(60, 10)) as pilot:
        widget.show(people(100))
        await pilot.pause()
        widget.drawn.clear()
        widget.change(Record("k3", ("Person 3", "role 9", "3")))
        await pilot.pause()
        assert set(widget.drawn) == {4}


async def test_several_changed_records_draw_their_lines_and_unknown_ones_none() -> None:
    widget = rows()
    async with Stage(widget).run_test(size=(60, 10)) as pilot:
        widget.show(people(100))
        await pilot.pause()
        widget.drawn.clear()
        changed = [Record(f"k{number}", (f"Person {number}", "role 9", "3")) for number in (1, 3, 90)]
        widget.change(*changed, Record("gone", ("Nobody", "role 9", "3")))
        await pilot.pause()
        assert set(widget.drawn) == {2, 4}
        widget.select("k90")
        assert widget.selected == changed[2]


async def test_another_theme_gives_the_rows_its_colours() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(60, 10)) as pilot:
        widget.show(people(3))
        await pilot.pause()
        night = widget.render_line(1)
        app.register_theme(DAY.theme)
        app.theme = DAY.name
        await pilot.pause()
        day = widget.render_line(1)
        assert [part.text for part in day] == [part.text for part in night]
        assert all(mine.style != theirs.style for mine, theirs in zip(day, night, strict=True))


async def test_the_same_records_again_draw_nothing() -> None:
    widget = rows()
    async with Stage(widget).run_test(size=(60, 10)) as pilot:
        widget.show(people(100))
        await pilot.pause()
        widget.drawn.clear()
        widget.show(people(100))
        await pilot.pause()
        assert widget.drawn == []


async def test_moving_the_cursor_draws_two_lines() -> None:
    widget = rows()
    async with Stage(widget).run_test(size=(60, 10)) as pilot:
        widget.show(people(100))
        widget.focus()
        await pilot.pause()
        widget.drawn.clear()
        await pilot.press("j")
        await pilot.pause()
        assert set(widget.drawn) == {1, 2}


async def test_of_ten_thousand_rows_only_those_in_sight_are_drawn() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(people(10_000))
        await pilot.pause()
        assert len(set(widget.drawn)) <= 24
        assert "▸ Person 0" in visible(app)[1]


async def test_hostile_text_reaches_the_screen_as_marks() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(60, 10)) as pilot:
        widget.show([Record("a", ("\x1b]52;c;eA==\x07[red]x[/]", "\u202eabc", "1\n2"))])
        await pilot.pause()
        line = visible(app)[1]
        assert "\x1b" not in line
        assert "\u202e" not in line
        assert "[red]x" in line


async def test_a_narrow_screen_keeps_the_name() -> None:
    widget = rows()
    app = Stage(widget)
    async with app.run_test(size=(22, 6)) as pilot:
        widget.show(people(3))
        await pilot.pause()
        assert visible(app)[0].split() == ["Name", "Count"]
        assert "▸ Person 0" in visible(app)[1]


async def test_a_scrollbar_that_comes_later_takes_its_cells_from_the_columns() -> None:
    """Its coming is no resize of ours: what the columns were shared out for is one cell too wide then."""
    widget = rows()
    app = Stage(widget)
    long = [Record(f"k{at}", ("Person", "a role that does not fit " * 3, "1")) for at in range(50)]
    async with app.run_test(size=(40, 10)) as pilot:
        widget.show(long[:3])
        await pilot.pause()
        widget.show(long)
        await pilot.pause()
        assert all(line.rstrip("▁▂▃▄▅▆▇█ ").endswith("1") for line in visible(app)[1:])
