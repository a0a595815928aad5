"""Versions of OpenClaw and the Node they ask for."""

from __future__ import annotations

import json

import pytest

from appliance.engine.models import Engine
from appliance.engine.release import PINNED, lock_folder, node_suits, support, version_numbers

RANGE = ">=24.16.0 <25 || >=26.1.0"


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("24.16.0", RANGE),
        ("24.19.0", RANGE),
        ("26.1.0", RANGE),
        ("30.0.0", RANGE),
        ("22.22.3", ">=22.12"),
        ("22.12.0", ">=22.12"),
        ("24.3.1", "24"),
        ("24.3.1", "24.3"),
        ("24.3.1", "^24.1.0"),
        ("24.3.1", "~24.3.0"),
        ("24.3.1", "<=24"),
        ("24.3.1", "> 24.2"),
        ("24.3.1", ""),
        ("24.3.1", "whatever they come up with"),
    ],
)
def test_a_node_that_suits(version: str, wanted: str) -> None:
    assert node_suits(version, wanted)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("24.15.9", RANGE),
        ("25.9.0", RANGE),
        ("26.0.9", RANGE),
        ("20.20.2", RANGE),
        ("24.3.1", "^24.4.0"),
        ("25.0.0", "^24.1.0"),
        ("24.4.0", "~24.3.0"),
        ("24.2.9", ">24.2"),
        ("25.0.0", "<=24"),
        ("25.0.0", "24"),
        ("", ""),
        ("nonsense", ">=1"),
    ],
)
def test_a_node_that_does_not(version: str, wanted: str) -> None:
    assert not node_suits(version, wanted)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2026.9.6", "full"),
        ("2026.8.2", "full"),
        ("2027.1.0-beta.3", "full"),
        ("2026.8.1", "fewer-screens"),
        ("2026.6.35", "fewer-screens"),
        ("2026.5.28", "look-and-update"),
        ("2026.2.26", "look-and-update"),
        ("2026.2.25", "too-old"),
        ("dev", "unknown"),
        ("", "unknown"),
    ],
)
def test_how_much_of_us_works(version: str, expected: str) -> None:
    assert support(version) == expected


def test_version_numbers() -> None:
    assert version_numbers("v24.19.0") == (24, 19, 0)
    assert version_numbers("2026.9.6-beta.1") == (2026, 9, 6)
    assert version_numbers("2026.9") == ()


def test_the_shipped_lock_file_is_of_the_pinned_release_and_names_no_host() -> None:
    package = json.loads((lock_folder() / "package.json").read_text())
    text = (lock_folder() / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert package["dependencies"] == {"openclaw": PINNED}
    assert packages[""]["dependencies"] == package["dependencies"]
    assert packages["node_modules/openclaw"]["version"] == PINNED
    assert "resolved" not in text
    unlocked = [
        path
        for path, entry in packages.items()
        if path and not entry.get("inBundle", False) and not entry.get("integrity")
    ]
    assert not unlocked


def test_every_package_with_an_install_script_was_decided_about() -> None:
    allowed = json.loads((lock_folder() / "package.json").read_text())["allowScripts"]
    packages = json.loads((lock_folder() / "package-lock.json").read_text())["packages"]
    with_scripts = {
        path.rpartition("node_modules/")[2]
        for path, entry in packages.items()
        if entry.get("hasInstallScript")
    }
    assert set(allowed) == with_scripts
    assert [name for name, may in allowed.items() if may] == ["openclaw", "koffi"]


def test_the_lock_file_serves_the_platforms_we_ship_for() -> None:
    packages = json.loads((lock_folder() / "package-lock.json").read_text())["packages"]
    for name in ("@koromix/koffi-darwin-arm64", "@koromix/koffi-linux-x64", "@koromix/koffi-linux-arm64"):
        assert f"node_modules/{name}" in packages


def test_usable_means_supported_and_with_a_fitting_node(tmp_path: object) -> None:
    from pathlib import Path

    def engine(version: str, suits: bool) -> Engine:
        return Engine(version, Path("/r"), Path("/n"), "24.19.0", suits, "path")

    assert engine("2026.9.6", True).usable
    assert not engine("2026.9.6", False).usable
    assert not engine("2026.7.35", True).usable
    assert engine("2026.9.6", True).cli == ("/n", "/r/openclaw.mjs")
