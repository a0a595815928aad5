"""`gateway`: the OpenClaw process, and what was really seen of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from appliance.errors import Conflict, Invalid, LunaError, NotFound, Usage
from appliance.ops.core import (
    Call,
    Change,
    Done,
    Event,
    Nothing,
    Operation,
    Prepared,
    Risk,
    Undo,
    Verdict,
    param,
)
from appliance.ops.gateway_configure import CONFIGURE
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from appliance.api import Appliance
    from appliance.engine.running import Running

T = TypeVar("T")
PATIENCE_LIMIT_S = 3600.0


@dataclass(frozen=True)
class StartGateway:
    """How long to wait for it."""

    patience: float = param("Seconds until the start counts as failed.", default=120.0)

    def __post_init__(self) -> None:
        if not 0 < self.patience <= PATIENCE_LIMIT_S:  # also not a number at all (“nan”)
            raise Usage(f"--patience takes more than 0 and at most {PATIENCE_LIMIT_S:.0f} seconds.")


@dataclass(frozen=True)
class Seen:
    """One of the five things that make a Gateway started."""

    name: str
    """`process`, `port`, `ready`, `handshake` or `version`."""
    ok: bool
    detail: str


@dataclass(frozen=True)
class GatewayState:
    """What was seen of the Gateway just now."""

    state: str
    """`running`, `starting` or `stopped`."""
    port: int
    pid: int | None
    version: str
    supervised: bool
    """Whether lunatui keeps it running; False for one that somebody else started."""
    facts: tuple[Seen, ...]
    log: str = ""
    """Where its output goes."""


async def status(box: Appliance, _params: Nothing, _call: Call) -> GatewayState:
    """Look at process, port, readiness, handshake and version."""
    from appliance.engine.running import look

    return _state(box, look(await box.supervisor.status(), box.endpoint(), box.identity))


async def start(box: Appliance, params: StartGateway, call: Call) -> Prepared[GatewayState]:
    """Check engine, configuration and port; a Gateway that runs already needs nothing.

    Raises:
        Conflict: one that somebody else started runs and does not answer: a second one would not help.
    """
    running = await _observe(box)
    if running.complete:
        return _unchanged(_state(box, running))
    if running.facts[0].ok and not running.supervised:
        raise Conflict(
            f"A Gateway (pid {running.pid}) that lunatui did not start has the port and does not answer.",
            hint="Wait for it, or restart it where it was started: openclaw gateway restart",
            code="gateway-not-ours",
        )
    _check_start(box)
    moves = running.elsewhere is not None

    async def commit() -> Done[GatewayState]:
        if moves:
            await _supervised(box.supervisor.stop())
        seen = await _bring_up(box, call, params.patience)
        return Done(_state(box, seen), None if moves else Undo("gateway.stop", {}))

    words = (
        f"move from port {running.elsewhere} to {running.port}" if moves else f"start on port {running.port}"
    )
    return Prepared((Change("gateway", words),), commit)


async def stop(box: Appliance, _params: Nothing, _call: Call) -> Prepared[GatewayState]:
    """Check whether there is a Gateway of ours to stop.

    Raises:
        Conflict: one runs that somebody else started.
    """
    running = await _observe(box)
    if not running.supervised:
        if running.facts[0].ok:
            raise Conflict(
                f"The Gateway (pid {running.pid}) was not started by lunatui, so lunatui does not stop it.",
                hint="Stop it where it was started: openclaw gateway stop",
                code="gateway-not-ours",
            )
        return _unchanged(_state(box, running))

    async def commit() -> Done[GatewayState]:
        await _supervised(box.supervisor.stop())
        return Done(_state(box, await _observe(box)), Undo("gateway.start", {}))

    return Prepared((Change("gateway", f"stop (pid {running.pid})"),), commit)


async def restart(box: Appliance, params: StartGateway, call: Call) -> Prepared[GatewayState]:
    """Check that it could start again before it is stopped."""
    running = await _observe(box)
    if running.facts[0].ok and not running.supervised:
        raise Conflict(
            f"The Gateway (pid {running.pid}) was not started by lunatui, so lunatui does not restart it.",
            hint="Restart it where it was started: openclaw gateway restart",
            code="gateway-not-ours",
        )
    _check_start(box)

    async def commit() -> Done[GatewayState]:
        await _supervised(box.supervisor.stop())
        return Done(_state(box, await _bring_up(box, call, params.patience)))

    return Prepared((Change("gateway", "restart"),), commit)


def _check_start(box: Appliance) -> None:
    """Everything that would make a start fail, before anything is started.

    Raises:
        NotFound: no engine, or no configuration yet.
        Invalid: OpenClaw would refuse the configuration.
        Conflict: another program has the port.
    """
    from appliance.engine.running import refuse_taken_port

    box.engine()
    if not box.places.config_path.exists():
        raise NotFound(
            f"There is no configuration yet ({box.places.config_path}).",
            hint="lunatui profiles apply FILE sets the box up.",
            code="not-set-up",
        )
    report = box.config.validate()
    if not report.valid:
        first = report.problems[0]
        raise Invalid(
            f"The Gateway would refuse the configuration: {first.path}: {first.message.rstrip('.')}.",
            hint="lunatui config validate lists everything that is wrong.",
            code="config-invalid",
        )
    refuse_taken_port(box.endpoint())


async def _bring_up(box: Appliance, call: Call, patience: float) -> Running:
    """Start and wait for the five facts; a start that fails or is interrupted leaves nothing running.

    A Gateway that ran already and is only waited for, because it is busy or still starting, goes on.
    """
    from appliance.engine.running import gateway_service, last_words, start_and_wait

    supervisor = box.supervisor
    ran_before = (await supervisor.status()).supervisor_pid is not None
    await _supervised(supervisor.install(gateway_service(box.engine(), box.places, box.env)))
    complete = False
    try:
        started = start_and_wait(
            supervisor,
            box.endpoint(),
            box.identity,
            box.places,
            say=lambda text: call.emit(Event("progress", text)),
            patience=patience,
        )
        seen = await _supervised(started)
        complete = True
    except LunaError:
        if words := last_words(box.places):
            call.emit(Event("note", f"The last lines of the Gateway's log:\n{words}"))
        raise
    finally:
        if not complete and not ran_before:
            await _supervised(supervisor.stop())
    return seen


async def _supervised(work: Awaitable[T]) -> T:
    """Await a supervisor's call and translate its errors."""
    from launchd.errors import ServiceError

    try:
        return await work
    except ServiceError as error:
        raise LunaError(str(error), hint=error.hint, code=f"service-{error.code}") from error


