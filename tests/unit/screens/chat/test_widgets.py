"""A text that grows: whatever the order, the terminal shows what a plain text shows; and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from screens.chat import widgets
from screens.chat.talk import Line
from screens.chat.widgets import FLOOD_PAINT_S, PAINT_S, Growing, LineView
from tests.fakes.shop import until
from tests.safety.scale import scale
from tests.unit.screens.chat.stand import Plain, Stand, Talking

WIDTH, HEIGHT = 34, 14
PIECES = (
    "a", "word ", " ", "   ", "\n", "\n\n", "\t", "x" * 25, "long-with-hyphens ", "漢字かな", "🙂",
    "👩\u200d🚀", "e\u0301", "\u0301", "❤\ufe0f", "\ufe0f", "🇩", "🇪", "\u200d", "🚀", "[b]mark[/b] ", "end",
)  # fmt: skip
Act = tuple[str, Any]
PutOff = tuple[float, Callable[[], None]]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)),
        st.tuples(st.just("grow"), st.sampled_from(PIECES)),
        st.tuples(st.just("look"), st.none()),
        st.tuples(st.just("cut"), st.integers(0, 12)),
        st.tuples(st.just("replace"), st.lists(st.sampled_from(PIECES), max_size=5).map("".join)),
        st.tuples(st.just("new"), st.sampled_from(["you", "agent", "need", "error", "note"])),
        st.tuples(st.just("older"), st.sampled_from(PIECES)),
        st.tuples(st.just("resize"), st.tuples(st.integers(18, 60), st.integers(8, 20))),
    ),
    min_size=1,
    max_size=14,
)


async def do(app: Talking, pilot: Pilot[None], act: Act) -> None:
    name, what = act
    last = app.lines[-1]
    match name:
        case "grow":
            app.say(last.text + what)
        case "cut":
            app.say(last.text[: max(0, len(last.text) - what)])
        case "replace":
            app.say(what)
        case "older":
            app.say(app.lines[0].text + what, app.lines[0])
        case "new":
            app.lines.append(Line(what, ""))
            app.say("now ")
        case "resize":
            await pilot.resize_terminal(*what)
        case "look":
            await pilot.pause()


async def at_the_end(app: Stand, pilot: Pilot[None]) -> list[str]:
    """The picture, scrolled to its end, once nothing waits to be painted."""

    def is_there() -> bool:
        transcript = app.query_one("#transcript", VerticalScroll)
        if app.is_still and not transcript.is_vertical_scroll_end:
            transcript.scroll_end(animate=False, immediate=True)
        return app.is_still and transcript.is_vertical_scroll_end

    await until(pilot, is_there)
    before: list[str] = []
    while before != (now := app.picture):
        before = now
        await pilot.pause(0.02)
    return now


async def compared(acts: Sequence[Act]) -> tuple[list[str], list[str]]:
    """The picture after all of it happened, and that of a plain text."""
    talking = Talking()
    async with talking.run_test(size=(WIDTH, HEIGHT)) as pilot:
        for act in acts:
            await do(talking, pilot, act)
        grown, size = await at_the_end(talking, pilot), tuple(talking.size)
    plain = Plain(talking.lines)
    async with plain.run_test(size=(size[0], size[1])) as pilot:
        return grown, await at_the_end(plain, pilot)


def unbatched(patch: pytest.MonkeyPatch) -> None:
    """Everything is painted at once."""
    patch.setattr(widgets, "PAINT_S", 0.0)
    patch.setattr(widgets, "FLOOD_S", 0.0)


def grows(*texts: str) -> list[Act]:
    """Piece by piece, each of them painted."""
    return [act for text in texts for act in (("grow", text), ("look", None))]


@pytest.mark.no_cover
@settings(max_examples=scale(15, 80, 600), deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTS)
@example(grows("word " * 4, "x", "x", "x" * 20, "\n", "a", "\n\n", "b"))
@example(grows("漢字かな" * 2, "漢", "字", "e", "\u0301", "👩", "\u200d", "🚀", "❤", "\ufe0f", "🇩", "🇪"))
@example(grows("a\tb", "\t", "c", "   ", " ", "d", "\t\t", "e"))
@example([("grow", "one two three four five"), ("look", None), ("cut", 9), ("grow", "x" * 40), ("cut", 40)])
@example([("grow", "a\nb\nc"), ("look", None), ("replace", "a"), ("grow", "\nB\nC"), ("look", None)])
@example([("grow", "a\nb\nc"), ("look", None), ("replace", "A\nb"), ("grow", "\nC"), ("look", None)])
@example([("grow", "a\nb\nc"), ("look", None), ("replace", "A\nB\nc"), ("look", None)])
@example([("resize", (18, 8)), ("grow", "long words here"), ("resize", (60, 8)), ("grow", " and more")])
@example(
    [
        ("resize", (26, 12)), ("replace", "long-with-hyphens "), ("new", "agent"), ("replace", "   "),
        ("resize", (26, 12)), ("replace", "[b]mark[/b] \u200d"),
    ]
)  # fmt: skip
@example(
    [("grow", "some words"), ("look", None), ("resize", (20, 10)), ("grow", " and more of them to wrap")]
)
@example(
    [*grows("one", "two"), ("older", " there"), *grows("three"), ("new", "agent"), *grows("four", "five")]
)
def test_any_order_of_growing_ends_with_the_picture_of_a_plain_text(acts: list[Act]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        unbatched(patch)
        grown, plain = asyncio.run(compared(acts))
    assert grown == plain


async def test_only_the_last_line_is_painted_while_the_text_stays_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unbatched(monkeypatch)
    app = Talking()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        app.lines[-1].text = "one two three four five six seven "
        app.say(app.lines[-1].text)
        await until(pilot, lambda: "seven" in app.picture[3])
        for piece, picture in (("e", "e"), ("i", "ei"), ("漢", "ei漢"), ("\u0301", "ei漢\u0301")):
            await pilot.pause()
            app.painted.clear()
            app.say(app.lines[-1].text + piece)
            await until(pilot, lambda picture=picture: app.picture[3].endswith(f"seven {picture}"))
            assert app.painted == [{3}]
        app.painted.clear()
        app.say(app.lines[-1].text + " and more of it")
        await until(pilot, lambda: app.picture[4].endswith("of it"))
        assert {3, 4} <= set().union(*app.painted)


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


Flooded = tuple[Talking, Pilot[None], Clock, list[PutOff]]


@asynccontextmanager
async def flooded(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Talking, Pilot[None], Clock, list[PutOff]]]:
    """A transcript whose time stands, and whatever it put off."""
    clock, due = Clock(), list[PutOff]()
    monkeypatch.setattr(widgets, "time", clock)
    app = Talking()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        monkeypatch.setattr(app.transcript, "set_timer", lambda delay, call: due.append((delay, call)))
        yield app, pilot, clock, due


async def test_a_flood_is_painted_now_and_then_and_ends_with_the_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with flooded(monkeypatch) as (app, pilot, clock, due):
        text = app.lines[-1]
        shown = app.query(Growing).last()
        app.say("first ")
        assert str(shown.content) == "first "
        assert due == []
        for count in range(20):
            clock.now += 0.01
            app.say(f"{text.text}{count} ")
        assert str(shown.content) == "first "
        (put_off,) = due
        assert put_off[0] == pytest.approx(FLOOD_PAINT_S - 0.01)
        clock.now = 1_000.0 + FLOOD_PAINT_S
        put_off[1]()
        await until(pilot, lambda: app.picture[4].endswith(" 19"))
        due.clear()
        clock.now += 0.01
        app.say(f"{text.text}the end")
        ((rest, paint),) = due
        assert rest == pytest.approx(PAINT_S - 0.01)
        paint()
        await until(pilot, lambda: "the end" in "\n".join(app.picture))


async def test_words_at_the_pace_of_the_engine_are_painted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with flooded(monkeypatch) as (app, _pilot, clock, due):
        for count in range(10):
            clock.now += PAINT_S * 1.01
            app.say(f"{count}")
            assert str(app.query(Growing).last().content) == f"{count}"
        assert due == []


async def test_a_new_line_in_a_flood_leaves_the_line_before_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with flooded(monkeypatch) as (app, pilot, clock, due):
        app.say("first")
        clock.now += 0.01
        app.say("first and last")
        app.lines.append(Line("note", "Stopped."))
        clock.now += 0.01
        app.transcript.grown(app.lines[-1])
        await until(pilot, lambda: app.picture[2:5] == ["  agent first and last", "", "  ·     Stopped."])
        app.say("Stopped. Really.")
        assert len(due) == 1
        due[0][1]()
        await until(pilot, lambda: app.picture[4].endswith("Really."))


async def test_lines_put_there_anew_in_a_flood_go_on_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with flooded(monkeypatch) as (app, pilot, clock, due):
        app.say("first")
        clock.now += 0.01
        app.say("first second")
        await app.transcript.query(LineView).remove()
        app.lines[:] = [Line(line.kind, line.text) for line in app.lines]
        await app.transcript.mount_all([LineView(line, line.kind) for line in app.lines])
        due.pop()[1]()
        await until(pilot, lambda: app.picture[2] == "  agent first second")
        clock.now += 1.0
        app.say("first second third")
        await until(pilot, lambda: app.picture[2] == "  agent first second third")
        assert len(app.query(LineView)) == 2


async def test_a_text_that_is_replaced_is_painted_whole() -> None:
    app = Talking()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        growing = app.query(Growing).last()
        growing.grow("", "one two three four five six seven")
        await until(pilot, lambda: app.picture[3].endswith("seven"))
        growing.grow("one two three four five six seven", "eins zwei drei vier fünf sechs sieben")
        await until(pilot, lambda: app.picture[3].endswith("sieben"))
        assert "eins" in app.picture[2]


async def test_what_is_too_long_ago_makes_room_unless_somebody_reads_above(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(widgets, "LINES", 10)
    app = Talking()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:

        def add(number: int) -> None:
            app.lines.append(Line("note", f"line {number}"))
            app.transcript.grown(app.lines[-1])

        app.transcript.anchor()
        for number in range(20):
            add(number)
        await until(pilot, lambda: app.is_still and app.transcript.is_vertical_scroll_end)
        add(20)
        await until(pilot, lambda: app.query(LineView).first().line.text == "line 11")
        app.transcript.release_anchor()
        app.transcript.scroll_home(animate=False)
        await until(pilot, lambda: app.transcript.scroll_y == 0)
        for number in range(21, 24):
            add(number)
        await until(pilot, lambda: len(app.query(LineView)) == 13)
