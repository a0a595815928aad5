"""What was found in files, seen of the process and said by the Gateway, before anybody judges it."""

from __future__ import annotations

from appliance.errors import LunaError
from appliance.gateway.probe import Listener, Probe
from appliance.health.models import Staff, Today, Trouble
from appliance.values import dataclass
from launchd.supervisor import ServiceStatus


@dataclass(frozen=True)
class Files:
    """What the files say; nothing is asked of any program."""

    business: str = ""
    agents: tuple[Staff, ...] = ()
    channels: tuple[str, ...] = ()
    engine: str = ""
    model: str = ""
    provider: str = ""
    set_up: bool = False
    """Setup was completed once, or there is a default model."""
    last_change: float | None = None
    last_backup: float | None = None
    last_proven: float | None = None
    backup_late: bool = False
    broken: LunaError | None = None
    """Why the configuration cannot be read."""
    refused: str = ""
    """What in it OpenClaw would refuse; looked for only when nothing answers."""
    later: tuple[str, ...] = ()
    """What was put off at the setup and is still open."""
    lost: Trouble | None = None
    """What another program took out of the settings, until somebody decides on it."""
    lock: Trouble | None = None
    """What keeps everybody from changing them."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Process:
    """What was seen of the Gateway from outside."""

    service: ServiceStatus
    port: int
    probe: Probe
    holder: Listener | None = None
    """Who has its port, looked up when it does not answer as a Gateway; None when it gave it up just now."""


@dataclass(frozen=True)
class Answer:
    """What the Gateway itself said."""

    version: str = ""
    today: Today | None = None
    problem: LunaError | None = None
    """Why it could not be asked."""
    notes: tuple[str, ...] = ()
