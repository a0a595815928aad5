"""The command line as a script sees it: one document, one exit code, nothing asked, nothing leaked."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appliance import errors
from appliance.ops import registry
from appliance.ops.core import Operation, Risk
from lunatui import __version__
from lunatui.cli import main
from lunatui.diagnostics import exit_code
from tests.fakes import box as fake

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk-planted-0123456789abcdefghij"


class Cli:
    """Runs command lines in this process in one throw-away home."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *argv: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main(list(argv))
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *argv: str) -> tuple[int, dict[str, Any]]:
        code, out, _ = self(*argv, "--json")
        assert out.count("\n") == 1, out
        document: dict[str, Any] = json.loads(out)
        assert document["ok"] is ("result" in document)
        return code, document


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    for name in list(os.environ):
        if name.startswith(("OPENCLAW_", "LUNATUI_", "XDG_", "_LUNATUI")):
            monkeypatch.delenv(name)
    for name, value in fake.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(registry.AREAS, fake.AREA, registry.Area("tests.fakes.box", "Notes on paper"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    return Cli(tmp_path, capsys)


def test_version_and_overview(cli: Cli) -> None:
    assert cli("--version") == (0, f"lunatui {__version__}\n", "")
    code, out, _ = cli()
    assert code == 0
    assert all(name in out for name in registry.AREAS)


def test_help_lists_the_verbs_and_every_flag(cli: Cli) -> None:
    code, out, _ = cli("notes", "--help")
    assert code == 0
    assert all(operation.verb in out for operation in fake.OPERATIONS)
    code, out, _ = cli("notes", "write", "--help")
    flags = ("--text", "--key-stdin", "--key-file", "--key-fd", "--colour", "--tag", "--no-neat", "--dry-run")
    assert code == 0
    assert all(flag in out for flag in (*flags, "--yes", "--json", "--idempotency-key", "small", "blue"))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["nowhere"], "nowhere"),
        (["notes", "nothing"], "nothing"),
        (["notes"], "notes needs one of: show, list, write"),
        (["--read-only"], "command"),
        (["notes", "show"], "NAME"),
        (["notes", "show", "a", "b"], "b"),
        (["notes", "show", "a", "--wrong"], "--wrong"),
        (["notes", "write", "a", "--copies", "many"], "many"),
        (["notes", "write", "a", "--size", "huge"], "huge"),
        (["notes", "show", "a", "--yes"], "--yes"),
        (["notes", "seal"], "key is needed"),
        (["spec", "more"], "spec"),
        (["completion"], "one shell"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_wrong_usage_is_two_with_the_next_step(cli: Cli, argv: list[str], words: str) -> None:
    code, out, err = cli(*argv)
    assert (code, out) == (2, "")
    assert words in err
    assert "→" in err


@pytest.mark.parametrize(
    "argv", [["nowhere"], ["notes", "nothing"], ["notes", "show"], ["notes", "write", "a", "--copies", "x"]]
)
def test_wrong_usage_is_a_document_too(cli: Cli, argv: list[str]) -> None:
    code, document = cli.json(*argv)
    assert code == 2
    assert document["error"]["code"] == "usage"
    assert document["error"]["hint"].startswith("lunatui")


@pytest.mark.parametrize("flag", ["--key", "--key=" + KEY])
def test_a_key_as_an_argument_is_refused_with_the_right_form(cli: Cli, flag: str) -> None:
    code, out, err = cli("notes", "write", "a", flag, KEY, "--json")
    assert code == 2
    assert json.loads(out)["error"]["code"] == "secret-in-argument"
    assert "--key-stdin" in err
    assert KEY not in out + err
    code, out, err = cli("notes", "show", "a", KEY, "--json")
    assert code == 2
    assert KEY not in out + err


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("LunaError", 1), ("Usage", 2), ("Refused", 3), ("Conflict", 4),
        ("Unreachable", 5), ("NotFound", 6), ("Invalid", 7), ("ApprovalPending", 8),
    ],
)  # fmt: skip
def test_every_error_has_its_exit_code_and_document(cli: Cli, kind: str, number: int) -> None:
    code, document = cli.json("notes", "act", kind, "--detail", "the oven")
    assert code == number
    assert document["error"] == {
        "code": getattr(errors, kind).code,
        "message": "the oven",
        "hint": "Look at the oven.",
    }
    code, out, err = cli("notes", "act", kind, "--detail", "the oven")
    assert (code, out, err) == (number, "", "the oven\n  → Look at the oven.\n")


