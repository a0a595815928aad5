"""JSON5 read losslessly: the value, and where in the text each part of it stands.

A member without comments or escapes, nearly all of any real file, is taken by one regular expression;
`tokens` reads everything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from appliance.store import tokens
from appliance.store.plain_json import MAX_DEPTH, MAX_NUMBER, number
from appliance.store.tokens import Span, fail, shown, skip

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NODES = 100_000

_KEY = r'(?:"([^"\\\x00-\x1f\u2028\u2029]*+)"|([A-Za-z_$][A-Za-z0-9_$]*+))'
_VALUE = (
    r'(?:"([^"\\\x00-\x1f\u2028\u2029]*+)"'
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?=[\s,}\]])"
    r"|(true|false|null)(?=[\s,}\]])"
    r"|([{\[]))"
)
_MEMBER = re.compile(rf"[ \t\r\n]*+{_KEY}[ \t\r\n]*+:[ \t\r\n]*+{_VALUE}")
_ITEM = re.compile(_VALUE)
_TEXT, _NUMBER, _LITERAL, _OPENING = 1, 2, 3, 4
_KEY_GROUPS = 2


@dataclass(slots=True)
class Container:
    """An object or array in the text; offsets count characters."""

    start: int
    is_object: bool
    end: int = 0
    """One past the closing bracket."""
    keys: list[str] = field(default_factory=list)
    """Of an object: one per member, duplicates included."""
    key_starts: list[int] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    """The values, in the order of the text."""


Node = Container | Span
"""A container, or the span of a scalar."""


def span(node: Node) -> Span:
    """Where `node` begins and ends."""
    return (node.start, node.end) if isinstance(node, Container) else node


class Scanner:
    """Reads one text; `root` and `value` describe the same thing, once as places and once as data."""

    def __init__(self, text: str) -> None:
        """Scan all of `text`, which must hold one object.

        Raises:
            Invalid: `config-syntax`, with line and column; also when a limit is passed.
        """
        self.text = text
        self.duplicates: list[tuple[str, ...]] = []
        self._nodes = 0
        self._path: list[str] = []
        self._seen_twice: set[tuple[str, ...]] = set()
        position = skip(text, 0)
        if position == len(text):
            fail(text, position, "there is nothing in it")
        if text[position] != "{":
            fail(text, position, "it must be one object in braces")
        self.root = Container(position, is_object=True)
        self.value: dict[str, object] = {}
        position = skip(text, self._object(self.root, self.value))
        if position != len(text):
            fail(text, position, f"unexpected {shown(text, position)} after the end")

    def _object(self, node: Container, value: dict[str, object]) -> int:
        text, match = self.text, _MEMBER.match
        add_key, add_start, add_child = node.keys.append, node.key_starts.append, node.children.append
        position = node.start + 1
        while True:
            found = match(text, position)
            if found is None:
                position = skip(text, position)
                if text[position : position + 1] == "}":
                    break
                key, position = self._slow_key(position, add_start)
                value[key], child, position = self._value(_ITEM.match(text, position), 0, position, key)
            else:
                key = found[1]
                if key is None:
                    key = found[2]
                    add_start(found.start(2))
                else:
                    add_start(found.start(1) - 1)
                if found.lastindex == _TEXT + _KEY_GROUPS:
                    position = found.end()
                    value[key] = found[3]
                    child = (found.start(3) - 1, position)
                else:
                    value[key], child, position = self._value(found, _KEY_GROUPS, position, key)
            add_key(key)
            add_child(child)
            self._nodes += 1
            if self._nodes > MAX_NODES:
                self._too_many(position)
            if text[position : position + 1] != ",":
                position = skip(text, position)
                if not self._goes_on(position, "}"):
                    break
            position += 1
        node.end = position + 1
        if len(value) != len(node.keys):
            self._note_duplicates(node.keys)
        return position + 1

    def _array(self, node: Container, value: list[object]) -> int:
        text = self.text
        position = skip(text, node.start + 1)
        while text[position : position + 1] != "]":
            item, child, position = self._value(_ITEM.match(text, position), 0, position, str(len(value)))
            value.append(item)
            node.children.append(child)
            self._nodes += 1
            if self._nodes > MAX_NODES:
                self._too_many(position)
            position = skip(text, position)
            if not self._goes_on(position, "]"):
                break
            position = skip(text, position + 1)
        node.end = position + 1
        return position + 1

    def _goes_on(self, position: int, closing: str) -> bool:
        """Whether a comma stands here; the closing bracket does not, and nothing else may."""
        here = self.text[position : position + 1]
        if here not in (",", closing):
            fail(self.text, position, f"expected “,” or “{closing}”, found {shown(self.text, position)}")
        return here == ","

    def _value(
        self, found: re.Match[str] | None, shift: int, position: int, key: str
    ) -> tuple[object, Node, int]:
        """One value; its groups in `found` are numbered from `shift`; None means it is not a plain one."""
        if found is None:
            return tokens.scalar(self.text, position)
        kind = (found.lastindex or 0) - shift
        begin, end = found.span(kind + shift)
        if kind == _TEXT:
            return found[kind + shift], (begin - 1, end + 1), end + 1
        if kind == _NUMBER:
            if end - begin > MAX_NUMBER:
                fail(self.text, begin, f"a number longer than {MAX_NUMBER} characters")
            return number(found[kind + shift]), (begin, end), end
        if kind == _LITERAL:
            return tokens.LITERALS[found[kind + shift]], (begin, end), end
        return self._container(begin, key)

    def _container(self, begin: int, key: str) -> tuple[object, Node, int]:
        node = Container(begin, is_object=self.text[begin] == "{")
        self._path.append(key)
        if len(self._path) >= MAX_DEPTH:
            fail(self.text, begin, f"more than {MAX_DEPTH} levels")
        value: dict[str, object] | list[object]
        if node.is_object:
            value = {}
            self._object(node, value)
        else:
            value = []
            self._array(node, value)
        self._path.pop()
        return value, node, node.end

    def _slow_key(self, position: int, add_start: Callable[[int], None]) -> tuple[str, int]:
        """A key with escapes or comments around it; returns it and where its value begins."""
        text = self.text
        add_start(position)
        key, position = tokens.key(text, position)
        position = skip(text, position)
        if text[position : position + 1] != ":":
            fail(text, position, f"expected “:” after a key, found {shown(text, position)}")
        return key, skip(text, position + 1)

    def _too_many(self, position: int) -> NoReturn:
        fail(self.text, position, f"more than {MAX_NODES:,} values")

    def _note_duplicates(self, keys: list[str]) -> None:
        seen: set[str] = set()
        for key in keys:
            path = (*self._path, key)
            if key in seen and path not in self._seen_twice:
                self._seen_twice.add(path)
                self.duplicates.append(path)
            seen.add(key)
