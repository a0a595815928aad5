"""LunaApp: themes, places, keys and the look at the shop; no domain logic.

The module of a screen is loaded when it is opened: the first one is there sooner for it.
"""

from __future__ import annotations

import traceback
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.worker import Worker, WorkerState

from appliance.errors import LunaError
from appliance.ops.core import nobody_consents
from appliance.ops.dispatch import dispatch
from appliance.ops.registry import find
from appliance.ops.settings_look import Look
from lunatui import diagnostics
from lunatui.attire import AttiredApp
from lunatui.driver.net import Net
from lunatui.news import LOOK_S, RECORDS, Others, turn
from lunatui.place_screens import screen_of
from lunatui.watching import EVERY_S, SettingsWatch
from screens.background import run_behind
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType
    from textual.command import Provider
    from textual.filter import LineFilter

    from appliance.secret import Secret
    from screens.desk import Desk
    from screens.lookout import Sight
    from screens.wizard.screen import WizardScreen


def commands() -> type[Provider]:
    """What the palette searches; it is loaded when the palette opens."""
    from screens.palette import Commands

    return Commands


class LunaApp(AttiredApp):
    """One person at one box."""

    CSS_PATH = "../screens/frame.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMANDS: ClassVar[set[Any]] = {commands}

    def __init__(
        self,
        desk: Desk,
        *,
        theme: str = "",
        first: str = "dashboard",
        key: Secret | None = None,
        keys: Mapping[str, str] | None = None,
        spoken: str = "",
    ) -> None:
        """`first`: a place, or `wizard`. `key`: a brain's key that is there already, as in a demo.

        `keys`: the keys that somebody chose for actions, by id.
        """
        super().__init__(desk, theme=theme, spoken=spoken)
        self._place = first
        self._opened_wizard = ""
        """The place that the wizard was opened from; empty where it came first."""
        self._key = key
        self._keys = keys or {}
        self._seen = desk.lookout.sight.outlook
        self._blind = False
        """The look at the shop has a bug, which was said."""
        self._rung = False
        self._others = Others(desk.actor)
        self._settings = SettingsWatch()
        self.net = Net(self._keep_catch)
        """Catches what no screen made safe; anything in it is a bug of ours."""

    def on_mount(self) -> None:
        if self._keys:
            self.use_keys(self._keys)
        self.action_go(self._place)
        if self._place in SHOW_OUTLOOK:
            self._watch_shop()
        else:
            self.set_timer(OUTLOOK_LATER_S, self._watch_shop)

    def _watch_shop(self) -> None:
        self.settle()
        for look, seconds in ((self._look_at_others, LOOK_S), (self._look_at_settings, EVERY_S)):
            look()
            self.set_interval(seconds, look)
        self._watch()

    def _watch(self, after: float = 0.0) -> None:
        look = partial(self.desk.lookout.watch, self.desk, self._tell, after=after)
        run_behind(self, look, group=LOOKOUT, name=LOOKOUT)

    def _look_at_others(self) -> None:
        run_behind(self, self._tell_of_others, name="others", group="others")

    def _look_at_settings(self) -> None:
        if self._settings.moved(self.desk):
            run_behind(self, partial(self._settings.report, self.desk), group="settings")

    async def _tell_of_others(self) -> None:
        """Report what others changed; whether the record itself is well is for another place to say."""
        from appliance.ops.audit import LIST, ListRecords
        from screens.deeds import deed

        call = self.desk.call(nobody_consents, lambda _event: None)
        with suppress(LunaError):
            found = await dispatch(self.desk.box, LIST, ListRecords(RECORDS), call)
            for name in self._others.news(found.records):
                what = deed(self.desk.words, name, find(name).summary)
                self.desk.notices.tell(self.desk.words("notice.other", what=what), "moon")

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the net behind them."""
        return [*super().get_line_filters(), self.net]

    def _keep_catch(self, what: str) -> None:
        diagnostics.keep_traceback(self.desk.box.places.logs_dir, f"{NET_CAUGHT}{what}")

    def action_talk(self, agent_id: str = "luna") -> None:
        """Talk to an agent."""
        from screens.chat.screen import ChatScreen

        if isinstance(self.screen, ChatScreen):
            return
        seen = self.desk.lookout.sight.glance
        names = {agent.id: agent.name for agent in seen.agents} if seen else {}
        name = names.get(agent_id, agent_id.capitalize())
        self.push_screen(ChatScreen(self.desk, agent_id, name, self.screen))

    def _tell(self, sight: Sight) -> None:
        """Let every open screen know, and report what a person should hear of."""
        before, self._seen = self._seen, sight.outlook
        self._blind = self._blind and sight.glance is None
        if reported := turn(before.state, self._seen.state):
            key, meaning = reported
            self.desk.notices.tell(self.desk.words(f"notice.{key}"), meaning)
        if self._seen.needs > before.needs and before.state != "unknown":
            self._ring()
        for screen in self.screen_stack:
            screen.post_message(Looked(sight))

    def _ring(self) -> None:
        """Somebody is needed: once a session where the bell rings in another house."""
        env = self.desk.box.env
        if not (self._rung and (env.get("SSH_CONNECTION") or env.get("SSH_TTY"))):
            self._rung = True
            self.bell()

    def keep_bug(self, told: str) -> None:
        """On record in our own log, redacted (0600)."""
        diagnostics.keep_traceback(self.desk.box.places.logs_dir, told)

    def stand_up(self, *, anew: bool) -> None:
        """The place once more, where what was shown is dead; and that it was a bug."""
        if anew:
            self.action_go(self._place)
        from screens.modals.failure import Failure

        shown = self.screen
        if not (isinstance(shown, Failure) and shown.is_bug):  # Textual may tell of one bug twice
            self.push_screen(Failure(self.desk.words, None))

    @on(Worker.StateChanged)
    def show_bug(self, event: Worker.StateChanged) -> None:
        """Work in the background has a bug: said plainly, and the rest goes on, the look at the shop too."""
        bug = event.worker.error
        if event.state is not WorkerState.ERROR or event.worker.node is not self or bug is None:
            return
        looks = event.worker.name == LOOKOUT
        if looks and self._blind:
            self.keep_bug("".join(traceback.format_exception(bug)))
        else:
            self.survive(bug, anew=False)
        if looks:
            self._blind = True
            self._watch(after=AFTER_BUG_S)

    @on(OperationScreen.Crashed)
    def keep_crash(self, message: OperationScreen.Crashed) -> None:
        """A screen has said that there was a bug; here it goes on record."""
        self.keep_bug("".join(traceback.format_exception(message.bug)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be chosen in the palette belongs to a place: a form or a conversation is left first."""
        if action == "command_palette":
            from screens.place import Place

            return isinstance(next(each for each in reversed(self.screen_stack) if not each.is_modal), Place)
        return super().check_action(action, parameters)

    def action_command_palette(self) -> None:
        """Everything that can be done, found by typing."""
        from screens.palette import Palette

        self.push_screen(Palette(self.desk.words))

    def action_help(self) -> None:
        """Explain the present screen by its own keys."""
        from screens.help import HelpScreen

        self.push_screen(HelpScreen(self.desk.words, self.screen, self.desk.brand.support))

    def on_wizard_screen_language_chosen(self, message: WizardScreen.LanguageChosen) -> None:
        """The words of another language, from here on; a choice of one's own follows."""
        self._spoken = message.code
        self.desk = replace(self.desk, words=Words(message.code, self.desk.words.keys))
        if self.desk.choices.language not in ("auto", message.code):
            self.choose(Look(language="auto"))
        self.action_go(WIZARD)

    def on_wizard_screen_finished(self) -> None:
        """The box is set up."""
        self._key = None  # the engine has it
        self.action_go("dashboard")

    async def action_quit(self) -> None:
        """Leave; what was typed is kept first. The wizard gives way to where it was opened."""
        if self._place == WIZARD:
            from screens.wizard.screen import WizardScreen

            if isinstance(self.screen, WizardScreen):
                self.screen.action_leave()
                return
        for screen in self.screen_stack:
            if isinstance(screen, OperationScreen):
                await screen.put_by()
        self.exit()

    def action_notices(self) -> None:
        """What was reported in this session."""
        from screens.modals.notice_list import NoticeList

        self.push_screen(NoticeList(self.desk.words, self.desk.notices))

    def reopen(self) -> None:
        """The present place in other words; a form or a conversation on top of it keeps its own."""
        from screens.place import Place
        from screens.wizard.screen import WizardScreen

        if isinstance(self.screen, WizardScreen) and self.screen.words is self.desk.words:
            self.screen.sit(self.desk)
        elif isinstance(self.screen, Place | WizardScreen):
            self.action_go(self._place)

    def on_wizard_keeping_left(self) -> None:
        """Back to where the wizard was opened; where it came first, the program ends."""
        if self._opened_wizard:
            self.action_go(self._opened_wizard)
        else:
            self.exit()

    def _open_wizard(self) -> OperationScreen:
        from screens.wizard.screen import WizardScreen

        screen = WizardScreen(self.desk, key=self._key)
        screen.can_go_back = bool(self._opened_wizard)
        return screen

    def action_go(self, place: str) -> None:
        """Show one of the places, or the wizard; what stands over the present one goes without an answer."""
        before, self._place = self._place, place
        if place == WIZARD and before != WIZARD:
            self._opened_wizard = before
        while len(self.screen_stack) > 2:
            self.screen.dismiss(None)
        screen = self._open_wizard() if place == WIZARD else screen_of(self.desk, place)
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)


WIZARD = "wizard"
LOOKOUT = "lookout"
"""Name of the worker that looks at the shop."""
AFTER_BUG_S = 30.0
"""When a look with a bug is tried again, unless somebody wants it sooner: too seldom to end the program."""
SHOW_OUTLOOK = ("dashboard",)
"""Places that show little without the look at the shop."""
OUTLOOK_LATER_S = 0.5
"""On the others it begins when they have shown what is their own."""
NET_CAUGHT = "The net under the screen: "
"""How a line of the log begins that tells of it."""
