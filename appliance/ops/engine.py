"""`engine`: the installed OpenClaw and the Node that runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.ops.core import Call, Change, Done, Event, Nothing, Operation, Prepared, Risk, Verdict, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from appliance.api import Appliance
    from appliance.engine.models import Engine, Progress


@dataclass(frozen=True)
class InstallEngine:
    """Where the engine comes from."""

    source: str = param("A packed engine folder; without it, it is downloaded.", default="", flag="from")
    ours: bool = param("Install our own even when a suitable OpenClaw is on this machine.", default=False)


@dataclass(frozen=True)
class FoundEngine:
    """One installed OpenClaw."""

    version: str
    path: str
    node: str
    node_version: str
    origin: str
    """`service`, `ours`, `path` or `known`."""


@dataclass(frozen=True)
class EngineProblem:
    """Something about the engine that somebody should look at."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class EngineReport:
    """Which OpenClaw this box uses, and why."""

    version: str
    """Empty when none is installed."""
    path: str
    node_version: str
    why: str
    pinned: str
    """The release lunatui installs."""
    support: str
    """`full`, `fewer-screens`, `look-and-update`, `too-old` or `unknown`."""
    found: tuple[FoundEngine, ...] = ()
    problems: tuple[EngineProblem, ...] = ()


@dataclass(frozen=True)
class Installed:
    """The engine after an installation."""

    version: str
    path: str
    node_version: str
    origin: str
    changed: bool


async def status(box: Appliance, _params: Nothing, _call: Call) -> EngineReport:
    """Which OpenClaw is used, what else was found, what is wrong with it."""
    from appliance.engine.status import engine_status

    seen = engine_status(box.places, box.env)
    used = seen.engine
    return EngineReport(
        version=used.version if used else "",
        path=str(used.root) if used else "",
        node_version=used.node_version if used else "",
        why=seen.why,
        pinned=seen.pinned,
        support=seen.support,
        found=tuple(_found(engine) for engine in seen.found),
        problems=tuple(EngineProblem(item.code, item.message, item.hint) for item in seen.problems),
    )


async def install(box: Appliance, params: InstallEngine, call: Call) -> Prepared[Installed]:
    """Find out whether anything has to be installed."""
    from appliance.engine.find import find_engine
    from appliance.engine.release import PINNED

    present = find_engine(box.places, box.env)
    if present is not None and present.usable and not (params.ours and present.origin != "ours"):
        return Prepared((), _already(present))

    async def commit() -> Done[Installed]:
        from appliance.engine.install import install as run

        source = Path(params.source) if params.source else None
        engine = await run(box.places, source=source, on_progress=_teller(call))
        return Done(_installed(engine, changed=True))

    where = box.places.engine_dir / f"openclaw-{PINNED}"
    how = f"from {params.source}" if params.source else "downloaded"
    return Prepared((Change(str(where), f"install OpenClaw {PINNED}, {how}"),), commit)


def _already(engine: Engine) -> Callable[[], Coroutine[Any, Any, Done[Installed]]]:
    async def commit() -> Done[Installed]:
        return Done(_installed(engine, changed=False))

    return commit


def _teller(call: Call) -> Callable[[Progress], None]:
    def tell(progress: Progress) -> None:
        call.emit(
            Event(
                "progress",
                progress.text,
                {"phase": progress.phase, "done": progress.done, "total": progress.total},
            )
        )

    return tell


def _found(engine: Engine) -> FoundEngine:
    return FoundEngine(engine.version, str(engine.root), str(engine.node), engine.node_version, engine.origin)


def _installed(engine: Engine, *, changed: bool) -> Installed:
    return Installed(engine.version, str(engine.root), engine.node_version, engine.origin, changed)


STATUS = Operation(
    "engine.status",
    "Which OpenClaw this box uses, and why",
    Risk.READ,
    Nothing,
    EngineReport,
    run=status,
    local=True,
    verdict=lambda report: Verdict.FINDINGS if report.problems or not report.version else Verdict.DONE,
)
INSTALL = Operation(
    "engine.install",
    "Install the pinned OpenClaw, or keep a suitable one",
    Risk.CHANGE,
    InstallEngine,
    Installed,
    prepare=install,
    no_undo="Installing adds a folder of ours and changes no setting.",
)

OPERATIONS = (STATUS, INSTALL)
