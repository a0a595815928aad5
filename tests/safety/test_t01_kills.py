"""T1, promises 1, 4 and 5: a kill at any moment of a save tears nothing, loses nothing, leaves nothing."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from appliance.store.config import ConfigStore
from appliance.store.edits import Edit
from lunatui import wiring
from lunatui.cli import main
from tests.safety import kills
from tests.safety.boxes import Box
from tests.safety.chance import seeded
from tests.safety.scale import scale

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

STORE_KILLS = scale(150, 500, 5_000)
CLI_KILLS = scale(100, 2_000, 10_000)
RING = 5


Save = Callable[[Box, str, str], kills.Work]


def save_in_store(box: Box, key: str, value: str) -> kills.Work:
    """One save through the store."""

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        store = ConfigStore(box.places, hook=hook, env={})
        prepared = store.prepare([Edit(("env", "vars", key), value)])
        store.save(prepared, operation="config.set")
        acknowledge(key)

    return work


def save_by_command(box: Box, key: str, value: str) -> kills.Work:
    """The real `lunatui config set`, from argv to exit code."""

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        os.environ.clear()
        os.environ.update(HOME=str(box.home), LUNATUI_HOME=str(box.home / "ours"), PATH="/usr/bin:/bin")
        make = wiring.make_appliance

        def with_hook(*args: Any, **options: Any) -> Appliance:
            appliance = make(*args, **options)
            appliance.config._hook = hook
            return appliance

        wiring.make_appliance = with_hook
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            code = main(["config", "set", f"env.vars.{key}", value, "--json"])
        if code:
            raise AssertionError(f"exit code {code}: {said.getvalue()}")
        acknowledge(key)

    return work


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("save", "count"), [(save_in_store, STORE_KILLS), (save_by_command, CLI_KILLS)], ids=["store", "command"]
)
def test_no_kill_tears_loses_or_leaves_anything(save: Save, count: int, tmp_path: Path) -> None:
    chance = seeded()
    box = Box.make(tmp_path)
    for number in range(RING + 2):
        warm = kills.run_to_end(save(box, f"WARM{number}", "x"))
        assert (warm.error, warm.acknowledged) == ("", (f"WARM{number}",))
    assert {"0-prepare", "1-locks", "6-backup", "8-sync", "11-rename", "13-release"} <= set(warm.steps)
    before = box.variables()
    killed = 0
    for number in range(count):
        key, value = f"K{number % 40}", f"V{number}"
        work = save(box, key, value)
        if number % 2:
            ending = kills.kill_at_step(work, number // 2 % len(warm.steps))
        else:
            ending = kills.kill_after(work, chance.uniform(0, warm.seconds * 1.1))
        assert ending.error == ""
        after = box.variables()
        if after != before or ending.acknowledged:
            assert after == {**before, key: value}
        before, killed = after, killed + ending.killed
        if number % 50 == 0:
            _start_again(box, save)
            before = box.variables()
    _start_again(box, save)
    box.check_modes()
    print(f"figure kills, {save.__name__}: {killed} of {count} saves, 0 torn, 0 lost")
    assert killed > count * 0.6


def _start_again(box: Box, save: Save) -> None:
    """The next start cleans up before its first change; afterwards nothing of the dead is left."""
    store = ConfigStore(box.places, env={})
    if save is save_in_store:
        store.sweep()
    else:
        assert kills.run_to_end(save(box, "AGAIN", f"T{time.time_ns()}")).error == ""
    assert box.leftovers() == []
    box.check_backups(RING)
    assert store.validate().valid
