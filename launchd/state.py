"""The folder in which a foreground supervisor keeps what it knows of one service."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from launchd.errors import ServiceError
from launchd.identity import ProcessId
from launchd.spec import ServiceSpec
from launchd.supervisor import ServiceState


@dataclass(frozen=True)
class RunnerReport:
    """What the runner last wrote about itself and the program."""

    runner: ProcessId
    token: str
    """Which `start` this runner belongs to."""
    state: ServiceState
    since: float
    restarts: int = 0
    last_exit: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class StateFolder:
    """The files of one service; 0700, the files 0600."""

    path: Path

    @property
    def spec_file(self) -> Path:
        return self.path / "spec.json"

    @property
    def report_file(self) -> Path:
        return self.path / "status.json"

    @property
    def child_file(self) -> Path:
        return self.path / "child.json"

    @property
    def runner_lock(self) -> Path:
        return self.path / "runner.lock"

    @property
    def control_lock(self) -> Path:
        return self.path / "control.lock"

    @property
    def runner_log(self) -> Path:
        return self.path / "supervisor.log"

    def create(self) -> None:
        """Make the folder, and what is missing above it, readable by nobody else."""
        for folder in reversed((self.path, *self.path.parents)):
            folder.mkdir(mode=0o700, exist_ok=True)
        if self.path.stat().st_mode & 0o077:
            self.path.chmod(0o700)

    def spec(self) -> ServiceSpec:
        """The stored definition.

        Raises:
            ServiceError: `not-installed` or `damaged`.
        """
        try:
            return ServiceSpec.from_json(self.spec_file.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError as error:
            raise ServiceError(
                "The service is not set up.", code="not-installed", hint="Set it up first."
            ) from error

    def report(self) -> RunnerReport | None:
        """What the runner last wrote; None when nothing readable is there."""
        document = _read(self.report_file)
        if document is None:
            return None
        try:
            return RunnerReport(**{**document, "runner": ProcessId(**document["runner"])})
        except (KeyError, TypeError):
            return None

    def child(self) -> ProcessId | None:
        """The program as it was last started, alive or not."""
        document = _read(self.child_file)
        try:
            return ProcessId(**document) if document else None
        except TypeError:
            return None

    def write_spec(self, spec: ServiceSpec) -> None:
        """Store the definition in one step."""
        write_whole(self.spec_file, spec.to_json(), synced=True)

    def write_report(self, report: RunnerReport) -> None:
        """Replace the report in one step."""
        write_whole(self.report_file, json.dumps(asdict(report)))

    def write_child(self, child: ProcessId) -> None:
        """Replace the record of the program's process in one step."""
        write_whole(self.child_file, json.dumps(asdict(child)))

    def forget(self) -> None:
        """Delete our files, and the folder when nothing else is in it; logs stay."""
        for name in (self.spec_file, self.report_file, self.child_file, self.runner_lock, self.runner_log):
            name.unlink(missing_ok=True)
        for leftover in self.path.glob(".*.new"):
            leftover.unlink(missing_ok=True)


def open_private(path: Path) -> int:
    """A descriptor to write an emptied file that nobody else can read; closed by the caller."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def write_whole(path: Path, text: str, *, synced: bool = False) -> None:
    """Replace a file so that a reader sees the old or the new text, never a part.

    `synced`: it outlasts a power cut too; without, it only says what is running.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if synced:
                file.flush()
                os.fsync(descriptor)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    if synced:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
