"""The texts that make an agent what it is: read with their hash, replaced as a whole, earlier ones kept.

OpenClaw reads them when a conversation begins: a new text needs no restart (docs/concepts/agent-workspace).
"""

from __future__ import annotations

import hashlib
import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.agents.folders import folder_steps
from appliance.agents.listing import TEXT_LIMIT
from appliance.agents.roster import entry_of, workspace_of
from appliance.errors import Conflict, Invalid, NotFound, Usage
from appliance.places import names_in
from appliance.store.disk import Disk, read_file
from appliance.store.steps import MoveToTrash, ReplaceFile, Step, WriteFile
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.roster import Config
    from appliance.places import Places

INJECTED = 20_000
"""Characters of one text that OpenClaw hands to the model (`agents.defaults.bootstrapMaxChars`)."""
KEPT = 50
"""Earlier versions of one text that are kept."""
_VERSION = re.compile(r"(\d{8}T\d{6})(\d{6})Z-[0-9a-f]{8}\.md")


@dataclass(frozen=True)
class FoundText:
    """One text as it stands on the disk; untrusted."""

    path: Path
    content: bytes | None
    """None where there is none."""
    mode: int = 0o600

    @property
    def sha256(self) -> str:
        """Of its bytes, as OpenClaw's `agents.files.get` gives it; empty where there is none."""
        return "" if self.content is None else hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """It, with a sign in place of what is not UTF-8."""
        return (self.content or b"").decode("utf-8", "replace")


@dataclass(frozen=True)
class Version:
    """An earlier text that was kept when it was replaced."""

    id: str
    at: str
    """UTC, ISO 8601: when it was replaced."""
    path: Path


def find_text(config_value: Config, agent_id: str, name: str, places: Places) -> FoundText:
    """One text of an agent; links are not followed.

    Raises:
        NotFound: `agent-unknown`.
        Invalid: `text-odd`, no ordinary file stands there, or one longer than 256 KiB.
    """
    entry_of(config_value, agent_id, places)
    path = workspace_of(config_value, agent_id, places) / name
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise _odd(path, "it is no ordinary file")
        content = read_file(Disk(), path, TEXT_LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return FoundText(path, None)
    except OSError as error:
        raise _odd(path, error.strerror or "it cannot be read") from error
    if len(content) > TEXT_LIMIT:
        raise _odd(path, f"it is longer than {TEXT_LIMIT // 1024} KiB")
    return FoundText(path, content, stat.S_IMODE(found.st_mode))


def versions(places: Places, agent_id: str, name: str) -> tuple[Version, ...]:
    """The earlier versions that are kept, newest first."""
    folder = _folder(places, agent_id, name)
    dated = ((each, _VERSION.fullmatch(each)) for each in sorted(names_in(folder), reverse=True))
    return tuple(
        Version(each.removesuffix(".md"), _moment(found[1]), folder / each) for each, found in dated if found
    )


def version_content(places: Places, agent_id: str, name: str, version: str) -> bytes:
    """The bytes of an earlier version.

    Raises:
        NotFound: `text-version-unknown`.
    """
    found = next((each for each in versions(places, agent_id, name) if each.id == version), None)
    if found is None:
        raise NotFound(
            f"There is no version “{version}” of {name} of “{agent_id}”.",
            hint=f"lunatui agents text {agent_id} {name} lists those that are kept.",
            code="text-version-unknown",
        )
    return read_file(Disk(), found.path, TEXT_LIMIT)


def encoded(text: str) -> bytes:
    """A text as the bytes of its file, with one line end at its end.

    Raises:
        Usage: `text-unusable`, it is too long, or holds what no text file can.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError:
        content = b"\0"
    if b"\0" in content or len(content) > TEXT_LIMIT:
        raise Usage(
            "This cannot be the text of an agent.",
            hint=f"Plain text in UTF-8, up to {TEXT_LIMIT // 1024} KiB.",
            code="text-unusable",
        )
    return content if not content or content.endswith(b"\n") else content + b"\n"


def replace_steps(places: Places, agent_id: str, found: FoundText, content: bytes | None) -> tuple[Step, ...]:
    """Keep what stands there, then put `content` in its place; None takes the text away."""
    made: set[Path] = set()
    if found.content is None:
        return (*folder_steps(found.path.parent, made), WriteFile(found.path, content or b""))
    now = datetime.now(UTC)
    folder = _folder(places, agent_id, found.path.name)
    kept = folder / f"{now:%Y%m%dT%H%M%S%f}Z-{found.sha256[:8]}.md"
    keep = (*folder_steps(folder, made), WriteFile(kept, found.content))
    if content is None:
        return (*keep, MoveToTrash(found.path))
    return (*keep, ReplaceFile(found.path, content, kept, found.sha256, found.mode))


def kept_version(steps: tuple[Step, ...]) -> str:
    """Id of the version that `replace_steps` keeps; empty where there is nothing to keep."""
    kept = [step.path for step in steps if isinstance(step, WriteFile)]
    return kept[0].stem if len(steps) > 1 and _VERSION.fullmatch(kept[0].name) else ""


def prune(places: Places, agent_id: str, name: str) -> None:
    """Let the oldest versions go, where there are more than are kept."""
    for old in versions(places, agent_id, name)[KEPT:]:
        old.path.unlink(missing_ok=True)


def refuse_moved(found: FoundText, expected: str) -> None:
    """Raise `Conflict` (`text-moved`) when the text is not the one that somebody has read."""
    if expected and found.sha256 != expected:
        raise Conflict(
            f"{found.path.name} was changed meanwhile; nothing was written.",
            hint="Read it again, then decide which of the two shall stand.",
            code="text-moved",
        )


def _folder(places: Places, agent_id: str, name: str) -> Path:
    return places.home / "texts" / agent_id / name


def _moment(stamp: str) -> str:
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:11]}:{stamp[11:13]}:{stamp[13:15]}Z"


def _odd(path: Path, why: str) -> Invalid:
    return Invalid(
        f"{path} cannot be changed here: {why}.",
        hint="Look at it with another program.",
        code="text-odd",
    )
