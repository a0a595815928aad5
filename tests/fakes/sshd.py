"""A real sshd on loopback: this user, a port, keys and a configuration of its own."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

from tests.fakes.ports import free_port

ROOT = Path(__file__).parents[2]
PRIVILEGE_SEPARATION = Path("/run/sshd")
"""Where a root's sshd wants an empty folder; Debian's service makes it."""
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/login.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
"""
START_S = 60.0


def sshd_path() -> str | None:
    """Where the program is; None where it is not installed."""
    return shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin:/sbin")


class Sshd:
    """Runs while the block does; `ended` children are its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        for name in ("host", "login"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
            )
        self.port = free_port()
        (folder / "config").write_text(_CONFIG.format(port=self.port, folder=folder))
        host = (folder / "host.pub").read_text()
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {host}")

    def __enter__(self) -> Self:
        program = sshd_path()
        assert program
        if os.geteuid() == 0:
            PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        self._log = (self._folder / "log").open("wb")
        self.process = subprocess.Popen(
            [program, "-D", "-e", "-f", str(self._folder / "config")], stdout=self._log, stderr=self._log
        )
        deadline = time.monotonic() + START_S
        while not self._listens():
            said = (self._folder / "log").read_text()
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()
        self.process.kill()
        self.process.wait()
        self._log.close()

    def drop(self) -> None:
        """Kill the processes of sshd that serve a connection; some of them end by themselves meanwhile."""
        if self.process.poll() is not None:
            return
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if process.name().startswith("sshd"):
                    process.kill()

    def client(self, env: Mapping[str, str], *arguments: str) -> tuple[str, ...]:
        """The command line of an ssh that runs lunatui in that environment, on a tty."""
        given = " ".join(shlex.quote(f"{name}={value}") for name, value in env.items())
        words = " ".join(map(shlex.quote, (sys.executable, "-m", "lunatui", *arguments)))
        folder = self._folder
        return (
            "ssh", "-tt", "-F", "none", "-p", str(self.port), "-i", str(folder / "login"),
            "-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "StrictHostKeyChecking=yes",
            "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR",
            f"{getpass.getuser()}@127.0.0.1", f"cd {shlex.quote(str(ROOT))} && exec env {given} {words}",
        )  # fmt: skip

    def _listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0
