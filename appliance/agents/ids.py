"""Agent ids: the rule, and a proposal made from a name."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from appliance.errors import Conflict, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 64
"""Characters of an id, as OpenClaw's schema allows them."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_RESERVED = frozenset({"con", "nul"})
_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i",
    "ŋ": "n", "ĸ": "k", "ŧ": "t", "ĳ": "ij", "’": "", "'": "", "`": "",
})  # fmt: skip
"""Latin letters that no Unicode decomposition takes apart; apostrophes join what they stand between."""


def check_agent_id(text: str) -> str:
    """`text` as an agent id.

    Raises:
        Usage: `agent-id`, it is not one; the hint gives the rule.
    """
    agent_id = unicodedata.normalize("NFKC", text)
    if not _ID.fullmatch(agent_id) or agent_id in _RESERVED:
        raise Usage(
            f"“{text}” cannot be the id of an agent.",
            hint="Use small letters a to z, digits, “-” and “_”, up to 64, with a letter or digit first.",
            code="agent-id",
        )
    return agent_id


def refuse_taken(agent_id: str, taken: Iterable[str]) -> None:
    """Raise `Conflict` (`agent-exists`) when an agent of that id, in any case, exists."""
    for other in taken:
        if other.casefold() == agent_id.casefold():
            raise Conflict(
                f"There is already an agent with the id “{other}”.",
                hint="Choose another id, or change the one that exists.",
                code="agent-exists",
            )


def propose_id(name: str, taken: Iterable[str] = ()) -> str:
    """An id for an agent of that name: `Café Rosa` gives `cafe-rosa`, the next one `cafe-rosa-2`.

    Raises:
        Usage: `agent-id`, the name has no Latin letter or digit to make one from.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_LETTERS)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:MAX_LENGTH].rstrip("-")
    if not base:
        raise Usage(
            f"No id can be made from the name “{name}”.",
            hint="Give one yourself, such as front-desk.",
            code="agent-id",
        )
    used = {other.casefold() for other in taken} | _RESERVED
    candidate, number = base, 1
    while candidate in used:
        number += 1
        ending = f"-{number}"
        candidate = base[: MAX_LENGTH - len(ending)].rstrip("-") + ending
    return candidate
