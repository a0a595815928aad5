"""Holders, mounts and boots that the system tells oddly or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.audit import boot
from appliance.audit.export import create
from appliance.errors import Conflict, LunaError, Refused
from appliance.store import folders, processes
from appliance.store.disk import Disk
from appliance.store.includes import Includes
from appliance.store.locks import acquire, inspect_lock, reclaim_guard
from launchd.identity import ProcessId


def test_a_number_no_process_can_have_is_of_nobody() -> None:
    for pid in (0, -5, 2**31, 10**30):
        assert processes.is_dead(pid)
    assert not ProcessId(10**12, "1@x").send(15)


def test_the_process_of_somebody_else_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    assert not processes.is_dead(4)


@pytest.mark.parametrize(
    ("answer", "started"),
    [
        ("Mon Nov 30 03:16:42 2026\n", 1_796_008_602),
        ("", None),
        ("Mo 30 Nov\n", None),
        (OSError("no ps"), None),
    ],
)
def test_on_a_mac_ps_says_when_a_process_began(
    answer: str | Exception, started: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(argv: list[str], **_named: Any) -> Any:
        assert argv == ["/bin/ps", "-o", "lstart=", "-p", "7"]
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(stdout=answer)

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", run)
    assert processes.start_time(7) == started


def test_mounts_are_asked_of_psutil_on_a_mac(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import psutil

    share = SimpleNamespace(mountpoint=str(tmp_path), fstype="smbfs")
    root = SimpleNamespace(mountpoint="/", fstype="apfs")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_named: [share, root])
    assert "network disk (smbfs)" in folders.unsafe_reason(tmp_path / "x", Path("/home/of/nobody"))
    assert folders.unsafe_reason(Path("/usr"), Path("/home/of/nobody")) == ""


def test_mounts_that_cannot_be_read_stop_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unreadable(*_args: Any, **_named: Any) -> str:
        raise OSError

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "read_text", unreadable)
    assert folders.unsafe_reason(tmp_path, Path("/home/of/nobody")) == ""


def test_while_somebody_clears_a_lock_nobody_takes_it(tmp_path: Path) -> None:
    lock = tmp_path / "openclaw.json.lock"
    reclaim_guard(lock).touch()
    with pytest.raises(Conflict) as caught:
        acquire(lock, time.monotonic() + 0.05, Disk(), lambda _told: None)
    assert caught.value.code == "config-locked"
    assert not lock.exists()
    assert inspect_lock(lock).kind != "free"
    reclaim_guard(lock).unlink()
    assert inspect_lock(lock).words == "Nobody holds the lock."


def test_a_disk_without_hard_links_is_refused(tmp_path: Path) -> None:
    class Plain(Disk):
        def link(self, source: Path, target: Path) -> None:  # noqa: ARG002 - the seam's signature
            raise OSError(errno.EOPNOTSUPP, "no links here")

    with pytest.raises(Refused, match="no hard links"):
        acquire(tmp_path / "openclaw.json.lock", time.monotonic() + 1, Plain(), lambda _told: None)
    assert list(tmp_path.iterdir()) == []


def test_sections_of_several_files_are_laid_over_each_other(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("{}")
    (tmp_path / "more.json").write_text('{"a": {"$include": "deep.json"}}')
    (tmp_path / "deep.json").write_text('{"b": 1}')
    resolved = Includes(tmp_path, Disk()).resolve({"$include": ["list.json", "more.json"], "c": 2})
    assert resolved == {"a": {"b": 1}, "c": 2}


def test_a_boot_without_a_name_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(boot, "_LINUX", str(tmp_path / "none"))
    assert boot.boot_id.__wrapped__() == ""
    (tmp_path / "some").write_text("0123456789")
    monkeypatch.setattr(boot, "_LINUX", str(tmp_path / "some"))
    assert boot.boot_id.__wrapped__() == "01234567"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_export_that_is_cut_off_leaves_nothing(error: BaseException, tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first"
        raise error

    with pytest.raises((LunaError, KeyboardInterrupt)):
        create(tmp_path / "out", pieces())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LunaError, match="No such file"):
        create(tmp_path / "none" / "out", [b""])
