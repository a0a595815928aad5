"""An archive holds all of a box or does not exist; a kill, a fault or an end leaves nothing of it."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.backup import writing
from appliance.backup.engine_part import engine_part
from appliance.backup.header import header_of
from appliance.backup.keys import Lock, with_key_file
from appliance.backup.models import SUFFIX, Entry
from appliance.backup.pace import Cancelled, Pace, Progress
from appliance.backup.reading import about_of, manifest_of
from appliance.backup.writing import write_archive
from appliance.errors import Invalid, LunaError
from appliance.places import Places
from appliance.store.disk import Disk
from tests.safety import kills
from tests.unit.appliance.backup.conftest import MakeArchive, source_of


def test_everything_is_in_it_and_private(make_archive: MakeArchive, lock: Lock, places: Places) -> None:
    written = make_archive()
    assert written.path.name.endswith(f"-{written.id[:8]}{SUFFIX}")
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    manifest = manifest_of(written.path, lock, Pace())
    assert manifest == written.manifest
    names = {entry.name for entry in manifest.entries}
    assert {"state/openclaw.json", "state/workspaces/luna/SOUL.md", "lunatui/audit/1.jsonl"} <= names
    assert "lunatui/backups/config/1.json5" in names
    assert not [name for name in names if "archives" in name or "locks" in name]
    assert Entry("state/empty", 0, "") in manifest.entries
    assert next(entry for entry in manifest.entries if entry.name == "state/run.sh").executable
    assert about_of(written.path, lock).agents == ("Luna",)
    assert header_of(written.path).id == written.id
    assert {item.reason for item in manifest.left_out} == {"archive", "volatile"}
    data = written.path.read_bytes()
    assert b"Luna is kind" not in data
    assert b" Rosa" not in data


def test_links_pipes_and_odd_names_are_left_out_and_said(make_archive: MakeArchive, places: Places) -> None:
    (places.state_dir / "link").symlink_to("/etc/passwd")
    os.mkfifo(places.state_dir / "pipe")
    Path(os.fsdecode(os.fsencode(places.state_dir) + b"/\xff")).write_text("x")
    (places.state_dir / "live.sqlite").write_text("x")
    (places.state_dir / "readme").write_text("x")
    (places.state_dir / "README").write_text("x")
    left = {(Path(item.path).name, item.reason) for item in make_archive().manifest.left_out}
    wanted = {("link", "link"), ("pipe", "special"), ("\ufffd", "name"), ("live.sqlite", "database")}
    assert wanted <= left
    assert ("readme", "collides") in left


def test_another_key_does_not_open_it(make_archive: MakeArchive, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        manifest_of(make_archive().path, with_key_file(tmp_path / "other.key", create=True), Pace())
    assert caught.value.code == "archive-key"


def test_an_end_on_request_leaves_nothing(places: Places, lock: Lock, tmp_path: Path) -> None:
    told: list[Progress] = []
    pace = Pace(told.append)

    def stop_in(step: str) -> None:
        if step == "b4-read-back":
            pace.stop()

    with pytest.raises(Cancelled):
        write_archive(source_of(places), tmp_path / "disk", lock, pace, hook=stop_in)
    assert list((tmp_path / "disk").iterdir()) == []
    assert told[0].phase == "write"


def test_progress_has_bytes_and_the_time_that_is_left() -> None:
    told: list[Progress] = []
    clock = iter([0.0, 1.0, 2.0])
    pace = Pace(told.append, lambda: next(clock))
    pace.phase("write", 100)
    pace.add(25)
    pace.add(25)
    assert [(item.done, item.left_s) for item in told] == [(0, None), (25, 3.0), (50, 2.0)]


def test_too_little_space_is_said_with_its_figures(places: Places, lock: Lock, tmp_path: Path) -> None:
    class Full(Disk):
        def free(self, folder: Path) -> int:  # noqa: ARG002 - the seam's signature
            return 1 << 20

    with pytest.raises(LunaError) as caught:
        write_archive(source_of(places), tmp_path / "disk", lock, Pace(), disk=Full())
    assert caught.value.code == "no-space"
    assert list((tmp_path / "disk").iterdir()) == []


@pytest.mark.parametrize("call", ["create", "write", "sync", "close", "link", "sync_folder"])
def test_a_failing_disk_leaves_no_archive(places: Places, lock: Lock, tmp_path: Path, call: str) -> None:
    class Failing(Disk):
        pass

    def fail(*_args: object, **_options: object) -> None:
        raise OSError(5, "Input/output error")

    disk = Failing()
    setattr(disk, call, fail)
    with pytest.raises(LunaError):
        write_archive(source_of(places), tmp_path / "disk", lock, Pace(), disk=disk)
    found = list((tmp_path / "disk").iterdir())
    if call == "sync_folder":  # whole, with its name, and only the folder not confirmed
        assert all(manifest_of(path, lock, Pace()) for path in found)
    else:
        assert found == []


def test_an_archive_that_reads_back_otherwise_is_removed(
    make_archive: MakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Disk.write
    count = 0

    def flips(self: Disk, descriptor: int, data: bytes) -> int:
        nonlocal count
        count += 1
        return honest(self, descriptor, data[:-1] + bytes([data[-1] ^ 1]) if count == 2 else data)

    monkeypatch.setattr(Disk, "write", flips)
    with pytest.raises(Invalid):
        make_archive()
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_kill_at_any_step_leaves_a_whole_archive_or_none(
    places: Places, lock: Lock, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"

    def work(hook: Callable[[str], None], acknowledge: Callable[[str], None]) -> None:
        write_archive(source_of(places), folder, lock, Pace(), hook=hook)
        acknowledge("made")

    whole = kills.run_to_end(work)
    assert not whole.error, whole.error
    assert whole.steps == (
        "b1-create", "b2-write", "b3-sync", "b4-read-back", "b5-publish", "b6-sync-folder"
    )  # fmt: skip
    for number in range(len(whole.steps)):
        assert kills.kill_at_step(work, number).killed
        for path in folder.glob(f"*{SUFFIX}"):
            if not path.name.startswith("."):
                assert manifest_of(path, lock, Pace())


def test_a_file_that_grows_and_shrinks_meanwhile_is_taken_as_it_was_read(
    places: Places, lock: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = places.home / "settings.toml"
    monkeypatch.setattr(writing.os, "fstat", lambda _descriptor: _Sized(1_000))
    written = write_archive(source_of(places), tmp_path / "disk", lock, Pace())
    found = next(entry for entry in written.manifest.entries if entry.name == "lunatui/settings.toml")
    assert found.size == victim.stat().st_size


class _Sized:
    def __init__(self, size: int) -> None:
        self.st_size = size


def test_openclaws_part_is_taken_over_entry_by_entry(places: Places, lock: Lock, tmp_path: Path) -> None:
    packed = tmp_path / "openclaw.tar.gz"
    prefix = f"x-openclaw-backup/payload/posix{places.state_dir}"
    with tarfile.open(packed, "w:gz") as tape:
        for name, content in ((f"{prefix}/openclaw.json", b"{}"), ("x-openclaw-backup/manifest.json", b"{}")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tape.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo(f"{prefix}/current")
        link.type, link.linkname = tarfile.SYMTYPE, "openclaw.json"
        tape.addfile(link)
    report = (
        f'{{"archivePath": "{packed}", "assets": [{{"kind": "state", "sourcePath": "{places.state_dir}", '
        f'"archivePath": "{prefix}"}}], "skipped": [{{"sourcePath": "/x", "reason": "regenerable"}}, '
        '{"sourcePath": "/y", "reason": "covered"}]}'
    )
    source = source_of(places, engine=engine_part(report))
    ours = tuple(part for part in source.ours if part[0].kind == "lunatui")
    written = write_archive(
        writing.Source(source.about, source.engine, ours, ()), tmp_path / "disk", lock, Pace()
    )
    assert written.manifest.entries[0].name == "state/openclaw.json"
    left = {(item.path, item.reason) for item in written.manifest.left_out}
    assert left == {("/x", "regenerable"), (f"{places.state_dir}/current", "link")}


def test_a_report_of_openclaw_that_nobody_understands_is_said() -> None:
    for report in ("", "[]", '{"assets": 5}', "{}"):
        with pytest.raises(LunaError) as caught:
            engine_part(report)
        assert caught.value.code == "engine-backup"
