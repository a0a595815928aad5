"""Dashboard: is the shop open, what needs you, what happened today, how is the box."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from appliance.ops.core import Event, Nothing
from appliance.ops.registry import find
from appliance.ops.setup_sheet import REMIND, Reminder
from screens.dashboard import sheet
from screens.dashboard.backing_up import BackingUp
from screens.dashboard.cards import LOST, OF_SETTINGS, TOLD, is_lost, repairs, why
from screens.dashboard.notice import Choice, Notice, Told
from screens.deciding import WAITING, Deciding
from screens.deeds import doing
from screens.lookout import DECISION, Looked, needed, needs, waiting
from screens.modals.failure import technical_rows
from screens.operation_screen import OperationScreen
from screens.place import Place
from screens.problems import problem_of
from screens.widgets.hanging import Hanging, rows_of

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.health.models import Glance
    from screens.desk import Desk

AGES_S = 30.0
"""How often ages are worked out anew; what reads the same is not painted."""
WELL = ("sentence", "needs-title", "needs", "later", "today-title", "today", "box-title", "box")
CLOSED = ("card", "last-open")


class DashboardScreen(Deciding, BackingUp, Place):
    """Everything on it comes from the one shared look at the shop."""

    place = "dashboard"
    CSS_PATH: ClassVar[Any] = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "talk", "Talk to Luna", id="dashboard.talk", tooltip="Say something to an agent"),
        Binding("b", "back_up", "Back up", id="backup.create", tooltip="Back up the whole box"),
        Binding(
            "d",
            "details",
            "Details",
            id="dashboard.details",
            show=False,
            tooltip="Codes, names and commands",
        ),
        Binding("i", "forget", "Remind me no more", id="setup.remind", tooltip="Leave out what was put off"),
        Binding("pageup", "page(-1)", "Scroll up", id="dashboard.page-up", show=False),
        Binding("pagedown", "page(1)", "Scroll down", id="dashboard.page-down", show=False),
        Binding("r", "retry", "Look again", id="health.glance", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._said: dict[str, Content] = {}
        self._repairing = ""
        self._progress = ""

    def body(self) -> ComposeResult:
        with VerticalScroll(id="shop", can_focus=False):
            yield Static(id="sentence", markup=False)
            yield Notice(id="card")
            yield Static(self.words("dash.needs"), id="needs-title", classes="heading", markup=False)
            yield Notice(id="needs")
            yield Hanging(id="later", classes="muted")
            yield Static(self.words("dash.today"), id="today-title", classes="heading", markup=False)
            yield Hanging(id="today")
            yield Static(self.words("dash.box"), id="box-title", classes="heading", markup=False)
            yield Hanging(id="box")
            yield Static(id="last-open", markup=False)
            yield Hanging(id="technical")

    def on_mount(self) -> None:
        self.query_one("#technical").display = self.desk.advanced
        if self.desk.lookout.sight.glance is None:
            self.await_first_look()
        self._ticking = self.set_interval(1.0, self._show, pause=True)
        self._show()
        self.set_interval(AGES_S, self._show)

    @on(Looked)
    def show_look(self) -> None:
        """The shop is not as it was."""
        self._show()
        self.refresh_bindings()
        self.show_at_last()

    @on(Notice.Chosen)
    def do(self, message: Notice.Chosen) -> None:
        """What was chosen on a notice."""
        if message.action in ("repair", "details", "retry", "decide", "wanted"):
            getattr(self, f"action_{message.action}")()
        else:
            self.go(message.action)

    def action_talk(self) -> None:
        """Talk to Luna, or to whoever is first on the list."""
        seen = self.desk.lookout.sight.glance
        ids = [agent.id for agent in seen.agents] if seen else []
        agent = "luna" if "luna" in ids or not ids else ids[0]
        self.talk(agent)

    def action_details(self) -> None:
        """Show or hide the technical view."""
        view = self.query_one("#technical")
        view.display = not view.display
        self._show()
        if view.display and not self.query_one("#card").display:
            view.scroll_visible(animate=False)

    def action_page(self, by: int) -> None:
        """Read on where not everything fits."""
        shop = self.query_one("#shop", VerticalScroll)
        move = shop.scroll_page_up if by < 0 else shop.scroll_page_down
        move(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something that was put off."""
        if action != "forget":
            return super().check_action(action, parameters)
        seen = self.desk.lookout.sight.glance
        return bool(seen and seen.later and seen.state == "open")

    def action_forget(self) -> None:
        """No more reminder of the first thing that was put off; z takes that back."""
        seen = self.desk.lookout.sight.glance
        if seen and seen.later:
            self.start(REMIND, Reminder(seen.later[0]))  # type: ignore[arg-type]  # of `PUT_OFF`

    def action_decide(self) -> None:
        """Read what waits for a decision."""
        self.look_up()

    def watch_looks_up(self) -> None:
        """Say that it is being read, and for how long."""
        if self.looks_up:
            self._ticking.resume()
        elif not self._repairing:
            self._ticking.pause()
        self._show()

    def action_retry(self) -> None:
        """Look now."""
        self.desk.lookout.look_now()

    def action_repair(self) -> None:
        """Run the repair that the trouble names; then look again."""
        seen = self.desk.lookout.sight.glance
        repair = seen.trouble.repair if seen and seen.trouble else None
        if repair is None or self._repairing:
            return
        operation = find(repair)
        self.start(operation, operation.params() if operation.params is not Nothing else Nothing())
        self._show()

    def action_wanted(self) -> None:
        """What is missing from the settings was meant to go."""
        from appliance.ops.history_restore import DISMISS, WhichLoss

        self.start(DISMISS, WhichLoss())

    @on(OperationScreen.Progressed)
    def show_progress(self, message: OperationScreen.Progressed) -> None:
        """How far an installation is; a start is told by its seconds."""
        event: Event = message.event
        if message.operation == "engine.install" and event.kind == "progress":
            self._progress = doing(self.words, message.operation, event)
            self._show()

    @on(OperationScreen.Succeeded)
    @on(OperationScreen.Failed)
    def end_repair(self, message: OperationScreen.Succeeded | OperationScreen.Failed) -> None:
        """Done or not: look what came of it."""
        if message.operation in (REMIND.name, *OF_SETTINGS):
            self.desk.lookout.look_now()
        if message.operation in TOLD and isinstance(message, OperationScreen.Succeeded):
            self.notice(self.words(TOLD[message.operation]))
        if message.operation == self._repairing:
            self._show()

    def _join_repair(self) -> None:
        """Tell of the repair that runs, whichever screen began it; when it is over, look what came of it."""
        seen = self.desk.lookout.sight.glance
        named = seen.trouble.repair if seen and seen.trouble else None
        if self._repairing and not self.under_way(self._repairing):
            self._repairing, self._progress = "", ""
            self._ticking.pause()
            self.desk.lookout.look_now()
        elif named and not self._repairing and self.under_way(named):
            self._repairing = named
            self._ticking.resume()

    def _show(self) -> None:
        """Bring every part in line with the last look; what says the same is left alone."""
        self._join_repair()
        seen = self.desk.lookout.sight.glance
        problem = self.desk.lookout.sight.problem
        now = time.time()
        if seen is None:
            self._only(() if problem else ("sentence",))
            self._say("sentence", Content.styled(self.words("dash.looking"), "$muted"))
            if problem:
                self._only(("card",))
                self._card(self._could_not_look())
                self.query_one("#technical", Hanging).show(technical_rows(self.words, problem))
            return
        if seen.state == "closed":
            self._card(self._trouble(seen))
            view = self.query_one("#technical", Hanging)
            ago = "" if view.display else sheet.last_open(self.words, seen, now)
            self._say("last-open", Content(ago))
            self._only(CLOSED if ago else CLOSED[:1])
        else:
            self._well(seen, now)
        self.query_one("#technical", Hanging).show(sheet.technical(seen))

    def _well(self, seen: Glance, now: float) -> None:
        self._say("sentence", sheet.sentence(self.words, seen, now))
        codes = needs(seen)
        left_out = {"needs-title": codes, "needs": codes, "later": seen.later}
        shown = [name for name in WELL if left_out.get(name, True)]
        if seen.state == "new":
            shown = ["sentence", "needs-title", "needs"]
        self._hang("later", sheet.later_lines(self.words, seen.later))
        if codes:
            self._say("needs-title", sheet.needs_title(self.words, needed(seen)))
            needs_you = self.query_one("#needs", Notice)
            needs_you.tell(self._need(seen, codes))
            needs_you.set_class(is_lost(seen), "-bad")
        self._hang("today", sheet.today_lines(self.words, seen.today, now))
        self._hang("box", sheet.box_lines(self.words, seen, now))
        self._only(shown)

    def _need(self, seen: Glance, codes: tuple[str, ...]) -> Told:
        """The most urgent of them; decisions can be taken whatever else there is."""
        trouble, code = seen.trouble, codes[0]
        text = why(self.words, trouble, time.time()) if trouble else self.words(f"problem.text.{code}")
        place = {"not-set-up": "wizard", "no-brain": "providers"}.get(code)
        if place:
            choices: tuple[Choice, ...] = (Choice(place, self.words(f"dash.repair.{place}")),)
        else:
            choices = () if code == DECISION else repairs(self.words, seen.trouble)
        if DECISION in codes:
            count = waiting(seen)
            note = "" if code == DECISION else self.words("dash.waiting", count=count)
            choices = (*choices, Choice("decide", self.words("dash.decide", count=count), note))
        return Told(sheet.need(self.words, code, waiting(seen)), text, choices, self._busy())

    def _trouble(self, seen: Glance) -> Told:
        text = why(self.words, seen.trouble, time.time()) if seen.trouble else ""
        choices = (*repairs(self.words, seen.trouble), Choice("details", self.words("dash.details")))
        title = sheet.need(self.words, LOST) if is_lost(seen) else self.words("dash.closed")
        return Told(title, text, choices, self._busy(), spacious=True)

    def _could_not_look(self) -> Told:
        error = self.desk.lookout.sight.problem
        text = str(problem_of(self.words, error, "dashboard")) if error else ""
        choices = (Choice("retry", self.words("dash.retry")),)
        return Told(self.words("dash.failed"), text, choices, spacious=True)

    def _busy(self) -> str:
        if self.looks_up:
            seconds = int(self.waited(WAITING))
            return self.words("dash.working", what=self.words("decision.looking"), seconds=seconds)
        if not self._repairing:
            return ""
        what = self._progress or doing(self.words, self._repairing) or self.words("dash.repair.doing-other")
        return self.words("dash.working", what=what, seconds=int(self.waited(self._repairing)))

    def _card(self, told: Told) -> None:
        self.query_one("#card", Notice).tell(told)

    def _hang(self, name: str, text: Content) -> None:
        self.query_one(f"#{name}", Hanging).show(rows_of(text))

    def _say(self, name: str, text: Content) -> None:
        known = self._said.get(name)
        if known is None or not known.is_same(text):
            self._said[name] = text
            self.query_one(f"#{name}", Static).update(text)

    def _only(self, shown: tuple[str, ...] | list[str]) -> None:
        """Show these parts and no others; the cursor goes to the notice among them."""
        for name in (*WELL, *CLOSED):
            self.query_one(f"#{name}").display = name in shown
        wanted = next((name for name in ("card", "needs") if name in shown), None)
        if wanted and not self.query_one(f"#{wanted}").has_focus:
            self.query_one(f"#{wanted}").focus(scroll_visible=False)
