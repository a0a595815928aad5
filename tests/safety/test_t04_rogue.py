"""T4, promise 3: an editor that ignores every lock is detected each time, and its victim can be restored.

The rogue writes whole files with what it read before, between any two steps of a save of ours, or beside it.
Every version that stood in the file is then in the history with what it replaced, and can be put back byte
for byte. What nobody can see is a version that stands only between our last look at the file and our rename,
microseconds later.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Conflict
from appliance.ops.history import LIST, SHOW, ListChanges, OneChange
from appliance.ops.history_restore import RESTORE, WhichVersion
from appliance.store.edits import Edit
from tests.safety import kills
from tests.safety.chance import seeded
from tests.safety.scale import scale
from tests.unit.appliance.ops.shops import ShopBox, shop_box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = scale(40, 150, 1_500)
TOGETHER = scale(20, 60, 600)
STEPS = ("0-prepare", "2-read", "6-backup", "7-write", "10-restat", "13-release", "14-verify")


def rogue_text(shop: ShopBox, number: int) -> bytes:
    """What an editor with an old copy in memory writes: our last edit is gone, one of its own is there."""
    value = shop.value
    value.setdefault("env", {}).setdefault("vars", {})["ROGUE"] = str(number)
    if number % 2:
        value["env"]["vars"].pop("MINE", None)
    return json.dumps(value, indent=2).encode()


def versions(shop: ShopBox) -> set[str]:
    """Hashes of everything that can be put back, and of what is there."""
    kept = {each.sha256 for each in shop.box.config.backups.list()}
    return kept | {hashlib.sha256(shop.data).hexdigest()}


def replace_file(shop: ShopBox, data: bytes) -> None:
    """As an editor does: a new file over the old name, no lock asked for."""
    path = shop.places.config_path
    fresh = path.with_name("editor.tmp")
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    when = time.time() - 5
    os.utime(fresh, (when, when))
    fresh.replace(path)


@pytest.mark.timeout(900)
def test_a_rogue_write_at_any_step_of_a_save_is_detected_and_recoverable(tmp_path: Path) -> None:
    chance = seeded()
    shop = shop_box(tmp_path)
    detected = saved = 0
    for number in range(ROUNDS):
        step, before = STEPS[number % len(STEPS)], shop.data
        written: list[bytes] = []

        def strike(at: str, step: str = step, number: int = number, written: list[bytes] = written) -> None:
            if at == step and not written:
                written.append(rogue_text(shop, number))
                replace_file(shop, written[0])

        box = shop.box
        box.config._hook = strike
        with contextlib.suppress(Conflict):
            prepared = box.config.prepare([Edit(("env", "vars", "MINE"), f"{number}-{chance.random()}")])
            box.config.save(prepared, operation="config.set", actor="human:rosa")
            saved += 1
        shop.box.look_outside("test")
        (theirs,) = written
        mine_gone = shop.data == theirs
        entries = shop.run(LIST, ListChanges(3, outside=True)).changes
        newest = shop.run(SHOW, OneChange(entries[0].id))
        assert newest.after == hashlib.sha256(theirs).hexdigest(), step
        assert newest.before in versions(shop), step
        assert hashlib.sha256(before).hexdigest() in versions(shop), step
        if mine_gone:
            shop.run(RESTORE, WhichVersion(newest.change.id))
            assert hashlib.sha256(shop.data).hexdigest() == newest.before, step
        detected += 1
    print(f"figure rogue writes at a step: {ROUNDS}, {detected} detected, {saved} saves beside them")
    assert detected == ROUNDS
    assert saved > ROUNDS // 2


@pytest.mark.timeout(900)
def test_beside_two_writers_of_ours_no_rogue_write_goes_unnoticed(tmp_path: Path) -> None:
    """What the rogue wrote is either what stands in the file, or the version before some entry."""
    shop = shop_box(tmp_path)

    def ours(name: str) -> kills.Work:
        def work(_hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
            for number in range(TOGETHER):
                box = shop.box
                with contextlib.suppress(Conflict):
                    prepared = box.config.prepare([Edit(("env", "vars", f"{name}{number % 5}"), str(number))])
                    saved = box.config.save(prepared, operation="config.set", actor="human:rosa")
                    acknowledge(saved.after_sha256)

        return work

    def rogue(_hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        for number in range(TOGETHER // 2):
            data = rogue_text(shop, number)
            replace_file(shop, data)
            acknowledge(hashlib.sha256(data).hexdigest())
            time.sleep(0.01)

    endings = kills.run_together([ours("A"), ours("B"), rogue])
    assert [ending.error for ending in endings] == ["", "", ""]
    shop.box.look_outside("test")
    entries = shop.box.history.entries()
    explained = {digest for each in entries for digest in (each.before, each.after)}
    explained |= {digest for ending in endings[:2] for digest in ending.acknowledged}
    now = hashlib.sha256(shop.data).hexdigest()
    assert now in explained
    chain = {each.after for each in entries if each.is_outside}
    acknowledged = set(endings[2].acknowledged)
    seen = len(chain & acknowledged)
    print(f"figure rogue writes beside two writers: {len(acknowledged)}, {seen} lived long enough to be seen")
    assert chain <= acknowledged | explained
    assert chain & acknowledged
    victim = shop.data
    replace_file(shop, rogue_text(shop, TOGETHER))
    shop.box.look_outside("test")
    newest = shop.run(LIST, ListChanges(1)).changes[0]
    shop.run(RESTORE, WhichVersion(newest.id))
    assert shop.data == victim


def test_a_rogue_that_deletes_the_file_is_detected_too(tmp_path: Path) -> None:
    shop = shop_box(tmp_path)
    whole = shop.data
    shop.places.config_path.unlink()
    shop.box.look_outside("test")
    (row,) = shop.run(LIST, ListChanges()).changes
    assert [each.code for each in row.told] == ["file-gone"]
    assert row.loss
    shop.run(RESTORE, WhichVersion())
    assert shop.data == whole
    assert shop.places.config_path.stat().st_mode & 0o777 == 0o600
