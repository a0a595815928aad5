"""Help: what this place is for, and every key that works now, made from the live bindings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from appliance.text import safe_line
from screens.place import PLACES
from screens.widgets.hanging import Hanging
from screens.widgets.key_line import key_of, label_of, live_bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from screens.widgets.hanging import Row
    from screens.words import Words

_MOVING = ("list.", "detail.up", "detail.down", "detail.first", "detail.last")
_NOT_MOVING = ("list.open", "list.filter", "list.unfilter", "list.retry", "list.back")


class HelpScreen(ModalScreen[None]):
    """One page over the screen it explains."""

    CSS_PATH: ClassVar[Any] = [Path(__file__).parent / "help.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Back", id="help.close", key_display="esc"),
        Binding("up,k", "scroll(-1)", "Up", id="help.up", show=False),
        Binding("down,j", "scroll(1)", "Down", id="help.down", show=False),
    ]

    def __init__(self, words: Words, explained: Screen[Any], support: str = "") -> None:
        """`support`: whom the brand names for help."""
        super().__init__()
        self._words = words
        self._support = support
        self._groups = _grouped(explained)
        self._place = str(getattr(explained, "place", ""))

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog help-page"):
            yield Hanging(id="help-text")

    def action_scroll(self, by: int) -> None:
        """A line up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def on_mount(self) -> None:
        self.query_one(Hanging).show(self._rows())

    def _rows(self) -> list[Row]:
        """Every key behind its group's heading; all of them in the same columns."""
        words, none = self._words, Content()
        about = f"help.{self._place}"
        heading = words(f"place.{self._place}" if self._place in PLACES else "help.title")
        rows: list[Row] = [
            (none, Content.assemble((heading, "bold"), "   ", (words("help.close"), "$muted"))),
            (none, Content(words(about if about in words else "help.other"))),
        ]
        shown = [item for bindings in self._groups.values() for item in bindings]
        wide = max((cell_len(key_of(self.app, item)) for item in shown), default=0) + 2
        named = max((cell_len(label_of(words, item)) for item in shown), default=0) + 3
        for title, bindings in self._groups.items():
            if bindings:
                rows += [(none, none), (none, Content.styled(words(f"help.{title}"), "bold"))]
            for item in bindings:
                key, label = key_of(self.app, item), label_of(words, item)
                lead = Content.assemble(
                    (f"{key}{' ' * (wide - cell_len(key))}", "bold $moon"),
                    f"{label}{' ' * (named - cell_len(label))}",
                )
                rows.append((lead, Content.styled(self._tip(item), "$muted")))
        if self._support:
            rows += [(none, none), (none, Content(words("help.support", support=safe_line(self._support))))]
        return rows

    def _tip(self, binding: Binding) -> str:
        """What a key is for: `tip.<id>`, the title of the operation, or what the binding itself says."""
        keys = (f"tip.{binding.id}", f"operation.{binding.id}")
        return next((self._words(key) for key in keys if key in self._words), binding.tooltip)


def _grouped(screen: Screen[Any]) -> dict[str, list[Binding]]:
    groups: dict[str, list[Binding]] = {"here": [], "moving": [], "everywhere": [], "places": []}
    for binding in live_bindings(screen):
        if not binding.description or not binding.id:
            continue
        if binding.id.startswith("go."):
            groups["places"].append(binding)
        elif binding.action.startswith("app."):
            groups["everywhere"].append(binding)
        elif binding.id.startswith(_MOVING) and binding.id not in _NOT_MOVING:
            groups["moving"].append(binding)
        else:
            groups["here"].append(binding)
    return groups
