"""A small box on the disk, and archives of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.backup.engine_part import EnginePart
from appliance.backup.keys import Lock, with_key_file
from appliance.backup.models import About, Root
from appliance.backup.pace import Pace
from appliance.backup.sources import our_roots
from appliance.backup.writing import Source, Written, write_archive
from appliance.places import Places

MakeArchive = Callable[..., Written]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A box with a configuration, a workspace outside of it and some of our own files."""
    found = Places.from_environment({"HOME": str(tmp_path / "home")})
    workspace = tmp_path / "outside" / "ws"
    own = f'workspace: "{found.state_dir}/workspaces/luna"'
    entries = f'entries: {{ ws: {{ workspace: "{workspace}" }} }}'
    config = f"{{\n  // the shop\n  agents: {{ defaults: {{ {own} }}, {entries} }},\n}}\n"
    texts = {
        found.config_path: config,
        found.state_dir / "workspaces" / "luna" / "SOUL.md": "Luna is kind.\n",
        workspace / "ä" / ("long" * 40) / "FACTS.md": "Cake is 4.\n",
        found.home / "settings.toml": "x = 1\n",
        found.home / "audit" / "1.jsonl": "{}\n",
        found.home / "locks" / "a.lock": "",
        found.home / "backups" / "config" / "1.json5": "{}",
        found.home / "backups" / "archives" / "old.lunabackup": "x",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(text, encoding="utf-8")
    (found.state_dir / "run.sh").write_text("#!/bin/sh\n")
    (found.state_dir / "run.sh").chmod(0o755)
    (found.state_dir / "empty").mkdir()
    return found


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    """The key of the box."""
    return with_key_file(tmp_path / "backup.key", create=True)


def source_of(places: Places, *, engine: EnginePart | None = None) -> Source:
    """What goes into an archive of this box, OpenClaw's part taken from its folders."""
    outside = places.user_home.parent / "outside" / "ws"
    roots, left_out = our_roots(places)
    parts = (
        Root("state", "state", str(places.state_dir)),
        Root("workspace-2", "workspace", str(outside)),
        *roots,
    )
    about = About(
        "2026-11-30T01:02:03+00:00",
        "0.1.0",
        "2026.9.6",
        "linux",
        "Café Rosa",
        str(places.user_home),
        str(places.state_dir),
        str(places.config_path),
        str(places.home),
        ("Luna",),
    )
    return Source(about, engine, tuple((root, Path(root.path)) for root in parts), left_out)


@pytest.fixture
def make_archive(places: Places, lock: Lock, tmp_path: Path) -> MakeArchive:
    """Write an archive of the box."""

    def make(**options: object) -> Written:
        return write_archive(source_of(places), tmp_path / "disk", lock, Pace(), **options)  # type: ignore[arg-type]

    return make
