"""The command line as a process: signals, terminals, pipes that break, shells that complete."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lunatui import process
from tests.fakes.box import environment
from tests.fakes.waiting import LIMIT_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
BURST = 20
_started: list[subprocess.Popen[bytes]] = []


def start(home: Path, *argv: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
    ours = {**environment(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.box", *argv], env={**ours, **(env or {})}, **{**streams, **more}
    )
    _started.append(child)
    return child


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    yield
    while _started:
        child = _started.pop()
        if child.poll() is None:
            child.kill()
            child.wait(LIMIT_S)


def finished(child: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = child.communicate(timeout=LIMIT_S)
    return child.returncode, (out or b"").decode(), (err or b"").decode()


def wait_for(path: Path, child: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: path.exists() or child.poll() is not None)
    assert path.exists(), finished(child)


@pytest.mark.parametrize("verb", ["wait", "block"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_work_cleanly_with_and_without_an_event_loop(
    tmp_path: Path, verb: str, number: signal.Signals
) -> None:
    child = start(tmp_path, "notes", verb, "--json")
    home = tmp_path / ".local/share/lunatui"
    wait_for(home / "ready", child)
    child.send_signal(number)
    code, out, err = finished(child)
    assert (code, json.loads(out)["error"]["code"]) == (1, "interrupted")
    assert "Traceback" not in err
    last = (home / "audit/segment-000001.jsonl").read_bytes().splitlines()[-1]
    assert (json.loads(last)["phase"], json.loads(last)["result"]) == ("outcome", "interrupted")


def test_a_hang_up_that_nohup_ignores_is_ignored(tmp_path: Path) -> None:
    child = start(tmp_path, "notes", "block", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_for(tmp_path / ".local/share/lunatui/ready", child)
    child.send_signal(signal.SIGHUP)
    child.send_signal(signal.SIGTERM)
    assert "Stopped" in finished(child)[2]


def test_a_killed_change_is_closed_by_the_next_one(tmp_path: Path) -> None:
    child = start(tmp_path, "notes", "block")
    wait_for(tmp_path / ".local/share/lunatui/ready", child)
    child.kill()
    finished(child)
    assert finished(start(tmp_path, "notes", "write", "a", "--text", "x"))[0] == 0
    code, out, _ = finished(start(tmp_path, "audit", "list", "--json"))
    assert code == 0
    records = json.loads(out)["result"]["records"]
    assert [(item["operation"], item["phase"], item["result"]) for item in records] == [
        ("notes.block", "intent", ""),
        ("notes.block", "outcome", "recovered"),
        ("notes.write", "intent", ""),
        ("notes.write", "outcome", "done"),
    ]


class Terminal:
    """A pseudo terminal that a child sits at."""

    def __init__(self, home: Path, *argv: str) -> None:
        self._ours, theirs = pty.openpty()
        self.child = start(home, *argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.shown = ""

    def expect(self, words: str) -> None:
        end = time.monotonic() + LIMIT_S
        while words not in self.shown:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, self.shown
            self.shown += os.read(self._ours, 4096).decode()

    def answers(self, within: float) -> bool:
        return bool(select.select([self._ours], [], [], within)[0])

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def code(self) -> int:
        code = self.child.wait(LIMIT_S)
        os.close(self._ours)
        return code


@pytest.mark.parametrize(("answer", "code", "burnt"), [("y\n", 0, True), ("n\n", 3, False), ("\n", 3, False)])
def test_at_a_terminal_a_danger_asks_and_no_is_the_default(
    tmp_path: Path, answer: str, code: int, burnt: bool
) -> None:
    note = tmp_path / ".openclaw/notes/a"
    note.parent.mkdir(parents=True)
    note.write_text("one")
    terminal = Terminal(tmp_path, "notes", "burn", "a")
    terminal.expect("Go on? [y/N]")
    assert "Burns the note a for ever." in terminal.shown
    terminal.type(answer)
    assert terminal.code() == code
    assert note.exists() is not burnt


@pytest.mark.parametrize("flags", [[], ["--key-stdin"]])
def test_at_a_terminal_a_secret_is_asked_for_without_echo(tmp_path: Path, flags: list[str]) -> None:
    terminal = Terminal(tmp_path, "notes", "seal", *flags)
    terminal.expect("key:")
    terminal.type("planted-secret\n")
    terminal.expect("14")
    assert terminal.code() == 0
    assert "planted" not in terminal.shown


def test_ctrl_c_at_a_question_is_an_interruption(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "notes", "burn", "a")
    terminal.expect("Go on?")
    # A signal between the question and the reading of its answer waits for the next one, in any Python.

    def answered() -> bool:
        terminal.child.send_signal(signal.SIGINT)
        return terminal.answers(within=1.0)

    wait_until(answered, lambda: terminal.shown)
    terminal.expect("Stopped before it was finished.")
    assert terminal.code() == 1


@pytest.mark.parametrize("verb", ["wait", "block"])
def test_a_burst_of_signals_does_not_cut_the_outcome_short(tmp_path: Path, verb: str) -> None:
    child = start(tmp_path, "notes", verb)
    home = tmp_path / ".local/share/lunatui"
    wait_for(home / "ready", child)

    def ended() -> bool:
        for number in (signal.SIGINT, signal.SIGTERM) * BURST:
            child.send_signal(number)
        return child.poll() is not None

    wait_until(ended)
    code, _, err = finished(child)
    assert (code, err) == (1, "Stopped before it was finished.\n")
    assert b'"result":"interrupted"' in (home / "audit/segment-000001.jsonl").read_bytes().splitlines()[-1]


@pytest.mark.parametrize(
    ("seconds", "counts"), [(0.0, False), (1.9, False), (2.1, False), (60.0, False), (121.0, True)]
)
def test_a_second_signal_never_cuts_the_clean_up_off(seconds: float, counts: bool) -> None:
    now = 1000.0
    stops = process.Stops(lambda: now)
    assert not stops.came
    assert stops.begins()
    assert stops.came
    now += seconds
    assert stops.begins() is counts


def test_at_a_question_each_signal_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    stops = process.Stops(lambda: 1000.0)
    monkeypatch.setattr(process, "_stops", stops)
    assert stops.begins()
    assert not stops.begins()
    with process.asking():
        assert stops.begins()
        assert stops.begins()
    assert not stops.begins()


@pytest.mark.parametrize("argv", [["notes", "sing"], ["spec", "--json"], ["notes", "--help"]])
def test_a_reader_that_left_is_no_bug(tmp_path: Path, argv: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    child = start(tmp_path, *argv, stdout=writing)
    os.close(writing)
    code, _, err = finished(child)
    assert (code, err) == (1, "")
    assert not (tmp_path / ".local").exists()


def test_a_full_disk_behind_standard_output_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = finished(start(tmp_path, "notes", "sing", stdout=full))
    assert code == 1
    assert "could not be written (No space left on device)" in err
    assert "Traceback" not in err


def test_closed_streams_are_no_bug(tmp_path: Path) -> None:
    note = tmp_path / ".openclaw/notes/a"
    child = start(
        tmp_path, "notes", "write", "a", "--text", "LOUD", stdout=None, stderr=None,
        preexec_fn=lambda: os.closerange(1, 3),
    )  # fmt: skip
    assert child.wait(LIMIT_S) == 0
    assert note.read_text() == "LOUD"


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}])
def test_any_locale_gets_an_answer(tmp_path: Path, locale: dict[str, str]) -> None:
    code, _, err = finished(start(tmp_path, "notes", "show", "Café", env=locale))
    assert code == 6
    assert "There is no note" in err


def test_no_core_file_can_be_left(tmp_path: Path) -> None:
    child = start(tmp_path, "notes", "block")
    wait_for(tmp_path / ".local/share/lunatui/ready", child)
    limits = Path(f"/proc/{child.pid}/limits").read_text()
    child.terminate()
    finished(child)
    (line,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4] == "0"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_ask_lunatui(tmp_path: Path, shell: str) -> None:
    code, out, _ = finished(start(tmp_path, "completion", shell))
    assert code == 0
    assert f"_LUNATUI_COMPLETE={shell}_complete" in out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lunatui no", {"notes"}),
        ("lunatui sp", {"spec"}),
        ("lunatui --read", {"--read-only"}),
        ("lunatui notes s", {"show", "seal", "sing"}),
        ("lunatui notes write a --key", {"--key-stdin", "--key-file", "--key-fd"}),
        ("lunatui notes write a --size ", {"small", "large"}),
        ("lunatui nowhere x", set()),
    ],
)
def test_bash_gets_real_completions(tmp_path: Path, line: str, expected: set[str]) -> None:
    words = line.split(" ")
    ask = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_LUNATUI_COMPLETE": "bash_complete"}
    code, out, err = finished(start(tmp_path, env=ask))
    assert (code, err) == (0, "")
    assert {line.partition(",")[2] for line in out.splitlines() if line} == expected


def test_the_bash_script_works_in_bash(tmp_path: Path) -> None:
    _, script, _ = finished(start(tmp_path, "completion", "bash"))
    program = tmp_path / "bin/lunatui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.fakes.box "$@"\n')
    program.chmod(0o755)
    (tmp_path / "lunatui.bash").write_text(script)
    asked = (
        "source lunatui.bash; COMP_WORDS=(lunatui notes si); COMP_CWORD=2;"
        ' _lunatui_completion lunatui; echo "${COMPREPLY[@]}"'
    )
    answer = subprocess.run(
        ["bash", "-c", asked],
        cwd=tmp_path,
        env={**environment(tmp_path), "PATH": f"{program.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert answer.stdout.split() == ["sing"]
