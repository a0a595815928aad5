"""T12, promise 8: no text from outside commands a terminal, deceives an eye, or is read as markup.

The border (`appliance.text`) and the net at the exit (`lunatui.driver.net`) are judged by a grammar of what
may be printed that shares nothing with them. `tests/e2e/test_hostile_text.py` shows the same texts on every
screen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from appliance.errors import LunaError
from appliance.gateway.faults import Fault, from_fault, plain
from appliance.text import LINE_LIMIT, safe, safe_entry, safe_line, unsafe_places
from lunatui import diagnostics, output
from lunatui.driver.net import Net
from tests.fakes.hostile import corpus
from tests.fakes.hostile_output import judged
from tests.safety.scale import scale

EXAMPLES = settings(
    max_examples=scale(100, 1_000, 100_000),
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
BLACK = Color(0, 0, 0)
FAMILIES = {
    "osc", "string", "csi", "escape", "c0", "c1", "bidi", "unseen", "tags", "selector", "surrogate",
    "markup", "layout", "flood", "split", "long", "allowed",
}  # fmt: skip
OSC_NUMBERS = ("0", "2", "4", "7", "8", "9", "52", "777", "1337")
PIECES = st.lists(
    st.sampled_from([item.text for item in corpus()])
    | st.text(st.characters(exclude_categories=("Cf", "Co", "Cn")), max_size=12)
    | st.sampled_from(
        ["\x1b", "[", "]", "P", "\x9b", "31", "m", "\x07", "\x1b\\", "\u0301", "\u200d", "👩", "1", "\ufe0f"]
    ),
    min_size=1,
    max_size=10,
)


@dataclass(frozen=True)
class Row:
    """An answer with a text in every place where one can stand."""

    name: str
    log: str


JOINS = "".join(map(chr, (0x200D, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Joiner and selectors: right or wrong by what stands beside them."""


@dataclass(frozen=True)
class Rows:
    """A table of them beside a text."""

    host: str
    rows: tuple[Row, ...]


def leaks(text: str) -> list[str]:
    """What must not reach a terminal."""
    return judged(text.encode("utf-8", "surrogatepass"), sequences=False).leaks


def test_the_corpus_holds_what_was_promised() -> None:
    texts = [item.text for item in corpus()]
    assert len(set(texts)) >= 500
    assert {item.family for item in corpus()} == FAMILIES
    print(f"figure hostile texts of the corpus: {len(set(texts))}")
    for number in OSC_NUMBERS:
        for start in ("\x1b]", "\x9d"):
            assert any(f"{start}{number};" in text for text in texts), number
    for start in ("\x1bP", "\x90", "\x1b_", "\x9f", "\x1b^", "\x9e", "\x1bX", "\x98", "\x1b[", "\x9b"):
        assert any(start in text for text in texts), repr(start)


@pytest.mark.parametrize("item", corpus(), ids=lambda item: item.family)
def test_no_text_of_the_corpus_passes_the_border(item: object) -> None:
    text = getattr(item, "text")  # noqa: B009 - a parameter of any kind
    for shown in (safe(text).replace("\t", " "), safe_line(text), plain(text)):
        assert leaks(shown) == []
    assert leaks(safe_entry(text)) == [] or "\u200d" in safe_entry(text)


@EXAMPLES
@given(PIECES, st.data())
def test_whatever_is_put_together_is_safe_once_and_for_all(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    shown = safe_line(text)
    assert leaks(shown) == []
    assert safe_line(shown) == shown
    assert all(len(line) <= LINE_LIMIT for line in safe(text).split("\n"))
    # Cut anywhere, as a widget or a stream of chunks does: each piece made safe by itself stays so together.
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    chunks = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert unsafe_places(safe_line("".join(map(safe_line, chunks)))) == []


@EXAMPLES
@given(PIECES, st.data())
def test_the_net_lets_nothing_through_that_the_border_forgot(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    segments = [Segment(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    told: list[str] = []
    cleaned = [segment.text for segment in Net(told.append).apply(segments, BLACK)]
    # What joins its neighbours may stand at the edge of a segment: the other half is in the next one.
    assert [leak for piece in cleaned for leak in leaks(piece.strip(JOINS))] == []
    shown = "".join(cleaned)
    assert not any(character in shown for character in "\x1b\x07\x9b\x9d\x90\r\n\u202e\u2066")
    assert all(line.isascii() for line in told), "the text itself is not told"


def written(capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """What the command line wrote, on either stream."""
    yield from capsys.readouterr()


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_command_line_says_it_safely(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a name, a log line, a host, an error, a hint and a message of the gateway."""
    for item in corpus():
        if item.family != family:
            continue
        bad = item.text
        output.write_result(Rows(bad, (Row(bad, bad), Row("x", bad))), as_json=False)
        output.write_text(bad)
        diagnostics.report(LunaError(bad, hint=bad))
        diagnostics.report(
            from_fault(Fault("INVALID_REQUEST", bad, {"code": bad, "requestId": bad}), "connect")
        )
        for text in written(capsys):
            assert leaks(text.replace("\t", " ")) == [], item
        output.write_result(Rows(bad, (Row(bad, bad),)), as_json=True)
        output.write_error(LunaError(bad, hint=bad))
        for line in filter(None, "".join(written(capsys)).split("\n")):
            assert line.isascii()
            assert line.isprintable()
            json.loads(line)
