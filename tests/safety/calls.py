"""Stops a child dead at a chosen system call, by strace's injection, and counts the calls there are."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.safety import kills

if TYPE_CHECKING:
    from pathlib import Path

_CALL = re.compile(r"^(\w+)\(")
_NO_FILES = re.compile(
    r"m(map|unmap|remap|advise|protect)|brk|futex|rt_.*|exit.*|get.*|clock.*|sched.*|prlimit64|pselect6|poll"
)
"""Calls that touch no file: a kill there finds the disk as the call before left it."""
_PR_SET_PTRACER = 0x59616D61
_ANY = ctypes.c_ulong(-1 & (2**64 - 1))


def has_strace() -> bool:
    """Whether strace is there and may watch a process."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True).returncode == 0


def count_calls(work: kills.Work, log: Path) -> Counter[str]:
    """How often `work` makes each call that has to do with files."""
    ending = _under_strace(work, ["-o", str(log)])
    assert ending.error == "", ending.error
    found = (_CALL.match(line) for line in log.read_text(errors="replace").splitlines())
    names = [match[1] for match in found if match]
    return Counter(name for name in names if not _NO_FILES.fullmatch(name))


def kill_at_call(work: kills.Work, call: str, number: int) -> kills.Ending:
    """Killed when it is about to make this call for the n-th time, counted from 1."""
    inject = f"inject={call}:signal=KILL:when={number}"
    return _under_strace(work, ["-o", os.devnull, "-e", f"trace={call}", "-e", inject])


def _under_strace(work: kills.Work, options: list[str]) -> kills.Ending:
    reader, writer = os.pipe()

    def waiting(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
        os.read(reader, 1)
        work(hook, acknowledge)

    started = time.monotonic()
    pid, said = kills.start(waiting, at=-1)
    try:
        strace = subprocess.Popen(
            ["strace", "-p", str(pid), *options], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert strace.stderr is not None
        with strace.stderr as told:
            attached = told.readline()
            assert b"attached" in attached, attached
            os.write(writer, b"g")
            ending = kills.collect(pid, said, started)
            told.read()
        strace.wait()
    finally:
        os.close(reader)
        os.close(writer)
    return ending
