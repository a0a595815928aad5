"""Promises 1 and 4: a save, the first save of all, and the ring of earlier versions."""

from __future__ import annotations

import hashlib

from appliance.store.backups import Backups, Reason
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.edits import Edit
from appliance.store.known import is_from_outside
from tests.safety.boxes import FIRST, Box
from tests.safety.powercut.scenario import Found, Say, Scenario

CONFIG = ".openclaw/openclaw.json"
LONG = FIRST.replace("// loopback", f"// loopback {'only ' * 1_100}")
"""More than a block, so that a cut can tear it."""
RING = 5


def full_box(box: Box) -> None:
    """A long configuration, and a ring that has to drop its oldest version at the next save."""
    Box.make(box.home)
    box.places.config_path.write_text(LONG)
    for number in range(RING + 1):
        save(box, "WARM", str(number))


def save(box: Box, key: str, value: str) -> None:
    """One save of one setting."""
    store = ConfigStore(box.places, env={})
    store.save(store.prepare([Edit(("env", "vars", key), value)]), operation="config.set")


def check_config(found: Found, saved: str = "saved") -> None:
    """The old file or the new one, and the new one once it was called saved."""
    path = found.box.places.config_path
    content = path.read_bytes() if path.exists() else None
    old, new = found.trace.before.get(CONFIG), found.trace.after[CONFIG]
    assert content in (old, new), f"a torn configuration: {content!r:.200}"
    assert saved not in found.said or content == new, "a saved setting is lost"


def check_lock(found: Found) -> None:
    """Nobody has to wait for a lock of ours: its holder is seen to be dead."""
    assert ConfigStore(found.box.places, env={}).lock_state().kind in ("free", "stale")


def check_known(found: Found) -> None:
    """Our own save, cut or not, is never taken for another program's."""
    store = ConfigStore(found.box.places, env={})
    raw = store.read_raw()
    known = store.known(raw.real_path).read()
    assert known is None or not is_from_outside(store.backups, known, raw.data), "it looks foreign"


def check_clean(found: Found) -> None:
    """After the next start nothing of the cut is left."""
    check_known(found)
    check_lock(found)
    found.recover()
    assert found.box.leftovers() == []
    assert ConfigStore(found.box.places, env={}).lock_state().kind == "free"


def save_one(box: Box, say: Say) -> None:
    save(box, "NEW", "x" * 200)
    say("saved")


def check_save(found: Found) -> None:
    check_config(found)
    check_clean(found)
    check_config(found)
    known = sum(1 for name in found.trace.before if name.endswith(".json5"))
    found.box.check_backups(min(RING, known))
    if "saved" in found.said and CONFIG in found.trace.before:
        check_put_aside(found, found.trace.before[CONFIG])


def check_put_aside(found: Found, data: bytes) -> None:
    """The ring has these very bytes."""
    backups = ConfigStore(found.box.places, env={}).backups
    wanted = hashlib.sha256(data).hexdigest()
    assert any(entry.sha256 == wanted for entry in backups.list()), "a version that was put aside is gone"


def ring_of(box: Box) -> Backups:
    return Backups(box.places.backups_dir / "config", Disk())


def turn_ring(box: Box, say: Say) -> None:
    """A new version, one that is in the ring already, a pin, and two more."""
    ring = ring_of(box)
    ring.add(b"new", Reason("config.set", "human:ada"))
    say("new")
    repeated = ring.add(b"version 3", Reason("config.set", "human:ada"))
    say("version 3")
    ring.pin(repeated, "before-update")
    say("pinned")
    ring.add(b"newer", Reason("config.set", "human:ada"))
    say("newer")


def prepare_ring(box: Box) -> None:
    Box.make(box.home)
    for number in range(RING + 2):
        ring_of(box).add(f"version {number}".encode(), Reason("warm", "human:ada"))


def check_ring(found: Found) -> None:
    check_clean(found)
    found.box.check_backups(RING)
    for data in {"new", "version 3", "newer"} & found.said:
        check_put_aside(found, data.encode())
    pinned = [entry for entry in ring_of(found.box).list() if entry.pinned == "before-update"]
    assert pinned or "pinned" not in found.said, "a pin is lost"


def nothing_yet(box: Box) -> None:
    """A home in which OpenClaw and lunatui have never been."""
    box.home.chmod(0o700)


def short_box(box: Box) -> None:
    """OpenClaw has a configuration, and lunatui has never saved it."""
    Box.make(box.home)


SCENARIOS = (
    Scenario("save", full_box, save_one, check_save),
    Scenario("first save of a home", nothing_yet, save_one, check_save),
    Scenario("first save of a configuration", short_box, save_one, check_save),
    Scenario("ring", prepare_ring, turn_ring, check_ring),
)
