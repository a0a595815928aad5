"""A program that shows codes on its terminal: `python -m tests.fakes.qr_program <seed> <count>`; n, c, q."""

from __future__ import annotations

import os
import sys
import time
from typing import ClassVar

from appliance.api import Appliance
from appliance.places import Places
from appliance.qr.encoding import modules_of, png_of
from appliance.qr.picture import QrPicture
from appliance.qr.reading import Code
from lunatui.attire import AttiredApp
from lunatui.driver.linux import input_modes
from lunatui.driver.terminal import code_drawings
from screens.desk import Desk
from screens.widgets.qr_code import QrCode
from screens.words import Words
from tests.fakes.scanner import payloads
from tests.unit.screens.widgets.qr_stage import FRAME, Linking

HOUR = 3600.0


class Codes(AttiredApp):
    """One code after the other, with everything that the program has around its screens."""

    CSS_PATH: ClassVar = FRAME
    BINDINGS: ClassVar = [("n", "following", "Next"), ("q", "quit", "Quit")]

    def __init__(self, texts: list[str]) -> None:
        box = Appliance(Places.from_environment(os.environ), dict(os.environ))
        super().__init__(Desk(box, "human:test", Words(), drawings=code_drawings(os.environ, input_modes())))
        self._texts = iter(texts)
        self._widget = QrCode(self.desk.words, self.desk.drawings)

    def on_mount(self) -> None:
        self.push_screen(Linking(self._widget))
        self.action_following()

    def action_following(self) -> None:
        """The next code; none after the last."""
        text = next(self._texts, None)
        now = time.time()
        picture = None if text is None else QrPicture(modules_of(text))
        code = picture and Code(picture, png_of(text or ""), now, now + HOUR)
        self._widget.show(code)

    def reopen(self) -> None:
        raise NotImplementedError


if __name__ == "__main__":
    Codes(payloads(int(sys.argv[1]), int(sys.argv[2]))).run()
