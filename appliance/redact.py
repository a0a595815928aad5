"""The one redactor: key-shaped text never reaches a log, a record, a screen or an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

MARK = "[hidden]"
_SHORTEST = 8
"""Characters of the shortest text that can hold a key, or a name and a value."""

_FRONT = r"(?:(?<![A-Za-z])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
"""Where a short prefix may begin: not inside a word (`task-`), but behind an escape of JSON or a URL."""
_EDGE = r"(?:(?<![A-Za-z0-9_\-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
"""The same, and not behind a digit or a dash either: where a search may begin only once in a long run."""
_NAME = (
    r"api[_\- ]?key|access[_\-]?key|secret[_\-]?key|private[_\-]?key|account[_\-]?key|signing[_\-]?key"
    r"|token|secret|passwd|password|passphrase|credentials?"
)
_SHAPES: tuple[tuple[str, str], ...] = (
    ("model", r"sk-(?:proj|ant|or|svcacct|admin|lf|litellm)-[A-Za-z0-9_\-]{8,}"),
    ("model", _FRONT + r"sk-[A-Za-z0-9_\-]{8,}"),
    ("slack", r"(?:xox[abcdeprs]|xapp)-[A-Za-z0-9\-]{10,}"),
    (
        "code",
        r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_\-]{16,}",
    ),
    (
        "cloud",
        r"A(?:KIA|SIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_\-]{30,}|GOCSPX-[A-Za-z0-9_\-]{20,}|ya29\.[A-Za-z0-9_\-]{20,}",
    ),
    ("model", r"(?:gsk_|xai-|pplx-|nvapi-|csk-|tvly-|r8_|sbp_|fc-|pa-|tgp_v1_)[A-Za-z0-9_\-]{20,}"),
    ("model", r"hf_[A-Za-z0-9]{20,}|BSA[A-Za-z0-9_\-]{24,}|sk_[0-9a-f]{40,}"),
    ("payment", r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}"),
    ("mail", r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}|key-[0-9a-f]{32}"),
    ("telephone", _EDGE + r"(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])"),
    ("telegram", _EDGE + r"\d{8,10}:[A-Za-z0-9_\-]{33,}"),
    (
        "whatsapp",
        _EDGE + r"\d(?:@|%40)[A-Za-z0-9+/=]{32,}(?:(?:,|%2[cC])[A-Za-z0-9+/=%]{16,}){2,}(?:(?:,|%2[cC])\d)?",
    ),
    ("discord", _EDGE + r"[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}"),
    ("code", r"npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_\-]{30,}|dckr_(?:pat|oat)_[A-Za-z0-9_\-]{16,}"),
    (
        "cloud",
        r"(?:do[opr]_v1_|lin_api_|ntn_|figd_|sntry[su]_|pscale_(?:tkn|pw|oauth)_)[A-Za-z0-9_\-=+/.]{16,}",
    ),
    (
        "shop",
        r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,}|ATATT3[A-Za-z0-9_\-=]{30,}",
    ),
    (
        "other",
        r"hv[sbr]\.[A-Za-z0-9_\-]{20,}|dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_\-.]{20,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    ),
    (
        "other",
        r"gl(?:sa|c)_[A-Za-z0-9_=]{20,}|NRAK-[A-Z0-9]{27}|syt_[A-Za-z0-9_]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{30,}",
    ),
    ("cloud", r"dapi[0-9a-f]{32}|AAAA[A-Za-z0-9_\-]{7}:[A-Za-z0-9_\-]{100,}"),
    ("facebook", _EDGE + r"EAA[A-Za-z0-9]{30,}"),
    ("ticket", _EDGE + r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}"),
    ("login", _EDGE + r"(?i:bearer|basic)(?:\s|%20|\+)+[A-Za-z0-9._~+/\-]{8,}=*"),
    ("private", r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:.*?-----END [A-Z ]{0,40}PRIVATE KEY-----|.*)"),
    ("login", r"(?<=://)[^\s/@:\"']{0,256}:[^\s/@\"']{1,256}(?=@)"),
)
"""What a key belongs to, and what it looks like."""
_PICTURE = r"(data:image/[a-z]{2,8};base64,)[A-Za-z0-9+/=%\\]{64,}"
"""A picture in a text. One from a Gateway may be the code that links a device to somebody's account, and its
text is not in it as letters. It is not a key's shape: pictures that lie about are nothing to warn of."""
NAMED = "named"
"""The kind of what only stands beside a key-like name."""
_SHOWN = r"(?!\$\{|\[hidden\]|fp:[0-9a-f]{8}\b|[\w\-]{0,4}[•…])"
"""What may stand beside a key-like name: a reference, a mark, a fingerprint, a masked value."""
_NAMED = (
    rf"(?i)((?:{_NAME})(?: provided)?[\\\"']{{0,4}}\s{{0,8}}(?:[:=]|%3[aAdD])\s{{0,8}})"
    rf"(?:(\\?[\"']){_SHOWN}(?:(?!\2)[^\r\n])+(\2|$)|{_SHOWN}[^\s\"',}}&\\•…]{{6,}})"
)
_WORDS = ("key", "token", "secret", "passw", "passphrase", "credential", "authorization", "cookie")
"""One of them is in all that the searches beside names find, in ASCII; a few other letters fold to these."""
_FLAG = rf"(?i)(--[a-z0-9\-]{{0,40}}(?:{_NAME})\s{{1,4}}){_SHOWN}(?!-)[^\s\"',]{{6,}}"
_HEADER = r"(?i)((?:authorization|(?:set-)?cookie|x-api-key)[\"']?\s{0,8}:\s{0,8}[\"']?)[^\r\n\"']{6,}"
_KEY_NAME = (
    r"(?i)(?:api[_\-]?key|access[_\-]?key|private[_\-]?key|account[_\-]?key|signing[_\-]?key"
    r"|(?:^|[_\-.])key$|token(?!s|i[sz]|_?count|_?limit|_?usage)|secret|passwo?r?d|passphrase|credential"
    r"|authorization|cookie)"
)
_MAY_SHOW = r"(?:\$\{[A-Z0-9_]{1,80}\}|\[hidden\]|fp:[0-9a-f]{8}|[\w\-]{0,4}[•…][•…\w\-]{0,8})"


