"""Where things live, as OpenClaw resolves it, and how our own files are written."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.places import Places, create_private, names_in, private_dir, write_private
from appliance.store.config import ConfigStore

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = {"HOME": "/home/rosa"}


@pytest.mark.parametrize(
    ("env", "state", "config"),
    [
        ({}, "/home/rosa/.openclaw", "/home/rosa/.openclaw/openclaw.json"),
        ({"OPENCLAW_STATE_DIR": "/srv/oc"}, "/srv/oc", "/srv/oc/openclaw.json"),
        ({"OPENCLAW_STATE_DIR": "~/oc"}, "/home/rosa/oc", "/home/rosa/oc/openclaw.json"),
        ({"OPENCLAW_STATE_DIR": "  "}, "/home/rosa/.openclaw", "/home/rosa/.openclaw/openclaw.json"),
        ({"OPENCLAW_CONFIG_PATH": "/etc/oc.json"}, "/home/rosa/.openclaw", "/etc/oc.json"),
        ({"OPENCLAW_CONFIG_PATH": "~/oc.json"}, "/home/rosa/.openclaw", "/home/rosa/oc.json"),
        ({"OPENCLAW_PROFILE": "dev"}, "/home/rosa/.openclaw-dev", "/home/rosa/.openclaw-dev/openclaw.json"),
        ({"OPENCLAW_PROFILE": "Default"}, "/home/rosa/.openclaw", "/home/rosa/.openclaw/openclaw.json"),
        ({"OPENCLAW_HOME": "/data"}, "/data/.openclaw", "/data/.openclaw/openclaw.json"),
    ],
)
def test_openclaws_own_folders(env: dict[str, str], state: str, config: str) -> None:
    places = Places.from_environment({**HOME, **env})
    assert (str(places.state_dir), str(places.config_path)) == (state, config)


def test_a_folder_that_is_given_wins_over_the_environment() -> None:
    env = {**HOME, "OPENCLAW_STATE_DIR": "/a", "OPENCLAW_CONFIG_PATH": "/b.json", "OPENCLAW_PROFILE": "dev"}
    places = Places.from_environment(env, state_dir="/given")
    assert (str(places.state_dir), str(places.config_path)) == ("/given", "/given/openclaw.json")


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="the folders of a Linux box")
def test_our_own_folders() -> None:
    places = Places.from_environment(HOME)
    assert str(places.home) == "/home/rosa/.local/share/lunatui"
    assert str(places.cache_dir) == "/home/rosa/.cache/lunatui"
    xdg = Places.from_environment({**HOME, "XDG_DATA_HOME": "/x/data", "XDG_CACHE_HOME": "/x/cache"})
    assert (str(xdg.home), str(xdg.cache_dir)) == ("/x/data/lunatui", "/x/cache/lunatui")
    relative = Places.from_environment({**HOME, "XDG_DATA_HOME": "data"})
    assert relative.home == places.home


def test_our_own_variables_and_what_hangs_below() -> None:
    env = {**HOME, "LUNATUI_HOME": "~/l", "LUNATUI_CACHE": "/c", "LUNATUI_ENGINE_DIR": "engine"}
    places = Places.from_environment(env)
    assert str(places.home) == "/home/rosa/l"
    assert str(places.cache_dir) == "/c"
    assert places.engine_dir == Path.cwd() / "engine"
    assert Places.from_environment({**HOME, "LUNATUI_HOME": "/l"}).engine_dir == Path("/l/engine")
    below = {
        places.audit_dir, places.backups_dir, places.history_dir, places.identity_dir, places.journal_dir,
        places.locks_dir, places.logs_dir, places.trash_dir,
    }  # fmt: skip
    assert len(below) == 8
    assert {path.parent for path in below} == {places.home}
    assert places.with_engine_dir(Path("/e")).engine_dir == Path("/e")


@pytest.mark.parametrize("env", [{}, {"HOME": ""}, {"HOME": "relative"}])
def test_without_a_usable_home_variable_the_account_decides(env: dict[str, str]) -> None:
    import pwd

    assert Places.from_environment(env).user_home == Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_every_new_folder_is_private_and_what_was_there_before_stays(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        private_dir(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("", "a", "a/b", "a/b/c")]
    assert modes == [0o755, 0o700, 0o700, 0o700]


def test_a_tight_umask_does_not_lock_us_out(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        private_dir(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_wide_folder_is_narrowed_and_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "wide").mkdir(mode=0o755)
    assert stat.S_IMODE(private_dir(tmp_path / "wide").stat().st_mode) == 0o700
    file = tmp_path / "file"
    file.write_text("x")
    file.chmod(0o644)
    with pytest.raises(NotADirectoryError):
        private_dir(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_writing_replaces_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    before = os.umask(0)
    try:
        write_private(path, b"one")
        write_private(path, b"two")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(path.parent) == ["file"]
    path.with_name("folder").mkdir()
    with pytest.raises(LunaError) as caught:
        write_private(path.with_name("folder"), b"x")
    assert caught.value.code == "home-unwritable"
    assert sorted(names_in(path.parent)) == ["file", "folder"]


def test_creating_never_replaces(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert create_private(path, b"first") == b"first"
    assert create_private(path, b"second") == b"first"
    assert names_in(tmp_path) == ["key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_names_of_a_folder_that_is_missing_or_none(tmp_path: Path) -> None:
    assert names_in(tmp_path / "missing") == []
    (tmp_path / "file").touch()
    with pytest.raises(LunaError) as caught:
        names_in(tmp_path / "file")
    assert caught.value.code == "home-unreadable"


@pytest.mark.parametrize("put", [write_private, create_private])
def test_the_name_of_a_file_is_synced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Callable[[Path, bytes], object]
) -> None:
    path = private_dir(tmp_path / "ours") / "note"
    synced: list[tuple[int, bool]] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append((os.fstat(fd).st_ino, path.exists())))
    put(path, b"one")
    assert synced == [(path.stat().st_ino, False), (path.parent.stat().st_ino, True)]


def test_a_new_folder_lasts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A synced file is lost with a folder whose own name was never synced."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_ino))
    private_dir(tmp_path / "ours" / "audit")
    assert synced == [tmp_path.stat().st_ino, (tmp_path / "ours").stat().st_ino]
    private_dir(tmp_path / "ours" / "audit")
    assert len(synced) == 2


def test_what_a_kill_leaves_of_a_small_file_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of ours that was being written has a name that the next start knows as a dead process's."""
    places = Places.from_environment({"HOME": str(tmp_path), "LUNATUI_HOME": str(tmp_path / "ours")})
    named: list[Path] = []
    monkeypatch.setattr(Path, "replace", lambda source, _target: named.append(source))
    write_private(places.history_dir / "note", b"one")
    dead = named[0].with_name(named[0].name.replace(f".{os.getpid()}.", ".4194305."))
    dead.touch()
    assert ConfigStore(places, env={}).sweep() == [str(dead)]
    assert not dead.exists()


def test_a_folder_behind_a_link_keeps_its_mode(tmp_path: Path) -> None:
    elsewhere = tmp_path / "etc"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "audit").symlink_to(elsewhere)
    assert private_dir(tmp_path / "audit") == tmp_path / "audit"
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_on_a_mac_our_own_files_go_through_the_drive_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fsync there hands the bytes to a drive that may still lose them."""
    asked: list[int] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _descriptor, command: asked.append(command))
    write_private(tmp_path / "note", b"kept")
    create_private(tmp_path / "key", b"kept")
    assert asked == [51] * 4, "each file, and each name in its folder"
