"""How the app looks and behaves for this person: colours, language, mouse, advanced; all of it remembered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.binding import Binding
from textual.filter import Monochrome, NoColor
from textual.widgets import Input

from appliance.errors import LunaError
from appliance.ops.core import Nothing, nobody_consents
from appliance.ops.dispatch import dispatch
from appliance.ops.settings_look import CHOICES, LOOK, Look
from appliance.ops.undo import LAST
from lunatui.driver.linux import LeanDriver
from lunatui.sturdy import SturdyApp
from screens.background import run_behind
from screens.operation_screen import OperationScreen
from screens.theme import DAY, MONO, NAMES, PALETTES, branded, first_theme, is_of_code
from screens.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.segment import Segment
    from textual.color import Color
    from textual.filter import LineFilter

    from appliance.profile.choices import Choices
    from screens.desk import Desk
    from screens.wizard.screen import WizardScreen


class AttiredApp(SturdyApp[None]):
    """Wears what was chosen; sub-classes know the places."""

    def __init__(self, desk: Desk, *, theme: str = "", spoken: str = "") -> None:
        """`theme`: begin with this one; empty for what was chosen or what the terminal suggests.

        `spoken`: the language of the business, for those who chose none.
        """
        super().__init__()
        self.desk = desk
        self.animation_level = "none"
        self._spoken = spoken or desk.words.language
        # Textual's own answer to NO_COLOR makes greys of a theme's colours; ours is a theme without any.
        self.no_color = False
        self._filters = [each for each in self._filters if not isinstance(each, Monochrome | NoColor)]
        self._colourless = Colourless()
        for palette in PALETTES:
            accent = desk.brand.accent_light if palette is DAY else desk.brand.accent_dark
            self.register_theme(branded(palette, accent).theme)
        self.theme = theme or first_theme(desk.choices.theme, desk.box.env)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without colours also what no theme names."""
        given = super().get_line_filters()
        return [*given, self._colourless] if self.theme == MONO.name else given

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Nothing blinks: a line at rest sends nothing."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def action_next_theme(self) -> None:
        """The colours behind the present ones, remembered."""
        self.action_wear(NAMES[(NAMES.index(self.theme) + 1) % len(NAMES)])

    def action_wear(self, theme: Any) -> None:
        """These colours, remembered."""
        self.choose(Look(theme=theme))
        self.desk.notices.tell(self.desk.words("notice.wears", theme=self.desk.words(f"look.theme.{theme}")))

    def action_advanced(self) -> None:
        """Show or hide what supporters need, remembered."""
        advanced = not self.desk.advanced
        self.choose(Look(advanced="on" if advanced else "off"))
        self.desk.notices.tell(self.desk.words(f"notice.advanced-{'on' if advanced else 'off'}"))

    def on_wizard_screen_seat_taken(self, message: WizardScreen.SeatTaken) -> None:
        """Who helps somebody has the supporters' places from the start; the wizard goes on where it is."""
        self.choose(Look(advanced="on" if message.advanced else "off"))

    def choose(self, wish: Look) -> None:
        """Wear it at once and remember it in the background."""
        given = {name: value for name, value in wish.__dict__.items() if value is not None}
        self.wear(replace(self.desk.choices, **given))
        run_behind(self, partial(self._remember, wish), name=LOOK.name, group=LOOK.name)

    def wear(self, choices: Choices) -> None:
        """Bring colours, words, mouse and places in line with what was chosen."""
        before = self.desk
        language = self._spoken if choices.language == "auto" else choices.language
        words = before.words if before.words.language == language else Words(language, before.words.keys)
        self.desk = replace(before, choices=choices, words=words)
        self.theme = first_theme(choices.theme, before.box.env)
        if isinstance(driver := self._driver, LeanDriver):
            driver.listen_to_mouse(listens(self.desk))
        if words is not before.words or self.desk.advanced is not before.advanced:
            self.reopen()

    def use_keys(self, own: Mapping[str, str]) -> None:
        """Take over the keys that can be used, in the texts as well; say of the others why they cannot."""
        from lunatui.scopes import every_scope
        from screens.keymap import usable
        from screens.widgets.key_line import key_of

        words = self.desk.words
        keymap, problems = usable(own, every_scope())
        self.set_keymap(keymap)
        shown = {name: key_of(self, Binding(keys.partition(",")[0], "", "")) for name, keys in keymap.items()}
        self.desk = replace(self.desk, words=Words(words.language, shown))
        for problem in problems:
            text = words(f"notice.keys-{problem.kind}", name=problem.name, typed=problem.key)
            self.desk.notices.tell(text, "look")

    def reopen(self) -> None:
        """Show the present place anew."""
        raise NotImplementedError

    @on(OperationScreen.Succeeded)
    def wear_result(self, message: OperationScreen.Succeeded) -> None:
        """A form or an undo may have changed what was chosen."""
        if message.operation == LOOK.name:
            self.wear(message.result)
        elif message.operation == LAST.name and getattr(message.result, "operation", "") == LOOK.name:
            run_behind(self, self._recall, name=CHOICES.name, group=CHOICES.name)

    async def _remember(self, wish: Look) -> None:
        try:
            await dispatch(self.desk.box, LOOK, wish, self.desk.call(nobody_consents, lambda _event: None))
        except LunaError:
            self.desk.notices.tell(self.desk.words("notice.not-kept"), "look")

    async def _recall(self) -> None:
        call = self.desk.call(nobody_consents, lambda _event: None)
        self.wear(await dispatch(self.desk.box, CHOICES, Nothing(), call))


class Colourless(NoColor):
    """No colours but those of a code: they are what it says, and no decoration (no-color.org)."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, colourless."""
        if not any(is_of_code(segment.style) for segment in segments):
            return super().apply(segments, background)
        return [
            segment if is_of_code(segment.style) else super(Colourless, self).apply([segment], background)[0]
            for segment in segments
        ]


def listens(desk: Desk) -> bool:
    """Whether the screens listen to the mouse."""
    return desk.choices.mouse == "on" and not desk.box.env.get("LUNATUI_NO_MOUSE")
