"""The frame of every place: who and how on top, the places, the body, and the keys that matter now."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding
from textual.containers import Container, Horizontal

from appliance.ops.core import Nothing
from screens.deeds import deed
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.widgets.key_line import KeyLine
from screens.widgets.places_bar import PlacesBar
from screens.widgets.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

PLACES = ("dashboard", "agents", "skills", "providers", "channels", "health", "settings")
"""The owner's places, in the order of their keys 1 to 7."""
POWER_PLACES = ("operations", "governance", "sessions", "memory", "fleet", "logs", "configuration")
"""Places for supporters, behind the owner's; only with Advanced."""
UNDO = "undo.last"
"""Its area is loaded when it is used."""
ADVANCED = "advanced"
"""The place that lists them, on key 8."""
INNER_PLACES = {
    "routing": "agents",
    "history": "settings",
    "backups": "settings",
    "keys": "settings",
    "audit": ADVANCED,
}
"""Places without a key of their own, and the place that leads to each: there it has a row."""
WIDE = 110
"""Columns from which on the places stand in a rail and lists have a detail pane."""


class Place(OperationScreen):
    """One of the owner's places; sub-classes fill `body`."""

    place: str = ""
    """Which of `PLACES` this is."""
    forms: ClassVar[Mapping[str, str]] = {}
    """Operations done here without a key of their own, and the action that asks for what they need."""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - Textual declares it so
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"app.go('{name}')", name.capitalize(), id=f"go.{name}", show=False)
            for number, name in enumerate(PLACES, 1)
        ),
        Binding("8", "power", "More", id="go.advanced", show=False),
        Binding("question_mark,f1", "app.help", "Help", id="app.help"),
        Binding("colon,ctrl+p", "app.command_palette", "Commands", id="app.commands"),
        Binding("A", "app.advanced", "Advanced", id="app.advanced", tooltip="What supporters need"),
        Binding("M", "app.notices", "Messages", id="app.notices", tooltip="What was reported", show=False),
        Binding("z", "undo", "Undo", id="undo.last", show=False),
        Binding("escape", "back", "Back", id="list.back"),
        Binding("q", "app.quit", "Quit", id="app.quit"),
    ]

    def compose(self) -> ComposeResult:
        yield TopLine(self.desk)
        with Horizontal(id="frame"):
            yield PlacesBar(self.words, self.place, advanced=self.desk.advanced)
            with Container(id="body"):
                yield from self.body()
        yield KeyLine(self.words)

    def body(self) -> ComposeResult:
        """What this place shows."""
        yield from ()

    def on_mount(self) -> None:
        self._show_outlook()

    @on(Looked)
    def see(self) -> None:
        """The shop is not as it was."""
        self._show_outlook()

    @on(events.ScreenResume)
    def stand_alone(self) -> None:
        """Nothing stands beside it any more."""
        self.remove_class("-beside")

    def _show_outlook(self) -> None:
        self.query_one(TopLine).outlook = self.desk.lookout.sight.outlook

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The way to the places of supporters is there with Advanced only; back leads out of inner places."""
        if action == "power":
            return self.desk.advanced
        if action == "back":
            return self.place in INNER_PLACES
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """To the place that leads here."""
        self.go(INNER_PLACES[self.place])

    def action_power(self) -> None:
        """To the places of supporters."""
        self.go(ADVANCED)

    def action_undo(self) -> None:
        """Take back the last change."""
        from appliance.ops.undo import LAST

        self.start(LAST, Nothing())

    def look_after_change(self) -> None:
        """Something was changed: see what this place shows of it."""
        self.desk.lookout.look_now()

    @on(OperationScreen.Succeeded)
    def tell_undone(self, message: OperationScreen.Succeeded) -> None:
        """Say what was taken back, and look what that means."""
        if message.operation == UNDO:
            what = deed(self.words, message.result.operation)
            self.notice(self.words("notice.undone", what=what))
            self.look_after_change()

    @on(OperationScreen.Failed)
    def tell_nothing_undone(self, message: OperationScreen.Failed) -> None:
        """Nothing to take back is no failure: no dialog."""
        if message.error.code == "nothing-to-undo":
            message.prevent_default()
            self.notice(self.words("notice.nothing"))

    def go(self, place: str) -> None:
        """To another place."""
        self._act("go", place)

    def talk(self, agent: str) -> None:
        """Open the conversation with an agent."""
        self._act("talk", agent)

    def _act(self, action: str, *parameters: object) -> None:
        """The app's doing, once this message is dealt with: this screen may end with it."""
        self.app.call_later(self.app.run_action, ("", action, parameters))
