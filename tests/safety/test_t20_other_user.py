"""T20: somebody who can change names in a folder of ours never makes us write, delete or open outside it."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from appliance.errors import LunaError
from appliance.hygiene import targets
from appliance.hygiene.modes import narrow, wide_modes
from appliance.hygiene.rewriting import rewrite
from appliance.hygiene.search import search
from appliance.places import Places, create_private, private_dir, write_private
from appliance.store.config import ConfigStore
from appliance.store.disk import Disk
from appliance.store.edits import Edit
from appliance.store.trash import remove
from tests.fakes.keys import shapeless
from tests.safety.attacker import attacker, until_raced
from tests.safety.chance import chosen_seed
from tests.safety.scale import scale

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = chosen_seed()
RACES = scale(25, 440, 24_000)
"""For each of four places that are raced for; together with the next, 2,000 in CI and 100,000 nightly."""
FEWER = scale(10, 240, 4_000)
"""For a save, which waits for its lock when that has become a link."""
KEY = shapeless(3)


class Street:
    """A box, and what lies outside of it and must stay as it is."""

    def __init__(self, root: Path) -> None:
        print(f"seed {SEED}")
        home = root / "home"
        home.mkdir(mode=0o700)
        self.places = Places.from_environment({"HOME": str(home), "LUNATUI_HOME": str(home / "ours")})
        self.places.state_dir.mkdir(mode=0o700)
        self.fresh()
        self.outside = root / "outside"
        (self.outside / "folder").mkdir(parents=True)
        self.victims = [self.outside / name for name in ("words", "numbers", "keys", "gone")]
        for path, text in zip(
            self.victims, ("Not yours.\n", "1 2 3\n", f"OFFICE_API_KEY={KEY}\n"), strict=False
        ):
            path.write_text(text)
            path.chmod(0o644)
        self._before = self.seen()

    def fresh(self) -> None:
        """The configuration as a plain file, whatever stands there."""
        lay(self.places.config_path, '{gateway: {mode: "local", port: 18789}, env: {vars: {N: "0"}}}')

    def store(self) -> ConfigStore:
        return ConfigStore(self.places, env={})

    def seen(self) -> dict[str, tuple[int, int, str]]:
        """Everything outside: mode, links and content."""
        return {
            str(path): (
                path.lstat().st_mode,
                path.lstat().st_nlink,
                path.read_text() if path.is_file() else "",
            )
            for path in sorted(self.outside.rglob("*"))
        }

    def check(self) -> None:
        """Nothing outside was written, created, removed, opened up or closed."""
        assert self.seen() == self._before


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr(targets, "SHARED_LOGS", tmp_path / "nobody")
    return Street(tmp_path)


def lay(path: Path, text: str, mode: int = 0o600) -> None:
    """A plain file of this content, put there in one step: nobody turns it against the test itself."""
    ready = path.with_name(f"ready-{path.name}")
    ready.touch(mode=mode)
    ready.write_text(text)
    ready.chmod(mode)
    ready.replace(path)


def allowed(work: Callable[[], object]) -> bool:
    """Done, or refused in words; anything else is a bug."""
    try:
        work()
    except LunaError:
        return False
    return True


def is_temporary(name: str) -> bool:
    return ".lunatui." in name and not name.endswith(".aside")


@pytest.mark.timeout(1800)
def test_races_for_the_temporary_file_and_the_lock_of_a_save(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A lock that has become a link is waited for; what matters is that nobody writes through it.
    monkeypatch.setattr("appliance.store.save.LOCK_BUDGET", 0.05)
    done = []

    def save() -> None:
        street.fresh()
        store, number = street.store(), str(time.monotonic_ns())
        lock = street.places.state_dir / "openclaw.json.lock"
        if lock.is_symlink():
            lock.unlink(missing_ok=True)
        prepared = store.prepare([Edit(("env", "vars", "N"), number)])
        saved = allowed(lambda: store.save(prepared, operation="config.set"))
        if saved and not street.places.config_path.is_symlink():
            assert number in street.places.config_path.read_text()
            done.append(number)

    with attacker(
        [street.places.state_dir, street.places.locks_dir],
        street.victims,
        is_temporary,
        SEED,
    ) as attack:
        until_raced(attack, FEWER, save)
    save()
    assert done, "nothing was ever saved, so nothing was tried"
    street.check()
    print(f"figure races: {attack.races} names taken, 0 escapes")


@pytest.mark.timeout(1800)
def test_races_for_the_names_in_the_ring_of_backups(street: Street) -> None:
    folder = private_dir(street.places.backups_dir) / "config"

    def save() -> None:
        street.fresh()
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_symlink():
                path.unlink(missing_ok=True)
        store = street.store()

        def once() -> None:
            prepared = store.prepare([Edit(("env", "vars", "N"), str(time.monotonic_ns()))])
            store.save(prepared, operation="config.set")

        allowed(once)

    with attacker([folder], street.victims, lambda name: not name.endswith(".aside"), SEED) as attack:
        until_raced(attack, RACES, save)
    street.check()
    print(f"figure races: {attack.races} names taken, 0 escapes")


def _own_text(path: Path) -> str:
    """What a plain file holds; nothing of what a link leads to."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return ""
    with open(descriptor, encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
        return file.read()


@pytest.mark.timeout(1800)
def test_races_for_copies_that_are_rewritten_and_files_that_are_closed(street: Street) -> None:
    """`.bak` and `.env` while a key is taken out of them, and while their modes are narrowed."""
    state = street.places.state_dir
    names = ("openclaw.json.bak", ".env")
    disk = Disk()

    def clean() -> None:
        for name in names:
            path = state / name
            lay(path, f"KEY={KEY}\n", 0o644)
            for item in wide_modes(street.places):
                narrow(item)
            allowed(lambda path=path: rewrite(path, lambda data: data.replace(b"KEY", b"YEK"), disk))  # type: ignore[misc]
            assert not any(word in _own_text(path) for word in ("Not yours", "1 2 3", "OFFICE"))

    with attacker([state], street.victims, lambda name: name in names or is_temporary(name), SEED) as attack:
        until_raced(attack, RACES, clean)
    street.check()
    print(f"figure races: {attack.races} names taken, 0 escapes")


@pytest.mark.timeout(1800)
def test_races_for_files_that_are_searched(street: Street) -> None:
    """No link is followed while looking: what lies outside is never found."""
    state = street.places.state_dir

    def look() -> None:
        for name in (".env", "openclaw.json.bak"):
            lay(state / name, "A=1\n")
        found = search(street.places, {"TMPDIR": str(state)}, street.store()).located
        assert not [item for item in found if item.target.path.is_relative_to(state)]

    with attacker(
        [state], [street.victims[2]], lambda name: name in (".env", "openclaw.json.bak"), SEED
    ) as attack:
        until_raced(attack, RACES, look)
    street.check()
    print(f"figure races: {attack.races} names taken, 0 escapes")


@pytest.mark.timeout(1800)
def test_races_for_what_is_deleted_for_good(street: Street) -> None:
    """A folder of the trash, while its folders and files turn into links that lead outside."""
    entry = street.places.trash_dir / "20200101T000000000000Z-aaaaaaaa"
    inner = [entry / name for name in "abc"]

    def empty() -> None:
        for folder in inner:
            if folder.is_symlink():
                folder.unlink(missing_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
            for name in "xy":
                lay(folder / name, "old")
        remove(entry)

    victims = [*street.victims, street.outside / "folder", street.outside]
    with attacker(inner, victims, lambda name: name in ("x", "y"), SEED) as attack:
        until_raced(attack, RACES, empty)
    street.check()
    print(f"figure races: {attack.races} names taken, 0 escapes")


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "file", "pipe"])
@pytest.mark.parametrize(
    "name",
    [
        "ours/fingerprint.key",
        "ours/settings.toml",
        "ours/backups/config/manifest.json",
        ".openclaw/openclaw.json.lock",
    ],
)
def test_names_that_stand_there_before_us(street: Street, name: str, kind: str) -> None:
    """Created by somebody else before we come: never written through, and said in words."""
    path = street.places.user_home / name
    for folder in reversed([path.parent, *path.parent.parents]):
        folder.mkdir(mode=0o700, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path, 0o600)
    elif kind == "folder":
        path.mkdir(mode=0o700)
    elif kind == "file":
        path.write_text("whatever")
    else:
        path.symlink_to(street.victims[0] if kind == "link" else street.victims[3])

    def use() -> None:
        if name.endswith(".key"):
            if kind != "pipe":
                create_private(path, b"k" * 32)
        elif name.endswith(".toml"):
            write_private(path, b"name = 1\n")
        else:
            store = street.store()
            store.save(store.prepare([Edit(("env", "vars", "N"), "1")]), operation="config.set")

    if name.endswith(".lock"):
        # A lock that names nobody is waited for; that it is never touched is what counts here.
        assert street.store().lock_state().kind in ("live", "orphan", "stale")
    else:
        allowed(use)
    street.check()


def test_a_link_in_place_of_the_file_leads_to_no_other_users_folder(street: Street) -> None:
    """The settings may be a link within what is ours, and never one to a file that is no settings."""
    path = street.places.config_path
    path.unlink()
    path.symlink_to(street.victims[0])
    with pytest.raises(LunaError):
        street.store().prepare([Edit(("env", "vars", "N"), "1")])
    street.check()
    path.unlink()
    own = street.places.state_dir / "real.json"
    own.touch(mode=0o600)
    own.write_text(json.dumps({"gateway": {"mode": "local"}}))
    path.symlink_to(own)
    store = street.store()
    store.save(store.prepare([Edit(("gateway", "port"), 18790)]), operation="config.set")
    assert path.is_symlink()
    assert json.loads(own.read_text())["gateway"]["port"] == 18790
