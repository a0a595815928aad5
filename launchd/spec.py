"""What a service is: the command, its surroundings and its restart rule."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from launchd.errors import ServiceError


@dataclass(frozen=True)
class ServiceSpec:
    """One service, as any supervisor (foreground, launchd, systemd) needs it."""

    label: str
    """Name of the service, `[A-Za-z0-9._-]+`."""
    argv: tuple[str, ...]
    """The command; the first element is an absolute path. No shell."""
    cwd: Path
    """Folder the command starts in; must exist."""
    env: dict[str, str] = field(default_factory=dict)
    """The environment: nothing of the caller's own is added, only the marker of the run (`family.MARKER`).

    No secrets, it is stored as a file.
    """
    log_path: Path = Path("service.log")
    """Where standard output and standard error go; relative to the state folder of the supervisor."""
    throttle_s: float = 10.0
    """Least time between two starts; doubles with each quick exit up to `throttle_cap_s`."""
    throttle_cap_s: float = 300.0
    """Longest time between two starts of a crashing program."""
    no_retry_exit_codes: tuple[int, ...] = (78,)
    """Exit codes after which the program is left down (78 is EX_CONFIG: starting again cannot help)."""
    stop_timeout_s: float = 25.0
    """Time from TERM to KILL when stopping."""
    log_max_bytes: int = 10 * 1024 * 1024
    """Size at which the log file is rotated."""
    log_keep: int = 3
    """Rotated log files kept (`.1` is the newest)."""
    retry_words: tuple[str, ...] = ()
    """What the program says at its end when even a no-retry code is about something that passes.

    It counts only where the supervisor itself had started the program again: after the first start somebody
    is there to decide.
    """

    def to_json(self) -> str:
        """The spec as a JSON document."""
        document = asdict(self)
        document["cwd"] = str(self.cwd)
        document["log_path"] = str(self.log_path)
        return json.dumps(document, indent=1)

    @classmethod
    def from_json(cls, text: str) -> ServiceSpec:
        """Read what `to_json` wrote.

        Raises:
            ServiceError: `damaged`, when the document is not one of ours.
        """
        try:
            document = json.loads(text)
            document["argv"] = tuple(document["argv"])
            document["no_retry_exit_codes"] = tuple(document["no_retry_exit_codes"])
            document["retry_words"] = tuple(document.get("retry_words", ()))
            document["cwd"] = Path(document["cwd"])
            document["log_path"] = Path(document["log_path"])
            return cls(**document)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ServiceError(
                "The stored service definition cannot be read.",
                code="damaged",
                hint="Install the service again.",
            ) from error
