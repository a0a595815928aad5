"""Somebody at a terminal inside a real tmux: keys by `send-keys`, the screen by `capture-pane`."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOK_S = 0.05
"""How long between two looks at the screen; each is a process."""


class Tmux:
    """A tmux server of its own with one window and a shell in it; it ends with the test."""

    def __init__(self, env: Mapping[str, str], folder: Path, size: tuple[int, int]) -> None:
        """`folder`: where the shell begins."""
        self._env, self._folder, self._size = dict(env), folder, size
        self._home = TemporaryDirectory(prefix="tmux-", dir="/tmp")
        # The path of a socket has room for 104 bytes on macOS, less than a test's own folder takes.
        self._command = ["tmux", "-S", str(Path(self._home.name) / "s"), "-f", "/dev/null"]

    def __enter__(self) -> Self:
        width, height = map(str, self._size)
        try:
            self._run(
                *("new-session", "-d", "-x", width, "-y", height, "-c", str(self._folder)), "env PS1='$ ' sh"
            )
            self._run("set-option", "-g", "status", "off")
            self._run("resize-window", "-x", width, "-y", height)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        subprocess.run([*self._command, "kill-server"], check=False, env=self._env, capture_output=True)
        self._home.cleanup()

    @property
    def screen(self) -> str:
        """What an eye sees."""
        return self._run("capture-pane", "-p")

    @property
    def cells(self) -> str:
        """The same with every blank, and with the colours as sequences (SGR)."""
        return self._run("capture-pane", "-e", "-N", "-p").removesuffix("\n")

    def types(self, text: str) -> None:
        """Type this text as it stands."""
        self._run("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, such as `Enter` or `q`."""
        self._run("send-keys", *keys)

    def sees(self, text: str, *, seconds: float = LIMIT_S) -> None:
        """Look until `text` is on the screen."""
        end = time.monotonic() + seconds
        while text not in (screen := self.screen):
            assert time.monotonic() < end, f"no “{text}” on:\n{screen}"
            time.sleep(LOOK_S)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments],
            check=True,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.stdout