def test_a_subclass_has_the_exit_code_of_its_class() -> None:
    class Narrow(errors.Conflict):
        pass

    assert exit_code(Narrow("x")) == 4


def test_a_result_is_lines_for_people_and_a_document_for_programs(cli: Cli) -> None:
    assert cli("notes", "write", "a", "--text", "one")[0] == 0
    assert cli("notes", "show", "a") == (0, "Name  a\nText  one\n", "")
    assert cli.json("notes", "show", "a") == (0, {"ok": True, "result": {"name": "a", "text": "one"}})


def test_tables_hold_no_braces_and_no_python(cli: Cli) -> None:
    for name in ("a", "b"):
        cli("notes", "write", name, "--text", f"note {name}")
    _, out, _ = cli("notes", "list")
    assert not set(out) & set("{}[]'\"<>")
    assert "None" not in out
    assert "True" not in out
    assert "Complete  yes" in out
    assert "Colours   white, blue" in out
    assert "Counts    all 2" in out
    assert "Name  Text\na     note a\nb     note b\n" in out


def test_parameters_arrive_as_their_types(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[fake.WriteNote] = []

    async def keep(box: Any, params: fake.WriteNote, call: Any) -> Any:
        got.append(params)
        return await fake.write(box, params, call)

    write = Operation(
        "notes.write", "Write", Risk.CHANGE, fake.WriteNote, fake.Note, prepare=keep, local=True
    )
    monkeypatch.setattr(fake, "OPERATIONS", (write,))
    cli("notes", "write", "a")
    cli(
        "notes", "write", "a", "--text=x", "--colour", "blue", "--size", "large", "--tag", "p", "--tag", "q",
        "--copies", "3", "--folder", "copies", "--pinned", "--no-neat", "--dry-run",
    )  # fmt: skip
    assert got[0] == fake.WriteNote("a")
    given = got[1]
    assert (given.text, given.colour, given.size, given.tag) == ("x", fake.Colour.BLUE, "large", ("p", "q"))
    assert (given.copies, given.folder, given.pinned, given.neat) == (3, Path("copies"), True, False)


def test_a_dry_run_says_ten_and_touches_nothing(cli: Cli) -> None:
    code, document = cli.json("notes", "write", "a", "--text", "one", "--dry-run")
    assert code == 10
    assert document["result"]["changes"] == [
        {"target": "a", "summary": "'' → 'one'", "applies": "now", "detail": ""},
    ]
    assert fake.tree(cli.home) == {}
    cli("notes", "write", "a", "--text", "one")
    assert cli("notes", "write", "a", "--text", "one", "--dry-run")[0] == 0


def test_undo_from_the_command_line(cli: Cli) -> None:
    cli("notes", "write", "a", "--text", "one")
    code, document = cli.json("undo")
    assert (code, document["result"]["operation"]) == (0, "notes.write")
    code, document = cli.json("undo")
    assert (code, document["error"]["code"]) == (6, "nothing-to-undo")


def test_the_same_idempotency_key_answers_again(cli: Cli) -> None:
    argv = ("notes", "write", "a", "--text", "one", "--idempotency-key", "k")
    first = cli.json(*argv)
    (cli.home / ".openclaw" / "notes" / "a").unlink()
    assert cli.json(*argv) == first
    assert not (cli.home / ".openclaw" / "notes" / "a").exists()
    assert cli("notes", "write", "b", "--idempotency-key", "k", "--json")[0] == 4


def test_without_a_terminal_a_danger_is_refused_with_the_flag_to_give(cli: Cli) -> None:
    cli("notes", "write", "a", "--text", "one")
    code, out, err = cli("notes", "burn", "a")
    assert (code, out) == (3, "")
    assert "Burns the note a for ever." in err
    assert "--yes" in err
    code, document = cli.json("notes", "burn", "a")
    assert (code, document["error"]["code"]) == (3, "no-consent")
    assert cli("notes", "burn", "a", "--yes")[0] == 0
    assert not (cli.home / ".openclaw" / "notes" / "a").exists()


def test_global_flags_come_before_the_area(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli("--read-only", "notes", "write", "a", "--text", "x", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (3, "read-only")
    assert fake.tree(cli.home) == {}
    cli("--state-dir", str(tmp_path / "other"), "notes", "write", "a", "--text", "x")
    assert (tmp_path / "other" / "notes" / "a").read_text() == "x"


def test_an_agent_is_named_and_cannot_confirm_itself(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNATUI_ACTOR", "agent:luna")
    code, document = cli.json("notes", "write", "a", "--yes")
    assert (code, document["error"]["code"]) == (3, "needs-a-person")


def _private(path: Path, data: bytes, mode: int = 0o600) -> str:
    path.write_bytes(data)
    path.chmod(mode)
    return str(path)


def test_a_secret_comes_from_stdin_a_private_file_or_a_descriptor(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f" {KEY}\n".encode())))
    results = [cli("notes", "seal", "--key-stdin")]
    file = _private(tmp_path / "key", KEY.encode())
    results.append(cli("notes", "seal", "--key-file", file))
    reading, writing = os.pipe()
    os.write(writing, KEY.encode())
    os.close(writing)
    results.append(cli("notes", "seal", "--key-fd", str(reading)))
    os.close(reading)
    assert results == [(0, f"Name  sealed\nText  {len(KEY)}\n", "")] * 3
    (tmp_path / "key").unlink()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: ["--key-file", _private(path, b"x", 0o644)], "secret-file-open"),
        (lambda path: ["--key-file", _private(path, b"x", 0o640)], "secret-file-open"),
        (lambda path: ["--key-file", str(path)], "usage"),
        (lambda path: ["--key-file", str(path.parent)], "usage"),
        (lambda path: ["--key-file", _private(path, b" \n")], "usage"),
        (lambda path: ["--key-file", _private(path, b"\xff\xfe")], "usage"),
        (lambda path: ["--key-file", _private(path, b"x" * 70_000)], "usage"),
        (lambda path: ["--key-file", _private(path, b"x"), "--key-stdin"], "usage"),
        (lambda _path: ["--key-stdin"], "usage"),
        (lambda _path: ["--key-fd", "987"], "usage"),
        (lambda _path: ["--key-fd", "-1"], "usage"),
    ],
)
def test_a_secret_from_anywhere_else_is_wrong_usage(
    cli: Cli, tmp_path: Path, make: Callable[[Path], list[str]], code: str
) -> None:
    number, document = cli.json("notes", "seal", *make(tmp_path / "key"))
    assert (number, document["error"]["code"]) == (2, code)


