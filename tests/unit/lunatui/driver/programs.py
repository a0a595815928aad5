"""Small programs to run in a pty: `python -m tests.unit.lunatui.driver.programs <name> <stock|lean>`."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.coordinate import Coordinate
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, Label, OptionList, Static

from lunatui.driver.linux import LeanApp
from lunatui.process import cancelled_by_signals

ROWS = 200


class Hello(LeanApp[None]):
    """Next to nothing on the screen."""

    BINDINGS: ClassVar = [("b", "bell", "Bell"), ("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Label("Hello Luna")
        yield Label("", id="said")

    def on_key(self, event: Any) -> None:
        """Show what was typed."""
        self.query_one("#said", Label).update(f"typed {event.key}")


class Agents(Screen[None]):
    """Another screen to go to."""

    def compose(self) -> ComposeResult:
        yield Header()
        for number in range(30):
            yield Static(f"Agent {number:2} · answers the phone, takes bookings and knows the opening hours")
        yield Footer()


class Table(LeanApp[None]):
    """A table of 200 rows between a header and a footer."""

    BINDINGS: ClassVar = [("s", "switch", "Screen"), ("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("agent", "state", "doing", "count")
        for number in range(ROWS):
            table.add_row(f"agent-{number}", "✓ running", "waits for a call", f"{number * 7:>8}")

    def action_switch(self) -> None:
        """To the other screen and back."""
        if isinstance(self.screen, Agents):
            self.pop_screen()
        else:
            self.push_screen(Agents())


class Options(LeanApp[None]):
    """An option list of 200 lines."""

    BINDINGS: ClassVar = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield OptionList(*[f"agent-{number} · ✓ running · waits for a call" for number in range(ROWS)])
        yield Footer()


class Stream(Table):
    """The table with 200 changes a second in it."""

    def on_mount(self) -> None:
        super().on_mount()
        self._table = self.query_one(DataTable)
        self._count = 0
        self.set_interval(0.05, self._change)

    def _change(self) -> None:
        for _ in range(10):
            self._count += 1
            self._table.update_cell_at(Coordinate((self._count * 7) % 30, 3), f"{self._count:>8}")


class Broken(Hello):
    """Crashes on a key."""

    def on_key(self, _event: Any) -> None:
        """Fail."""
        raise RuntimeError("as asked")


PROGRAMS = {cls.__name__.lower(): cls for cls in (Hello, Table, Options, Stream, Broken)}


async def _run(app: LeanApp[None]) -> None:
    task = asyncio.ensure_future(app.run_async())
    with cancelled_by_signals(asyncio.get_running_loop(), task):
        await asyncio.gather(task, return_exceptions=True)


def main() -> None:
    """Run one program on this terminal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    app = PROGRAMS[sys.argv[1]]()
    app.animation_level = "none"
    if sys.argv[2] == "stock":
        app.driver_class = LinuxDriver
    asyncio.run(_run(app))


if __name__ == "__main__":
    main()
