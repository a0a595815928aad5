"""`health`: is the shop open, and if not, why."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from appliance.errors import Invalid, LunaError
from appliance.health.evidence import Answer, Files, Process
from appliance.health.models import Glance, Staff
from appliance.ops.core import Call, Nothing, Operation, Risk, Verdict
from appliance.text import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance
    from launchd.supervisor import ServiceStatus

T = TypeVar("T")
PROBE_S = 2.0
ENGINE_FRESH_S = 30
"""How long a look at the installed engine is taken for true."""


async def glance(box: Appliance, _params: Nothing, _call: Call) -> Glance:
    """Look at files, process and port, and ask the Gateway a few short questions when it is ready."""
    from appliance.health.judge import judge, up_since
    from appliance.health.snapshot import remembering

    now = time.time()
    files = _files(box)
    seen = await _process(box)
    started = box.looks.steady(up_since(seen, now))
    answer = _answer(box, started, now) if seen.probe.ready else None
    if answer is None:
        box.looks.forget()
        files = replace(files, refused=_refused(box, seen.service)) if _is_down(seen) else files
    verdict = judge(files, seen, answer, now)
    if seen.probe.ready:
        verdict = replace(verdict, since=started)
    found = Glance(
        state=verdict.state,
        since=verdict.since,
        business=files.business,
        agents=files.agents,
        channels=files.channels,
        engine=(answer.version if answer else "") or files.engine,
        up_since=started if verdict.state == "open" else None,
        model=files.model,
        provider=files.provider,
        last_change=files.last_change,
        last_backup=files.last_backup,
        last_proven=files.last_proven,
        backup_late=files.backup_late,
        trouble=verdict.trouble,
        today=answer.today if answer else None,
        checked_at=now,
        notes=(*files.notes, *(answer.notes if answer else ())),
        later=files.later,
    )
    if found.state == "open":
        return _kept(box, replace(found, last_open=now))
    return remembering(found, _recalled(box))


async def _process(box: Appliance) -> Process:
    """Port first, process second: one that ends in between has ended, and does not count as starting."""
    from appliance.gateway.probe import listener, probe

    endpoint = box.endpoint()
    seen = probe(endpoint, seconds=PROBE_S)
    service = await box.supervisor.status()
    unclear = seen.listening and not seen.live
    return Process(service, endpoint.port, seen, listener(endpoint.port) if unclear else None)


def _is_down(seen: Process) -> bool:
    return not seen.probe.listening and seen.service.state in ("failed", "throttled")


def _answer(box: Appliance, started: float | None, now: float) -> Answer:
    def ask() -> Answer:
        from appliance.health.ask import ask as put

        try:
            endpoint, identity = box.endpoint(), box.identity()
        except LunaError as error:
            return Answer(problem=error)
        return put(endpoint, identity, box.endpoint, now)

    return box.looks.answer(started, ask)


def _refused(box: Appliance, service: ServiceStatus) -> str:
    """What OpenClaw would refuse in the configuration; checked once for each version of the file."""

    def check() -> str:
        report = box.config.validate()
        if report.valid:
            return ""
        first = report.problems[0]
        return f"{first.path}: {first.message.rstrip('.')}."

    try:
        return box.looks.kept("refused", (box.config.read().sha256, service.last_exit), check)
    except Invalid as error:
        return error.message


def _files(box: Appliance) -> Files:
    """What the files say; a damaged one costs its own facts and no others."""
    notes: list[str] = []

    def tried(look: Callable[[], T], otherwise: T) -> T:
        try:
            return look()
        except LunaError as error:
            notes.append(error.message)
            return otherwise

    from appliance.ops.health_settings import lock_of, loss_of
    from appliance.profile.business import read_business
    from appliance.profile.setup_note import SetupNote, read_note, still_open

    business = tried(lambda: read_business(box.places), None)
    engine = tried(lambda: _engine(box), "")
    change = tried(box.history.newest, None)
    last_change = _epoch(change.at) if change else None
    no_backup: tuple[float | None, float | None, bool] = (None, None, False)
    last_backup, last_proven, late = tried(lambda: _last_backup(box), no_backup)
    name = business.name if business else ""
    note = tried(lambda: read_note(box.places), SetupNote())
    told = dict(business.__dict__) if business else {}
    later = still_open(note, told, ())
    known = Files(
        name,
        engine=engine,
        last_change=last_change,
        last_backup=last_backup,
        last_proven=last_proven,
        backup_late=late,
        later=later,
        lost=tried(lambda: loss_of(box), None),
        lock=tried(lambda: lock_of(box, time.time()), None),
    )
    try:
        value = box.config.read().value
    except LunaError as error:
        return replace(known, broken=error, set_up=True, notes=tuple(notes))
    known = tried(lambda: _with_config(known, box, value), known)
    return replace(known, notes=tuple(notes))


def _with_config(known: Files, box: Appliance, value: dict[str, object]) -> Files:
    from appliance.agents.listing import list_agents
    from appliance.ops.setup_sheet import channels_in
    from appliance.providers.listing import default_model, list_providers
    from appliance.store.edits import MISSING, lookup

    agents = list_agents(value, box.places)
    model = default_model(value)
    channels = channels_in(value)
    provider = next((item.title for item in list_providers(value) if item.is_default), "")
    finished = lookup(value, ("wizard", "lastRunAt")) is not MISSING
    return replace(
        known,
        agents=tuple(Staff(agent.id, agent.name) for agent in agents),
        channels=channels,
        later=tuple(name for name in known.later if not (name == "lines" and channels)),
        model=model,
        provider=provider,
        set_up=finished or bool(model),
    )


def _engine(box: Appliance) -> str:
    def find() -> str:
        engine = box.find_engine()
        return engine.version if engine else ""

    return box.looks.kept("engine", int(time.monotonic() // ENGINE_FRESH_S), find)


def _last_backup(box: Appliance) -> tuple[float | None, float | None, bool]:
    """When the whole box was last backed up, when that was last proven, and whether one is overdue."""
    from appliance.backup.schedule import newest_time, overdue, read_schedule
    from appliance.backup.shelf import Shelf

    archives = Shelf(box.places).list()
    newest = newest_time(archives)
    proofs = [when for kept in archives if (when := _epoch(kept.proven))]
    late = overdue(read_schedule(box.places), archives, datetime.now().astimezone())
    return newest.timestamp() if newest else None, max(proofs, default=None), late


def _epoch(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _kept(box: Appliance, found: Glance) -> Glance:
    """Note what is known for the time when the shop is closed; a look must not fail for that."""
    from appliance.health.snapshot import keep
    from appliance.ops.health_settings import keep_healthy

    if box.read_only:
        return found
    try:
        keep(box.places, found)
        keep_healthy(box, found.up_since, found.checked_at)
    except LunaError as error:
        return replace(found, notes=(*found.notes, error.message))
    return found


def _recalled(box: Appliance) -> Glance | None:
    from appliance.health.snapshot import recall

    return recall(box.places)


def _verdict(found: Glance) -> Verdict:
    if found.state == "open":
        return Verdict.FINDINGS if found.trouble else Verdict.DONE
    return Verdict.FINDINGS if found.state == "new" else Verdict.UNREACHABLE


def _render(found: Glance) -> str:
    """The same for a terminal: state, cause, next step, facts."""
    lines = [f"{found.business or 'The shop'}: {found.state}{_moment(' since', found.since)}"]
    if found.trouble:
        lines += [f"  {found.trouble.message}", f"  {found.trouble.hint}"]
    who = ", ".join(agent.name for agent in found.agents)
    facts = (
        ("engine", found.engine),
        ("brain", found.model),
        ("staff", who),
        ("lines", ", ".join(found.channels)),
        ("changed", _moment("", found.last_change).strip()),
        ("backup", _moment("", found.last_backup).strip()),
        ("proven", _moment("", found.last_proven).strip()),
        ("last open", _moment("", found.last_open).strip() if found.state != "open" else ""),
        ("unknown", "; ".join(found.notes)),
    )
    told = [*lines, *(f"  {name:<10}{text}" for name, text in facts if text)]
    return "\n".join(map(safe_line, told))  # a name with a line end in it shall not make up a fact


def _moment(before: str, when: float | None) -> str:
    return f"{before} {time.strftime('%Y-%m-%d %H:%M', time.localtime(when))}" if when else ""


GLANCE = Operation(
    "health.glance",
    "Is the shop open, and if not, why",
    Risk.READ,
    Nothing,
    Glance,
    run=glance,
    local=True,
    verdict=_verdict,
    render=_render,
)

OPERATIONS = (GLANCE,)