def test_a_bug_is_admitted_without_a_trace_on_the_screen(cli: Cli) -> None:
    code, out, err = cli("notes", "crash", KEY, "--json")
    assert code == 70
    assert json.loads(out) == {
        "ok": False,
        "error": {"code": "bug", "message": "This is a bug in lunatui.", "hint": ""},
    }
    assert "bug in lunatui" in err
    assert "Traceback" not in err
    log = cli.home / ".local/share/lunatui/logs/crash.log"
    assert str(log) in err.replace("\n", "")
    text = log.read_text()
    assert "ZeroDivisionError" in text
    assert KEY not in text + out + err
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert cli("notes", "crash", "again")[0] == 70
    assert log.read_text().count("Traceback") == 2


def test_a_bug_where_no_log_can_be_written_is_still_a_bug(cli: Cli) -> None:
    (cli.home / ".local").write_text("no folder")
    code, _, err = cli("notes", "crash", "x")
    assert code == 70
    assert "details" not in err


def test_a_crash_log_does_not_grow_for_ever(cli: Cli) -> None:
    log = cli.home / ".local/share/lunatui/logs/crash.log"
    log.parent.mkdir(parents=True)
    log.write_text("x" * 1_100_000)
    cli("notes", "crash", "x")
    assert log.stat().st_size < 100_000


