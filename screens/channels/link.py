"""Link WhatsApp: whose number it is, then the code alone, until somebody wrote and was answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import on
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from appliance.channels.linking import OFFERS_CODE
from appliance.errors import LunaError
from appliance.ops.channels_login import LOGIN, LoginChannel
from appliance.qr.file import CodeFile
from appliance.qr.reading import code_of
from appliance.store.disk import Disk
from screens.ages import clock_or_date
from screens.background import run_behind
from screens.list_place import WIDGETS_CSS
from screens.operation_screen import OperationScreen
from screens.problems import problem_of
from screens.widgets.form import Form
from screens.widgets.hanging import Hanging, rows_of
from screens.widgets.key_line import KeyLine
from screens.widgets.qr_code import QrCode
from screens.widgets.questions import Choice, Wish

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.core import Event
    from appliance.qr.reading import Code
    from appliance.secret import Secret
    from screens.desk import Desk

OFFERS = frozenset(state.value for state in OFFERS_CODE)
"""States in which a code is on show."""
COMING = OFFERS | {"starting"}
"""States in which there is one or the next thing is one."""
STILL = frozenset({"answered", "stopped", "refused", "timed-out", "cooling-down", "install-failed"})
"""States in which nothing goes on."""
ASKED_AGAIN = {"phone-number": "number", "personal-number": "personal", "whose-number": "personal"}
"""Errors that are about an answer, and which."""
PICTURE = "whatsapp-code.png"
Stage = Literal["asking", "linking", "ended"]


class LinkScreen(OperationScreen):
    """One linking. It is stopped when this screen is left."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS, Path(__file__).parent / "link.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "forward", "Next", id="form.next"),
        Binding("r", "again", "Try again", id="link.again"),
        Binding("p", "save", "Save as picture", id="qr.save", tooltip="The code as a picture file"),
        Binding("escape", "leave", "Stop", id="link.stop"),
        Binding("escape", "back", "Back", id="form.back"),
        Binding("d", "behind", "Details", id="detail.technical"),
        Binding("f1", "app.help", "Help", id="app.help"),
    ]

    def __init__(self, desk: Desk, account: str = "") -> None:
        super().__init__(desk)
        words = desk.words
        own = tuple(
            Choice(value, words(f"link.{key}"), words(f"link.{key}-note"))
            for value, key in ((True, "own"), (False, "shops"))
        )
        wishes = (Wish("personal", own, True), Wish("number", when=lambda got: bool(got["personal"])))
        fixed = {"channel": "whatsapp", "account": account}
        self._form = Form(words, LOGIN, wishes, fixed)
        self._code = QrCode(words, desk.drawings, clock=self._now)
        self._file = CodeFile(self._folder() / PICTURE, Disk())
        self._stage: Stage = "asking"
        self._params: LoginChannel | None = None
        self._state, self._since, self._retry_at, self._cause = "checking", 0.0, 0.0, ""
        self._present: Code | None = None

    def compose(self) -> ComposeResult:
        with Container(id="link-asks"):
            yield Static(Content.styled(self.words("link.title"), "bold"), id="form-title")
            yield self._form
        yield self._code
        yield Hanging(id="link-said")
        yield KeyLine(self.words)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self._enter("asking")

    def on_unmount(self) -> None:
        """The code is of no use to anybody any more."""
        self._clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something at this stage; letters are letters while something is typed."""
        if action == "forward":
            return self._stage == "asking"
        if action in ("leave", "back"):
            return (action == "leave") is (self._stage == "linking")
        if action == "again":
            return self._stage == "ended" and self._state != "answered"
        if action == "save":
            return self._present is not None
        if action == "behind":
            return self._stage == "ended" and self.told is not None
        return super().check_action(action, parameters)

    def action_forward(self) -> None:
        """To the next question."""
        self._form.forward()

    def action_again(self) -> None:
        """The same once more."""
        self._link()

    def action_leave(self) -> None:
        """Stop, and out."""
        self.workers.cancel_node(self)
        self.dismiss()

    def action_back(self) -> None:
        """One question back; from the first one, and once it has ended, out."""
        if self._stage != "asking" or not self._form.back():
            self.action_leave()

    def action_save(self) -> None:
        """The newest code as a file of the owner's alone, gone when the code is."""
        run_behind(self, self._save, group="link.save", exclusive=True)

    @on(Form.Submitted)
    def begin(self, message: Form.Submitted) -> None:
        """It was said whose number it is."""
        self._params = replace(message.params, assistants=not message.params.personal)
        self._link()

    @on(OperationScreen.Progressed)
    def follow(self, message: OperationScreen.Progressed) -> None:
        """Another state, and the code that goes with it."""
        if message.event.kind == "state":
            self._follow(message.event)

    @on(OperationScreen.Succeeded)
    def finish(self, message: OperationScreen.Succeeded) -> None:
        """It is connected; whether somebody was answered already says the last state."""
        self._state = message.result.state
        self._enter("ended")

    @on(OperationScreen.Failed)
    def explain(self, message: OperationScreen.Failed) -> None:
        """Under the answer it is about, or in the place of the code."""
        error = message.error
        if error.code == "no-consent":
            self._enter("asking")
        elif error.code in ASKED_AGAIN:
            self._enter("asking")
            told = problem_of(self.words, error)
            self._form.complain(f"{told.text}\n  {told.next}", ASKED_AGAIN[error.code])
        else:
            self.told = error
            self._enter("ended")

    def _link(self) -> None:
        if self._params is not None:
            self.told, self._cause = None, ""
            self._state, self._since = "checking", time.time()
            self._enter("linking")
            self.start(LOGIN, self._params, quiet=True)

    def _follow(self, event: Event) -> None:
        data, self.told = event.data, None
        self._state, self._since = data["state"], time.time()
        self._retry_at, self._cause = data["retry_at"], data["cause"] or self._cause
        if self._state not in OFFERS:
            self.workers.cancel_group(self, "link.code")
            self._show(None)
        elif event.secret is not None:
            self._read(event.secret, data["login_ends"])
        self._say()

    def _read(self, picture: Secret, ends: float) -> None:
        async def read() -> None:
            now = time.time()
            try:
                with picture.expose() as data_url:
                    self._show(await code_of(data_url, now=now, good_for=ends - now))
            except LunaError as error:
                self.told = error
                self._show(None)

        run_behind(self, read, group="link.code", exclusive=True)

    def _show(self, code: Code | None) -> None:
        self._present = code
        self._code.show(code)
        if code is None:
            self._clear()
        self.refresh_bindings()
        self._say()

    async def _save(self) -> None:
        code = self._present
        if code is None:
            return
        try:
            await asyncio.to_thread(self._file.write, code.png, code.until)
        except LunaError as error:
            self.notice(str(problem_of(self.words, error)), "bad")
        else:
            self.notice(
                self.words("link.saved", file=self._file.path.name, folder=self._file.path.parent.name)
            )

    def _now(self) -> float:
        return time.time()

    def _folder(self) -> Path:
        home = self.desk.box.places.user_home
        return home / "Desktop" if (home / "Desktop").is_dir() else home

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        if stage != "linking":
            self._show(None)
        self.query_one("#link-asks").display = stage == "asking"
        if stage == "asking":
            self._form.resume()
        self._say()
        self.refresh_bindings()

    def _tick(self) -> None:
        if self._present is not None and self._present.left(time.time()) <= 0:
            self._clear()
        self._say()

    def _clear(self) -> None:
        """The picture goes; where it cannot, somebody has to know."""
        try:
            self._file.remove()
        except LunaError as error:
            self.notice(str(problem_of(self.words, error)), "bad")

    def _say(self) -> None:
        """The code where there is one or one is coming; else the words stand alone."""
        codes = self._stage == "linking" and self._state in COMING
        if codes != self._code.display:
            self._code.display = codes
            if codes:
                self._code.focus()
        said = self.query_one("#link-said", Hanging)
        said.display = self._stage != "asking"
        said.set_class(not codes, "-alone")
        said.show(rows_of(self._said()))

    def _said(self) -> Content:
        """One line of state; more where it failed."""
        words = self.words
        if self._stage == "asking":
            return Content()
        if self.told is not None:
            told = problem_of(words, self.told)
            cause = words(f"link.cause.{self._cause}") if self._cause else ""
            text = "\n  ".join(filter(None, (told.text, cause, told.next)))
            return Content.assemble(("✗ ", "$bad"), text)
        state = words(f"link.is.{self._state}")
        if self._state == "cooling-down" and self._retry_at:
            state = f"{state} {words('link.until', time=clock_or_date(words, self._retry_at))}"
        if self._stage == "ended":
            good = self._state == "answered"
            return Content.assemble(("✓ " if good else "● ", "$good"), state)
        if self._state in STILL:
            cause = f"\n  {words(f'link.cause.{self._cause}')}" if self._cause else ""
            return Content.assemble(("▲ ", "$look"), state, cause)
        seconds = "" if self._state in OFFERS else f" · {max(0, int(time.time() - self._since))} s"
        return Content.assemble(("… ", "$moon"), state, seconds)
