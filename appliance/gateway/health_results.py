"""What calls about the gateway itself answer: its health, its machine, its restart (gateway-core §5)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.gateway.results import Result


class PluginState(Result):
    """What plugins are loaded."""

    loaded: tuple[str, ...] = ()
    errors: tuple[Any, ...] = ()
    unavailable: tuple[Any, ...] = ()


class EventLoop(Result):
    """How busy the gateway's one thread is."""

    degraded: bool = False
    reasons: tuple[str, ...] = ()
    utilization: float | None = None


class Health(Result):
    """`health`."""

    ok: bool = False
    default_agent_id: str = ""
    plugins: PluginState = PluginState()
    channels: dict[str, Any] = Field(default_factory=dict)
    event_loop: EventLoop = EventLoop()


class TaskCounts(Result):
    """Background tasks by outcome."""

    total: int = 0
    active: int = 0
    failures: int = 0


class ProcessMemory(Result):
    """Bytes the gateway process holds."""

    rss_bytes: int = 0


class Status(Result):
    """`status`."""

    runtime_version: str = ""
    pid: int | None = None
    tasks: TaskCounts = TaskCounts()
    degraded_secret_owners: tuple[Any, ...] = ()
    degraded_plugins: tuple[Any, ...] = ()
    process_memory: ProcessMemory = ProcessMemory()


class SystemInfo(Result):
    """`system.info`: the machine and the process, as the gateway sees them."""

    hostname: str = ""
    platform: str = ""
    os_label: str = ""
    node_version: str = ""
    pid: int | None = None
    port: int | None = None
    uptime_ms: int = 0
    cpu_count: int = 0
    memory_total_bytes: int = 0
    memory_free_bytes: int = 0
    disk_total_bytes: int = 0
    disk_available_bytes: int = 0
    process_memory: ProcessMemory = ProcessMemory()


class Blocker(Result):
    """Why a restart would wait."""

    kind: str = ""
    count: int = 0
    message: str = ""


class RestartPreflight(Result):
    """`gateway.restart.preflight`."""

    safe: bool = False
    blockers: tuple[Blocker, ...] = ()
    summary: str = ""


class RestartRequest(Result):
    """`gateway.restart.request`."""

    ok: bool = False
    status: str = ""
    """`scheduled`, or `deferred` until running work is done."""
    preflight: RestartPreflight = RestartPreflight()
