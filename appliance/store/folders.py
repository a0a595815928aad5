"""Whether the folder of the configuration is one where a save can keep its promises."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from appliance.errors import Refused

_NETWORK = {
    "9p", "afpfs", "cifs", "davfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "nfs", "nfs4", "smb3", "smbfs", "webdav",
}  # fmt: skip
_SYNCED = (
    ("Library/Mobile Documents", "iCloud Drive"),
    ("Library/CloudStorage", "a cloud drive"),
    ("Dropbox", "Dropbox"),
    ("Google Drive", "Google Drive"),
    ("OneDrive", "OneDrive"),
)


def unsafe_reason(folder: Path, user_home: Path) -> str:
    """Why a save into `folder` could be lost or doubled; empty when it is a plain local one."""
    real = Path(os.path.realpath(folder))
    for part, name in _SYNCED:
        if real.is_relative_to(Path(os.path.realpath(user_home)) / part):
            return f"it is kept in step with other machines by {name}"
    kind = _file_system(real)
    return f"it lies on a network disk ({kind})" if kind in _NETWORK else ""


def refuse_unsafe(folder: Path, user_home: Path) -> None:
    """Raise `Refused` (`config-folder`) for a network or synchronised folder."""
    if reason := unsafe_reason(folder, user_home):
        raise Refused(
            f"The configuration is not written: {folder} is no plain local folder, {reason}.",
            hint="Move OpenClaw's state folder to a local disk, or allow this folder in the settings.",
            code="config-folder",
        )


def _file_system(folder: Path) -> str:
    """The type of the file system `folder` is on, as the system names it."""
    mounts = _mounts_mac() if sys.platform == "darwin" else _mounts_linux()
    best = ("", "")
    for point, kind in mounts:
        if folder.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


def _mounts_linux() -> list[tuple[str, str]]:
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    fields = [line.split(" ") for line in lines]
    return [(entry[1].replace("\\040", " "), entry[2]) for entry in fields if len(entry) > 2]


def _mounts_mac() -> list[tuple[str, str]]:
    import psutil

    return [(entry.mountpoint, entry.fstype) for entry in psutil.disk_partitions(all=True)]
