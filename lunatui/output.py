"""The only writer to stdout: one JSON document, JSON lines, or text for people."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.ops.plain import to_plain
from appliance.redact import redact, redact_value
from appliance.text import safe, safe_line

if TYPE_CHECKING:
    from appliance.ops.core import Event


class ReaderLeft(Exception):
    """Whoever read our output closed it; there is nobody to tell."""


def write_result(result: Any, *, as_json: bool) -> None:
    """The result of an operation, as the last thing on stdout."""
    if as_json:
        _write_json({"ok": True, "result": redact_value(to_plain(result), by_name=False)})
    elif text := as_text(result):
        _write(redact(text) + "\n")


def write_error(error: LunaError) -> None:
    """The JSON document of a failure."""
    said = {"code": error.code, "message": redact(error.message), "hint": redact(error.hint)}
    _write_json({"ok": False, "error": said})


def write_event(event: Event) -> None:
    """One JSON line of a stream."""
    said = {"kind": event.kind, "text": event.text, **to_plain(event.data)}
    _write_json({"event": redact_value(said, by_name=False)})


def write_text(text: str, *, end: str = "\n") -> None:
    """Plain text for a person."""
    _write(safe(text) + end)


_TAB = 4
_WIDEST = 60
"""Columns after which a long cell pushes only its own row aside, not the whole table."""


def as_text(result: Any) -> str:
    """A result as aligned lines and tables; no braces, no Python names."""
    if not is_dataclass(result):
        return _spaced(_cell(result))
    pairs = [(_label(item.name), getattr(result, item.name)) for item in fields(result)]
    simple = [(label, _cell(value)) for label, value in pairs if not _is_table(value)]
    width = max((len(label) for label, value in simple if value), default=0)
    lines = [f"{label:{width}}  {_spaced(value)}" for label, value in simple if value]
    for label, value in pairs:
        if _is_table(value):
            lines += ["", f"{label}:", *_table(value)] if lines else _table(value)
    return "\n".join(lines)


def _write_json(document: dict[str, Any]) -> None:
    _write(json.dumps(document, ensure_ascii=True) + "\n")


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderLeft from error
    except OSError as error:
        raise LunaError(
            f"The answer could not be written ({error.strerror}).", code="output-failed"
        ) from error


def _is_table(value: Any) -> bool:
    return isinstance(value, tuple | list) and bool(value) and is_dataclass(value[0])


def _table(rows: tuple[Any, ...]) -> list[str]:
    """Aligned rows, one line each; below them, moved in, the fields that are declared to have lines."""
    shown = [item.name for item in fields(rows[0]) if not item.metadata.get("lines")]
    long = [item.name for item in fields(rows[0]) if item.metadata.get("lines")]
    cells = [[safe_line(_cell(getattr(row, name))) for name in shown] for row in rows]
    used = [index for index, _ in enumerate(shown) if any(row[index] for row in cells)]
    wishes = {index: max(len(_label(shown[index])), *(len(row[index]) for row in cells)) for index in used}
    widths = {index: min(_WIDEST, wish) for index, wish in wishes.items()}
    head = "  ".join(f"{_label(shown[index]):{widths[index]}}" for index in used)
    body = ["  ".join(f"{row[index]:{widths[index]}}" for index in used).rstrip() for row in cells]
    texts = [text for row in rows for name in long if (text := getattr(row, name))]
    below = [line for text in texts for line in ("", *(f"  {line}" for line in _spaced(text).split("\n")))]
    return [head.rstrip(), *body, *below]


def _spaced(text: str) -> str:
    """Safe text of many lines, its tabs as spaces: where a tab leads to is the terminal's choice."""
    return safe(text).expandtabs(_TAB)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _cell(value: Any) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_dataclass(value):
        return ", ".join(filter(None, (_cell(getattr(value, item.name)) for item in fields(value))))
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(item)}" for key, item in value.items())
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(to_plain(value))


def discard() -> None:
    """Once nobody reads standard output, drop what is still buffered instead of failing at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)
