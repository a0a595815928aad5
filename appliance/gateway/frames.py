"""The envelope of the wire: JSON text frames, typed only as far as the envelope goes (gateway-core §2.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from appliance.gateway.faults import Fault, Misbehaved
from appliance.parsing import is_deeper, whole_characters

MIB = 1024 * 1024
USUAL_LIMIT = MIB
"""Bytes an answer, an event or anything before the hello may have (safety §11)."""
LARGE_LIMIT = 8 * MIB
"""Bytes for answers known to be large (`config.schema`, `skills.status`)."""
HARD_LIMIT = 32 * MIB
"""Bytes of one frame, whatever `policy.maxPayload` the gateway announces (it says 25 MiB)."""
DEPTH_LIMIT = 64
VALUES_LIMIT = 300_000
"""Values of one frame: read, each takes up to forty times the room it has in the text."""
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
"""Emoji written out in ASCII, and halves of one that JavaScript cut in two."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A `res` frame."""

    id: str
    payload: Any
    fault: Fault | None
    size: int
    """Characters of the whole frame."""


@dataclass(frozen=True, slots=True)
class Event:
    """An `event` frame, or one of ours (`local.*`) that tells of the connection itself."""

    name: str
    payload: Mapping[str, Any]
    seq: int | None = None
    """Counts events of this connection from 1; a gap means events were dropped."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame of a type we do not know: counted and ignored."""

    kind: str


def encode_request(request_id: str, method: str, params: Mapping[str, Any]) -> str:
    """The text of a `req` frame."""
    frame = {"type": "req", "id": request_id, "method": method, "params": params}
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def decode(raw: str | bytes, *, limit: int = HARD_LIMIT) -> Answer | Event | Unknown:
    """Read one frame.

    Raises:
        Misbehaved: not text, not JSON, not an object, larger than `limit`, nested deeper than 64, or of more
            values than a gateway has to tell.
    """
    if isinstance(raw, bytes):
        raise Misbehaved("a binary frame")
    if len(raw) > limit:
        raise Misbehaved(f"a frame of {len(raw)} characters, more than {limit}")
    if _marks(raw) > VALUES_LIMIT and _marks(raw) - _marks_in_texts(raw) > VALUES_LIMIT:
        raise Misbehaved(f"a frame of more than {VALUES_LIMIT} values")
    frame = _parsed(raw)
    kind = frame.get("type")
    if kind == "res":
        return _answer(frame, len(raw))
    if kind == "event":
        return _event(frame)
    return Unknown(kind if isinstance(kind, str) else "")


def _parsed(raw: str) -> dict[str, Any]:
    try:
        value = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Misbehaved("a frame that is not JSON") from error
    if not isinstance(value, dict):
        raise Misbehaved("a frame that is not an object")
    if raw.count("{") + raw.count("[") > DEPTH_LIMIT and is_deeper(value, DEPTH_LIMIT):
        raise Misbehaved(f"a frame nested deeper than {DEPTH_LIMIT}")
    if _HALVES.search(raw):
        whole: dict[str, Any] = whole_characters(value)
        return whole
    return value


def _marks(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{")


def _marks_in_texts(text: str) -> int:
    return sum(_marks(found[0]) for found in _TEXT.finditer(text))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _answer(frame: Mapping[str, Any], size: int) -> Answer:
    request_id = frame.get("id")
    if not isinstance(request_id, str):
        raise Misbehaved("an answer without an id")
    if frame.get("ok") is True:
        return Answer(request_id, frame.get("payload"), None, size)
    return Answer(request_id, None, read_fault(frame.get("error")), size)


def read_fault(value: Any) -> Fault:
    """The `error` object of an answer, whatever it really is."""
    error = value if isinstance(value, dict) else {}
    code, message, details = error.get("code"), error.get("message"), error.get("details")
    return Fault(
        code=code if isinstance(code, str) else "",
        message=message if isinstance(message, str) else "",
        details=details if isinstance(details, dict) else {},
        retryable=error.get("retryable") is True,
        retry_after_ms=_milliseconds(error.get("retryAfterMs")),
    )


def _milliseconds(value: Any) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return int(value) if is_number else None


def _event(frame: Mapping[str, Any]) -> Event | Unknown:
    name, payload, seq = frame.get("event"), frame.get("payload"), frame.get("seq")
    if not isinstance(name, str):
        return Unknown("event")
    return Event(
        name,
        payload if isinstance(payload, dict) else {},
        seq if isinstance(seq, int) and not isinstance(seq, bool) else None,
    )
