"""Hypothesis strategies: JSON5 as people write it, comments and odd spellings included, and edits of it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

KEYS = st.sampled_from(
    ["a", "b", "c", "port", "$x", "_y", "a1", "été", "a.b", "q k", "it's", 'd"q', "0", "é\n"]
)
BLANKS = st.lists(
    st.sampled_from(
        [
            " ",
            "\n",
            "\t",
            "\n  ",
            "\r\n",
            "\u00a0",
            "/*c*/",
            "/* m\n l */",
            "// line\n",
            "//\n",
            "/***/",
            "\n\n",
        ]
    ),
    max_size=3,
).map("".join)
NUMBERS = st.sampled_from(
    ["0", "1", "-1", "+1", ".5", "5.", "0x1F", "-0xa", "1e3", "1E-2", "123456789012345678", "0.1", "5.e1"]
)
WORDS = st.sampled_from(["true", "false", "null"])
TEXTS = st.sampled_from(
    [
        "",
        "abc",
        "it's",
        'say "x"',
        "//no",
        "/*no*/",
        "{}",
        "😀",
        "tab\t",
        "é",
        "\u2028",
        "a\\b",
        "-",
        "${VAR}",
    ]
)


@st.composite
def quoted(draw: st.DrawFn, text: str) -> str:
    """`text` in double or single quotes."""
    if draw(st.booleans()):
        return json.dumps(text, ensure_ascii=draw(st.booleans()))
    body = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{body}'"


@st.composite
def key_text(draw: st.DrawFn) -> str:
    """A key, bare where it can be."""
    key = draw(KEYS)
    if key.isidentifier() or key in ("$x",):
        return key if draw(st.booleans()) else draw(quoted(key))
    return draw(quoted(key))


@st.composite
def container(draw: st.DrawFn, children: st.SearchStrategy[str], is_object: bool) -> str:
    """An object or list of `children`."""
    count = draw(st.integers(0, 4))
    trailing = count > 0 and draw(st.booleans())
    pieces: list[str] = []
    for index in range(count):
        comma = "," if index < count - 1 or trailing else ""
        name = f"{draw(key_text())}{draw(BLANKS)}:{draw(BLANKS)}" if is_object else ""
        pieces.append(f"{draw(BLANKS)}{name}{draw(children)}{draw(BLANKS)}{comma}")
    opening, closing = ("{", "}") if is_object else ("[", "]")
    return f"{opening}{''.join(pieces)}{draw(BLANKS)}{closing}"


def values() -> st.SearchStrategy[str]:
    """Any value as text."""
    scalar = st.one_of(NUMBERS, WORDS, TEXTS.flatmap(quoted))
    return st.recursive(
        scalar, lambda inner: st.booleans().flatmap(lambda flag: container(inner, flag)), max_leaves=8
    )


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A whole file."""
    return f"{draw(BLANKS)}{draw(container(values(), True))}{draw(BLANKS)}"


PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=5,
)
"""Values to set."""


@st.composite
def paths(draw: st.DrawFn, value: Any) -> tuple[str, ...]:
    """A path into `value`: to something there, to something new in a container, or deeper than that."""
    path: list[str] = []
    while True:
        if isinstance(value, dict):
            known = st.sampled_from(sorted(value)) if value else KEYS
            key = draw(known if draw(st.booleans()) else KEYS)
            inner = value.get(key, {})
        elif isinstance(value, list):
            index = draw(st.integers(0, len(value)))
            key = str(index)
            inner = value[index] if index < len(value) else {}
        else:
            return tuple(path)
        path.append(key)
        value = inner
        # What hypothesis holds for simplest ends the path: the other way round it would never end.
        if not isinstance(value, dict | list) or not draw(st.booleans()):
            return tuple(path)
