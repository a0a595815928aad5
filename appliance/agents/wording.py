"""Short texts that people give: one line each, nothing invisible in them, not endless."""

from __future__ import annotations

import unicodedata

from appliance.errors import Usage

NAME_LIMIT = 80
"""Characters of an agent's name."""
FIELD_LIMIT = 400
"""Characters of a description or of one field of the business profile (OpenClaw cuts USER.md at 4,000)."""
EMOJI_LIMIT = 16
"""Code points of an emoji; families and flags need several."""

_JOINERS = "\u200d\ufe0f"


def one_line(text: str, *, limit: int, what: str, code: str) -> str:
    """`text` with single spaces and without control or invisible characters (emoji keep their joiners).

    Raises:
        Usage: `code`, it is longer than `limit` characters; `what` names it in the message.
    """
    spaced = " ".join(text.split())
    line = "".join(
        character
        for character in spaced
        if character in _JOINERS or unicodedata.category(character)[0] != "C"
    )
    if len(line) > limit:
        raise Usage(
            f"{what} is {len(line)} characters long; {limit} is the most.",
            hint="Shorten it.",
            code=code,
            facts={"length": str(len(line)), "limit": str(limit)},
        )
    return line


def agent_name(text: str) -> str:
    """`text` as an agent's name; raises `Usage` (`agent-name`) when nothing or too much is left."""
    name = one_line(text, limit=NAME_LIMIT, what="The agent's name", code="agent-name")
    if not name:
        raise Usage("An agent needs a name.", hint="Give one, such as “Front Desk”.", code="agent-name")
    return name


def description(text: str) -> str:
    """`text` as an agent's role; raises `Usage` (`agent-description`) when it is too long."""
    return one_line(text, limit=FIELD_LIMIT, what="The agent's description", code="agent-description")


def emoji(text: str) -> str:
    """`text` as an agent's emoji; raises `Usage` (`agent-emoji`) when it is too long."""
    return one_line(text, limit=EMOJI_LIMIT, what="The emoji", code="agent-emoji")
