"""A text as a code: the smallest version that holds it, at the lowest error level, and no larger for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Invalid

if TYPE_CHECKING:
    from segno import QRCode

    from appliance.qr.picture import Modules

LONGEST = 2953
"""Bytes of the largest version at the lowest level (ISO/IEC 18004, version 40-L)."""
PNG_SCALE = 8
"""Pixels a module of a picture file has: a code of 61 modules becomes 552 pixels wide."""


def modules_of(text: str) -> Modules:
    """The code of a text.

    A screen is scanned undamaged, so room counts for more than error correction: OpenClaw draws WhatsApp's
    275 characters at level M in 65 modules, at level L it takes 61. A higher level is taken only where it
    costs no module.

    Raises:
        Invalid: `qr-unreadable`, when no code holds so much.
    """
    return tuple(tuple(map(bool, row)) for row in _encoded(text).matrix)


def png_of(text: str) -> bytes:
    """The same code as a PNG, dark on light, with its quiet zone.

    Raises:
        Invalid: `qr-unreadable`, when no code holds so much.
    """
    from io import BytesIO

    from appliance.qr.picture import QUIET

    out = BytesIO()
    _encoded(text).save(out, kind="png", scale=PNG_SCALE, border=QUIET)
    return out.getvalue()


def _encoded(text: str) -> QRCode:
    import segno

    try:
        return segno.make(text, error="L", boost_error=True, micro=False)
    except segno.DataOverflowError as error:
        raise Invalid(
            f"A code cannot hold {len(text)} characters.", hint="Ask for a new code.", code="qr-unreadable"
        ) from error
