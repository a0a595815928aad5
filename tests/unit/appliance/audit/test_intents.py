"""Intents of processes that are gone are closed; those of living ones are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from appliance.audit import intents
from appliance.audit.intents import close_abandoned, open_intents, process_start
from appliance.audit.log import AuditLog
from appliance.audit.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import os, sys, time
from pathlib import Path
from appliance.audit.intents import process_start
from appliance.audit.log import AuditLog
AuditLog(Path(sys.argv[1])).append({
    "phase": "intent", "op": "notes.write", "risk": "change", "corr": "c1", "via": "cli",
    "started": process_start(os.getpid()),
})
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit")


def intent(log: AuditLog, corr: str, **more: Any) -> None:
    started = process_start(os.getpid())
    body = {"phase": "intent", "op": "notes.write", "risk": "change", "corr": corr, "started": started}
    log.append({**body, **more})


def outcome(log: AuditLog, corr: str) -> None:
    log.append({"phase": "outcome", "op": "notes.write", "corr": corr, "result": "done"})


def writer(log: AuditLog) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(log.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    return child


def corrs(log: AuditLog) -> list[str]:
    return [item.corr for item in open_intents(log)]


def test_an_intent_is_open_until_its_outcome(log: AuditLog) -> None:
    assert corrs(log) == []
    intent(log, "a")
    intent(log, "b")
    assert corrs(log) == ["a", "b"]
    outcome(log, "a")
    assert corrs(log) == ["b"]


def test_a_living_process_keeps_its_intent_and_a_killed_one_does_not(log: AuditLog) -> None:
    with writer(log) as child:
        assert close_abandoned(log, "cli") == ()
        assert corrs(log) == ["c1"]
        child.kill()
        child.wait(10)
        (closed,) = close_abandoned(log, "cli")
    assert (closed.corr, closed.op, closed.pid) == ("c1", "notes.write", child.pid)
    assert corrs(log) == []
    last = log.newest(1)[0]
    assert (last["phase"], last["result"], last["corr"]) == ("outcome", "recovered", "c1")
    assert (last["op"], last["risk"], last["actor"]) == ("notes.write", "change", "system:recovery")
    assert close_abandoned(log, "cli") == ()
    assert verify(log).records == 2


def test_a_process_number_that_was_given_again_is_another_process(log: AuditLog) -> None:
    intent(log, "old", started="1@00000000")
    assert [item.corr for item in close_abandoned(log, "cli")] == ["old"]


def test_an_intent_without_a_start_time_is_left_to_a_living_process(log: AuditLog) -> None:
    intent(log, "a", started="")
    assert close_abandoned(log, "cli") == ()


def test_intents_are_found_over_segments_and_behind_what_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intents, "_REMEMBER_BYTES", 500)
    log = AuditLog(tmp_path / "audit", segment_bytes=3000)
    open_ones: list[str] = []
    for number in range(60):
        intent(log, str(number))
        if number % 25 == 7:
            open_ones.append(str(number))
        else:
            outcome(log, str(number))
        assert corrs(log) == open_ones
    assert len(log.segments()) > 3
    for corr in open_ones:
        outcome(log, corr)
    assert corrs(log) == []
    settled = (log.folder / "settled.json").read_text()
    assert log.segments()[-1].name in settled


@pytest.mark.parametrize(
    "noted",
    [
        "",
        "[]",
        '{"segment": "../x", "offset": 3}',
        '{"segment": "segment-000001.jsonl", "offset": 7}',
        '{"segment": "segment-000001.jsonl", "offset": 99999999}',
        '{"segment": "segment-000001.jsonl", "offset": 0}',
    ],
)
def test_a_wrong_note_of_what_is_settled_is_ignored(log: AuditLog, noted: str) -> None:
    intent(log, "a")
    (log.folder / "settled.json").write_text(noted)
    assert corrs(log) == ["a"]


def test_two_starts_at_once_close_an_intent_once(log: AuditLog) -> None:
    intent(log, "old", started="1@00000000")
    script = (
        "import sys; from pathlib import Path; from appliance.audit.intents import close_abandoned;"
        "from appliance.audit.log import AuditLog; sys.stdin.read();"
        "close_abandoned(AuditLog(Path(sys.argv[1])), 'cli')"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(log.folder)], stdin=subprocess.PIPE)
        for _ in range(4)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    assert [child.wait(30) for child in children] == [0] * 4
    assert [record["phase"] for record in log.records()] == ["intent", "outcome"]
    assert verify(log).whole


def test_the_start_of_a_process_is_stable_and_its_own() -> None:
    assert process_start(os.getpid()) == process_start(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert process_start(other.pid)
        assert process_start(other.pid) != process_start(os.getpid())
        other.kill()
    assert process_start(other.pid) == ""
