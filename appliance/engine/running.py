"""The Gateway as a running process: what must be seen before anybody says it is started."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.errors import Conflict, Invalid, LunaError, Unreachable
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.engine.models import Engine
    from appliance.gateway.endpoint import Endpoint
    from appliance.gateway.identity import Identity
    from appliance.places import Places
    from launchd.spec import ServiceSpec
    from launchd.supervisor import ServiceStatus, Supervisor

LABEL = "ai.openclaw.gateway"
START_PATIENCE_S = 120.0
"""A cold start took 41 s on a loaded two-core machine (gateway-core §2.1); three times that is broken."""
START_ATTEMPTS = 3
CONFIG_MOVED = "migration inputs changed during startup"
"""What OpenClaw 2026.9.6 says when it ends with 78 because its configuration was edited meanwhile."""
STOP_TIMEOUT_S = 30.0
HANDSHAKE_S = 15.0
_POLL_S = 0.25
_LOG_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Fact:
    """One of the five things that make a Gateway started."""

    name: str
    """`process`, `port`, `ready`, `handshake` or `version`."""
    ok: bool
    detail: str


@dataclass(frozen=True)
class Running:
    """What was seen of the Gateway, in the order in which it starts."""

    facts: tuple[Fact, ...]
    port: int
    pid: int | None = None
    version: str = ""
    supervised: bool = False
    """Whether it is ours to stop; False for one that somebody else started."""
    elsewhere: int | None = None
    """The port it still listens on when its configuration names another by now."""

    @property
    def complete(self) -> bool:
        """All five were seen."""
        return len(self.facts) == 5 and all(fact.ok for fact in self.facts)

    @property
    def missing(self) -> Fact | None:
        """The first that was not."""
        return next((fact for fact in self.facts if not fact.ok), None)


def gateway_service(engine: Engine, places: Places, env: Mapping[str, str]) -> ServiceSpec:
    """The Gateway as a service of any supervisor."""
    from appliance.engine.environment import gateway_environment
    from launchd.spec import ServiceSpec

    return ServiceSpec(
        label=LABEL,
        argv=(*engine.cli, "gateway", "run"),
        cwd=places.user_home,
        env=gateway_environment(engine, places, env),
        log_path=places.logs_dir / "gateway.log",
        stop_timeout_s=STOP_TIMEOUT_S,
        retry_words=(CONFIG_MOVED,),
    )


def look(service: ServiceStatus, endpoint: Endpoint, identity: Callable[[], Identity]) -> Running:
    """Look at the five facts; stops at the first that is not there. Blocks up to 15 s on a stalled one."""
    from appliance.gateway.probe import listener, probe

    seen = probe(endpoint)
    supervised = service.state in ("starting", "running", "throttled")
    pid = service.pid
    if pid is None and seen.listening:
        holder = listener(endpoint.port)
        pid = holder.pid if holder and holder.looks_like_gateway else None
    facts = [Fact("process", pid is not None, f"pid {pid}" if pid else service.detail or "not running")]
    elsewhere = _other_port(pid) if supervised and pid and not seen.listening else None
    where = (
        f"it still listens on {elsewhere}; lunatui gateway restart moves it" if elsewhere else seen.problem
    )
    facts.append(Fact("port", seen.listening, f"{endpoint.port}" if seen.listening else where))
    version = ""
    if seen.listening:
        words = _hangs(endpoint.port) if not seen.live else ""
        facts.append(Fact("ready", seen.ready, words or seen.problem or "ready"))
    if seen.ready:
        handshake, version = _handshake(endpoint, identity)
        facts.append(handshake)
        if handshake.ok:
            facts.append(Fact("version", bool(version), version or "the Gateway did not say its version"))
    return Running(tuple(facts), endpoint.port, pid, version, supervised, elsewhere)


def _hangs(port: int) -> str:
    """In words, when it is a Gateway that holds the port and says nothing; empty for any other program."""
    from appliance.gateway.probe import listener

    holder = listener(port)
    if holder is None or not holder.looks_like_gateway:
        return ""
    return f"the Gateway (pid {holder.pid}) holds the port and does not answer; it hangs or is very busy"


def _other_port(pid: int) -> int | None:
    """Where a process listens; a Gateway keeps its port until it is a new process (2026.9.6)."""
    import psutil

    try:
        sockets = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return None
    return min((seen.laddr.port for seen in sockets if seen.status == psutil.CONN_LISTEN), default=None)


async def observe(supervisor: Supervisor, endpoint: Endpoint, identity: Callable[[], Identity]) -> Running:
    """The same for callers with an event loop, which stays free."""
    import asyncio

    return await asyncio.to_thread(look, await supervisor.status(), endpoint, identity)


def refuse_taken_port(endpoint: Endpoint) -> None:
    """Say who holds the port when it is not an OpenClaw Gateway.

    Raises:
        Conflict: `port-taken`, naming the process.
    """
    from appliance.gateway.probe import listener

    holder = listener(endpoint.port)
    if holder is None or holder.looks_like_gateway:
        return
    who = f"“{holder.program}” (pid {holder.pid})" if holder.program else "a program of another user"
    raise Conflict(
        f"Port {endpoint.port} is used by {who}, so the Gateway cannot start.",
        hint="End that program, or give the Gateway another port: lunatui config set gateway.port PORT",
        code="port-taken",
        facts={"port": str(endpoint.port), "program": holder.program},
    )


async def wait_until_started(
    supervisor: Supervisor,
    endpoint: Endpoint,
    identity: Callable[[], Identity],
    *,
    say: Callable[[str], None],
    patience: float = START_PATIENCE_S,
) -> Running:
    """Wait for all five facts.

    Raises:
        Invalid: the Gateway refused its configuration (exit 78).
        Unreachable: it did not come up in time; the message names the missing fact.
    """
    import asyncio

    started = time.monotonic()
    told = ""
    while True:
        running = await observe(supervisor, endpoint, identity)
        if running.complete:
            return running
        service = await supervisor.status()
        if service.state == "failed":
            raise refused_to_start(service)
        missing = running.missing
        waiting = f"{missing.name}: {missing.detail}" if missing else "the handshake"
        if waiting != told:
            told = waiting
            say(f"Waiting for the Gateway: {waiting}")
        if time.monotonic() - started > patience:
            raise Unreachable(
                f"The Gateway did not come up within {patience:.0f} s; still missing: {waiting}.",
                hint="lunatui gateway status shows what it is doing; its log is named there.",
                code=f"gateway-no-{missing.name}" if missing else "gateway-no-version",
            )
        await asyncio.sleep(_POLL_S)


async def start_and_wait(
    supervisor: Supervisor,
    endpoint: Endpoint,
    identity: Callable[[], Identity],
    places: Places,
    *,
    say: Callable[[str], None],
    patience: float = START_PATIENCE_S,
) -> Running:
    """Start it and wait for all five facts; again when its configuration was changed while it started.

    Raises:
        Conflict: `config-moved`, somebody changed it at each attempt.
        Invalid: the Gateway refused its configuration.
        Unreachable: it did not come up in time.
    """
    for _ in range(START_ATTEMPTS):
        await supervisor.start()
        try:
            return await wait_until_started(supervisor, endpoint, identity, say=say, patience=patience)
        except Invalid:
            if CONFIG_MOVED not in last_words(places):
                raise
            say("The configuration was changed while the Gateway started; it is started again.")
    raise Conflict(
        f"The configuration was changed while the Gateway started, {START_ATTEMPTS} times in a row.",
        hint="Wait until whoever changes it is done, and start the Gateway again.",
        code="config-moved",
    )


def refused_to_start(service: ServiceStatus) -> LunaError:
    """Why a Gateway that ended at once did so."""
    if service.last_exit == 78:
        return Invalid(
            "The Gateway refuses its configuration and stopped.",
            hint="lunatui config validate names what is wrong.",
            code="gateway-refuses-config",
        )
    return Unreachable(
        f"The Gateway ended at once: {service.detail or f'exit code {service.last_exit}'}",
        hint="The last lines of its log say why.",
        code="gateway-ended",
    )


def last_words(places: Places, lines: int = 12) -> str:
    """The end of the Gateway's own log, redacted; empty when there is none."""
    from appliance.redact import redact

    try:
        with (places.logs_dir / "gateway.log").open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return redact("\n".join(text.splitlines()[-lines:]))


def _handshake(endpoint: Endpoint, identity: Callable[[], Identity]) -> tuple[Fact, str]:
    from appliance.gateway.oneshot import OneShot

    caller = OneShot(endpoint, identity=identity(), open_seconds=HANDSHAKE_S)
    try:
        hello = caller.connect()
    except LunaError as error:
        return Fact("handshake", False, error.message), ""
    finally:
        caller.close()
    return Fact("handshake", True, f"protocol {hello.protocol}"), hello.version
