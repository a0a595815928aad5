"""The file that OpenClaw starts: as OpenClaw wants it, and noticed when it is anything else."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.errors import Refused
from appliance.places import Places
from appliance.store.disk import Disk
from appliance.vault import references, shim

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.from_environment({"HOME": str(tmp_path / "a home with spaces")})


def test_it_is_a_plain_private_file_that_needs_no_environment(places: Places) -> None:
    assert shim.problem(places) == "it is missing"
    assert shim.install(places, Disk())
    path = shim.path_of(places)
    assert (path.stat().st_mode & 0o7777, path.is_symlink(), path.stat().st_nlink) == (0o700, False, 1)
    assert path.parent.stat().st_mode & 0o077 == 0
    assert shim.problem(places) == ""
    assert not shim.install(places, Disk())
    text = path.read_text()
    assert shlex.quote(sys.executable) in text
    assert f"HOME={shlex.quote(str(places.user_home))}" in text
    assert "OPENCLAW_CONFIG_PATH" not in text


def test_it_names_a_configuration_that_lies_elsewhere(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "OPENCLAW_CONFIG_PATH": str(tmp_path / "else where.json")}
    places = Places.from_environment(env)
    assert f"OPENCLAW_CONFIG_PATH={shlex.quote(env['OPENCLAW_CONFIG_PATH'])}" in shim.text_of(places)


def link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to(path.with_name("other"))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.chmod(0o755), "its mode is 0755, not 0700"),
        (lambda path: path.write_text(path.read_text() + "\n"), "another installation"),
        (lambda path: path.write_bytes(b"\xff"), "another installation"),
        (link, "it is a link"),
        (Path.unlink, "it is missing"),
    ],
)
def test_anything_else_is_noticed_and_mended(
    places: Places, spoil: Callable[[Path], object], words: str
) -> None:
    shim.install(places, Disk())
    spoil(shim.path_of(places))
    assert words in shim.problem(places)
    assert shim.install(places, Disk())
    assert shim.problem(places) == ""


def test_a_folder_in_its_place_is_said(places: Places) -> None:
    shim.install(places, Disk())
    folder(shim.path_of(places))
    assert shim.problem(places) == "it is no plain file"


def test_a_path_that_openclaw_would_not_start_is_refused(tmp_path: Path) -> None:
    places = Places.from_environment({"HOME": str(tmp_path), "LUNATUI_HOME": str(tmp_path / "Rosa's")})
    with pytest.raises(Refused) as caught:
        shim.install(places, Disk())
    assert caught.value.code == "shim-path"
    assert not places.home.exists()


CONFIG = {
    "secrets": {"providers": {"lunatui": references.provider_entry(Path("/ours")),
                              "again": {"source": "exec", "command": "/ours"},
                              "file": {"source": "file", "path": "/ours"},
                              "theirs": {"source": "exec", "command": "/theirs"}}},
    "models": {"providers": {"a": {"apiKey": references.reference("one")},
                             "b": {"apiKey": {"source": "exec", "provider": "again", "id": "two"}},
                             "c": {"apiKey": {"source": "exec", "provider": "theirs", "id": "three"}},
                             "d": {"apiKey": {"source": "store", "provider": "lunatui", "id": "four"}},
                             "e": {"apiKey": "sk"}, "f": [{"key": references.reference("one")}]}},
}  # fmt: skip


def test_only_what_is_referred_to_through_our_file_counts() -> None:
    ours = references.aliases(CONFIG, Path("/ours"))
    assert ours == ("lunatui", "again")
    assert references.referred(CONFIG, ours) == {
        "one": ("models.providers.a.apiKey", "models.providers.f.0.key"),
        "two": ("models.providers.b.apiKey",),
    }
    assert references.aliases({}, Path("/ours")) == ()
    assert references.entry_edits(CONFIG, Path("/ours")) == ()
    (moved,) = references.entry_edits(CONFIG, Path("/moved"))
    assert moved.value["command"] == "/moved"
    assert references.entry_removal({}) == ()
