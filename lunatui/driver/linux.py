"""Textual's Linux and macOS driver, writing only what the terminal does not already show."""

from __future__ import annotations

import gc
import os
import re
import signal
import termios
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from rich.color import ColorSystem
from textual import events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App, ReturnType, ScreenStackError
from textual.drivers import linux_driver as stock
from textual.drivers.linux_driver import LinuxDriver

from lunatui.driver.canvas import Canvas
from lunatui.driver.charset import charset
from lunatui.driver.output import Output, Picture
from lunatui.driver.painter import Painter
from lunatui.driver.pens import Pens
from lunatui.driver.replies import KeyDecoder
from lunatui.driver.terminal import terminal_named
from lunatui.stylesheet import KeptStylesheet

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console, RenderableType
    from textual.driver import Driver
    from textual.message import Message
    from textual.screen import Screen

_PLACE: Final = re.compile(r"\x1b\[(\d+);(\d+)H")
"""What `App._display` of Textual 8.2.8 writes behind every update: the place of the cursor."""
_TERMINAL: Final = 2
"""The descriptor of `sys.__stderr__`, which the stock driver writes to."""
SETTLED_OBJECTS = 10_000
"""New objects after which the collector looks at them, once the start is over."""
_LAST_ANSWER = 0.5
"""Seconds the end waits for the terminal's last answer, which the shell would take for typing."""


class LeanDriver(LinuxDriver):
    """Keeps a picture of the screen from a `LeanApp`'s updates; its own thread writes the differences.

    Whatever is not screen content (modes, bell, clipboard, pointer shape) is passed on in order.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        if not isinstance(app, LeanApp):
            raise TypeError("LeanDriver needs an app that is a LeanApp: it takes updates, not text")
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._luna = app
        self._pens = Pens(app.console._color_system or ColorSystem.TRUECOLOR)
        self._canvas = Canvas(self._pens)
        self._cursor = (0, 0)
        self._synchronized = False
        self._output: Output | None = None
        self._charset = charset(os.environ, input_modes())

    def take(self, update: LayoutUpdate | ChopsUpdate) -> None:
        """Put an update on the canvas; it is shown with the place of the cursor that `write` gets next."""
        self._canvas.take(update)

    def listen_to_mouse(self, listen: bool) -> None:
        """Begin or cease to listen; without it the terminal's own selection works."""
        if listen == self._mouse:
            return
        if listen:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False

    def redraw(self) -> None:
        """Write every cell anew, whatever the terminal shows."""
        if self._output is not None:
            self._output.forget()
            self._show()

    def write(self, data: str) -> None:
        """Pass `data` on, except what is part of a picture: the cursor's place and the synchronisation."""
        if data == SYNC_START:
            self._synchronized = True
        elif place := _PLACE.fullmatch(data):
            self._cursor = (int(place[2]) - 1, int(place[1]) - 1)
            self._show()
        elif data and data != SYNC_END and self._output is not None:
            self._output.command(data)

    def start_application_mode(self) -> None:
        """Take the terminal, and show at once what was on the screen before a suspension."""
        if self._output is None:
            painter = Painter(self._pens, terminal_named(os.environ.get("TERM", "")))
            self._output = Output(_TERMINAL, painter, self._report_bug, charset=self._charset)
            self._output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        before = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self._resized(self._get_terminal_size())
            if callable(before):
                before(number, frame)

        signal.signal(signal.SIGWINCH, resized)
        if self._canvas.rows:
            self._show()

    def run_input_thread(self) -> None:
        """Read keys with a decoder of our own."""
        decoder = partial(KeyDecoder, self._charset, self._hung_up)
        stock.getincrementaldecoder = lambda _name: decoder  # type: ignore[assignment, attr-defined]
        super().run_input_thread()

    def _hung_up(self) -> None:
        """Nobody can see or type anything any more, and not every terminal sends SIGHUP."""
        self.exit_event.set()
        self._loop.call_soon_threadsafe(self._luna.exit)

    def disable_input(self) -> None:
        """End the pictures too: nothing may ask the terminal when nobody listens."""
        if self._output is not None:
            self._output.end_pictures(_LAST_ANSWER)
        super().disable_input()

    def close(self) -> None:
        """Write what is left and end the threads."""
        super().close()
        if self._output is not None:
            self._output.stop()
            self._output = None

    def process_message(self, message: Message) -> None:
        """Take out the terminal's answers to our own questions; runs in the input thread."""
        output = self._output
        if output is not None:
            if isinstance(message, events.CursorPosition) and output.answered():
                return
            if isinstance(message, events.InputEvent | events.Paste):
                output.input_came()
            elif isinstance(message, events.Resize):
                self._resized(message.size)
        super().process_message(message)

    def _resized(self, size: tuple[int, int]) -> None:
        """A resized terminal may have lost cells; Textual draws them again only if the size is another."""
        if self._output is not None:
            self._output.forget()
            if size == (self._canvas.width, len(self._canvas.rows)):
                self._show()

    def _show(self) -> None:
        if self._output is not None:
            cursor = self._cursor if self._writes() else None
            self._output.show(Picture(list(self._canvas.rows), cursor, self._synchronized))

    def _writes(self) -> bool:
        """Somebody writes in a field, so that an input method may open its window at the cursor."""
        try:
            return hasattr(self._app.focused, "cursor_screen_offset")
        except ScreenStackError:
            return False

    def _report_bug(self, bug: Exception) -> None:
        self._loop.call_soon_threadsafe(self._luna.terminal_lost, bug)


def input_modes() -> int:
    """The input modes of the tty; 0 where it is none."""
    try:
        return int(termios.tcgetattr(_TERMINAL)[0])
    except termios.error:
        return 0


class _Taken(CompositorUpdate):
    """An update on its way to a `LeanDriver`, for `App._display`: it has cells, but no text."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, driver: LeanDriver) -> None:
        self._update = update
        self._driver = driver

    def render_segments(self, console: Console) -> str:  # noqa: ARG002 - the signature Textual calls
        self._driver.take(self._update)
        return ""


class LeanApp(App[ReturnType]):
    """An app whose screen is written by `LeanDriver`; with any other driver (tests) it is any other app."""

    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())

    def refresh_css(self, animate: bool = True) -> None:
        """Before the first screen only the colours count: the rest is parsed once, when it is needed."""
        if self._is_mounted:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """The driver Textual picks for this app."""
        return LeanDriver

    def settle(self) -> None:
        """What is there by now stays: searching it all for cycles again would be felt under a key."""
        gc.freeze()
        gc.set_threshold(SETTLED_OBJECTS)

    def terminal_lost(self, bug: Exception) -> None:
        """The thread that writes has ended with a bug: nothing can be shown any more."""
        self._handle_exception(bug)

    def _display(self, screen: Screen[Any], renderable: RenderableType | CompositorUpdate | None) -> None:
        """The one place of Textual 8.2.8 that knows an update as cells and its driver."""
        driver = self._driver
        if isinstance(driver, LeanDriver) and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = _Taken(renderable, driver)
        super()._display(screen, renderable)  # type: ignore[arg-type]
