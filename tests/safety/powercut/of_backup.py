"""Promises 1 and 5 for archives of the whole box: a published one is whole; a restore is or is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.api import Appliance
from appliance.backup.keys import key_path, with_key_file
from appliance.backup.models import SUFFIX, About, Root
from appliance.backup.pace import Pace
from appliance.backup.reading import manifest_of
from appliance.backup.restoring import backwards, earlier_restore, moves_for, unpack_parts
from appliance.backup.sources import our_roots
from appliance.backup.swap import SwapPlan, Swaps
from appliance.backup.target import layout, placed
from appliance.backup.vault_part import expect_restored, keep_key
from appliance.backup.writing import Source, write_archive
from appliance.secret import Secret
from appliance.store.disk import Disk
from appliance.store.plans import entry_name
from tests.safety import vaults
from tests.safety.boxes import Box
from tests.safety.powercut.of_commands import check_accounts
from tests.safety.powercut.scenario import Found, Say, Scenario

if TYPE_CHECKING:
    from appliance.backup.keys import Lock
    from appliance.places import Places

CREATED = "2026-11-30T01:02:03+00:00"
THEN, SINCE = "a planted value, then", "a planted value, since"


def source_of(places: Places) -> Source:
    """OpenClaw's folder and ours."""
    roots, left_out = our_roots(places)
    parts = (Root("state", "state", str(places.state_dir)), *roots)
    folders = (places.user_home, places.state_dir, places.config_path, places.home)
    about = About(CREATED, "0.1.0", "2026.9.6", "linux", "Café Rosa", *map(str, folders), ("Luna",))
    return Source(about, None, tuple((root, Path(root.path)) for root in parts), left_out)


def folder_of(places: Places) -> Path:
    return places.backups_dir / "archives"


def lock_of(places: Places, *, create: bool = False) -> Lock:
    return with_key_file(key_path(places), create=create)


def create(box: Box, say: Say) -> None:
    """The first archive of a box, with its key."""
    lock = lock_of(box.places, create=True)
    write_archive(source_of(box.places), folder_of(box.places), lock, Pace())
    say("made")


def shop_box(box: Box) -> None:
    """A box with a text, settings and a vault of ours, and no archive."""
    Box.make(box.home)
    vault = vaults.vault_in(box.home)
    vault.put("openai", Secret(THEN))
    text = box.places.state_dir / "workspaces" / "luna" / "SOUL.md"
    text.parent.mkdir(parents=True, mode=0o700)
    text.write_text("gentle")
    (box.places.home / "settings.toml").write_text("x = 1\n")
    (box.places.home / "keys.toml").write_text("y = 1\n")
    Appliance(box.places, {}).audit.append({"op": "notes.write", "via": "cli", "phase": "note"})


def archived_box(box: Box) -> None:
    """One that was archived and has changed since."""
    shop_box(box)
    create(box, lambda _word: None)
    (box.places.home / "earlier").mkdir(mode=0o700)
    (box.places.state_dir / "workspaces" / "luna" / "SOUL.md").write_text("stern")
    (box.places.home / "settings.toml").write_text("x = 2\n")
    (box.places.home / "keys.toml").unlink()
    vaults.opened(box.places).put("openai", Secret(SINCE))
    Appliance(box.places, {}).audit.append({"op": "notes.write", "via": "cli", "phase": "note"})


def restored_box(box: Box) -> None:
    archived_box(box)
    restore(box, lambda _word: None)


def swaps_of(places: Places) -> Swaps:
    disk = Disk()
    return Swaps(places, disk, arrived=expect_restored(places, disk, Appliance(places, {}).audit, "cli"))


def restore(box: Box, say: Say) -> None:
    """As the operation does it on a box without an engine."""
    places = box.places
    (path,) = folder_of(places).glob(f"*{SUFFIX}")
    lock = lock_of(places)
    manifest = manifest_of(path, lock, Pace())
    where = layout(manifest, places)
    parts = tuple(placed(manifest, where, places, path.stem))
    swap_id = entry_name()
    plan = SwapPlan(swap_id, "backup.restore", "human:ada", path.stem, moves_for(parts, places, swap_id))
    swaps = swaps_of(places)
    entry = swaps.begin(plan)
    unpack_parts(path, lock, parts, plan, where, places.config_path, Pace(), Disk())
    keep_key(places, plan.moves, Disk())
    swaps.carry_out(entry)
    say("restored")


def revert(box: Box, say: Say) -> None:
    swaps = swaps_of(box.places)
    plan = backwards(earlier_restore(box.places, ""), box.places, "backup.revert", "human:ada")
    swaps.carry_out(swaps.begin(plan))
    say("back")


def check_archives(found: Found) -> None:
    """What has the name of an archive can be read whole with the key that lies there."""
    places = found.box.places
    made = [path for path in folder_of(places).glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    for path in made:
        manifest_of(path, lock_of(places), Pace())
    assert made or not found.said, "an archive is lost"
    found.recover()
    create(found.box, lambda _word: None)


def check_restored(found: Found) -> None:
    _check(found, "stern", "gentle")


def check_back(found: Found) -> None:
    _check(found, "gentle", "stern")


def _check(found: Found, before: str, after: str) -> None:
    """Everything is as before or as after, once the next start has been; what is said to be done is."""
    found.recover()
    places = found.box.places
    now = (places.state_dir / "workspaces" / "luna" / "SOUL.md").read_text()
    assert now in ({after} if found.said else {before, after}), "a restore is lost"
    is_then = now == "gentle"
    assert (places.home / "settings.toml").read_text() == f"x = {1 if is_then else 2}\n", "half restored"
    assert (places.home / "keys.toml").exists() is is_then, "half restored"
    with vaults.opened(places).get("openai").expose() as value:
        assert value == (THEN if is_then else SINCE), "the vault is of another time"
    assert not list((places.home / "restore").glob("*")), "a restore that nobody ends"
    assert not list(found.box.home.rglob("*.lunatui-restore-*")), "unpacked and left"
    check_accounts(Appliance(places, {}))
    if now == after:
        (path,) = (folder_of(places)).glob(f"*{SUFFIX}")
        manifest_of(path, lock_of(places), Pace())
    if is_then:
        assert list(places.home.glob("earlier/*/audit/segment-*.jsonl")), "the archive's own record is lost"
        revert(found.box, lambda _word: None)
        assert (places.home / "settings.toml").read_text() == "x = 2\n", "no way back"


SCENARIOS = (
    Scenario("archive", shop_box, create, check_archives),
    Scenario("restore", archived_box, restore, check_restored),
    Scenario("restore taken back", restored_box, revert, check_back),
)
