"""Reading the picture of a code that the Gateway sends, as if the Gateway were hostile.

`web.login.start` and `.wait` answer `qrDataUrl`, made by OpenClaw 2026.9.6 (`src/media/qr-image.ts`) with
npm's `qrcode` 1.5: a PNG of 8-bit RGBA, 6 pixels a module, a quiet zone of 4, level M. The text itself is not
sent. What is relied on is only that a decoder can read it. The header is looked at here; the
pixels are unpacked in a child that may use two seconds of processor: a bomb or a broken decoder ends there.
"""

from __future__ import annotations

import base64
import binascii
import struct
import sys
from dataclasses import field
from pathlib import Path

from appliance.engine.process import run_program
from appliance.errors import Invalid, NotFound, Unreachable
from appliance.qr.child import WIDEST
from appliance.qr.encoding import LONGEST, modules_of, png_of
from appliance.qr.picture import QrPicture
from appliance.secret import Secret
from appliance.values import dataclass

PREFIX = "data:image/png;base64,"
LONGEST_URL = 256 * 1024
"""Characters; a code of OpenClaw's has 7,000 to 12,000."""
PATIENCE_S = 20.0
"""How long a busy machine may take to start the child; its own time is limited far below."""
_HEADER = struct.Struct(">8sI4sIIBBBBB")
"""Signature, length and name of the first chunk, then IHDR (PNG 1.2, 5.3 and 11.2.2)."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8), 2: (8,), 3: (1, 2, 4, 8), 4: (8,), 6: (8,)}
"""Bits of a sample by colour type, as far as 8."""
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from appliance.qr.child import main; sys.exit(main())"


@dataclass(frozen=True)
class Code:
    """A code that can be shown, and for how long."""

    picture: QrPicture
    png: bytes = field(repr=False)
    """The same code as a picture file."""
    since: float
    """When it was received, in seconds since 1970."""
    until: float
    """From when on it is certainly of no use, in the same seconds."""

    def age(self, now: float) -> float:
        """Seconds since it was received; a clock that was set back makes none of them negative."""
        return max(0.0, now - self.since)

    def left(self, now: float) -> float:
        """Seconds it is still good for; 0 when it has run out."""
        return max(0.0, self.until - now)


async def code_of(data_url: str, *, now: float, good_for: float) -> Code:
    """The code in a picture the Gateway sent at `now`, good for so many seconds.

    Raises:
        Invalid: `qr-unreadable`: no picture of a code, or one beyond the limits.
        Unreachable: `qr-late`: the machine was too busy to read it.
    """
    text = await text_of(data_url)
    with text.expose() as exposed:
        code = Code(QrPicture(modules_of(exposed)), png_of(exposed), now, now + good_for)
    text.wipe()
    return code


async def text_of(data_url: str) -> Secret:
    """What the code says.

    Raises:
        Invalid: `qr-unreadable`.
        Unreachable: `qr-late`.
    """
    picture = png_in(data_url)
    source = str(Path(__file__).parents[2])
    try:
        done = await run_program(
            [sys.executable, "-I", "-c", _CHILD, source],
            env={},
            timeout=PATIENCE_S,
            stdin=picture,
            cap=LONGEST,
        )
    except (Unreachable, NotFound) as error:
        raise Unreachable(
            "Reading the code took too long.", hint="The machine is busy; try again.", code="qr-late"
        ) from error
    if done.exit_code != 0 or not done.stdout:
        raise unreadable("there is no code in it that can be read")
    return Secret(done.stdout)


def png_in(data_url: str) -> bytes:
    """The PNG in a data URL whose header promises a picture of a code's size.

    Raises:
        Invalid: `qr-unreadable`.
    """
    if len(data_url) > LONGEST_URL:
        raise unreadable(f"it has more than {LONGEST_URL} characters")
    if not data_url.startswith(PREFIX):
        raise unreadable("it is no PNG")
    try:
        data = base64.b64decode(data_url[len(PREFIX) :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable("it is not whole") from error
    if len(data) < _HEADER.size:
        raise unreadable("it is not whole")
    signature, length, name, width, height, depth, colours, *methods = _HEADER.unpack_from(data)
    if (signature, length, name) != (_SIGNATURE, 13, b"IHDR") or methods not in ([0, 0, 0], [0, 0, 1]):
        raise unreadable("it is no PNG")
    if not (1 <= width <= WIDEST and 1 <= height <= WIDEST):
        raise unreadable(f"it is larger than {WIDEST} pixels")
    if depth not in _DEPTHS.get(colours, ()):
        raise unreadable("its colours are none of a code's")
    return data


def unreadable(why: str) -> Invalid:
    """`why`: of the picture; nothing of what it holds."""
    return Invalid(
        f"The picture of the code cannot be used: {why}.", hint="Ask for a new code.", code="qr-unreadable"
    )
