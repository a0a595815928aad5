"""T8, promises 1, 3, 4 and 5: the store, its ring and its history against a plain model, whatever happens.

The model is a dictionary of variables and a list of what can be undone. After every step the file says what
the model says, every backup reads back as it was put aside, what a loss took away can be had back, and every
change, ours or not, is one entry.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.errors import LunaError
from appliance.ops.config import SET, SetSetting
from appliance.ops.core import Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.drive import drive
from appliance.ops.history_restore import DISMISS, RESTORE, WhichLoss, WhichVersion
from appliance.ops.undo import LAST
from appliance.store.config import ConfigStore
from appliance.store.edits import Edit
from appliance.store.names import owner_of
from tests.safety import json5_oracle as oracle
from tests.safety import kills
from tests.safety.faulty_disk import FaultyDisk
from tests.safety.scale import scale
from tests.unit.appliance.ops.shops import STUB, ShopBox, shop_box

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance
    from appliance.ops.core import Operation

pytestmark = pytest.mark.timeout(1800)
RUNS, STEPS = scale(10, 100, 5_000), scale(20, 30, 60)
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
"""Where a sync costs nothing: what a disk may lose is another test's."""
RING = 5
MOST_CALLS, MOST_STEPS = 45, 25
"""More than a save makes of the seam, and more than it has steps."""
KEYS = st.sampled_from(["A", "B", "C"])
VALUES = st.integers(0, 9).map(str)


