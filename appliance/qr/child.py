"""What reads a picture in a process of its own: PNG on stdin, the text of its one code on stdout.

Ends with 0 and the text, or with 1 and nothing. It has two seconds of processor, may write no file and leaves
no core; on Linux it may take 64 MiB beyond what it began with, and no other program may look into it. macOS
keeps no such limit for a process, so what bounds the memory there is the size in the header, which the parent
has looked at.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from appliance import memory
from appliance.qr.encoding import LONGEST

if TYPE_CHECKING:
    from PIL import Image

PROCESSOR_S = 2
MEMORY = 64 * 1024 * 1024
WIDEST = 1024
"""Pixels on a side; the header says it twice in a forged picture, so it is asked again when it is opened."""
_LONGEST_PNG = 192 * 1024
"""Bytes: what a data URL of the largest size holds."""


def main() -> int:
    """Read one picture."""
    memory.close()
    png = sys.stdin.buffer.read(_LONGEST_PNG + 1)
    _load_decoders()
    limit()
    try:
        text = text_in(png)
    except ValueError:
        return 1
    sys.stdout.write(text)
    return 0


def limit() -> None:
    """Give up what reading a picture does not need; not to be taken back."""
    _lower(resource.RLIMIT_CPU, PROCESSOR_S)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY)


def _lower(which: int, value: int) -> None:
    most = resource.getrlimit(which)[1]
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(which, (value, value))


def _load_decoders() -> None:
    """Before the limits: what a library maps in is not the picture's."""
    import zxingcpp
    from PIL import Image, PngImagePlugin

    assert zxingcpp  # noqa: S101 - loaded
    assert Image  # noqa: S101 - loaded
    assert PngImagePlugin  # noqa: S101 - loaded


def text_in(png: bytes) -> str:
    """The text of the one code in a picture.

    Raises:
        ValueError: it is no picture, holds no code or several, or a text that is not printable ASCII: what
            a phone would make of other bytes is for each phone to guess.
    """
    import zxingcpp
    from PIL import Image

    if len(png) > _LONGEST_PNG:
        raise ValueError("too large")
    try:
        found = zxingcpp.read_barcodes(_flat(png), zxingcpp.barcode_formats_from_str("QRCode"))
    except (OSError, SyntaxError, ValueError, MemoryError, Image.DecompressionBombError) as error:
        raise ValueError("no picture that can be read") from error
    if len(found) != 1:
        raise ValueError("not one code")
    text = found[0].bytes.decode("ascii")  # not `.text`, which writes what is not printable as `<ESC>`
    if not (text.isprintable() and 0 < len(text) <= LONGEST):
        raise ValueError("no text of a code")
    return text


def _flat(png: bytes) -> Image.Image:
    """In grey, what was transparent in white."""
    from PIL import Image

    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        if max(picture.size) > WIDEST:
            raise ValueError("too large")
        flat = Image.new("RGBA", picture.size, "white")
        flat.alpha_composite(picture.convert("RGBA"))
        return flat.convert("L")
