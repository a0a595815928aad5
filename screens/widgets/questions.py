"""An operation's parameters as questions to a person, and their answers as parameters again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from appliance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from dataclasses import Field

    from appliance.ops.core import Operation
    from screens.words import Words

Kind = Literal["text", "secret", "choice", "number", "many"]


@dataclass(frozen=True)
class Choice:
    """One of several answers."""

    value: object
    title: str
    note: str = ""


@dataclass(frozen=True)
class Wish:
    """What a screen knows about a field beyond its declaration."""

    name: str
    choices: tuple[Choice, ...] = ()
    default: object = None
    default_from: str = ""
    """Proposes the title of the choice made for this other field."""
    unchanged: str | None = None
    """An answer equal to this one leaves the thing as it is (None is passed on)."""
    when: Callable[[Mapping[str, Any]], bool] = lambda _answers: True
    """Whether it is asked at all, given the answers before it."""


@dataclass(frozen=True)
class FieldQuestion:
    """One field as it is asked."""

    name: str
    label: str
    hint: str
    kind: Kind
    required: bool
    choices: tuple[Choice, ...] = ()
    wish: Wish = Wish("")
    convert: Callable[[str], Any] = str


class NoAnswer(Exception):
    """An answer that cannot be used; its text says what would be right."""


def can_be_asked(operation: Operation[Any, Any]) -> bool:
    """Whether every required field is of a kind that a form has a control for."""
    hints = get_type_hints(operation.params)
    return all(_kind(_bare(hints[item.name])) is not None for item in fields(operation.params))


def questions(
    operation: Operation[Any, Any], words: Words, wishes: Sequence[Wish] = ()
) -> tuple[FieldQuestion, ...]:
    """The fields a screen wishes for, in its order; without wishes all of them."""
    known = {item.name: item for item in fields(operation.params)}
    hints = get_type_hints(operation.params)
    wanted = wishes or tuple(Wish(name) for name in known)
    return tuple(_question(operation, known[wish.name], hints[wish.name], wish, words) for wish in wanted)


def answer(question: FieldQuestion, given: object, words: Words) -> Any:
    """What a person gave, as the field's own type.

    Raises:
        NoAnswer: it is missing or of the wrong kind.
    """
    if question.kind == "choice":
        if given is None and question.required:
            raise NoAnswer(words("form.needed"))
        return given
    text = str(given).strip()
    if question.wish.unchanged is not None:
        return None if text == question.wish.unchanged else text
    if not text:
        if question.required:
            raise NoAnswer(words("form.needed"))
        return MISSING
    if question.kind == "secret":
        return Secret(text)
    if question.kind == "many":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return question.convert(text)
    except ValueError:
        raise NoAnswer(words("form.number")) from None


def parameters(operation: Operation[Any, Any], answers: Mapping[str, Any]) -> Any:
    """The parameters with these answers; what was not answered keeps its default."""
    return operation.params(**{name: value for name, value in answers.items() if value is not MISSING})


def _question(
    operation: Operation[Any, Any], item: Field[Any], hint: Any, wish: Wish, words: Words
) -> FieldQuestion:
    bare = _bare(hint)
    kind = "choice" if wish.choices else _kind(bare)
    if kind is None:
        raise TypeError(f"{operation.name}: no form has a control for {item.name}")
    key = f"{operation.area}.{item.name}"
    help_text = str(item.metadata.get("help", ""))
    label = words(f"field.{key}") if f"field.{key}" in words else help_text or item.name
    notes = [words(f"hint.{key}")] if f"hint.{key}" in words and not wish.choices else []
    notes += [words("form.key-hidden")] if kind == "secret" else []
    notes += [words("form.many")] if kind == "many" else []
    return FieldQuestion(
        item.name,
        label,
        " ".join(notes),
        kind,
        required=item.default is MISSING and item.default_factory is MISSING,
        choices=wish.choices or (*_as_it_is(item, bare, words), *_choices(bare, words)),
        wish=_with_default(wish, item),
        convert=bare if bare in (int, float, Path) else str,
    )


def _with_default(wish: Wish, item: Field[Any]) -> Wish:
    if wish.default is not None or item.default is MISSING:
        return wish
    default = item.default.value if isinstance(item.default, Enum) else item.default
    return Wish(wish.name, wish.choices, default, wish.default_from, wish.unchanged, wish.when)


def _kind(bare: Any) -> Kind | None:
    if bare is Secret:
        return "secret"
    if bare is bool or get_origin(bare) is Literal or (isinstance(bare, type) and issubclass(bare, Enum)):
        return "choice"
    if bare in (int, float):
        return "number"
    if get_origin(bare) is tuple:
        return "many" if get_args(bare)[0] is str else None
    return "text" if bare in (str, Path) else None


def _choices(bare: Any, words: Words) -> tuple[Choice, ...]:
    if bare is bool:
        return Choice(True, words("form.on")), Choice(False, words("form.off"))
    if get_origin(bare) is Literal:
        return tuple(Choice(value, str(value)) for value in get_args(bare))
    if isinstance(bare, type) and issubclass(bare, Enum):
        return tuple(Choice(member, str(member.value)) for member in bare)
    return ()


def _as_it_is(item: Field[Any], bare: Any, words: Words) -> tuple[Choice, ...]:
    """Where nothing has to be chosen, the first answer leaves the thing as it is."""
    return (Choice(None, words("form.as-is")),) if item.default is None and _choices(bare, words) else ()


def _bare(hint: Any) -> Any:
    """`X` of `X | None`."""
    if get_origin(hint) in (Union, UnionType):
        return next(kind for kind in get_args(hint) if kind is not NoneType)
    return hint
