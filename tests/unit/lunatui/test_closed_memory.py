"""From its first secret on, no other program of the account reads the memory of this one."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import memory

ROOT = Path(__file__).parents[3]
linux = pytest.mark.skipif(sys.platform != "linux", reason="macOS has no such lock")
CHILD = """
import ctypes, pathlib, sys
from appliance.memory import PR_GET_DUMPABLE, told
from appliance.places import Places
from appliance.secret import Secret
from appliance.vault.faults import VaultMissing
from appliance.vault.vault import Vault
from lunatui.process import harden

def dumpable():
    return ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)

def holds_a_secret():
    Secret("sk-1")

def opens_the_vault():
    try:
        Vault.open(Places.from_environment({"HOME": sys.argv[2]}))
    except VaultMissing:
        pass

harden()
print(dumpable(), told())
globals()[sys.argv[1]]()
print(dumpable(), told())
sys.stdout.flush()
sys.stdin.read()
"""


@linux
@pytest.mark.parametrize("what", ["holds_a_secret", "opens_the_vault"])
def test_the_memory_of_the_program_closes_before_its_first_secret(what: str, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, what, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"1 not tried\n"
        assert child.stdout.readline() == b"0 closed to other programs\n"
        # What is closed belongs to root, whoever started it.
        assert Path(f"/proc/{child.pid}/mem").stat().st_uid == 0
        if os.getuid() != 0:
            with pytest.raises(PermissionError):
                Path(f"/proc/{child.pid}/environ").read_bytes()
    finally:
        child.communicate(timeout=20)


class _Refusing:
    """A system that takes no wish."""

    @staticmethod
    def prctl(*_arguments: int) -> int:
        ctypes.set_errno(22)
        return -1


@linux
@pytest.mark.parametrize("library", [_Refusing(), object()])
def test_memory_that_stays_open_is_said_to(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    monkeypatch.setattr(memory, "_last", memory.NOT_TRIED)
    assert not memory.is_wrong()
    monkeypatch.setattr(ctypes, "CDLL", lambda *_arguments, **_options: library)
    assert memory.close().startswith("open to the programs of this account (")
    assert memory.told() == memory.close()
    assert memory.is_wrong()


def test_where_there_is_no_such_lock_it_is_left_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_last", memory.NOT_TRIED)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.close() == memory.LEFT_TO_THE_SYSTEM
    assert not memory.is_wrong()
