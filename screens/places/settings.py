"""Settings: the business, and how the screens look and behave for you."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

from textual import on
from textual.binding import Binding

from appliance.ops.core import Nothing
from appliance.ops.settings import BUSINESS, SHOW, AboutBusiness
from appliance.ops.settings_look import CHOICES, KEYS, LOOK, Look
from appliance.profile.choices import Language, Switch, Theme
from appliance.text import safe_line
from screens.command_line import command_line
from screens.form_screen import FormScreen
from screens.list_place import ListPlace
from screens.operation_screen import OperationScreen
from screens.place import INNER_PLACES
from screens.widgets.columns import Column, Record
from screens.widgets.detail import Section, Sheet
from screens.widgets.questions import Choice, Wish
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from appliance.ops.settings import Business
    from appliance.ops.settings_look import OwnKeys
    from appliance.profile.choices import Choices

FACTS = ("name", "what", "hours", "tone", "owner", "language", "timezone")
"""What is known of the business, in the order in which it is asked."""
LOOKS: dict[str, tuple[str, ...]] = {
    "theme": get_args(Theme),
    "language": get_args(Language),
    "mouse": get_args(Switch),
    "advanced": get_args(Switch),
}
"""What one may choose, and among what."""
BUSINESS_ROW, LOOK_ROW, KEYS_ROW, PLACE_ROW = "business", "look", "keys", "place"


class SettingsScreen(ListPlace):
    """One row a setting; enter changes it."""

    place = "settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "change", "Change", id="settings.change", key_display="enter"),
        Binding("z", "undo", "Undo", id="undo.last"),
    ]
    forms: ClassVar[Mapping[str, str]] = {BUSINESS.name: "ask('business')", LOOK.name: "ask('look')"}
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("name", Column(priority=0, least=26, most=34)),
        ("value", Column(priority=1, least=12, most=60, muted=True)),
    )
    _business: Business | None = None
    _choices: Choices | None = None
    _keys: OwnKeys | None = None
    _wanted = ""
    """What is asked for as soon as it is known how it is."""

    def look(self) -> None:
        self.start(SHOW, Nothing(), quiet=True)
        self.start(CHOICES, Nothing(), quiet=True)
        self.start(KEYS, Nothing(), quiet=True)

    def picked(self, record: Record | None) -> None:
        """What the setting is for."""
        if record is not None:
            self.detail.show(self._sheet(record.key))

    @on(RecordRows.Opened)
    def change_opened(self, message: RecordRows.Opened) -> None:
        """Enter changes the setting; there is nothing more to see of it."""
        message.prevent_default()
        self.action_change()

    def action_change(self) -> None:
        """Ask for the selected setting, or show the keys."""
        kind, _, name = self.selected_key.partition(".")
        if kind == KEYS_ROW:
            self.app.call_later(self.app.run_action, "app.help")
        elif kind == PLACE_ROW:
            self.go(name)
        elif name:
            self._open_form(kind, (name,), self.words(f"settings.{self.selected_key}.title"))

    def action_ask(self, kind: str) -> None:
        """Ask for all of one kind, as soon as it is known how they are."""
        self._wanted = kind
        if self._choices is not None and self._business is not None:
            self._wanted = ""
            self._open_form(kind, tuple(LOOKS) if kind == LOOK_ROW else FACTS)

    def _open_form(self, kind: str, names: Sequence[str], title: str = "") -> None:
        if kind == LOOK_ROW and self._choices is not None:
            wishes = [self._look_wish(name, getattr(self._choices, name)) for name in names]
            self.app.push_screen(FormScreen(self.desk, LOOK, wishes, title=title))
        elif kind == BUSINESS_ROW and self._business is not None:
            known = {name: safe_line(getattr(self._business, name)) for name in names}
            wishes = [Wish(name, default=value, unchanged=value) for name, value in known.items()]
            self.app.push_screen(FormScreen(self.desk, BUSINESS, wishes, title=title))

    def _look_wish(self, name: str, chosen: str) -> Wish:
        return Wish(name, tuple(Choice(value, self._value_of(name, value)) for value in LOOKS[name]), chosen)

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the rows with what came."""
        if message.operation == SHOW.name:
            self._business = message.result
        elif message.operation == CHOICES.name:
            self._choices = message.result
        elif message.operation == KEYS.name:
            self._keys = message.result
        else:
            return
        self._fill()
        if self._wanted:
            self.action_ask(self._wanted)

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """What cannot be read is said where the rows are; own keys that cannot were reported at the start."""
        if message.operation in (SHOW.name, CHOICES.name):
            self.records.fail(message.error)

    def _fill(self) -> None:
        """All rows once everything has come, so that none jumps."""
        if self._business is None or self._choices is None:
            return
        known, chosen = self._business.__dict__, self._choices.__dict__
        rows = [
            self._row(BUSINESS_ROW, name, known[name] or self.words("settings.empty-value")) for name in FACTS
        ]
        rows += [self._row(LOOK_ROW, name, self._value_of(name, chosen[name])) for name in LOOKS]
        own = len(self._keys.keys) if self._keys is not None else 0
        rows.append(self._row(KEYS_ROW, "own", self.words("settings.own-keys", count=own)))
        rows += [
            self._row(PLACE_ROW, name, self.words(f"settings.place.{name}.value"))
            for name, leads in INNER_PLACES.items()
            if leads == self.place
        ]
        self.records.show(rows)
        self.picked(self.records.selected)

    def _row(self, kind: str, name: str, value: str) -> Record:
        return Record(f"{kind}.{name}", (self.words(f"settings.{kind}.{name}.title"), value))

    def _value_of(self, name: str, value: str) -> str:
        group = "switch" if LOOKS[name] == get_args(Switch) else name
        return self.words(f"look.{group}.{value}")

    def _sheet(self, key: str) -> Sheet:
        kind, _, name = key.partition(".")
        commands = () if kind == PLACE_ROW else (command_line(KEYS, Nothing()),)
        if kind == LOOK_ROW and self._choices is not None:
            commands = (command_line(LOOK, Look(**{name: getattr(self._choices, name)})),)
        elif kind == BUSINESS_ROW and self._business is not None:
            commands = (command_line(BUSINESS, AboutBusiness(**{name: getattr(self._business, name)})),)
        record = self.records.selected
        value = next((str(cell) for cell in record.cells[1:]), "") if record is not None else ""
        return Sheet(
            self.words(f"settings.{key}.title"),
            self.words(f"settings.{key}.text"),
            sections=(Section(self.words("settings.value"), value),) if value and kind != PLACE_ROW else (),
            commands=commands,
        )
