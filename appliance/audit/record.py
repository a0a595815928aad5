"""The bytes of one audit record and the chain that binds it to the one before."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

GENESIS = "0" * 64
"""`prev` of the first record of a log."""
RECORD_BYTES = 64 * 1024
"""A longer record keeps its short fields; of the long ones it names size and SHA-256."""
_FIELD_BYTES = 4 * 1024
_HASH_MEMBER = b',"hash":"'
HASH_TAIL = len(_HASH_MEMBER) + 64 + len(b'"}')
"""Bytes of a record behind what is hashed: the hash itself and the end."""


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: keys sorted, no floats, NFC, UTF-8, no spaces."""
    return json.dumps(
        _normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def chained(record: Mapping[str, Any], prev: str) -> tuple[bytes, str]:
    """One line of the log and its hash, SHA-256(0x00 ‖ prev ‖ canonical record with `prev`).

    The hash is the last member, so that a check hashes the stored bytes before it and parses nothing.
    """
    body = canonical({**fitted(record), "prev": prev})
    found = digest(body, prev)
    return body[:-1] + _HASH_MEMBER + found.encode() + b'"}\n', found


def digest(body: bytes, prev: str) -> str:
    """The chain hash of a record's canonical bytes, as 64 lowercase hex digits."""
    return hashlib.sha256(b"\x00" + prev.encode("utf-8", "surrogatepass") + body).hexdigest()


def split(line: bytes) -> tuple[bytes, str] | None:
    """The canonical bytes and the hash of a line without its line end; None when it does not end as one."""
    if (
        len(line) <= HASH_TAIL
        or line[-HASH_TAIL : -HASH_TAIL + len(_HASH_MEMBER)] != _HASH_MEMBER
        or line[-2:] != b'"}'
    ):
        return None
    return line[:-HASH_TAIL] + b"}", line[-66:-2].decode("ascii", "replace")


def ends_nearly_as_record(line: bytes) -> bool:
    """Whether at most one byte is wrong in how `line` ends: it was altered, not cut short."""
    end = line[-HASH_TAIL:]
    if len(end) < HASH_TAIL:
        return False
    found, expected = end[: len(_HASH_MEMBER)] + end[-2:], _HASH_MEMBER + b'"}'
    return sum(a != b for a, b in zip(found, expected, strict=True)) <= 1


def parsed(line: bytes) -> dict[str, Any] | None:
    """The record of a line, or None when it holds none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def fitted(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """`record`, with its long fields replaced by their size and hash when it is too long for one line."""
    if len(canonical(record)) <= RECORD_BYTES:
        return record
    return {key: _short(value) for key, value in record.items()}


def _short(value: Any) -> Any:
    data = canonical({"": value})
    if len(data) <= _FIELD_BYTES:
        return value
    return f"[{len(data)} bytes, too long to keep; SHA-256 {hashlib.sha256(data).hexdigest()}]"


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_normal(str(key)): _normal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    if isinstance(value, float):
        return str(value)
    return value
