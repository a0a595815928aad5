"""Runs one command that must not outlive the process that wants it: `python -m launchd.lease FD COMMAND...`.

The owner keeps the writing end of a pipe whose reading end is descriptor FD here. When the owner ends,
however it ends, the pipe closes and the command's whole process group is ended: TERM, five seconds, KILL.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

from launchd.identity import descendants

GRACE_S = 5.0


def main(arguments: list[str]) -> int:
    """Run the command in this process group.

    Returns:
        The command's exit code, or 128 and the signal that ended it, as a shell says it.
    """
    lease, command = int(arguments[0]), arguments[1:]
    wake, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: None)  # the group gets it too; we leave after the command
    with subprocess.Popen(command) as process:  # noqa: S603 - running the given command is the job
        while process.poll() is None:
            ready, _, _ = select.select([lease, wake], [], [])
            if wake in ready:
                os.read(wake, 4096)
            if lease in ready:
                _end_group(process)
    code = process.returncode
    return code if code >= 0 else 128 - code


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """The owner is gone: nobody waits for a result, nothing may stay."""
    os.killpg(0, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(child.alive for child in descendants(os.getpid())):
        time.sleep(0.1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
