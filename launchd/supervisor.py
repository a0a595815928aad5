"""The one interface of every supervisor: foreground here, launchd and systemd the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from launchd.spec import ServiceSpec

ServiceState = Literal["stopped", "starting", "running", "throttled", "failed"]


@dataclass(frozen=True)
class ServiceStatus:
    """What a service is doing now."""

    state: ServiceState
    """`throttled`: it ended and is started again after a pause. `failed`: it stays down until a start."""
    pid: int | None = None
    """The program's process, while it runs."""
    since: float | None = None
    """When this state began, in seconds since 1970."""
    restarts: int = 0
    """How often the supervisor started the program again since `start`."""
    last_exit: int | None = None
    """The last exit code; negative: the signal that ended it (-9 is KILL)."""
    supervisor_pid: int | None = None
    """The process that watches over the program; None while the program runs: nothing would restart it."""
    detail: str = ""
    """One sentence for people."""


class Supervisor(Protocol):
    """Keeps one service; every call may be repeated and ends in the state it names."""

    async def install(self, spec: ServiceSpec) -> None:
        """Store the definition; a running service keeps its old one until `restart`."""
        ...

    async def start(self) -> ServiceStatus:
        """Start when not running; returns when the program was spawned or is known to have failed.

        Raises:
            ServiceError: `not-installed`, `start-failed`, `busy`, `damaged`.
        """
        ...

    async def stop(self) -> ServiceStatus:
        """End the program and everything it started; returns when it is gone.

        Raises:
            ServiceError: `stop-failed`, `busy`.
        """
        ...

    async def restart(self) -> ServiceStatus:
        """Stop, then start with the stored definition."""
        ...

    async def status(self) -> ServiceStatus:
        """The state now, in a few milliseconds; a re-used pid is never taken for ours."""
        ...

    async def remove(self) -> None:
        """Stop, and forget the definition; log files stay."""
        ...
