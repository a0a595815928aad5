"""The net under the screen: what a widget shows that nobody made safe is dropped, counted and told."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from appliance.text import safe_line, unsafe_places
from lunatui.driver.net import Net
from lunatui.tui import NET_CAUGHT, LunaApp
from screens.chat.talk import Line
from screens.chat.widgets import LineView
from screens.dashboard.notice import Choice, Notice, Told
from screens.desk import Desk
from screens.widgets.entry import Entry
from screens.words import Words
from tests.fakes.box import make_box
from tests.fakes.hostile import corpus
from tests.fakes.waiting import LIMIT_S

BAD = "a\x1b]52;c;YQ==\x07b\x9b5n\u202ec\u200b\u2028\U000e0041\ufff9d\u3164e"
PLAIN = Color(0, 0, 0)


class Page(App[None]):
    """Shows one widget through a net."""

    def __init__(self, make: Callable[[], Widget]) -> None:
        super().__init__()
        self.told: list[str] = []
        self.net = Net(self.told.append)
        self._make = make

    def get_line_filters(self) -> Any:
        return [*super().get_line_filters(), self.net]

    def compose(self) -> ComposeResult:
        yield self._make()


def titled() -> Widget:
    box = Vertical(Static("fine"))
    box.styles.border = ("round", "white")
    box.border_title = Content(BAD)
    return box


def noticed() -> Widget:
    notice = Notice(id="card")
    notice.tell(Told("title", BAD, (Choice("retry", BAD),)))
    return notice


WIDGETS = {
    "Static": lambda: Static(Content(BAD)),
    "Static text": lambda: Static(BAD, markup=False),
    "Label": lambda: Label(BAD, markup=False),
    "Input": lambda: Input(BAD),
    "placeholder": lambda: Input(placeholder=BAD),
    "border title": titled,
    "Notice": noticed,
    "LineView": lambda: LineView(Line("agent", BAD), BAD),
}


@pytest.mark.parametrize("name", WIDGETS)
async def test_whatever_kind_of_widget_shows_it_the_net_catches_it(name: str) -> None:
    app = Page(WIDGETS[name])
    async with app.run_test(size=(100, 24)):
        strips = app.screen._compositor.render_strips()
        shown = "".join(segment.text for strip in strips for segment in strip)
    assert app.net.caught > 0
    assert unsafe_places(shown) == []
    assert "U+" in app.told[0]
    assert "52" not in app.told[0].partition("(")[0], "the text itself is not told"


async def test_a_notice_of_textual_is_caught_too() -> None:
    app = Page(Static)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        app.notify(BAD, markup=False)
        async with asyncio.timeout(LIMIT_S):
            while not app.net.caught:
                await pilot.pause(0.01)


async def test_a_line_to_type_in_needs_no_net() -> None:
    app = Page(lambda: Entry(BAD))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        entry = app.query_one(Entry)
        assert entry.value == safe_line(BAD)
        entry.value = ""
        entry.insert_text_at_cursor("👩\u200d")
        entry.insert_text_at_cursor("👧")
        assert entry.value == "👩\u200d👧", "an emoji that is typed in parts"
        entry.insert_text_at_cursor("x\u200dy")
        assert entry.value == "👩\u200d👧x⟦200D⟧y"
    assert app.net.caught == 0


def test_columns_stay_where_they_are() -> None:
    net = Net(lambda _told: None)
    (clean,) = net.apply([Segment("a\u115fb\x1bc", Style(bold=True))], PLAIN)
    assert (clean.text, clean.style) == ("a  bc", Style(bold=True))
    assert net.caught == 2


def test_what_is_safe_passes_as_it_is() -> None:
    net = Net(pytest.fail)
    segments = [Segment(safe_line(item.text)) for item in corpus()]
    assert net.apply(segments, PLAIN) is segments
    # Cut between the parts of an emoji, each piece still passes.
    halves = [Segment("👩\u200d"), Segment("\u200d👧"), Segment("\ufe0f")]
    assert net.apply(halves, PLAIN) is halves


def test_what_the_border_would_have_marked_is_caught() -> None:
    for item in corpus():
        net = Net(lambda _told: None)
        middle = f"·{item.text}·"
        clean = net.apply([Segment(middle)], PLAIN)[0].text
        assert unsafe_places(clean) == []
        if safe_line(middle) != middle and len(middle) < 8000:
            assert net.caught, item


def test_the_program_has_the_net_and_logs_its_catch(tmp_path: Path) -> None:
    app = LunaApp(Desk(make_box(tmp_path), "human:test", Words()))
    assert app.net in app.get_line_filters()
    app.net.apply([Segment("sk-secret\x1b[31m")], PLAIN)
    log = app.desk.box.places.logs_dir / "crash.log"
    told = log.read_text()
    assert NET_CAUGHT in told
    assert "U+001B" in told
    assert "secret" not in told
    assert log.stat().st_mode & 0o777 == 0o600


def test_what_it_costs_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    net = Net(pytest.fail)
    rows = [
        [Segment(f"  {n:04} Café Rosa  ✓ ready "), Segment("│" * 3), Segment("plain words " * 4)]
        for n in range(50)
    ]
    rounds = 40
    started = time.process_time()
    for _ in range(rounds):
        for row in rows:
            net.apply(row, PLAIN)
    spent = (time.process_time() - started) / rounds
    with capsys.disabled():
        print(f"figure net per frame of 50 new lines: {spent * 1e6:.0f} us", file=sys.stderr)
