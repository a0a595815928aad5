"""Hostile text on the command line: a terminal gets text and line ends, `--json` ASCII (safety §10.7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import home_environment
from tests.fakes.hostile_box import HostileGateway, listening, write_home
from tests.fakes.hostile_output import judged
from tests.fakes.typist import Typist

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

COMMANDS = (
    ("agents", "list"),
    ("agents", "show", "a0001"),
    ("agents", "show", "a\x1b[31m\x9b5n‮"),
    ("agents", "update", "a0002", "--name", "\x1b]0;x\x07", "--dry-run"),
    ("providers", "list"),
    ("providers", "test", "p0000 \x1b[5n"),
    ("config", "get"),
    ("config", "get", "agents.entries.a0100"),
    ("config", "get", "no\x1b[31m.such"),
    ("config", "validate"),
    ("health", "glance"),
    ("chat", "send", "--agent", "a0003", "--message", "hello"),
    ("settings", "show"),
    ("no\x1b]0;such\x07", "command"),
    ("--screen", "no\x1b[31msuch"),
)


@pytest.mark.parametrize(
    "words", COMMANDS, ids=lambda words: " ".join(words).encode("unicode_escape").decode()
)
def test_the_command_line_on_a_terminal(tmp_path: Path, machine_cache: Path, words: tuple[str, ...]) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    env = home_environment(home, machine_cache)
    with listening(HostileGateway()) as port:
        write_home(home, port)
        with Typist(env, *words, looks=False) as typist:
            typist.leaves()
        found = judged(bytes(typist.raw), sequences=False)
        assert found.leaks == []
        assert typist.raw
        with Typist(env, *words, "--json", looks=False) as typist:
            typist.leaves()
        said = bytes(typist.raw).decode("ascii" if typist.process.returncode == 0 else "utf-8")
        assert judged(bytes(typist.raw), sequences=False).leaks == []
        assert json.loads(said.replace("\r", "").splitlines()[0])