def test_no_key_and_no_control_reaches_the_screen(cli: Cli) -> None:
    _, out, _ = cli("notes", "leak", KEY)
    assert out == "Name  leak\nText  it is [hidden]␛[31m\n"
    _, document = cli.json("notes", "leak", KEY)
    assert document["result"]["text"] == "it is [hidden]\x1b[31m"
    _, out, _ = cli("notes", "leak", "x", "--json")
    assert "\x1b" not in out
    code, out, err = cli("notes", "act", "Conflict", "--detail", f"{KEY}\x1b[2J", "--json")
    assert code == 4
    assert KEY not in out + err
    assert "\x1b" not in out + err


def test_a_stream_is_lines_of_events_and_then_one_document(cli: Cli) -> None:
    code, out, _ = cli("notes", "sing", "--json")
    *events, last = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [event["event"]["kind"] for event in events] == ["delta", "delta", "end"]
    assert events[0]["event"] == {"kind": "delta", "text": "la ", "length": 3}
    assert last == {"ok": True, "result": {"name": "song", "text": "la la"}}
    assert cli("notes", "sing") == (0, "la la␛]52;c;!␇ \n", "")


def test_warnings_are_for_people(cli: Cli) -> None:
    assert cli("notes", "write", "a", "--text", "LOUD")[2] == "This note is loud.\n"
    code, document = cli.json("notes", "write", "b", "--text", "LOUD")
    assert (code, document["result"]["text"]) == (0, "LOUD")


def test_interrupted_is_said_and_recorded(cli: Cli) -> None:
    code, document = cli.json("notes", "act", "interrupt")
    assert (code, document["error"]["code"]) == (1, "interrupted")
    _, listed = cli.json("audit", "list")
    assert [record["result"] for record in listed["result"]["records"]] == ["", "interrupted"]


def test_interrupted_before_anything_was_begun_is_said_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def harden() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lunatui.cli.harden", harden)
    code, out, err = cli("config", "path", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "interrupted")
    assert err.splitlines() == ["Stopped before it was finished."]


def test_the_record_from_the_command_line(cli: Cli) -> None:
    cli("notes", "write", "a", "--text", "one")
    code, document = cli.json("audit", "verify")
    assert (code, document["result"]["records"]) == (0, 2)
    _, document = cli.json("audit", "list", "--limit", "1")
    assert document["result"]["records"][0]["result"] == "whole up to 2"
    _, document = cli.json("audit", "list", "--limit", "1", "--phase", "outcome")
    (record,) = document["result"]["records"]
    assert (record["phase"], record["operation"], record["result"]) == ("outcome", "notes.write", "done")
    segment = cli.home / ".local/share/lunatui/audit/segment-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b"notes.write", b"notes.wrote", 1))
    code, document = cli.json("audit", "verify")
    assert (code, document["error"]["code"]) == (1, "audit-broken")
    assert "flip" in document["error"]["message"]
    segment.write_bytes(b'{"ts": "x", "changes": "odd"}\nnonsense\n')
    assert cli("audit", "list")[0] == 0


def test_the_folders_of_another_user_are_named(cli: Cli) -> None:
    (cli.home / ".local").write_text("no folder")
    for argv in (("notes", "write", "a", "--text", "x"), ("undo",)):
        code, document = cli.json(*argv)
        assert code == 1
        assert document["error"]["code"] in ("audit-unavailable", "home-unreadable", "home-unwritable")
        assert ".local" in document["error"]["message"] + document["error"]["hint"]
