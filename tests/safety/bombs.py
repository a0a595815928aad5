"""Inputs that are small to send and large to read: deep, wide, long or many, in every syntax we read."""

from __future__ import annotations

from collections.abc import Callable

MIB = 1024 * 1024
Bomb = Callable[[int], bytes]
"""Gets a size in bytes and makes a bomb of about that size."""


def _filled(head: bytes, piece: bytes, tail: bytes = b"") -> Bomb:
    return lambda size: head + piece * (max(0, size - len(head) - len(tail)) // len(piece)) + tail


def _numbered(head: str, piece: str, tail: str = "") -> Bomb:
    """`piece` holds a `%d`, so that no two are alike."""

    def made(size: int) -> bytes:
        count = max(1, size // (len(piece) + 4))
        return (head + "".join(piece % number for number in range(count)) + tail).encode()

    return made


def _closed(opening: bytes, closing: bytes, head: bytes = b"", tail: bytes = b"") -> Bomb:
    def made(size: int) -> bytes:
        count = size // (len(opening) + len(closing))
        return head + opening * count + closing * count + tail

    return made


JSON: dict[str, Bomb] = {
    "open lists": _filled(b'{"a":', b"["),
    "open objects": _filled(b"", b'{"a":'),
    "closed lists": _closed(b"[", b"]", b'{"a":', b"}"),
    "closed objects": _closed(b'{"a":', b"}", b"", b""),
    "a number": _filled(b'{"a":', b"9", b"}"),
    "a fraction": _filled(b'{"a":0.', b"9", b"}"),
    "an exponent": _filled(b'{"a":1e', b"9", b"}"),
    "many numbers": _filled(b'{"a":[1', b",1", b"]}"),
    "many empty lists": _filled(b'{"a":[[]', b",[]", b"]}"),
    "many empty objects": _filled(b'{"a":[{}', b",{}", b"]}"),
    "many small objects": _filled(b'{"a":[{}', b',{"a":1,"b":2}', b"]}"),
    "many keys": _numbered('{"z":1', ',"k%d":1', "}"),
    "one key again and again": _filled(b'{"a":1', b',"a":1', b"}"),
    "every key twice": _numbered('{"z":1', ',"k%d":1', "}"),
    "a long text": _filled(b'{"a":"', b"x", b'"}'),
    "escapes": _filled(b'{"a":"', b"\\u00e9", b'"}'),
    "half characters": _filled(b'{"a":"', b"\\ud800", b'"}'),
    "an open text": _filled(b'{"a":"', b"x"),
    "backslashes": _filled(b'{"a":"', b"\\"),
    "quotes": _filled(b'{"a":', b'"'),
    "commas": _filled(b'{"a":[', b","),
    "colons": _filled(b"{", b":"),
    "blanks": _filled(b"{", b" ", b"}"),
    "line ends": _filled(b"{", b"\n", b"}"),
    "zeros": _filled(b"", b"\0"),
    "no text": _filled(b"", b"\xff"),
}
JSON5: dict[str, Bomb] = {
    **JSON,
    "comments": _filled(b"{", b"/**/", b"}"),
    "an open comment": _filled(b"{/*", b"*"),
    "open comments": _filled(b"{", b"/*"),
    "line comments": _filled(b"{", b"//\n", b"}"),
    "slashes": _filled(b"{", b"/"),
    "hexadecimal": _filled(b"{a:0x", b"f", b"}"),
    "signs": _filled(b"{a:", b"-", b"1}"),
    "a bare key": _filled(b"{", b"k", b":1}"),
    "an escaped key": _filled(b"{", b"\\u0061", b":1}"),
    "bare keys twice": lambda size: b"{" + _numbered("", "k%d:1,")(size // 2) * 2 + b"}",
    "lone quotes": _filled(b"{a:", b"'"),
    "continued lines": _filled(b'{a:"', b"\\\n", b'"}'),
    "members with comments": _numbered("{", "/**/k%d/**/:/**/1/**/,", "}"),
    "nested keys twice": lambda size: b"{a:{b:{" + _numbered("", "k%d:{},")(size // 2) * 2 + b"}}}",
}
TOML: dict[str, Bomb] = {
    "open lists": _filled(b"a = ", b"["),
    "closed lists": _closed(b"[", b"]", b"a = "),
    "open tables": _filled(b"a = ", b"{a="),
    "closed tables": _closed(b"{a=", b"}", b"a = "),
    "a dotted key": _filled(b"a", b".a", b" = 1"),
    "a dotted table": _filled(b"[a", b".a", b"]"),
    "tables": _numbered("", "[t%d]\n"),
    "lists of tables": _filled(b"", b"[[a]]\n"),
    "dotted keys": _numbered("", "a.k%d = 1\n"),
    "a number": _filled(b"a = ", b"9"),
    "a fraction": _filled(b"a = 0.", b"9"),
    "a hexadecimal number": _filled(b"a = 0x", b"f"),
    "a long text": _filled(b'a = "', b"x", b'"'),
    "an open text": _filled(b'a = """', b"x"),
    "escapes": _filled(b'a = "', b"\\u00e9", b'"'),
    "quotes": _filled(b"a = ", b'"'),
    "many keys": _numbered("", "k%d = 1\n"),
    "many values": _filled(b"a = [1", b",1", b"]"),
    "comments": _filled(b"", b"#\n"),
    "line ends": _filled(b"", b"\r\n"),
    "a date": _filled(b"a = 1979-05-27T07:32:00.", b"9"),
    "no text": _filled(b"", b"\xff"),
}
PLAIN: dict[str, Bomb] = {
    "line ends": _filled(b"", b"\n"),
    "zeros": _filled(b"", b"\0"),
    "escapes": _filled(b"", b"\x1b["),
    "no text": _filled(b"", b"\xff"),
    "marks": _filled(b"a", "\u0301".encode()),
    "joiners": _filled(b"a", "\u200d".encode()),
    "directions": _filled(b"a", "\u202e".encode()),
    "quotes": _filled(b"", b'"'),
    "one word": _filled(b"", b"A1b2"),
    "assignments": _filled(b"", b"token="),
    "colons": _filled(b"", b"a:"),
    "addresses": _filled(b"", b"http://a:b@"),
    "bearers": _filled(b"", b"Bearer "),
    "keys": _filled(b"", b"sk-"),
    "dashes": _filled(b"", b"-"),
    "braces": _filled(b"", b"{"),
    "backslashes": _filled(b"", b"\\"),
    "lists": _filled(b'{"a":', b"["),
    "records": _filled(b"", b'{"seq":1,"hash":""}\n'),
    "frames": _filled(b"", b"\x81\x00"),
    "pings": _filled(b"", b"\x89\x00"),
    "elements": _filled(b'<?xml version="1.0"?><plist version="1.0">', b"<array>"),
    "entities": _filled(b'<!DOCTYPE p [<!ENTITY a "aaaa">', b'<!ENTITY b "&a;&a;&a;&a;">', b"]>"),
    "headers": _filled(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
    "events": _filled(b"", b'data: {"choices":[]}\n\n'),
    "units": _filled(b"[Service]\nExecStart=/a ", b"'"),
}


def bombs(syntax: str, name: str) -> dict[str, Bomb]:
    """Those for a reader of this syntax."""
    if name.startswith("config"):
        return JSON5
    return {"json": JSON, "toml": TOML, "bytes": PLAIN}[syntax]