class Model(RuleBasedStateMachine):
    """One box in a throw-away home; `self.box` is the process that is alive."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="t08-", dir=MEMORY if MEMORY.is_dir() else None))
        self.shop: ShopBox = shop_box(self.home)
        self.box: Appliance = self.shop.box
        self.variables: dict[str, str] = {}
        self.stubbed = False
        self.undoable: list[tuple[str, str | None, str, str]] = []
        """Key, value before, value after, and hash of the version before."""
        self.entries = 0
        self.has_variables()
        self.offset = 0.0
        real, real_ns = time.time, time.time_ns
        moved = {
            "time": lambda: real() + self.offset,
            "time_ns": lambda: real_ns() + int(self.offset * 1e9),
        }
        self.clock = contextlib.ExitStack()
        self.clock.enter_context(mock.patch.multiple(time, **moved))

    def teardown(self) -> None:
        self.clock.close()
        shutil.rmtree(self.home)

    def run_operation(self, operation: Operation[Any, Any], params: Any) -> Any:
        return drive(dispatch(self.box, operation, params, self.shop.call()))

    def has_variables(self) -> None:
        """A version without the section for them gets it, from outside: undo goes setting by setting then."""
        found = oracle_value(self.shop.data)
        if "vars" not in found.get("env", {}):
            self.shop.writes(json.dumps({**found, "env": {"vars": {}}}, indent=2).encode())
            self.entries += self.box.look_outside("test")
        self.variables = dict(oracle_value(self.shop.data)["env"]["vars"])

    @precondition(lambda self: not self.stubbed)
    @rule(key=KEYS, value=VALUES)
    def edit(self, key: str, value: str) -> None:
        """A setting is changed; one that has the value already is no change."""
        before, digest = self.variables.get(key), self.digest
        self.run_operation(SET, SetSetting(f"env.vars.{key}", json.dumps(value)))
        if before != value:
            self.variables[key] = value
            self.undoable.append((key, before, value, digest))
            self.entries += 1

    @rule(key=KEYS, value=VALUES)
    def external_edit(self, key: str, value: str) -> None:
        """Somebody writes the whole file anew, without a lock."""
        if self.stubbed or self.variables.get(key) == value:
            return
        found = oracle_value(self.shop.data)
        found.setdefault("env", {}).setdefault("vars", {})[key] = value
        self.shop.writes(json.dumps(found, indent=2).encode())
        self.variables[key] = value
        self.entries += self.box.look_outside("test")

    @precondition(lambda self: not self.stubbed)
    @rule(stub=st.sampled_from([STUB, b"{ torn", b""]))
    def loss(self, stub: bytes) -> None:
        """Somebody leaves a stub; nothing is edited before it is restored or, where it can be, dismissed."""
        whole = self.shop.data
        self.shop.writes(stub)
        assert self.box.look_outside("test")
        self.entries += 1
        (lost,) = self.box.history.open_losses()
        assert self.box.config.backups.read(lost.backup) == whole
        self.stubbed = True

    @precondition(lambda self: self.stubbed)
    @rule(by_a_new_process=st.booleans())
    def bring_back(self, by_a_new_process: bool) -> None:
        """One key."""
        (lost,) = self.box.history.open_losses()
        whole = self.box.config.backups.read(lost.backup)
        if by_a_new_process:
            self.restart()
        self.run_operation(RESTORE, WhichVersion())
        self.entries += 1
        assert self.shop.data == whole
        assert self.box.history.open_losses() == ()
        self.stubbed = False
        self.forget_undo()

    @precondition(lambda self: self.stubbed)
    @rule()
    def dismiss(self) -> None:
        """It was meant to go; somebody sets the shop up again."""
        self.run_operation(DISMISS, WhichLoss())
        self.entries += 1
        assert self.box.history.open_losses() == ()
        self.shop.writes(json.dumps({"gateway": {"mode": "local"}, "env": {"vars": {}}}).encode())
        self.entries += self.box.look_outside("test")
        self.stubbed, self.variables = False, {}
        self.forget_undo()

    @precondition(lambda self: not self.stubbed)
    @rule(key=KEYS, value=VALUES, number=st.integers(0, MOST_STEPS))
    def kill(self, key: str, value: str, number: int) -> None:
        """A process is killed in mid-save: the file is the old or the new one, and the next start sweeps."""
        before, old = self.variables.get(key), self.digest

        def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
            store = ConfigStore(self.shop.places, hook=hook, env={})
            prepared = store.prepare([Edit(("env", "vars", key), value)])
            store.save(prepared, operation="config.set", actor="human:killed")
            acknowledge("saved")

        ending = kills.kill_at_step(work, number)
        assert ending.error == ""
        self.after_half_a_save(key, before, value, old, done=bool(ending.acknowledged))

    @precondition(lambda self: not self.stubbed)
    @rule(key=KEYS, value=VALUES, at=st.integers(1, MOST_CALLS))
    def full_disk(self, key: str, value: str, at: int) -> None:
        """The disk fills up at some call of a save."""
        before, old = self.variables.get(key), self.digest
        store = ConfigStore(self.shop.places, disk=FaultyDisk(fail_at=at, number=errno.ENOSPC), env={})
        done = False
        with contextlib.suppress(LunaError):
            prepared = store.prepare([Edit(("env", "vars", key), value)])
            store.save(prepared, operation="config.set", actor="human:full")
            done = True
        self.after_half_a_save(key, before, value, old, done=done)

    def after_half_a_save(self, key: str, before: str | None, value: str, old: str, *, done: bool) -> None:
        """What is in the file now is what counts; it is nobody else's change."""
        lock = self.shop.places.state_dir / "openclaw.json.lock"
        self.restart()
        self.box.config.sweep()
        lock.unlink(missing_ok=True)  # where the disk refused to remove it
        assert not self.box.look_outside("test")
        if self.digest != old:
            self.variables[key] = value
        assert not done or self.variables.get(key) == value
        if before is not None and self.digest == old:
            assert self.variables[key] == before

    @precondition(lambda self: not self.stubbed)
    @rule(which=st.integers(0, 9))
    def restore(self, which: int) -> None:
        """Any version can be put back, byte for byte."""
        kept = self.box.config.backups.list()
        if not kept:
            return
        chosen = kept[which % len(kept)]
        data = self.box.config.backups.read(chosen.id)
        if readable(data) is None:
            return
        present = self.shop.data
        self.run_operation(RESTORE, WhichVersion(chosen.id))
        assert self.shop.data == data
        if data != present:
            self.entries += 1
            self.undoable.append(("", None, "", ""))
        self.has_variables()

    @precondition(lambda self: not self.stubbed)
    @rule()
    def undo(self) -> None:
        """The last change of ours goes back, unless the ground has moved or the version is not kept."""
        if not self.undoable:
            refused = self.refusal_of(LAST)
            assert refused in ("", "nothing-to-undo", "undo-moved", "backup-unknown")
            self.entries += not refused
            self.has_variables()
            return
        key, before, after, digest = self.undoable[-1]
        kept = {each.sha256 for each in self.box.config.backups.list()}
        refused = self.refusal_of(LAST)
        if refused:
            expected = {"undo-moved": self.variables.get(key) != after, "backup-unknown": digest not in kept}
            assert expected[refused]
            return
        self.entries += 1
        self.undoable.pop()
        if not key:
            self.has_variables()
        elif before is None:
            self.variables.pop(key, None)
        else:
            self.variables[key] = before

    def refusal_of(self, operation: Operation[Any, Any]) -> str:
        """Why it is refused; empty when it was done."""
        try:
            self.run_operation(operation, Nothing())
        except LunaError as refused:
            return refused.code
        return ""

    @rule(days=st.sampled_from([-3650, -1, 1, 3650]))
    def clock_jump(self, days: int) -> None:
        """The clock is set."""
        self.offset += days * 86_400.0

    @rule()
    def restart(self) -> None:
        """The next process."""
        self.box = self.shop.box

    @invariant()
    def the_file_says_what_the_model_says(self) -> None:
        assert not self.box.look_outside("test")
        if not self.stubbed:
            assert oracle_value(self.shop.data).get("env", {}).get("vars", {}) == self.variables

    @invariant()
    def every_version_reads_back(self) -> None:
        backups = self.box.config.backups
        kept = backups.list()
        for each in kept:
            assert hashlib.sha256(backups.read(each.id)).hexdigest() == each.sha256
        for poor in (False, True):
            ring = [each for each in kept if each.poor is poor and not each.pinned]
            assert len(ring) <= RING + 1  # one more where a save was cut off before the oldest went

    @invariant()
    def every_change_is_one_entry_in_order(self) -> None:
        ids = [entry.id for entry in self.box.history.entries()]
        assert ids == sorted(set(ids))
        assert len(ids) == self.entries, (len(ids), self.entries)

    @invariant()
    def nothing_is_left_over(self) -> None:
        left = [name for _, _, names in os.walk(self.home) for name in names if owner_of(name) is not None]
        assert left == []

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.shop.data).hexdigest()

    def forget_undo(self) -> None:
        """What can be undone across a whole version put back is for the real history to say."""
        self.undoable.clear()


def oracle_value(data: bytes) -> dict[str, Any]:
    """Read by the second reader."""
    found = oracle.read(data.decode()).root.value
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return found


def readable(data: bytes) -> dict[str, Any] | None:
    try:
        return oracle_value(data)
    except ValueError:
        return None


TestModel = Model.TestCase
TestModel.settings = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
