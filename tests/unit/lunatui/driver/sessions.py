"""An app of every kind of widget, and what may happen to it, for comparing two ways to a screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.coordinate import Coordinate
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, Footer, Header, Input, Label, OptionList, ProgressBar, RichLog, Static

WORDS = (
    "Luna answers",
    "漢字 かな 한글",
    "🙂 emoji 🚀 ok",
    "e\u0301a\u0308 combining",
    "✓ running ! degraded ✗ stopped",
    "👩\u200d🚀 joined ❤\ufe0f selected",
    "━━━ │ ▁▂▃ ⣿",
    "x" * 130,
    "",
)


class Question(ModalScreen[None]):
    """A modal over whatever was there."""

    CSS = "Question { align: center middle; } Question Label { border: thick $warning; padding: 1 2; }"

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        yield Label(self._words, markup=False)


class Other(Screen[None]):
    """A screen of text in odd places: the last column, the last line, styles on blanks."""

    CSS = "Other Static { width: 1fr; text-align: right; } #low { dock: bottom; text-style: underline; }"

    def compose(self) -> ComposeResult:
        styles = ("bold", "italic underline", "reverse", "strike", "dim red", "on blue", "bold on #102030")
        for style, words in zip(styles, WORDS, strict=False):
            yield Static(Text(f"{words}  ", style=style))
        yield Static("漢" * 80, id="low", markup=False)


class Session(App[None]):
    """A list, a table, a log, a form and a bar."""

    animation_level = "none"

    CSS = """
    #left { width: 1fr; min-width: 20; border: round $primary; }
    DataTable { width: 2fr; height: 1fr; }
    RichLog { height: 5; border-top: heavy $secondary; }
    #status { dock: bottom; background: $boost; }
    """

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal():
            with VerticalScroll(id="left"):
                yield Input(placeholder="find")
                yield OptionList(
                    *[f"{number} {word[:30]}" for number, word in enumerate(WORDS * 3)], markup=False
                )
                yield ProgressBar(total=10, show_eta=False)
            yield DataTable()
        yield RichLog(markup=False)
        yield Label("", id="status", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("id", "name", "state")
        for number, word in enumerate(WORDS * 3):
            table.add_row(str(number), Text(word[:40]), "✓ running", key=str(number))


Action = Callable[[Pilot[Any]], Awaitable[object]]


def press(key: str) -> Action:
    """A key, to whatever has the focus."""
    return lambda pilot: pilot.press(key)


def update_cell(row: int, word: str) -> Action:
    """An event changed a row."""

    async def act(pilot: Pilot[Any]) -> None:
        table = pilot.app.screen_stack[0].query_one(DataTable)
        table.update_cell_at(Coordinate(row % table.row_count, 1), Text(word[:40]), update_width=True)

    return act


def say(word: str) -> Action:
    """A line in the log, words in the status line, a step of the bar."""

    async def act(pilot: Pilot[Any]) -> None:
        base = pilot.app.screen_stack[0]
        base.query_one(RichLog).write(word)
        base.query_one("#status", Label).update(word)
        base.query_one(ProgressBar).advance(1)

    return act


def ask(word: str) -> Action:
    """Open a modal, or close the one that is open."""

    async def act(pilot: Pilot[Any]) -> None:
        if isinstance(pilot.app.screen, Question):
            await pilot.app.pop_screen()
        else:
            await pilot.app.push_screen(Question(word))

    return act


async def switch(pilot: Pilot[Any]) -> None:
    """Go to the other screen, or back."""
    if isinstance(pilot.app.screen, Other):
        await pilot.app.pop_screen()
    else:
        await pilot.app.push_screen(Other())


def wear(theme: str) -> Action:
    """Change the theme."""

    async def act(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme

    return act


def resize(width: int, height: int) -> Action:
    """The terminal has another size."""
    return lambda pilot: pilot.resize_terminal(width, height)


def notify(word: str) -> Action:
    """A toast."""

    async def act(pilot: Pilot[Any]) -> None:
        pilot.app.notify(word or "-", markup=False, timeout=60)

    return act
