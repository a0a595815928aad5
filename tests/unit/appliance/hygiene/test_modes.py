"""Files of the box are for its owner alone: found at every start, narrowed, noted once."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from appliance.audit.events import CLOSE_FILES
from appliance.hygiene.models import WideMode
from appliance.hygiene.modes import narrow, wide_modes
from appliance.ops.config import GET, GetSetting
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.drive import drive
from tests.fakes.box import make_box, tree
from tests.unit.appliance.hygiene.boxes import shop, write

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

CALL = Call("human:test", "cli")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def notes(box: Appliance) -> list[list[str]]:
    return [record["changes"] for record in box.audit.newest(50) if record["op"] == CLOSE_FILES]


def opened(home: Path) -> tuple[Appliance, list[Path]]:
    """A box on which everybody can read everything."""
    box = shop(home, "${OFFICE}")
    state = box.places.state_dir
    files = [
        box.places.config_path,
        write(state / "openclaw.json.bak", "{}"),
        write(state / ".env", "A=1\n"),
        write(state / "credentials" / "whatsapp" / "creds.json", "{}"),
        write(box.places.home / "identity" / "device.seed", "s"),
        write(box.places.home / "settings.toml", ""),
    ]
    folders = [
        state,
        state / "credentials",
        state / "credentials" / "whatsapp",
        box.places.home,
        box.places.identity_dir,
    ]
    for path in files:
        path.chmod(0o664)
    for path in folders:
        path.chmod(0o775)
    return box, [*files, *folders]


def test_a_look_narrows_what_others_would_meet_and_notes_it_once(tmp_path: Path) -> None:
    box, paths = opened(tmp_path)
    drive(dispatch(box, GET, GetSetting("gateway.mode"), CALL))
    left = [path for path in paths if mode(path) & 0o077]
    assert left == [box.places.identity_dir / "device.seed"], "behind a closed door, until the first change"
    drive(dispatch(box, GET, GetSetting("gateway.mode"), CALL))
    (changes,) = notes(box)
    assert f"{box.places.config_path}: 0664 → 0600" in changes
    assert len(changes) == len(paths) - 1
    assert wide_modes(box.places) == []


def test_before_a_first_change_all_of_our_home_is_narrowed(tmp_path: Path) -> None:
    box, paths = opened(tmp_path)
    drive(box.recover("cli"))
    assert [path for path in paths if mode(path) & 0o077] == []
    assert {mode(path) for path in paths} == {0o600, 0o700}
    drive(make_box(tmp_path).recover("cli"))
    assert len(notes(box)) == 1


def test_where_nothing_may_be_written_nothing_is_narrowed(tmp_path: Path) -> None:
    opened(tmp_path)
    before = tree(tmp_path)
    drive(dispatch(make_box(tmp_path, read_only=True), GET, GetSetting("gateway.mode"), CALL))
    looks_only = Call("human:test", "cli", read_only=True)
    drive(dispatch(make_box(tmp_path), GET, GetSetting("gateway.mode"), looks_only))
    assert tree(tmp_path) == before


def test_without_a_record_nothing_is_narrowed_and_a_look_works(tmp_path: Path) -> None:
    box, paths = opened(tmp_path)
    write(box.places.audit_dir, "no folder")
    box.places.home.chmod(0o775)
    drive(dispatch(box, GET, GetSetting("gateway.mode"), CALL))
    assert mode(paths[0]) == 0o664


@pytest.mark.parametrize("kind", ["link", "second name"])
def test_what_is_not_ours_alone_is_left(tmp_path: Path, kind: str) -> None:
    box = shop(tmp_path, "${OFFICE}")
    other = write(tmp_path / "other", "A=1\n", mode=0o644)
    env = box.places.state_dir / ".env"
    env.symlink_to(other) if kind == "link" else os.link(other, env)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    write(folder / "inside", "", mode=0o644)
    box.places.home.mkdir(mode=0o700, parents=True)
    (box.places.home / "receipts").symlink_to(folder)
    (box.places.state_dir / "credentials").symlink_to(folder)
    assert wide_modes(box.places, deep=True) == []
    for path in (env, box.places.home / "receipts"):
        narrow(WideMode(path, 0o644, 0o600))
    assert (mode(other), mode(folder), mode(folder / "inside")) == (0o644, 0o755, 0o644)


def test_a_home_folder_is_never_narrowed(tmp_path: Path) -> None:
    from appliance.places import Places

    tmp_path.chmod(0o755)
    env = {"HOME": str(tmp_path), "LUNATUI_HOME": str(tmp_path), "OPENCLAW_STATE_DIR": str(tmp_path.parent)}
    assert wide_modes(Places.from_environment(env)) == []


def test_what_it_may_not_do_is_said(tmp_path: Path) -> None:
    assert narrow(WideMode(tmp_path / "gone", 0o644, 0o600)) == ""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert "keeps its rights" in narrow(WideMode(link, 0o777, 0o700))


def test_a_program_of_ours_stays_one(tmp_path: Path) -> None:
    box = make_box(tmp_path)
    shim = write(box.places.home / "bin" / "shim", "#!/bin/sh\n", mode=0o755)
    for item in wide_modes(box.places, deep=True):
        assert narrow(item) == ""
    assert mode(shim) == 0o700