async def _observe(box: Appliance) -> Running:
    from appliance.engine.running import observe

    return await observe(box.supervisor, box.endpoint(), box.identity)


def _state(box: Appliance, running: Running) -> GatewayState:
    state = "running" if running.complete else "starting" if running.facts[0].ok else "stopped"
    return GatewayState(
        state,
        running.port,
        running.pid,
        running.version,
        running.supervised,
        tuple(Seen(fact.name, fact.ok, fact.detail) for fact in running.facts),
        str(box.places.logs_dir / "gateway.log"),
    )


def _unchanged(state: GatewayState) -> Prepared[GatewayState]:
    async def commit() -> Done[GatewayState]:
        return Done(state)

    return Prepared((), commit)


START = Operation(
    "gateway.start",
    "Start the Gateway and wait until it answers",
    Risk.CHANGE,
    StartGateway,
    GatewayState,
    prepare=start,
)
STOP = Operation("gateway.stop", "Stop the Gateway", Risk.CHANGE, Nothing, GatewayState, prepare=stop)
RESTART = Operation(
    "gateway.restart",
    "Stop the Gateway, start it again and wait until it answers",
    Risk.CHANGE,
    StartGateway,
    GatewayState,
    prepare=restart,
    no_undo="It runs again as before.",
)
STATUS = Operation(
    "gateway.status",
    "What was seen of the Gateway just now",
    Risk.READ,
    Nothing,
    GatewayState,
    run=status,
    local=True,
    verdict=lambda state: Verdict.DONE if state.state == "running" else Verdict.UNREACHABLE,
)

OPERATIONS = (STATUS, START, STOP, RESTART, CONFIGURE)
