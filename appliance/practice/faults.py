"""What the practice model does for each model id, its named faults included."""

from __future__ import annotations

import re
from enum import Enum

PREFIX = "practice"


class Behaviour(Enum):
    """How one request is answered."""

    ANSWER = "answer"
    TOOL = "tool"
    """Calls a tool before it answers, whenever it was offered one."""
    NO_TOOLS = "notools"
    """Refuses a request that offers tools, as small local models do."""
    SLOW = "slow"
    """Waits before the first token."""
    CUT = "cut"
    """Closes the connection in the middle of the answer."""
    GARBAGE = "garbage"
    """Answers 200 with text that is not JSON."""
    SILENT = "silent"
    """Accepts the request and never sends a token."""
    STATUS = "status"
    """Answers with the HTTP status its name ends in."""
    UNKNOWN = "unknown"
    """The model does not exist here."""


STATUS_WORDS = {
    400: ("invalid_request_error", "The request was not understood."),
    401: ("invalid_api_key", "Incorrect API key provided."),
    402: ("insufficient_quota", "Your credit balance is too low."),
    403: ("permission_denied", "This key may not use this model."),
    404: ("model_not_found", "The model does not exist."),
    408: ("request_timeout", "The request took too long."),
    413: ("request_too_large", "The request is too large."),
    429: ("rate_limit_exceeded", "Rate limit reached, slow down."),
    500: ("server_error", "The server had an error."),
    502: ("bad_gateway", "Bad gateway."),
    503: ("overloaded_error", "The service is overloaded."),
    504: ("gateway_timeout", "The upstream did not answer in time."),
}
"""HTTP status to the (code, message) a practice error carries."""

LISTED_MODELS = (
    "practice",
    "practice-tool",
    "practice-notools",
    "practice-slow",
    "practice-cut",
    "practice-garbage",
    "practice-silent",
    "practice-401",
    "practice-402",
    "practice-429",
    "practice-500",
)
"""The model ids shown by the model list; other statuses of `STATUS_WORDS` work by name too."""

_STATUS_ID = re.compile(rf"{PREFIX}-(\d{{3}})")
_NAMED = {f"{PREFIX}-{behaviour.value}": behaviour for behaviour in Behaviour}


def behaviour_of(model: str) -> tuple[Behaviour, int]:
    """The behaviour for a model id and its HTTP status; a vendor (`x/`) and a tag (`:latest`) are ignored."""
    name = model.rpartition("/")[2].partition(":")[0]
    if name == PREFIX:
        return Behaviour.ANSWER, 200
    if (match := _STATUS_ID.fullmatch(name)) and int(match[1]) in STATUS_WORDS:
        return Behaviour.STATUS, int(match[1])
    behaviour = _NAMED.get(name, Behaviour.UNKNOWN)
    if behaviour in (Behaviour.UNKNOWN, Behaviour.STATUS):
        return Behaviour.UNKNOWN, 404
    return behaviour, 200
