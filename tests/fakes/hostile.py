"""Texts that try to command a terminal, a reader of markup or an eye (safety T12)."""

from __future__ import annotations

import itertools
from functools import cache
from typing import NamedTuple

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"
_OSC = (
    "0;title", "1;icon", "2;title", "4;1;rgb:ff/00/00", "4;1;?", "7;file://host/etc", "9;notify", "9;4;1;50",
    "10;?", "11;#ff0000", "12;?", "22;wait", "50;font", "52;c;aGFsbG8=", "52;c;?", "104", "110", "133;A",
    "633;E;rm -rf ~", "777;notify;t;b",
    "1337;SetMark", "1337;File=inline=1:AAAA", "1337;RequestAttention=yes",
    "8;;https://evil.example", "8;id=1;javascript:alert(1)",
)  # fmt: skip
_STRINGS = {
    "P": ("q#0;2;0;0;0#0~~", "$qm", "+q544e", "tmux;\x1b\x1b]52;c;YQ==\x07", "1000p", "=1s"),
    "_": ("Ga=T,f=24;AAAA", "apc", "G_i=31,s=1,v=1,a=q,t=d,f=24;AAAA"),
    "^": ("private message", "pm;1"),
    "X": ("start of string", "sos"),
}
_CSI = (
    "5n", "6n", "?6n", "c", ">c", "=c", "0c", ">q",
    "14t", "18t", "19t", "21t", "20t", "22;0t", "23;0t", "8;1;1t",
    "2t", "?2026$p", "4i", "5i", "!p", "1;3r",
    "?1049h", "?1049l", "?47l", "?1000h", "?1003l", "?25l", "?2004l",
    "?7h", "?5h", "?1004h", "2J", "3J", "1J", "2K", "H",
    "99;99H", "999A", "5L", "5M", "5P", "5@", "100b", "31m",
    "0m", "8m", "5m", "7m", "38;2;255;0;0m", "48;5;1m", "4:3m",
    ">4;2m", "s", "u", ">1u", "?u", "=5u", "12l", "4h",
    "200~rm -rf\r\x1b[201~", "I", "O", "1;2P", "?996n", "2 q", "1\"q", "?1h", "63;1\"p",
)  # fmt: skip
_ESCAPES = (
    "c",
    "7",
    "8",
    "D",
    "E",
    "H",
    "M",
    "N",
    "O",
    "Z",
    "=",
    ">",
    "#8",
    "(0",
    ")B",
    "%G",
    "%@",
    "\\",
    "n",
    "|",
    "l",
)
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_UNSEEN = (
    "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u034f\u180e\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    "\u180b\u180f\ufff0\U0001bca0\u206a\u206b\u206c\u206d\u206e\u206f\ufff9\ufffa\ufffb\u2028\u2029"
)
_TAGS = (0xE0001, 0xE0020, 0xE0041, 0xE005A, 0xE0061, 0xE007A, 0xE007F, 0xE0100, 0xE01EF, 0x1D173, 0x1D17A)
_SURROGATES = ("\ud800", "\udbff", "\udc00", "\udfff", "\udc00\ud800", "\udc9b31m", "\udcff\udcfe", "a\ud83d")
_MARKUP = (
    "[/]", "[/]" * 40, "[bold]x[/bold]", "[b]x", "[red on blue]x[/]", "[@click=app.quit]go[/]",
    "[@click='app.bell']x[/]", "[@click=app.go('wizard')]", "[link=https://evil.example]x[/link]",
    "[red", "[[", "]]",
    "\\[bold]", "[$error]x[/]", "[on red]", "[reverse]", "[/bold]", "[not a tag]", "[=]", "[link]x",
    "$name ${HOME} $", "$$", "{0} {name} {", "%s %d %n %", "$error", "<b>x</b>", "`x`", "# heading\n- item",
)  # fmt: skip
_LAYOUT = (
    "\n" * 60,
    "a\nb\nc",
    "\r\n\r\n",
    "over\rwritten",
    "back\b\b\b\bspace",
    "tab\tab",
    "\t" * 40,
    " " * 300,
    "\v\f",
)
_CUT = ("a\x1b", "[31mred", "\x1b[3", "1m", "\x1b]52;c;", "YQ==\x07", "\x9b")
ALLOWED = ("Café Rosa", "مرحبا", "שלום", "日本語の店", "👩‍👩‍👧‍👦", "❤️ 1️⃣ ☎︎", "🏳️‍🌈", "é", "ﷺ")
"""Words of real shops, emoji sequences among them, which are shown as they are."""


class Hostile(NamedTuple):
    """One text, and the family it is of."""

    family: str
    text: str


@cache
def corpus() -> tuple[Hostile, ...]:
    """More than 500 of them, always the same."""
    return tuple(
        itertools.chain(
            (Hostile("osc", f"a{start}{body}{end}b") for body in _OSC for start, end in _ends("]", "\x9d")),
            (
                Hostile("string", f"a{start}{body}{end}b")
                for kind, bodies in _STRINGS.items()
                for body in bodies
                for start, end in _ends(kind, chr(ord(kind) + 0x40))
            ),
            (Hostile("csi", f"a{start}{body}b") for body in _CSI for start in (f"{ESC}[", "\x9b")),
            (Hostile("escape", f"a{ESC}{body}b") for body in _ESCAPES),
            (Hostile("c0", f"a{chr(code)}b") for code in (*range(0x20), 0x7F)),
            (Hostile("c1", f"a{chr(code)}b") for code in range(0x80, 0xA0)),
            (Hostile("bidi", f"pay {code}txt.exe") for code in _BIDI),
            (Hostile("unseen", f"pay{code}pal") for code in _UNSEEN),
            (Hostile("tags", f"hi{chr(code)}there") for code in _TAGS),
            (Hostile("selector", f"id{chr(code)}x") for code in range(0xFE00, 0xFE10)),
            (Hostile("surrogate", f"s{text}") for text in _SURROGATES),
            (Hostile("markup", text) for text in _MARKUP),
            (Hostile("layout", f"l{text}l") for text in _LAYOUT),
            (
                Hostile("flood", f"z{mark * count}z")
                for mark in "\u0300\u0489\u20dd"
                for count in (16, 17, 300)
            ),
            (
                Hostile("split", text)
                for text in ("a\x1b", "[31mred", "\x1b[3", "1m", "\x1b]52;c;", "YQ==\x07", "\x9b")
            ),
            (Hostile("long", text) for text in ("L" * 9000, "界" * 5000, f"{'x' * 8190}\x1b[31m", "👩‍" * 60)),
            (Hostile("allowed", text) for text in ALLOWED),
        )
    )


def everything(count: int | None = None) -> str:
    """The texts (or the first `count`) as one, a line each."""
    return "\n".join(item.text for item in corpus()[:count])


def _ends(seven: str, eight: str) -> tuple[tuple[str, str], ...]:
    """How a control string begins and ends, in seven bits and in eight."""
    return ((f"{ESC}{seven}", BEL), (f"{ESC}{seven}", ST), (eight, "\x9c"), (eight, ""))
