"""Channels: the lines on which people reach the staff, whether each works, and who may talk on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content

from appliance.ops.channels_add import ADD
from appliance.ops.channels_login import LOGIN
from appliance.ops.channels_look import LIST, SHOW, TEST
from appliance.ops.channels_policy import POLICY
from appliance.ops.channels_switch import REMOVE, START, STOP
from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.channels.sheet import WORKS, key_of_line, one, record_of, sheet_of, state_of, title_of
from screens.list_place import ListPlace
from screens.operation_screen import OperationScreen
from screens.problems import problem_of
from screens.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from appliance.ops.channels_look import ChannelRow, ChannelShown
    from screens.widgets.columns import Record

SWITCH = "channels.switch"
"""The key that stops a line that runs and starts one that does not."""


class ChannelsScreen(ListPlace):
    """The lines as the settings have them, with what the engine knows of each where it answers."""

    place = "channels"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id=ADD.name, tooltip=ADD.summary),
        Binding("t", "test", "Test", id=TEST.name, tooltip=TEST.summary),
        Binding("space", "switch", "On or off", id=SWITCH, tooltip=START.summary),
        Binding("e", "policy", "Who may talk", id=POLICY.name, tooltip=POLICY.summary),
        Binding("l", "link", "Link", id=LOGIN.name, tooltip=LOGIN.summary),
        Binding("x", "remove", "Remove", id=REMOVE.name, tooltip=REMOVE.summary),
        Binding("z", "undo", "Undo", id="undo.last", tooltip="Take back the last change"),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("name", Column(priority=0, least=16, most=30)),
        ("number", Column(priority=3, most=20, muted=True)),
        ("last", Column(priority=2, most=24, muted=True)),
        ("state", Column(priority=1, most=20)),
    )
    _shown: ChannelShown | None = None

    def look(self) -> None:
        self.start(LIST, Nothing(), quiet=True)

    def picked(self, record: Record | None) -> None:  # noqa: ARG002 - its row is `line`
        """What its row says at once, and who may talk on it when that has been read."""
        if self.line is not None:
            self._show_line(top=True)
            self.start(SHOW, one(self.line), quiet=True)

    @property
    def line(self) -> ChannelRow | None:
        """The selected line."""
        record = self.records.selected
        return record.value if record else None  # type: ignore[return-value]  # record_of puts it there

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A phone links WhatsApp alone."""
        if action == "link":
            return self.line is not None and self.line.channel == "whatsapp"
        return super().check_action(action, parameters)

    def action_new(self) -> None:
        """Which service; then what that one needs."""
        from screens.channels.kinds import KindPicker

        def go_on(kind: str | None) -> None:
            if kind == "whatsapp":
                self._link()
            elif kind:
                self._ask_for_bot(kind)

        self.app.push_screen(KindPicker(self.words), go_on)

    def action_link(self) -> None:
        """Link the selected line with a phone."""
        if self.line is not None:
            self._link(self.line.account)

    def action_test(self) -> None:
        """Have the service itself asked whether the line works."""
        if self.line is not None:
            self.start(TEST, one(self.line), quiet=True)
            self.waits(TEST, self.words("channels.asking", name=safe_line(title_of(self.line))))
            self.bring_detail()

    def action_switch(self) -> None:
        """Stop a line that runs, start one that does not."""
        if self.line is not None:
            self.start(STOP if self.line.state in WORKS else START, one(self.line))

    def action_remove(self) -> None:
        """It goes; what is lost with it is asked first."""
        if self.line is not None:
            self.start(REMOVE, one(self.line))

    def action_policy(self) -> None:
        """Who gets an answer on the selected line."""
        if self.line is None:
            return
        from screens.channels.wishes import policy_wishes
        from screens.form_screen import FormScreen

        shown = self._shown_of(self.line)
        fixed = {"channel": self.line.channel, "account": self.line.account}
        title = self.words("channels.who-on", name=safe_line(title_of(self.line)))
        wishes = policy_wishes(self.words, shown)
        blame = {"phone-number": "allow", "nobody-listed": "allow", "personal-number": "who"}
        self.app.push_screen(FormScreen(self.desk, POLICY, wishes, fixed=fixed, title=title, blame=blame))

    def _link(self, account: str = "") -> None:
        from screens.channels.link import LinkScreen

        self.app.push_screen(LinkScreen(self.desk, account), lambda _left: self.look())

    def _ask_for_bot(self, kind: str) -> None:
        from screens.channels.wishes import BLAME, bot_wishes
        from screens.form_screen import FormScreen

        title = self.words(f"channels.add-{kind}")
        wishes = bot_wishes(kind)
        self.app.push_screen(
            FormScreen(self.desk, ADD, wishes, fixed={"channel": kind}, title=title, blame=BLAME)
        )

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the list; say how a test, a switch or a removal ended."""
        result: Any = message.result
        if message.operation == LIST.name:
            now = time.time()
            self.records.show([record_of(row, self.words, now) for row in result.channels])
            self.refresh_bindings()
        elif message.operation == SHOW.name:
            self._shown = result
            self._show_line()
        elif message.operation == TEST.name:
            self._tell_test(result)
        elif message.operation in (START.name, STOP.name):
            word = "nothing-done" if not result.done else message.operation.replace(".", "-")
            self.notice(
                self.words(f"channels.{word}", name=title_at(result)), "good" if result.done else "look"
            )
            self.look()
        elif message.operation == REMOVE.name:
            self.notice(self.words("channels.removed", name=title_at(result)))
            for _note in result.notes:
                self.notice(self.words("channels.code-left"), "look")
            self.look()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """What went wrong, where it was asked for."""
        if message.operation == LIST.name:
            self.records.fail(message.error)
        elif message.operation == TEST.name:
            told = problem_of(self.words, message.error, self.place)
            asked = message.params
            said = Content.assemble(
                ("✗ ", "$bad"), told.text, "\n" if told.next else "", (told.next, "$muted")
            )
            self.waits_no_longer(f"{asked.channel} {asked.account}", said, str(told), "bad")

    def _show_line(self, *, top: bool = False) -> None:
        line = self.line
        if line is not None:
            self.detail.show(sheet_of(line, self.words, time.time(), self._shown_of(line)), top=top)

    def _shown_of(self, line: ChannelRow) -> ChannelShown | None:
        """What was read of this line alone."""
        shown = self._shown
        return shown if shown and key_of_line(shown.line) == key_of_line(line) else None

    def _tell_test(self, result: ChannelShown) -> None:
        state = state_of(result.line, self.words)
        said = self.words(
            "channels.tested" if result.line.state == "ready" else "channels.tested-ill",
            name=safe_line(title_of(result.line)),
            state=state.text,
        )
        content = Content.assemble((f"{state.glyph} ", f"${state.meaning}"), said)
        self.waits_no_longer(key_of_line(result.line), content, said, state.meaning)
        self._shown = result
        self.look()


def title_at(result: Any) -> str:
    """What the line of a result is called."""
    return safe_line(title_of(result))
