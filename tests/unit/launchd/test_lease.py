"""A leased command ends with the process that wanted it, however that one ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from launchd.identity import identify
from tests.fakes.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

OWNER = """
import os, subprocess, sys
theirs, ours = os.pipe()
command = [sys.executable, "-m", "launchd.lease", str(theirs), *sys.argv[1:]]
lease = subprocess.Popen(command, pass_fds=(theirs,), start_new_session=True)
os.close(theirs)
sys.exit(lease.wait())
"""
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
with open(sys.argv[1] + ".new", "w") as file: file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def test_the_exit_code_and_the_output_pass_through() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    ran = subprocess.run(
        [sys.executable, "-c", OWNER, sys.executable, "-c", code], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, b"out\n", b"err\n")


def test_death_by_signal_is_told_as_a_shell_does() -> None:
    code = "import os; os.kill(os.getpid(), 9)"
    ran = subprocess.run([sys.executable, "-c", OWNER, sys.executable, "-c", code], check=False)
    assert ran.returncode == 128 + signal.SIGKILL


def test_when_the_owner_is_killed_the_whole_family_goes(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with subprocess.Popen([sys.executable, "-c", OWNER, sys.executable, "-c", FAMILY, str(note)]) as owner:
        wait_until(lambda: note.exists() or owner.poll() is not None)
        family = [identify(int(pid)) for pid in note.read_text().split()]
        assert all(family)
        owner.kill()
    wait_until(lambda: not any(member.alive for member in family if member))
