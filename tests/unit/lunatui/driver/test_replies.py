"""Keys from bytes: nothing a terminal answers is a key, and nothing it sends ends the program."""

from __future__ import annotations

import pytest

from lunatui.driver.charset import ERRORS, charset
from lunatui.driver.replies import KeyDecoder


def _never() -> None:
    raise AssertionError("the terminal is still there")


ANSWERS = (
    "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1b]4;1;rgb:ffff/0000/0000\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x1bP>|XTerm(370)\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
)
REPORTS = (
    "\x1b[?62;4c",
    "\x1b[>1;10;0c",
    "\x1b[0n",
    "\x1b[?997;1n",
    "\x1b[8;24;80t",
    "\x1b[?12;2$y",
    "\x1b[?0u",
)
WANTED = (
    "\x1b[48;24;80;0;0t",
    "\x1b[?2026;2$y",
    "\x1b[?2048;0$y",
    "\x1b[24;2R",
    "\x1b[97;5u",
    "\x1b[I",
    "\x1b[<0;1;1M",
)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_left_out_wherever_the_line_cuts_it(answer: str) -> None:
    whole = KeyDecoder("utf-8", _never)
    assert whole.decode(f"a{answer}b".encode()) == "ab"
    for cut in range(3 if answer.startswith(("\x1b]", "\x1bP")) else len(answer), len(answer)):
        decoder = KeyDecoder("utf-8", _never)
        assert (
            decoder.decode(f"a{answer[:cut]}".encode()) + decoder.decode(f"{answer[cut:]}b".encode()) == "ab"
        )


@pytest.mark.parametrize(
    "keys", ["\x1b]", "\x1bP", "\x1bOP", "\x1b[A", "\x1b", "\x1b[200~x\x1b[201~", "äß日"]
)
def test_keys_pass_as_they_are(keys: str) -> None:
    assert KeyDecoder("utf-8", _never).decode(keys.encode()) == keys


def test_what_a_terminal_says_of_itself_is_left_out_unless_textual_asked() -> None:
    assert KeyDecoder("utf-8", _never).decode("".join(REPORTS).encode()) == ""
    assert KeyDecoder("utf-8", _never).decode("".join(WANTED).encode()) == "".join(WANTED)


def test_what_begins_like_an_answer_and_never_ends_is_let_go() -> None:
    decoder = KeyDecoder("utf-8", _never)
    assert decoder.decode(b"\x1b]1") == ""
    assert decoder.decode(b"x" * 600) == "\x1b]1" + "x" * 600
    assert KeyDecoder("utf-8", _never).decode(b"\x1b]1x", final=True) == "\x1b]1x"


def test_bytes_that_are_no_text_become_a_sign() -> None:
    decoder = KeyDecoder("utf-8", _never)
    assert decoder.decode(b"a\xffb\xc3") == "a�b"
    assert decoder.decode(b"(") == "�("
    assert decoder.decode(b"\xe6\x97") + decoder.decode(b"\xa5") == "日"
    assert KeyDecoder("iso8859-1", _never).decode(b"caf\xe9") == "café"


@pytest.mark.parametrize(
    ("env", "iflag", "named"),
    [
        ({}, 0, "utf-8"),
        ({"LC_ALL": "C"}, 0, "utf-8"),
        ({"LANG": "POSIX"}, 0, "utf-8"),
        ({"LANG": "de_DE.UTF-8"}, 0, "utf-8"),
        ({"LANG": "de_DE.utf8@euro"}, 0, "utf-8"),
        ({"LANG": "de_DE.ISO-8859-1"}, 0, "iso8859-1"),
        ({"LANG": "de_DE.ISO-8859-1"}, 0x4000, "utf-8"),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE.ISO-8859-1"}, 0, "utf-8"),
        ({"LC_CTYPE": "ja_JP.eucJP", "LANG": "C"}, 0, "euc_jp"),
        ({"LANG": "de_DE"}, 0, "iso8859-1"),
        ({"LANG": "xx.nonsense"}, 0, "utf-8"),
    ],
)
def test_the_encoding_is_utf_8_unless_something_says_otherwise(
    env: dict[str, str], iflag: int, named: str
) -> None:
    assert charset(env, iflag) == named


def test_plainer_signs_keep_their_columns() -> None:
    assert "▸ Café ✓ ☾│─…".encode("iso8859-1", ERRORS) == "> Café + (|-.".encode("iso8859-1")
    assert "日本 👩\u200d👧 e\u0301 ﷺ".encode("ascii", ERRORS).startswith(b"???? ????")
    assert "a\ud800b".encode("utf-8", ERRORS) == b"a?b"
