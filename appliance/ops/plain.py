"""Parameters and results as plain data: for JSON, records, digests and schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from appliance.secret import Secret


def _no_key() -> bytes:
    raise TypeError("a result has no place for a secret")


def to_plain(value: Any, *, secret_key: Callable[[], bytes] = _no_key) -> Any:
    """`value` as dicts, lists, strings, numbers, booleans and None.

    A secret becomes a fingerprint (HMAC-SHA-256 with `secret_key`, 8 hex digits), never its text; without a
    key it is a TypeError. With a key, a private text (see `param`) becomes its length and fingerprint.
    """
    if isinstance(value, Secret):
        return value.fingerprint(secret_key())
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _field(value, item, secret_key) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, secret_key=secret_key) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item, secret_key=secret_key) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    return value


def _field(holder: Any, item: Field[Any], secret_key: Callable[[], bytes]) -> Any:
    value = getattr(holder, item.name)
    if item.metadata.get("private") and isinstance(value, str) and value and secret_key is not _no_key:
        return {"length": len(value), "fingerprint": Secret(_encodable(value)).fingerprint(secret_key())}
    return to_plain(value, secret_key=secret_key)


def _encodable(text: str) -> str:
    """Text from an odd locale may hold half a character."""
    return text.encode("utf-8", "backslashreplace").decode()


def from_plain(model: type[Any], data: Any) -> Any:
    """An instance of the frozen dataclass `model` from plain data; raises pydantic's ValidationError."""
    from pydantic import TypeAdapter

    return TypeAdapter(model).validate_python(data)


def digest(name: str, plain_params: Any) -> str:
    """SHA-256 of an operation's name and parameters, for idempotency."""
    import hashlib

    text = json.dumps([name, plain_params], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
