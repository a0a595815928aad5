"""Killed or hung up at every step of the wizard, it opens there again with what was typed, and ends well."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

import pytest

from appliance.engine.environment import PASSED_ON
from appliance.engine.find import find_ours
from appliance.engine.manifest import measure, read_manifest
from appliance.engine.npm import NPM_SETTINGS
from appliance.places import Places
from appliance.practice.server import PracticeServer
from appliance.profile.draft import Draft, read_draft, write_draft
from appliance.store.disk import Disk
from appliance.store.locks import acquire, sidecar_path
from tests.e2e.conftest import free_port, home_environment
from tests.e2e.shop import opened, places_with, processes_of, wait_for
from tests.fakes.typist import DOWN, ENTER, Typist
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.engine.models import Engine
    from tests.e2e.shop import Shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

UP = "\x1b[A"
KEY = "practice-Zq7Zq7Zq7Zq7Zq7-9f3A"
HALF = "half-a-key"
ENDS = (signal.SIGKILL, signal.SIGHUP)
BRINGING = re.compile(r"… Bring the engine onto this box .* ([1-9]\d?) %")
"""The line of the installation once packages have begun to arrive."""


class Asked(NamedTuple):
    """One question of the wizard."""

    heading: str
    typed: str
    """What is typed before the program is ended there."""
    answer: tuple[str, ...]
    """The keys that go on afterwards."""
    again: str
    """What has to be there again."""


QUESTIONS = (
    Asked("Which language shall we use?", DOWN, (UP, ENTER), "▸ Deutsch"),
    Asked("Who sits here?", DOWN, (ENTER,), "▸ I set it up for somebody"),
    Asked("How much time do you have?", "", (ENTER,), "▸ Ask me everything"),
    Asked("What is your business called?", " am Markt", (ENTER,), "Café Rosa am Markt"),
    Asked("What does it do or sell?", " Tea.", (ENTER,), "Tea."),
    Asked("When are you open?", ", never", (ENTER,), ", never"),
    Asked("How should your staff sound?", DOWN, (ENTER,), "▸ short and to the point"),
    Asked("what shall Luna call you?", "lf", (ENTER,), "Rosalf"),
    Asked("Which brain should your staff use?", "", (ENTER,), "▸ Practice brain"),
    Asked("Paste your key for Practice brain", HALF, (KEY, ENTER), "once more"),
    Asked("Who should work for you?", " ", (ENTER,), "○ Customer Support"),
    Asked("How do people reach your staff?", "", (ENTER,), "▸ Later, under Channels"),
    Asked("What do your staff remember?", "", (ENTER,), "▸ Good"),
    Asked("This is what will be done", "", (ENTER,), "○ Take on Luna"),
    Asked("Before we begin", DOWN, (UP, ENTER), "▸ Not yet"),
)


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    with PracticeServer() as server:
        yield server


def answered(practice: PracticeServer, port: int) -> Draft:
    """Every answer is there already, as in a demo."""
    return Draft(
        language="English", name="Café Rosa", what="Cakes.", hours="8 to 18", owner="Rosa", kind="practice",
        base_url=practice.base_url, model="practice", port=port,
    )  # fmt: skip


def ended(typist: Typist, number: signal.Signals) -> None:
    typist.process.send_signal(number)
    assert typist.leaves() == (0 if number is signal.SIGHUP else -number)


def test_every_question_and_every_step(
    tmp_path: Path, engine: Engine, machine_cache: Path, practice: PracticeServer
) -> None:
    with opened(tmp_path / "home", machine_cache) as shop:
        places = Places.from_environment(home_environment(shop.home, machine_cache))
        draft = answered(practice, free_port())
        write_draft(places, draft)
        _answer_all(shop.env, places)
        assert places_with(HALF, shop.home) == []
        _apply(shop, places, practice, draft.port)
        _talk(shop.env, places, practice)
        assert places_with(KEY, places.home) == []


def test_killed_while_the_engine_is_brought_it_goes_on_there_and_ends_with_a_whole_one(
    tmp_path: Path, machine_cache: Path, practice: PracticeServer
) -> None:
    engine_dir = tmp_path / "engine"
    network = {name: os.environ[name] for name in (*PASSED_ON, *NPM_SETTINGS) if os.environ.get(name)}
    variables = network | {"LUNATUI_ENGINE_DIR": str(engine_dir)}
    with opened(tmp_path / "home", machine_cache, **variables) as shop:
        places = Places.from_environment(shop.env)
        draft = replace(answered(practice, free_port()), stage="finish", field="consent", keyed=True)
        write_draft(places, draft)
        try:
            _kill_while_it_comes(shop.env)
            assert wait_for(lambda: not processes_of(engine_dir), LIMIT_S), processes_of(engine_dir)
            assert find_ours(places) is None
            assert list(engine_dir.glob(".staging-*"))
            assert shop.run("engine", "status").document["result"]["version"] == ""
            _bring_the_rest(shop.env)
            manifest = read_manifest(engine_dir)
            assert manifest
            folders = (manifest.node_dir(engine_dir), manifest.openclaw_dir(engine_dir))
            assert measure(*folders) == (manifest.files, manifest.size, manifest.digest)
            whole = {".install.lock", "engine.json", *(folder.name for folder in folders)}
            assert {path.name for path in engine_dir.iterdir()} == whole
            assert places_with(KEY, places.home) == []
        finally:
            shop.run("gateway", "stop")
            shutil.rmtree(engine_dir, ignore_errors=True)  # 700 MB


def _kill_while_it_comes(env: dict[str, str]) -> None:
    with Typist(env) as typist:
        typist.sees("Before we begin")
        typist.press(ENTER)
        _hand_over_key(typist)
        typist.reads_until(lambda: BRINGING.search(typist.screen), seconds=300)
        ended(typist, signal.SIGKILL)


def _bring_the_rest(env: dict[str, str]) -> None:
    """Nothing is asked again but the key, and the installation is the first step once more."""
    with Typist(env) as typist:
        _hand_over_key(typist)
        typist.reads_until(lambda: BRINGING.search(typist.screen), seconds=300)
        steps = [line.strip() for line in typist.screen.splitlines() if line.strip()[:1] in ("✓", "…", "○")]
        assert BRINGING.match(steps[0]), typist.screen
        typist.sees("✓ Bring the engine onto this box", seconds=300)
        typist.sees("Say something to Luna", seconds=300)
        ended(typist, signal.SIGHUP)


def _hand_over_key(typist: Typist) -> None:
    typist.sees("once more")
    typist.press(KEY, ENTER)
    typist.sees("Setting up", seconds=300)


def _answer_all(env: dict[str, str], places: Places) -> None:
    """Each question is answered by a process that was started after its predecessor was ended there."""
    ends, before = cycle(ENDS), None
    for question in (*QUESTIONS, None):
        with Typist(env) as typist:
            if before is not None:
                typist.sees(before.heading)
                typist.sees(before.again)
                typist.press(*before.answer)
            if question is None:
                typist.sees("Setting up")
                return
            typist.sees(question.heading)
            typist.sees("ctrl+q")
            if question.typed:
                typist.press(question.typed)
                typist.reads_until(partial(_is_kept, places, question.typed))
            ended(typist, next(ends))
        before = question


def _is_kept(places: Places, typed: str) -> bool:
    """To its last letter; of a key, and where one only chooses, it is enough that there is something."""
    kept = (read_draft(places) or Draft()).typed
    return bool(kept) and (kept.endswith(typed) or typed in (DOWN, " ", HALF))


def _apply(shop: Shop, places: Places, practice: PracticeServer, port: int) -> None:
    """Killed in the middle of each of these steps; the key is asked for again each time, and it goes on."""
    with _settings_locked(places):
        _killed_during(shop.env, "Close the engine's doors")
    # By hand, so that the first who wants the settings the next time is the one who takes on Luna.
    assert shop.run("gateway", "configure", "--port", str(port)).code == 0
    with _settings_locked(places):
        _killed_during(shop.env, "Take on Luna")
    _killed_during(shop.env, "Start the engine")
    practice.pace = 2.0  # longer than it takes to see it and to kill
    _killed_during(shop.env, "Connect the brain")
    practice.pace = 0.005
    with Typist(shop.env) as typist:
        _hand_over_key(typist)
        typist.sees("Say something to Luna", seconds=300)


@contextmanager
def _settings_locked(places: Places) -> Iterator[None]:
    """Whoever wants to write the settings of OpenClaw waits meanwhile."""
    places.state_dir.mkdir(mode=0o700, exist_ok=True)
    deadline = time.monotonic() + LIMIT_S
    lock = acquire(sidecar_path(places.config_path), deadline, Disk(), lambda _sentence: None)
    try:
        yield
    finally:
        lock.release()


def _killed_during(env: dict[str, str], step: str) -> None:
    with Typist(env) as typist:
        _hand_over_key(typist)
        typist.sees(f"… {step}", seconds=300)
        ended(typist, signal.SIGKILL)
        assert f"✓ {step}" not in typist.screen


def _talk(env: dict[str, str], places: Places, practice: PracticeServer) -> None:
    """Killed while something is written, and in the middle of an answer; then the last page and its print."""
    with Typist(env) as typist:
        typist.sees("Say something to Luna")
        typist.press("Are you there?")
        typist.reads_until(partial(_is_kept, places, "Are you there?"))
        typist.process.kill()
        typist.leaves()
    with Typist(env) as typist:
        typist.sees("Are you there?")
        practice.pace = 0.4
        typist.press(ENTER)
        typist.sees("Luna is writing", seconds=300)
        typist.process.kill()
        typist.leaves()
    with Typist(env) as typist:
        typist.sees("Say something to Luna")
        typist.sees("Are you there?", seconds=300)
        typist.sees("press enter to go on", seconds=300)  # the answer went on without anybody
        typist.sees("Everything between us works.")
        typist.press(ENTER)
        typist.sees("All is set up")
        ended(typist, signal.SIGKILL)
    with Typist(env) as typist:
        typist.sees("All is set up")
        typist.press("p")
        typist.sees("Written: luna-setup.html")
        typist.press(ENTER)
        typist.sees("The shop is open.", seconds=300)
        typist.press("q")
        assert typist.leaves(seconds=300) == 0
