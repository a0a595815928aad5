"""The parts of the foreground supervisor that are plain functions: throttle, log, definition, state."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchd.errors import ServiceError
from launchd.identity import ProcessId
from launchd.logfile import RotatingLog
from launchd.spec import ServiceSpec
from launchd.state import RunnerReport, StateFolder, write_whole
from launchd.throttle import Throttle


def test_quick_exits_wait_longer_and_longer_up_to_the_cap() -> None:
    throttle = Throttle(10, 300)
    assert [throttle.delay_after(0) for _ in range(7)] == [10, 20, 40, 80, 160, 300, 300]


def test_the_pause_counts_from_the_start_not_from_the_end() -> None:
    throttle = Throttle(10, 300)
    assert throttle.delay_after(4) == 6
    assert throttle.delay_after(25) == 0


def test_a_healthy_run_forgets_earlier_crashes() -> None:
    throttle = Throttle(10, 300)
    for _ in range(5):
        throttle.delay_after(0)
    assert throttle.delay_after(60) == 0
    assert throttle.delay_after(0) == 20


@given(st.lists(st.floats(0, 1e6), max_size=80), st.floats(0.01, 100), st.floats(0.01, 1000))
def test_no_pause_is_negative_or_beyond_the_cap(lives: list[float], interval: float, cap: float) -> None:
    throttle = Throttle(interval, cap)
    for lived in lives:
        assert 0 <= throttle.delay_after(lived) <= max(interval, cap)


def test_the_log_keeps_every_byte_across_rotations(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "logs" / "a.log", max_bytes=100, keep=9)
    written = [f"{number:09}\n".encode() for number in range(60)]
    for line in written:
        log.write(line)
    log.close()
    newest_last = sorted((tmp_path / "logs").iterdir(), key=lambda path: path.name, reverse=True)
    ordered = [*newest_last[:-1], tmp_path / "logs" / "a.log"]
    assert b"".join(path.read_bytes() for path in ordered) == b"".join(written)
    assert max(path.stat().st_size for path in ordered) <= 100


def test_a_write_that_takes_only_a_part_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    log = RotatingLog(tmp_path / "a.log", max_bytes=100, keep=0)
    log.write(b"all of this")
    log.close()
    assert ((tmp_path / "a.log").read_bytes(), log.lost_bytes) == (b"all of this", 0)


def test_the_log_goes_on_where_an_earlier_one_stopped(tmp_path: Path) -> None:
    for text in (b"one", b"two"):
        log = RotatingLog(tmp_path / "a.log", max_bytes=100, keep=0)
        log.write(text)
        log.close()
    assert (tmp_path / "a.log").read_bytes() == b"onetwo"


def test_a_log_without_history_starts_over(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", max_bytes=4, keep=0)
    log.write(b"1234")
    log.write(b"56")
    log.close()
    assert (tmp_path / "a.log").read_bytes() == b"56"
    assert [path.name for path in tmp_path.iterdir()] == ["a.log"]


def test_a_full_disk_loses_lines_and_is_counted() -> None:
    log = RotatingLog(Path("/dev/full"), max_bytes=10**9, keep=1)
    log.write(b"lost")
    assert log.lost_bytes == 4


def test_a_log_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.log").symlink_to(tmp_path / "elsewhere")
    log = RotatingLog(tmp_path / "a.log", max_bytes=10, keep=1)
    log.write(b"x")
    assert log.lost_bytes == 1
    assert not (tmp_path / "elsewhere").exists()


def test_a_definition_survives_being_stored(tmp_path: Path) -> None:
    spec = ServiceSpec("a", ("/bin/true", "ä"), tmp_path, {"K": "v\n"}, Path("x.log"), 1.5, 2.5, (1, 78), 3)
    assert ServiceSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"argv": 1}', '{"label": "a", "unknown": 1}'])
def test_a_damaged_definition_is_said(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        ServiceSpec.from_json(text)
    assert caught.value.code == "damaged"


def test_reports_and_records_survive_being_stored(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "new" / "service")
    folder.create()
    report = RunnerReport(ProcessId(7, "x"), "token", "throttled", 12.5, 3, -9, "words")
    folder.write_report(report)
    folder.write_child(ProcessId(8, "y"))
    assert folder.report() == report
    assert folder.child() == ProcessId(8, "y")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"runner": {}}', '{"pid": 1}'])
def test_an_unreadable_state_counts_as_none(tmp_path: Path, text: str) -> None:
    folder = StateFolder(tmp_path)
    folder.report_file.write_text(text)
    folder.child_file.write_text(text)
    assert folder.report() is None
    assert folder.child() is None


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(target, "new")
    assert list(tmp_path.iterdir()) == [target]
