"""The recovery key: 130 random bits as 26 signs that are hard to confuse, and two that find a slip."""

from __future__ import annotations

import hashlib
import os

from appliance.errors import Usage

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U."""
_SIGNS, _CHECK, _GROUP = 26, 2, 4
_READ_AS = str.maketrans("ILO", "110")


def new_code() -> str:
    """A fresh one, in groups of four."""
    return _grouped(_made(int.from_bytes(os.urandom(17), "big") >> 6))


def read_code(text: str) -> bytes:
    """The signs of a typed code, for `stretch`; case, spaces and dashes do not matter.

    Raises:
        Usage: `recovery-key`, it has the wrong length or a slip in it.
    """
    signs = "".join(text.upper().split()).replace("-", "").translate(_READ_AS)
    if (
        len(signs) != _SIGNS + _CHECK
        or set(signs) - set(ALPHABET)
        or _check(signs[:_SIGNS]) != signs[_SIGNS:]
    ):
        raise Usage(
            "This is not a recovery key as lunatui writes them: there is a slip in it, or a part is missing.",
            hint="It has 28 letters and digits in seven groups.",
            code="recovery-key",
        )
    return signs[:_SIGNS].encode()


def _made(number: int) -> str:
    signs = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SIGNS)))
    return signs + _check(signs)


def _check(signs: str) -> str:
    digest = hashlib.sha256(signs.encode()).digest()
    return ALPHABET[digest[0] & 31] + ALPHABET[digest[1] & 31]


def _grouped(signs: str) -> str:
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))
