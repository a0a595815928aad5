"""Whether OpenClaw would accept a configuration, said in words; values are never part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.parsing import whole_characters
from appliance.store.edits import format_path
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from appliance.store.edits import Path
    from appliance.store.schema import Schema

ROOT = ""
_MOST_OPTIONS = 12
_MUST = "must be "
_UNKNOWN = "is not a known setting"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    path: str
    """As people write it; `<root>` for the whole file."""
    message: str
    """In words, without the value."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class Validator:
    """Checks configurations against one schema; sections are compiled when first needed, and kept."""

    def __init__(self, schema: Schema) -> None:
        """Compiles nothing yet."""
        self.schema = schema
        self._compiled: dict[str, Any] = {}

    def problems(
        self, value: Mapping[str, object], changed_paths: Iterable[Path] | None = None
    ) -> tuple[Problem, ...]:
        """What is wrong in `value`; `changed_paths` limits that to the top-level sections they lie in."""
        if not self.schema.splits:
            return tuple(_described(self._validator(ROOT), value, ()))
        touched = set(value) if changed_paths is None else {path[0] for path in changed_paths}
        found: list[Problem] = []
        for name in value:
            if name not in touched:
                continue
            if name in self.schema.sections:
                found += _described(self._validator(name), value[name], (name,))
            elif self.schema.root.get("additionalProperties") is False:
                found.append(Problem(format_path((name,)), _UNKNOWN))
        return tuple(found)

    def _validator(self, section: str) -> Any:
        if section not in self._compiled:
            import jsonschema_rs

            schema = self.schema.section(section) if section else self.schema.whole()
            self._compiled[section] = jsonschema_rs.Draft7Validator(schema, validate_formats=False)
        return self._compiled[section]


def _described(validator: Any, value: object, prefix: Path) -> Iterable[Problem]:
    try:
        errors = validator.iter_errors(value)
    except UnicodeEncodeError:
        errors = validator.iter_errors(whole_characters(value))
    for error in errors:
        yield from _problems(error, prefix)


def _problems(error: Any, prefix: Path) -> Iterable[Problem]:
    path = (*prefix, *map(str, error.instance_path))
    kind = error.kind
    name = kind.name
    if name == "additionalProperties":
        for key in kind.unexpected:
            yield Problem(format_path((*path, key)), _UNKNOWN)
    elif name == "required":
        yield Problem(format_path((*path, kind.property)), "is missing")
    elif name in ("anyOf", "oneOf") and hasattr(kind, "context"):
        yield from _best_branch(kind.context, path, prefix)
    else:
        yield Problem(format_path(path), _words(name, kind))


def _best_branch(branches: list[list[Any]], path: Path, prefix: Path) -> Iterable[Problem]:
    """The complaints of the form that was most likely meant: its mistakes lie deeper, its marks are right."""
    here = len(path) - len(prefix)
    forms = [form for form in _forms(branches) if form]
    deeper = [form for form in forms if all(len(error.instance_path) > here for error in form)]
    marked = [form for form in deeper if all(error.kind.name != "const" for error in form)]
    unknown = [form for form in forms if all(error.kind.name == "additionalProperties" for error in form)]
    for candidates in (marked, deeper if len(deeper) == 1 else [], unknown):
        if candidates:
            for error in min(candidates, key=len):
                yield from _problems(error, prefix)
            return
    options = list(dict.fromkeys(_alternatives(branches)))
    if all(option.startswith(_MUST) for option in options):
        options[1:] = [option.removeprefix(_MUST) for option in options[1:]]
    yield Problem(format_path(path), " or ".join(options) or "fits none of the allowed forms")


def _forms(branches: list[list[Any]]) -> Iterable[list[Any]]:
    """The forms a value may take, forms within forms laid side by side."""
    for branch in branches:
        if len(branch) == 1 and hasattr(branch[0].kind, "context"):
            yield from _forms(branch[0].kind.context)
        else:
            yield branch


def _alternatives(branches: list[list[Any]]) -> Iterable[str]:
    """What each form asks for first, forms within forms included."""
    for branch in branches:
        for error in branch[:1]:
            if hasattr(error.kind, "context"):
                yield from _alternatives(error.kind.context)
            else:
                yield _words(error.kind.name, error.kind)


def _words(name: str, kind: Any) -> str:
    simple: dict[str, Callable[[], str]] = {
        "required": lambda: f"must hold “{kind.property}”",
        "type": lambda: f"must be {_types(kind.types)}",
        "enum": lambda: f"must be one of {_options(kind.options)}",
        "const": lambda: f"must be {_option(kind.expected_value)}",
        "minimum": lambda: f"must be at least {kind.limit}",
        "maximum": lambda: f"must be at most {kind.limit}",
        "exclusiveMinimum": lambda: f"must be more than {kind.limit}",
        "exclusiveMaximum": lambda: f"must be less than {kind.limit}",
        "minLength": lambda: f"must have at least {kind.limit} characters",
        "maxLength": lambda: f"must have at most {kind.limit} characters",
        "minItems": lambda: f"must have at least {kind.limit} entries",
        "maxItems": lambda: f"must have at most {kind.limit} entries",
        "minProperties": lambda: f"must hold at least {kind.limit} settings",
        "maxProperties": lambda: f"must hold at most {kind.limit} settings",
        "uniqueItems": lambda: "must not hold the same entry twice",
        "pattern": lambda: f"does not have the required form ({kind.pattern})",
        "propertyNames": lambda: "holds a key that is not allowed there",
        "multipleOf": lambda: f"must be a multiple of {kind.multiple_of}",
        "not": lambda: "is not allowed",
    }
    return simple[name]() if name in simple else f"breaks the rule “{name}”"


def _types(types: Iterable[str]) -> str:
    names = {
        "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
        "object": "a section", "array": "a list", "null": "null",
    }  # fmt: skip
    return " or ".join(names.get(name, name) for name in types)


def _options(options: list[object]) -> str:
    shown = ", ".join(map(_option, options[:_MOST_OPTIONS]))
    return shown if len(options) <= _MOST_OPTIONS else f"{shown}, … ({len(options)} in all)"


def _option(value: object) -> str:
    return (
        f"“{value}”"
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
