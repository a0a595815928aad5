"""What became of a change, in words; and what a read brought, as supporters see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.ops.plain import to_plain
from appliance.text import safe_line

if TYPE_CHECKING:
    from appliance.ops.core import Operation
    from screens.words import Words

_TOLD = {"agents.who": "routing.told"}
"""Where the words for the answer of a read stand, by what decided it."""


def outcome(words: Words, result: Any) -> str:
    """What became of a change: `Saved and in use.` where the result says so, else that it is done."""
    state = str(getattr(result, "state", ""))
    told = (f"saved.{state.partition(' (')[0]}", f"saved.{state}")
    return next((words(key) for key in told if key in words), words("form.saved"))


def result_text(words: Words, operation: Operation[Any, Any], result: Any) -> str:
    """In a sentence where there are words for it; as the operation renders it; else one line a value."""
    told = f"{_TOLD.get(operation.name, '')}.{getattr(result, 'why', '')}"
    if told in words:
        values = {key: safe_line(value) for key, value in to_plain(result).items() if isinstance(value, str)}
        return words(told, **values)
    if operation.render is not None:
        return operation.render(result)
    return "\n".join(_lines(words, to_plain(result), ""))


def _lines(words: Words, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict):
        found: list[str] = []
        for key, inner in value.items():
            label = str(key).replace("_", " ")
            if isinstance(inner, dict | list) and inner:
                found += [f"{indent}{label}", *_lines(words, inner, f"{indent}  ")]
            else:
                found.append(f"{indent}{label}: {_word(words, inner)}")
        return found
    if isinstance(value, list):
        found = []
        for inner in value:
            lines = _lines(words, inner, f"{indent}  ")
            found += [f"{indent}• {lines[0].strip()}", *lines[1:]] if lines else []
        return found
    return [f"{indent}{_word(words, value)}"]


def _word(words: Words, value: Any) -> str:
    if value is None or value == [] or value == {} or value == "":
        return "—"
    return words("technical.yes" if value else "technical.no") if isinstance(value, bool) else str(value)
