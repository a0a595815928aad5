"""A restore happens whole or not at all, also when it is killed, and can be taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.backup.keys import Lock
from appliance.backup.pace import Pace
from appliance.backup.reading import manifest_of
from appliance.backup.restoring import backwards, earlier_restore, moves_for, unpack_parts
from appliance.backup.swap import SwapPlan, Swaps
from appliance.backup.target import layout, placed, rewritten, scratch_places
from appliance.backup.writing import Written
from appliance.errors import NotFound
from appliance.places import Places
from appliance.store.disk import Disk
from appliance.store.hooks import Hook, no_hook
from appliance.store.plans import entry_name
from tests.safety import kills
from tests.unit.appliance.backup.conftest import MakeArchive


def restore(written: Written, lock: Lock, places: Places, hook: Hook = no_hook) -> SwapPlan:
    """As the operation does it, without an engine."""
    manifest = manifest_of(written.path, lock, Pace())
    where = layout(manifest, places)
    parts = tuple(placed(manifest, where, places, written.id))
    swap_id = entry_name()
    plan = SwapPlan(swap_id, "backup.restore", "human:rosa", written.id, moves_for(parts, places, swap_id))
    swaps = Swaps(places, hook=hook)
    entry = swaps.begin(plan)
    hook("unpack")
    unpack_parts(written.path, lock, parts, plan, where, places.config_path, Pace(), Disk())
    return swaps.carry_out(entry)


def state(places: Places) -> dict[str, bytes]:
    """What OpenClaw and we have, without what only helps."""
    found = {}
    for above in (places.state_dir, places.home):
        for path in above.rglob("*"):
            name = str(path.relative_to(above.parent))
            skipped = ("trash", "locks", "restore", "earlier", "drill")
            if path.is_file() and not set(path.relative_to(above).parts[:1]) & set(skipped):
                found[name] = path.read_bytes()
    return found


@pytest.fixture
def moved(tmp_path: Path) -> Places:
    """An empty home of another name."""
    return Places.from_environment({"HOME": str(tmp_path / "new-mac")})


def test_an_empty_home_becomes_the_box_with_its_own_folders(
    make_archive: MakeArchive, lock: Lock, places: Places, moved: Places
) -> None:
    written = make_archive()
    before = places.config_path.read_text()
    shutil.rmtree(places.user_home)
    restore(written, lock, moved)
    after = moved.config_path.read_text()
    assert after == before.replace(str(places.state_dir), str(moved.state_dir))
    assert "// the shop" in after
    assert (moved.state_dir / "workspaces" / "luna" / "SOUL.md").read_text() == "Luna is kind.\n"
    assert (moved.state_dir / "empty").is_dir()
    assert (moved.state_dir / "run.sh").stat().st_mode & 0o777 == 0o700
    assert (moved.home / "settings.toml").read_text() == "x = 1\n"
    assert (moved.home / "backups" / "config" / "1.json5").exists()
    assert (moved.home / "earlier" / written.id / "audit" / "1.jsonl").exists()
    assert not (moved.home / "audit").exists()
    assert not [path for path in moved.user_home.rglob("*") if ".lunatui-restore-" in path.name]


def test_a_present_box_is_replaced_and_its_record_and_ring_go_on(
    make_archive: MakeArchive, lock: Lock, places: Places
) -> None:
    written = make_archive()
    places.config_path.write_text("{ broken")
    (places.home / "audit" / "2.jsonl").write_text("newer")
    (places.home / "backups" / "config" / "2.json5").write_text("newer")
    plan = restore(written, lock, places)
    assert "// the shop" in places.config_path.read_text()
    assert (places.home / "audit" / "2.jsonl").read_text() == "newer"
    assert (places.home / "backups" / "config" / "2.json5").read_text() == "newer"
    old = next(move.old for move in plan.moves if move.target == str(places.state_dir))
    assert (Path(old) / "openclaw.json").read_text() == "{ broken"


def test_it_can_be_taken_back(make_archive: MakeArchive, lock: Lock, places: Places) -> None:
    written = make_archive()
    places.config_path.write_text("{ /* later */ }")
    (places.home / "settings.toml").unlink()
    before = state(places)
    restore(written, lock, places)
    assert state(places) != before
    done = earlier_restore(places, "")
    swaps = Swaps(places)
    swaps.carry_out(swaps.begin(backwards(done, places, "backup.revert", "human:rosa")))
    assert state(places) == before
    with pytest.raises(NotFound):
        earlier_restore(places, "nothing")


def test_a_kill_at_any_step_leaves_the_old_box_or_the_new_one(
    make_archive: MakeArchive, lock: Lock, places: Places, tmp_path: Path
) -> None:
    written = make_archive()
    places.config_path.write_text("{ /* later */ }")
    keep = tmp_path / "keep"
    shutil.copytree(places.user_home, keep, symlinks=True)
    old = state(places)

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        restore(written, lock, places, hook)
        acknowledge("restored")

    whole = kills.run_to_end(work)
    assert not whole.error, whole.error
    new = state(places)
    assert new != old
    ready = whole.steps.index("r2-ready")
    for number in range(len(whole.steps)):
        shutil.rmtree(places.user_home)
        shutil.copytree(keep, places.user_home, symlinks=True)
        assert kills.kill_at_step(work, number).killed
        recovered = Swaps(places).recover()
        assert [item.outcome for item in recovered] in ([], ["discarded"], ["rolled-forward"])
        assert state(places) == (old if number <= ready else new), whole.steps[number]
        assert not [path for path in places.user_home.rglob("*") if ".lunatui-restore-" in path.name]
        assert Swaps(places).recover() == ()


def test_a_kill_while_it_is_taken_back_loses_nothing(
    make_archive: MakeArchive, lock: Lock, places: Places, tmp_path: Path
) -> None:
    written = make_archive()
    places.config_path.write_text("{ /* later */ }")
    old = state(places)
    restore(written, lock, places)
    new = state(places)
    keep = tmp_path / "keep"
    shutil.copytree(places.user_home, keep, symlinks=True)
    plan = backwards(earlier_restore(places, ""), places, "backup.revert", "human:rosa")

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        swaps = Swaps(places, hook=hook)
        swaps.carry_out(swaps.begin(plan))

    whole = kills.run_to_end(work)
    assert not whole.error, whole.error
    ready = whole.steps.index("r2-ready")
    for number in range(len(whole.steps)):
        shutil.rmtree(places.user_home)
        shutil.copytree(keep, places.user_home, symlinks=True)
        assert kills.kill_at_step(work, number).killed
        Swaps(places).recover()
        assert state(places) == (new if number <= ready else old), whole.steps[number]
        if number <= ready:
            assert earlier_restore(places, "").archive == written.id


def test_a_recovery_that_is_killed_itself_is_finished_by_the_next(
    make_archive: MakeArchive, lock: Lock, places: Places, tmp_path: Path
) -> None:
    written = make_archive()
    places.config_path.write_text("{ /* later */ }")

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        restore(written, lock, places, hook)

    def recovery(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        Swaps(places, hook=hook).recover()

    steps = kills.run_to_end(work).steps
    new = state(places)
    places.config_path.write_text("{ /* later */ }")
    kills.kill_at_step(work, steps.index("r3-move-0"))
    for number in range(len([step for step in steps if step.startswith("r3")])):
        kills.kill_at_step(recovery, number)
    Swaps(places).recover()
    assert state(places) == new


def test_what_somebody_made_meanwhile_is_kept(make_archive: MakeArchive, lock: Lock, places: Places) -> None:
    def die(step: str) -> None:
        if step == "r3-move-0":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(make_archive(), lock, places, die)
    plan = json.loads(next((places.home / "restore").glob("*/plan.json")).read_text())
    move = next(move for move in plan["moves"] if move["target"] == str(places.state_dir))
    Path(move["old"]).parent.mkdir(parents=True)
    places.state_dir.rename(move["old"])  # the first half of the move happened
    places.state_dir.mkdir()
    (places.state_dir / "new.txt").write_text("made since")
    assert [item.outcome for item in Swaps(places).recover()] == ["rolled-forward"]
    assert "// the shop" in places.config_path.read_text()
    assert (Path(move["old"]) / "openclaw.json").exists()
    assert (Path(move["old"] + ".2") / "new.txt").read_text() == "made since"


def test_a_restore_that_goes_on_is_not_taken_for_one_that_was_cut_off(
    make_archive: MakeArchive, lock: Lock, places: Places
) -> None:
    from appliance.backup.shelf import at_work

    written = make_archive()
    seen: list[object] = []

    def look(step: str) -> None:
        if step == "unpack":
            seen.append(Swaps(places).recover())

    with at_work(places):
        restore(written, lock, places, look)
    assert seen == [()]


def test_paths_outside_of_a_scratch_home_are_taken_into_it(
    make_archive: MakeArchive, lock: Lock, places: Places, tmp_path: Path
) -> None:
    manifest = manifest_of(make_archive().path, lock, Pace())
    home = tmp_path / "scratch"
    scratch = scratch_places(places, home)
    where = layout(manifest, scratch, outside=home / "outside")
    parts = tuple(placed(manifest, where, scratch, "0" * 32))
    assert all(part.target.is_relative_to(home) for part in parts)
    data, changed = rewritten(places.config_path.read_bytes(), where)
    assert str(places.state_dir).encode() not in data
    assert len(changed) == 2
