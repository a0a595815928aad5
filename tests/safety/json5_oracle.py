"""A second, independent reader of JSON5: slow, plain, character by character, and with the places of things.

It shares no code with the store; what both agree on is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BLANK = " \t\v\f\n\r\u00a0\ufeff\u2028\u2029\u3000"
LINE_ENDS = "\n\r\u2028\u2029"


@dataclass
class Node:
    """A value and where it stands."""

    start: int
    end: int
    value: object
    members: list[tuple[str, int, Node]] = field(default_factory=list)
    """Of an object: key, where the key begins, value."""
    items: list[Node] = field(default_factory=list)


class Reader:
    """Reads one text; `tokens` are its words, `comments` its comments, in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.comments: list[tuple[int, str]] = []
        self._blank()
        self.root = self._value()
        self._blank()
        if self.at != len(text):
            raise ValueError(f"rest at {self.at}")

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _blank(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in BLANK:
                self.at += 1
            elif self.text.startswith("//", self.at):
                start = self.at
                while self._peek() and self._peek() not in LINE_ENDS:
                    self.at += 1
                self.comments.append((start, self.text[start : self.at]))
            elif self.text.startswith("/*", self.at):
                end = self.text.index("*/", self.at + 2) + 2
                self.comments.append((self.at, self.text[self.at : end]))
                self.at = end
            else:
                return

    def _value(self) -> Node:
        start = self.at
        here = self._peek()
        if here == "{":
            return self._object(start)
        if here == "[":
            return self._array(start)
        if here and here in "\"'":
            value: object = self._string()
        else:
            value = self._word()
        return Node(start, self.at, value)

    def _object(self, start: int) -> Node:
        node = Node(start, 0, {})
        values: dict[str, object] = {}
        self.at += 1
        while True:
            self._blank()
            if self._peek() == "}":
                break
            key_start = self.at
            key = self._string() if self._peek() in "\"'" else self._name()
            self._blank()
            self._take(":")
            self._blank()
            child = self._value()
            node.members.append((key, key_start, child))
            values[key] = child.value
            self._blank()
            if self._peek() != "}":
                self._take(",")
        self.at += 1
        node.end, node.value = self.at, values
        return node

    def _array(self, start: int) -> Node:
        node = Node(start, 0, [])
        self.at += 1
        while True:
            self._blank()
            if self._peek() == "]":
                break
            node.items.append(self._value())
            self._blank()
            if self._peek() != "]":
                self._take(",")
        self.at += 1
        node.end, node.value = self.at, [item.value for item in node.items]
        return node

    def _take(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise ValueError(f"expected {wanted} at {self.at}")
        self.at += 1

    def _name(self) -> str:
        start = self.at
        while self._peek().isalnum() or (self._peek() and self._peek() in "$_"):
            self.at += 1
        if start == self.at or self.text[start].isdigit():
            raise ValueError(f"no key at {start}")
        return self.text[start : self.at]

    def _string(self) -> str:
        quote = self.text[self.at]
        self.at += 1
        result = ""
        while self._peek() != quote:
            here = self._peek()
            if not here or here in "\n\r":
                raise ValueError(f"open text at {self.at}")
            self.at += 1
            result += self._escaped() if here == "\\" else here
        self.at += 1
        return result.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")

    def _escaped(self) -> str:
        here = self._peek()
        self.at += 1
        if here in "ux":
            length = 4 if here == "u" else 2
            digits = self.text[self.at : self.at + length]
            self.at += length
            return chr(int(digits, 16))
        if here == "\r" and self._peek() == "\n":
            self.at += 1
            return ""
        if here in LINE_ENDS:
            return ""
        return {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}.get(here, here)

    def _word(self) -> object:
        start = self.at
        while self._peek() and (self._peek().isalnum() or self._peek() in "+-."):
            self.at += 1
        word = self.text[start : self.at]
        known: dict[str, object] = {"true": True, "false": False, "null": None}
        if word in known:
            return known[word]
        sign = -1 if word.startswith("-") else 1
        bare = word.lstrip("+-") if word[:1] in "+-" else word
        if bare.lower().startswith("0x"):
            return sign * int(bare, 16)
        if bare == "Infinity":
            return sign * float("inf")
        try:
            return sign * int(bare)
        except ValueError:
            return sign * float(bare)


def read(text: str) -> Reader:
    """`text` read; raises `ValueError` when it is not JSON5."""
    return Reader(text)


def find(node: Node, path: tuple[str, ...]) -> Node | None:
    """The node at `path`; of keys that stand twice, the last."""
    for key in path:
        if node.members:
            found = [child for name, _, child in node.members if name == key]
        else:
            found = [node.items[int(key)]] if key.isdecimal() and int(key) < len(node.items) else []
        if not found:
            return None
        node = found[-1]
    return node
