"""An operation in the owner's words: its title, what it is at, what it changes, and what it asks first."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from appliance.errors import Note
from appliance.ops.core import Question
from appliance.text import safe, safe_line
from screens.lines import line_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.ops.core import Change, Event
    from screens.words import Words

ARROW = " → "


def is_for_owners(words: Words, name: str) -> bool:
    """Whether an operation has a title; one without is for supporters alone."""
    return f"operation.{name}" in words


def title_of(words: Words, name: str, otherwise: str = "") -> str:
    """What an operation is called."""
    return words(f"operation.{name}") if is_for_owners(words, name) else otherwise or name


def doing(words: Words, name: str, event: Event | None = None) -> str:
    """What an operation is at, with its share where it can say; empty when it has no words for that."""
    key = f"operation.doing.{name}"
    if key not in words:
        return ""
    data = event.data if event else {}
    total = data.get("total") or 0
    share = f" · {min(100, int(100 * data.get('done', 0) / total))} %" if total else ""
    return f"{words(key)}{share}"


def will(words: Words, name: str, params: Any) -> str:
    """What an operation will change, in one sentence; empty where the changed settings are listed."""
    keys = (f"operation.will.{name}.{getattr(params, 'who', '')}", f"operation.will.{name}")
    key = next((key for key in keys if params is not None and key in words), "")
    return words(key, **_values(params)) if key else ""


def question(words: Words, name: str, params: Any, names: Mapping[str, str], asked: str) -> str:
    """What is asked before an operation does what cannot simply be taken back.

    `names`: of agents, by id. `asked`: the question as the operation puts it.
    """
    values = _values(params) | {
        fact: safe(value) for fact, value in (asked.facts if isinstance(asked, Question) else {}).items()
    }
    if "channel" in values:
        values["channel"] = line_name(values["channel"])
    if "agent" in values:
        called = safe_line(names.get(values["agent"], values["agent"]))
        values["agent"] = called or words("operation.asks.somebody")
    kinds = (f"operation.asks.{name}.{values.get(which, '')}" for which in ("kind", "answer"))
    keys = (*kinds, f"operation.asks.{name}")
    return words(next((key for key in keys if key in words), "operation.asks.other"), **values)


def deed(words: Words, name: str, otherwise: str = "") -> str:
    """What was done by an operation, as a thing: to take back, to report."""
    key = f"operation.deed.{name}"
    return words(key) if key in words else title_of(words, name, otherwise)


def caution(words: Words, text: str) -> str:
    """A warning in the owner's words; one without any is left to a supporter."""
    code = text.code if isinstance(text, Note) else ""
    key = f"operation.caution.{code}"
    if key not in words:
        return words("form.warned")
    facts = {name: safe_line(value) for name, value in text.facts.items()} if isinstance(text, Note) else {}
    if "channel" in facts:
        facts["channel"] = line_name(facts["channel"], facts.get("account", ""))
    if code == "routing-moves":
        facts["who"] = words(f"routing.{facts['kind']}", who=facts["who"])
        facts |= {side: facts[side] or words("routing.nobody") for side in ("before", "after")}
    return words(key, **facts)


def setting(words: Words, change: Change) -> tuple[str, str]:
    """What a changed setting is called, and its old and new value where they can be read."""
    key = f"operation.setting.{change.target.rpartition('.')[2]}"
    if key not in words:
        return words("operation.setting.other"), ""
    if ARROW not in change.summary:
        return words(key), ""
    before, _, after = change.summary.partition(ARROW)
    return words(key), f"{_value(words, before)}{ARROW}{_value(words, after)}"


def _value(words: Words, text: str) -> str:
    if text in ("not set", "–", '""'):
        return words("operation.setting.unset")
    return safe_line(text.strip('"').rpartition("/")[2] or text)


def _values(params: Any) -> dict[str, str]:
    """Parameters as values of a sentence; a model goes without its provider."""
    found = {}
    for item in fields(params):
        value = getattr(params, item.name)
        if isinstance(value, str):
            found[item.name] = safe_line(value.partition("/")[2] or value if item.name == "model" else value)
    return found
