"""Our `dataclass` means what the standard one means; each case is put to both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, Generic, TypeVar

import pytest
from pydantic import TypeAdapter, ValidationError

from appliance import values

T = TypeVar("T")
BOTH = pytest.mark.parametrize(
    "decorator", [values.dataclass, dataclasses.dataclass], ids=["ours", "standard"]
)


def made(decorator: Any) -> Any:
    """A class with a field of every kind."""

    @decorator(frozen=True)
    class Shelf(Generic[T]):
        """A shelf."""

        name: str
        books: tuple[str, ...] = ()
        notes: dict[str, str] = dataclasses.field(default_factory=dict, compare=False)
        key: str = dataclasses.field(default="", repr=False)

        def __post_init__(self) -> None:
            if not self.name:
                raise ValueError("a shelf needs a name")

        @property
        def size(self) -> int:
            return len(self.books)

    Shelf.__qualname__ = "Shelf"
    return Shelf


@values.dataclass(frozen=True)
class Book:
    """At module level, where pickle and pydantic find it."""

    title: str
    pages: int = 0
    parts: tuple[Book, ...] = ()


@BOTH
def test_equal_fields_make_equal_values(decorator: Any) -> None:
    shelf = made(decorator)
    one, same = shelf("a", ("x",), {"n": "1"}), shelf("a", ("x",), {"n": "2"})
    assert one == same
    assert hash(one) == hash(same)
    assert len({one, same, shelf("b")}) == 2
    assert one != shelf("a", ("y",))
    assert one != ("a", ("x",), {"n": "1"}, "")
    assert one != made(decorator)("a", ("x",))


@BOTH
def test_it_shows_its_fields_but_no_hidden_one(decorator: Any) -> None:
    assert repr(made(decorator)("a", key="planted")) == "Shelf(name='a', books=(), notes={})"
    looped = made(decorator)("a")
    looped.notes["self"] = looped
    assert repr(looped) == "Shelf(name='a', books=(), notes={'self': ...})"


@BOTH
def test_nothing_can_be_set_or_deleted(decorator: Any) -> None:
    one = made(decorator)("a")
    for name in ("name", "books", "notes", "unknown"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(one, name, "b")
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(one, name)
    assert one == made(decorator)("a") or one.name == "a"


@BOTH
def test_the_tools_of_the_standard_library_take_it(decorator: Any) -> None:
    one = made(decorator)("a", ("x",))
    assert dataclasses.is_dataclass(one)
    assert [item.name for item in dataclasses.fields(one)] == ["name", "books", "notes", "key"]
    assert dataclasses.asdict(one) == {"name": "a", "books": ("x",), "notes": {}, "key": ""}
    assert (dataclasses.replace(one, name="b").name, dataclasses.replace(one).size) == ("b", 1)
    assert (copy.copy(one), copy.deepcopy(one)) == (one, one)
    with pytest.raises(ValueError, match="needs a name"):
        dataclasses.replace(one, name="")
    with pytest.raises(TypeError):
        made(decorator)()
    said = one.__dataclass_params__
    assert (said.frozen, said.eq, said.repr, said.order) == (True, True, True, False)
    match one:
        case object(name="a", books=("x",)):
            pass
        case _:
            pytest.fail("it does not match")


def test_pickle_brings_it_back() -> None:
    book = Book("a", 3, (Book("b"),))
    assert pickle.loads(pickle.dumps(book)) == book  # noqa: S301 - our own bytes


def test_pydantic_reads_it() -> None:
    found = TypeAdapter(Book).validate_python({"title": "a", "pages": "3", "parts": [{"title": "b"}]})
    assert found == Book("a", 3, (Book("b"),))
    with pytest.raises(ValidationError):
        TypeAdapter(Book).validate_python({"pages": 1})
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.title = "c"
    assert TypeAdapter(Book).json_schema()["$defs"]["Book"]["required"] == ["title"]


def test_a_method_of_the_class_itself_stays() -> None:
    @values.dataclass(frozen=True)
    class Loud:
        """Says it its own way."""

        name: str

        def __repr__(self) -> str:
            return self.name.upper()

    assert repr(Loud("a")) == "A"


def test_only_frozen_ones_are_made() -> None:
    with pytest.raises(TypeError, match="frozen"):
        values.dataclass(frozen=False)
