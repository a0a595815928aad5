"""Samples taken apart and put together wrongly: as bytes, and as the structure that they are."""

from __future__ import annotations

import contextlib
import copy
import json
import tomllib
from typing import Any

from hypothesis import strategies as st

HOSTILE_TEXTS = (
    "", "\ud800", "\x1b]0;x\x07", "\u202e", "../../etc/passwd", "/", "a/../../b", "\0", "con", "-x", "[/]",
    "__proto__", "x" * 5_000, "9" * 400, "1e999", "99999999T999999Z-000001-00000000",
    "é\u0301" * 40, " ", "\n",
)  # fmt: skip
HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 2**31, 2**53, 2**63, 10**40, -(10**300), 10**400, 1e308, float("inf"),
    float("nan"), [], {}, [[]], [None], {"": None}, {"a": {"b": {"c": []}}}, [1, "2", None, {}], "text",
    *HOSTILE_TEXTS,
)  # fmt: skip
TOKENS = (
    b"{", b"}", b"[", b"]", b"\"", b"'", b",", b":", b"=", b"\\", b"\\u", b"\\ud800", b"\\x",
    b"//", b"/*", b"*/", b"#",
    b"0x", b"1e999", b"-", b"Infinity", b"NaN", b"null", b"true", b"\n", b"\r", b"\r\n", b"\0",
    b"\xff", b"\xc0\xaf",
    b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"9" * 70, b"9" * 5_000, b"[" * 70, b"{\"a\":" * 70,
    b"\x7f\xff\xff\xff\xff\xff\xff\xff", b"HTTP/1.1 ", b"Content-Length: ", b"data:",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<date>x</date>", b"\"\"\"", b"[[a]]\n", b"a.b.c = 1\n", b"1979-13-45", b"__proto__",
)  # fmt: skip


@st.composite
def broken_bytes(draw: st.DrawFn, samples: tuple[bytes, ...]) -> bytes:
    """A sample with up to six places changed, lost, doubled, cut off or filled with another's bytes."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 16))
        match draw(st.sampled_from(("flip", "cut", "double", "token", "end", "other"))):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at : at + length]
            case "double":
                data[at:at] = data[at : at + length]
            case "token":
                data[at : at + draw(st.integers(0, 2))] = draw(st.sampled_from(TOKENS))
            case "end":
                del data[at:]
            case _:
                other = draw(st.sampled_from(samples))
                data[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(data)


@st.composite
def broken_structure(draw: st.DrawFn, samples: tuple[bytes, ...], syntax: str) -> bytes:
    """A sample with up to four of its values replaced, removed, renamed or moved, in the same syntax."""
    lines = [draw(st.sampled_from(samples))]
    if syntax == "json" and b"\n" in lines[0]:
        pieces = lines[0].split(b"\n")
        lines = pieces if all(map(_reads, pieces)) else lines
    at = draw(st.integers(0, len(lines) - 1))
    tree = _tree(lines[at], syntax)
    for _ in range(draw(st.integers(1, 4))):
        tree = draw(changed(tree))
    lines[at] = in_toml(tree) if syntax == "toml" else json.dumps(tree).encode()
    return b"\n".join(lines)


@st.composite
def changed(draw: st.DrawFn, tree: Any) -> Any:
    """`tree` with one thing done to one of its values."""
    tree = copy.deepcopy(tree)
    places = list(_places(tree))
    if not places:
        return draw(st.sampled_from(HOSTILE_VALUES))
    holder, key = draw(st.sampled_from(places))
    match draw(st.sampled_from(("value", "value", "value", "gone", "name", "swap", "more"))):
        case "value":
            holder[key] = draw(st.sampled_from(HOSTILE_VALUES))
        case "gone":
            del holder[key]
        case "name" if isinstance(holder, dict):
            holder[draw(st.sampled_from(HOSTILE_TEXTS))] = holder.pop(key)
        case "swap":
            other, other_key = draw(st.sampled_from(places))
            holder[key] = copy.deepcopy(other[other_key])
        case _:
            holder[key] = [copy.deepcopy(holder[key])] * 3
    return tree


def in_toml(tree: Any, *, top: bool = True) -> bytes:
    """A tree as TOML; what TOML cannot say stands as a text."""
    if top and isinstance(tree, dict):
        return b"".join(_key(key) + b" = " + in_toml(value, top=False) + b"\n" for key, value in tree.items())
    if isinstance(tree, dict):
        inner = b", ".join(_key(key) + b" = " + in_toml(value, top=False) for key, value in tree.items())
        return b"{" + inner + b"}"
    if isinstance(tree, list):
        return b"[" + b", ".join(in_toml(item, top=False) for item in tree) + b"]"
    if isinstance(tree, bool):
        return str(tree).lower().encode()
    if isinstance(tree, float):
        return repr(tree).replace("e+", "e").encode()
    if isinstance(tree, int):
        return str(tree).encode()
    text = str(tree).encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f").encode()


def _key(key: Any) -> bytes:
    return in_toml(str(key), top=False)


def _tree(data: bytes, syntax: str) -> Any:
    if syntax == "toml":
        return tomllib.loads(data.decode())
    with contextlib.suppress(ValueError):
        return json.loads(data)
    from appliance.store.document import Document

    return json.loads(json.dumps(Document.parse(data).value)) if data.lstrip()[:1] in (b"{", b"/") else {}


def _reads(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every value in `tree` as its holder and its key there."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        holder = waiting.pop()
        keys = (
            list(holder)
            if isinstance(holder, dict)
            else range(len(holder))
            if isinstance(holder, list)
            else ()
        )
        found += [(holder, key) for key in keys]
        waiting += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    return found
