"""A newcomer types `make demo` in tmux: only the keys that the screen names, from nothing to an answer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.engine.environment import PASSED_ON
from appliance.ops.demo import PREFIX
from tests.e2e.conftest import home_environment
from tests.e2e.shop import processes_of, wait_for
from tests.fakes.tmux import Tmux
from tests.fakes.typist import ROOT

if TYPE_CHECKING:
    from appliance.engine.models import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

QUESTIONS = (
    "Which language shall we use?",
    "Who sits here?",
    "How much time do you have?",
    "What is your business called?",
    "What does it do or sell?",
    "When are you open?",
    "How should your staff sound?",
    "what shall Luna call you?",
    "Which brain should your staff use?",
    "Paste your key for Practice brain",
    "Who should work for you?",
    "How do people reach your staff?",
    "What do your staff remember?",
    "This is what will be done",
    "Before we begin",
)
GONE_S = 60.0
PATIENCE_S = 300.0
"""For what the engine has to do with it."""


def network() -> dict[str, str]:
    """What the machine's owner set for proxies, certificates and pip, which brings what `make demo` lacks."""
    return {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("PIP_")}


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80", "120"])
def test_from_nothing_to_a_conversation_by_enter_alone(
    tmp_path: Path, engine: Engine, machine_cache: Path, size: tuple[int, int]
) -> None:
    if not shutil.which("tmux"):
        pytest.fail("tmux is not installed (Debian: tmux)")
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    env = {**network(), **home_environment(home, machine_cache), "TMPDIR": str(temporary)}
    with Tmux(env, ROOT, size) as newcomer:
        newcomer.types("make demo; echo ended with $?")
        newcomer.press("Enter")
        for question in QUESTIONS:
            newcomer.sees(question)
            newcomer.sees("enter Next")
            newcomer.press("Enter")
        newcomer.sees("✓ Take on Luna", seconds=PATIENCE_S)
        newcomer.sees("Say something to Luna", seconds=PATIENCE_S)
        newcomer.press("Enter")
        newcomer.sees("Hello, this is Luna at Café Rosa.", seconds=PATIENCE_S)
        newcomer.sees("press enter to go on")
        newcomer.press("Enter")
        newcomer.sees("All is set up")
        newcomer.sees("Luna and 5 more")
        newcomer.sees("enter Open the dashboard")
        newcomer.press("Enter")
        newcomer.sees("The shop is open.", seconds=PATIENCE_S)
        newcomer.press("q")
        newcomer.sees("ended with 0")
    assert list(temporary.glob(f"{PREFIX}*")) == []
    assert wait_for(lambda: not processes_of(temporary), GONE_S), processes_of(temporary)
    assert not (home / ".openclaw").exists()
