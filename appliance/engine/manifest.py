"""Our own engine folder: `openclaw-<version>/`, `node-<version>/` and `engine.json`, which is written last.

"Installed" means the manifest is there; what it describes was complete and had been run before.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import Invalid
from appliance.parsing import json_value, small_file
from appliance.places import sync_folder
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "engine.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What an engine folder holds."""

    openclaw: str
    """Release, such as `2026.9.6`."""
    node: str
    """Version, such as `24.19.0`."""
    platform: str
    """Such as `linux-x64-glibc` or `darwin-arm64`; see `platform_name`."""
    files: int
    """Files and links in both folders."""
    size: int
    """Their bytes."""
    digest: str
    """See `measure`: names, sizes and executable bits, not content."""
    format: int = FORMAT

    def openclaw_dir(self, engine_dir: Path) -> Path:
        return engine_dir / f"openclaw-{self.openclaw}"

    def node_dir(self, engine_dir: Path) -> Path:
        return engine_dir / f"node-{self.node}"

    def package_root(self, engine_dir: Path) -> Path:
        return self.openclaw_dir(engine_dir) / "node_modules" / "openclaw"

    def node_program(self, engine_dir: Path) -> Path:
        return self.node_dir(engine_dir) / "bin" / "node"


def read_manifest(engine_dir: Path) -> Manifest | None:
    """The manifest of an engine folder; None when nothing is installed there.

    Raises:
        Invalid: `engine-manifest`, when there is one that cannot be understood.
    """
    path = engine_dir / NAME
    try:
        document = json_value(small_file(path))
        manifest = Manifest(**document)
        plain = (manifest.openclaw, manifest.node, manifest.platform, manifest.digest)
        understood = manifest.format == FORMAT and all(_is_plain(text) for text in plain)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError):
        understood = False
    if not understood:
        raise Invalid(
            f"The engine description {path} cannot be read.",
            hint="Install the engine again.",
            code="engine-manifest",
        )
    return manifest


def write_manifest(engine_dir: Path, manifest: Manifest) -> None:
    """Publish: from here on the engine counts as installed."""
    import secrets

    path = engine_dir / NAME
    fresh = path.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(manifest), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(engine_dir)


def measure(*folders: Path) -> tuple[int, int, str]:
    """Number of files, bytes and a digest over names, sizes, executable bits and link targets.

    A second for 41,000 files; it finds what is missing, cut off or added, not what was changed in place.
    """
    import hashlib

    files = size = 0
    digest = hashlib.sha256()
    for folder in folders:
        for relative, entry in sorted(_entries(folder, folder.name)):
            files += 1
            stat = entry.stat(follow_symlinks=False)
            length = 0 if entry.is_symlink() else stat.st_size
            size += length
            target = str(Path(entry.path).readlink()) if entry.is_symlink() else ""
            runs = int(bool(stat.st_mode & 0o100))
            digest.update(f"{relative}\0{length}\0{runs}\0{target}\n".encode("utf-8", "surrogateescape"))
    return files, size, digest.hexdigest()


def platform_name() -> str:
    """This machine as an engine folder names it; folders of another platform do not run here."""
    import platform

    machine = platform.machine().lower()
    cpu = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    if not sys.platform.startswith("linux"):
        return f"{sys.platform}-{cpu}"
    return f"linux-{cpu}-{'glibc' if platform.libc_ver()[0] == 'glibc' else 'musl'}"


def _entries(folder: Path, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            relative = f"{prefix}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path), relative)
            else:
                yield relative, entry


def _is_plain(text: object) -> bool:
    """A name that cannot leave the folder it is put into."""
    if not isinstance(text, str) or not text:
        return False
    return not text.startswith(".") and all(sign.isalnum() or sign in ".-+_" for sign in text)
