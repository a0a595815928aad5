"""Small OpenClaws and Nodes made of shell scripts: real files and real processes, milliseconds each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.engine.manifest import Manifest, measure, platform_name, write_manifest
from appliance.places import Places

NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo v{version}; exit; fi
exec /bin/sh "$@"
"""
OPENCLAW = 'echo "OpenClaw {version} (test)"\n'
WANTED_NODE = ">=24.16.0 <25 || >=26.1.0"


def make_node(path: Path, version: str = "24.19.0") -> Path:
    """A program that says it is a Node and runs its argument as a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NODE.format(version=version))
    path.chmod(0o755)
    return path


def make_openclaw(folder: Path, version: str = "2026.9.6", *, wants: str = WANTED_NODE) -> Path:
    """An OpenClaw package in `folder` (a `node_modules`)."""
    root = folder / "openclaw"
    (root / "dist").mkdir(parents=True)
    package = {"name": "openclaw", "version": version, "engines": {"node": wants}}
    (root / "package.json").write_text(json.dumps(package))
    (root / "openclaw.mjs").write_text(OPENCLAW.format(version=version))
    (root / "openclaw.mjs").chmod(0o755)
    (root / "dist" / "index.js").write_text("")
    return root


def make_engine_folder(
    folder: Path, version: str = "2026.9.6", *, node: str = "24.19.0", platform: str = ""
) -> Manifest:
    """A packed engine, described as the installer describes one."""
    node_dir, openclaw_dir = folder / f"node-{node}", folder / f"openclaw-{version}"
    make_node(node_dir / "bin" / "node", node)
    npm = node_dir / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text("")
    (node_dir / "bin" / "npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    make_openclaw(openclaw_dir / "node_modules", version)
    return describe(folder, version, node, platform)


def describe(folder: Path, version: str = "2026.9.6", node: str = "24.19.0", platform: str = "") -> Manifest:
    """Write the description of what the folder holds now."""
    files, size, digest = measure(folder / f"node-{node}", folder / f"openclaw-{version}")
    manifest = Manifest(version, node, platform or platform_name(), files, size, digest)
    write_manifest(folder, manifest)
    return manifest


@dataclass(frozen=True)
class Machine:
    """A home, places in it, and an environment that reaches nothing outside."""

    home: Path
    places: Places
    env: dict[str, str]

    def prefix(self, name: str, version: str = "2026.9.6", *, node: str = "24.19.0") -> Path:
        """A global npm prefix below the home with an OpenClaw and a Node; returns the package."""
        prefix = self.home / name
        make_node(prefix / "bin" / "node", node)
        root = make_openclaw(prefix / "lib" / "node_modules", version)
        (prefix / "bin" / "openclaw").symlink_to("../lib/node_modules/openclaw/openclaw.mjs")
        return root

    def with_path(self, *folders: Path) -> dict[str, str]:
        """The environment with these folders in PATH."""
        return {**self.env, "PATH": ":".join(str(folder) for folder in folders)}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty machine."""
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "PATH": ""}
    return Machine(home, Places.from_environment(env), env)