def redact(text: str, known: Sequence[str] = ()) -> str:
    """`text` without key-shaped parts, values beside key-like names, and the `known` values.

    A known value is found as it is, base64, URL-encoded, JSON-escaped, as hex and split over lines.
    """
    for value in known:
        if value:
            text = without(text, value)
    if len(text) < _SHORTEST:
        return text
    text = _shapes().sub(MARK, text)
    if "data:image/" in text:
        text = _picture().sub(rf"\1{MARK}", text)
    if text.isascii() and not any(map(text.lower().__contains__, _WORDS)):
        return text
    named, flag, header = _beside_names()
    text = named.sub(lambda match: f"{match[1]}{match[2] or ''}{MARK}{match[3] or ''}", text)
    text = flag.sub(rf"\1{MARK}", text)
    return header.sub(rf"\1{MARK}", text)


def redact_value(value: object, name: str = "", *, known: Sequence[str] = (), by_name: bool = True) -> Any:
    """A structure of plain data with the same rule applied to every string in it, and to its member names."""
    if isinstance(value, Mapping):
        return {
            redact(str(key), known): redact_value(item, str(key), known=known, by_name=by_name)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_value(item, name, known=known, by_name=by_name) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if by_name and name and value != "" and _key_name().search(name):
        return value if _may_show().fullmatch(str(value)) else MARK
    return redact(value, known) if isinstance(value, str) else value


class KeyText(NamedTuple):
    """Where key-shaped text stands, and what it looks like."""

    start: int
    end: int
    kind: str
    """As in `_SHAPES`, or `NAMED`."""


def key_texts(text: str) -> list[KeyText]:
    """What `redact` would hide in `text`, in order, without its neighbours and pictures; nothing twice."""
    if len(text) < _SHORTEST:
        return []
    found = [KeyText(*match.span(), kind_of(text, match.start())) for match in _shapes().finditer(text)]
    if not text.isascii() or any(map(text.lower().__contains__, _WORDS)):
        named, flag, header = _beside_names()
        for pattern in (named, flag, header):
            for match in pattern.finditer(text):
                closes = pattern is named and match[2] is not None
                start = match.end(2) if closes else match.end(1)
                end = match.start(3) if closes else match.end()
                if not any(start < other.end and other.start < end for other in found):
                    found.append(KeyText(start, end, NAMED))
    return sorted(found)


def kind_of(text: str, at: int = 0) -> str:
    """What the key that begins at `at` belongs to; `NAMED` when it has no shape of its own."""
    return next((kind for kind, shape in _shapes_by_kind() if shape.match(text, at)), NAMED)


def is_key_name(name: str) -> bool:
    """Whether a setting or variable of this name usually holds a key."""
    return bool(_key_name().search(name))


def mask(key: str) -> str:
    """What a screen may show of a key: the first 3 and last 4 characters of a long one, else dots."""
    return f"{key[:3]}…{key[-4:]}" if len(key) >= 20 else "••••"


def without(text: str, value: str) -> str:
    """`text` with the mark in place of every form of one `value`."""
    for form in _forms(value):
        text = text.replace(form, MARK)
    if len(value) >= 8 and "\n" in text:
        text = re.sub(r"(?:\\?\r?\n[ \t]{0,16})?".join(map(re.escape, value)), MARK, text)
    return text


@cache
def _forms(value: str) -> tuple[str, ...]:
    """`value` and the ways it is written elsewhere, longest first."""
    if len(value) < 6:
        return (value,)
    import base64
    import json
    from urllib.parse import quote, quote_plus

    data = value.encode("utf-8", "surrogatepass")
    found = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found |= {json.dumps(form)[1:-1] for form in tuple(found)}
    found |= {quote(data, safe=""), quote(data), quote_plus(data), data.hex(), data.hex().upper()}
    for shift in range(3):
        # Within a longer base64 text the value begins at one of three offsets; the edges mix with neighbours.
        whole = base64.b64encode(b"\x00" * shift + data).decode().rstrip("=")
        inner = whole[(0, 2, 3)[shift] : len(whole) - (1 if (shift + len(data)) % 3 else 0)]
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return tuple(sorted(found, key=len, reverse=True))


@cache
def _shapes() -> re.Pattern[str]:
    return re.compile("|".join(shape for _, shape in _SHAPES), re.DOTALL)


@cache
def _picture() -> re.Pattern[str]:
    return re.compile(_PICTURE)


@cache
def _shapes_by_kind() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(shape, re.DOTALL)) for kind, shape in _SHAPES)


@cache
def _beside_names() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return re.compile(_NAMED), re.compile(_FLAG), re.compile(_HEADER)


@cache
def _key_name() -> re.Pattern[str]:
    return re.compile(_KEY_NAME)


@cache
def _may_show() -> re.Pattern[str]:
    return re.compile(_MAY_SHOW)
