"""`profiles`: a box described in one file, compared with what is there, and brought to it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.ops.core import (
    Call,
    Change,
    Done,
    Event,
    Nothing,
    Operation,
    Plan,
    Prepared,
    Risk,
    Verdict,
    param,
)
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance
    from appliance.profile.desired import Observed, Step
    from appliance.profile.models import Profile
    from appliance.secret import Secret


@dataclass(frozen=True)
class ProfileFile:
    """Which profile."""

    file: str = param("The profile, a TOML file.", positional=True)


@dataclass(frozen=True)
class ProfileReport:
    """A profile that makes sense."""

    file: str
    valid: bool
    agents: tuple[str, ...]
    default_model: str
    missing_keys: tuple[str, ...]
    """References to keys that cannot be read here and now."""


@dataclass(frozen=True)
class AppliedStep:
    """One step that was taken."""

    name: str
    """The operation."""
    target: str
    summary: str
    seconds: float


@dataclass(frozen=True)
class Applied:
    """What an apply did."""

    changed: bool
    steps: tuple[AppliedStep, ...]
    agents: tuple[str, ...]
    gateway_version: str
    gateway_port: int


@dataclass(frozen=True)
class Exported:
    """The box as a profile."""

    toml: str


async def check(box: Appliance, params: ProfileFile, _call: Call) -> ProfileReport:
    """Read the file and everything it refers to; nothing is compared with the box."""
    from appliance.profile.keys import key_problem

    profile = _load(params)
    part = profile.provider
    problem = key_problem(part.key, box.env) if part is not None else ""
    return ProfileReport(
        params.file,
        valid=True,
        agents=tuple(agent.id for agent in profile.agents),
        default_model=profile.model,
        missing_keys=(problem,) if problem else (),
    )


async def plan(box: Appliance, params: ProfileFile, _call: Call) -> Plan:
    """What an apply would do."""
    steps = await missing_steps(box, _load(params))
    return Plan("profiles.apply", tuple(map(_change, steps)))


async def apply(box: Appliance, params: ProfileFile, call: Call) -> Prepared[Applied]:
    """Compare the box with the profile.

    Raises:
        Usage: a key that a step needs cannot be read.
    """
    from appliance.profile.keys import read_key

    own = replace(call, actor=f"provisioner:{Path(params.file).stem}")
    return await prepare_profile(box, _load(params), own, read=lambda where: read_key(where, box.env))


async def prepare_profile(
    box: Appliance, profile: Profile, call: Call, *, read: Callable[[str], Secret]
) -> Prepared[Applied]:
    """Everything that a profile still lacks on this box, as steps in the name of `call`.

    Emits a `plan` event with all of them, then `step` events (`running`, `done`, `failed`).

    Args:
        read: gives the key behind a reference, or raises Usage.
    """
    steps = await missing_steps(box, profile)
    keys = {step.needs_key: read(step.needs_key) for step in steps if step.needs_key}

    async def commit() -> Done[Applied]:
        if rows := [_said(index, step) for index, step in enumerate(steps)]:
            call.emit(Event("plan", f"{len(rows)} steps to take", {"steps": rows}))
        taken = [await _take(box, step, keys, call, index) for index, step in enumerate(steps)]
        return Done(await _outcome(box, tuple(taken)))

    return Prepared(tuple(map(_change, steps)), commit)


async def export(box: Appliance, _params: Nothing, _call: Call) -> Exported:
    """The box as a profile, keys as references."""
    from appliance.profile.export import export_profile

    return Exported(export_profile(box.config.read().value, box.places))


def _load(params: ProfileFile) -> Profile:
    from appliance.profile.load import load

    return load(Path(params.file))


async def missing_steps(box: Appliance, profile: Profile) -> tuple[Step, ...]:
    """The steps that bring the box to the profile; empty when it is there."""
    from appliance.profile.desired import steps

    return steps(profile, await _observe(box), box.places)


async def _observe(box: Appliance) -> Observed:
    from appliance.engine.running import observe
    from appliance.profile.business import read_business
    from appliance.profile.desired import Observed
    from appliance.providers.trials import untested

    engine = box.find_engine()
    running = await observe(box.supervisor, box.endpoint(), box.identity)
    business = read_business(box.places)
    return Observed(
        box.config.read().value,
        engine.version if engine is not None and engine.usable else "",
        running.complete,
        dict(business.__dict__) if business else {},
        untested(box.places),
    )


async def _take(box: Appliance, step: Step, keys: dict[str, Secret], call: Call, index: int) -> AppliedStep:
    """Run one step as the ordinary operation it is."""
    from appliance.ops.dispatch import dispatch
    from appliance.ops.registry import find

    operation = find(step.operation)
    values = dict(step.params)
    if step.needs_key:
        values["key"] = keys[step.needs_key]
    row = _said(index, step)
    call.emit(Event("step", f"{step.target}: {step.summary}", {**row, "state": "running"}))
    started = time.monotonic()
    try:
        await dispatch(box, operation, operation.params(**values), replace(call, idempotency_key=""))
    except LunaError:
        call.emit(Event("step", f"{step.target}: not done", {**row, "state": "failed"}))
        raise
    seconds = round(time.monotonic() - started, 3)
    done = {**row, "state": "done", "seconds": seconds}
    call.emit(Event("step", f"{step.target}: done in {seconds:.1f} s", done))
    return AppliedStep(step.operation, step.target, step.summary, seconds)


def _said(index: int, step: Step) -> dict[str, object]:
    """A step as its events name it."""
    return {"index": index, "name": step.operation, "target": step.target, "subject": subject_of(step)}


def subject_of(step: Step) -> str:
    """What a step is about, as people call it; empty where it has no name of its own."""
    return str(step.params.get("name") or step.params.get("kind") or "")


async def _outcome(box: Appliance, taken: tuple[AppliedStep, ...]) -> Applied:
    from appliance.agents.roster import roster
    from appliance.engine.running import observe

    running = await observe(box.supervisor, box.endpoint(), box.identity)
    agents = tuple(roster(box.config.read().value, box.places))
    return Applied(bool(taken), taken, agents, running.version, running.port)


def _change(step: Step) -> Change:
    return Change(step.target, step.summary, step.applies)


CHECK = Operation(
    "profiles.check", "Check a profile file", Risk.READ, ProfileFile, ProfileReport, run=check, local=True
)
PLAN = Operation(
    "profiles.plan",
    "What an apply would do",
    Risk.READ,
    ProfileFile,
    Plan,
    run=plan,
    verdict=lambda found: Verdict.WOULD_CHANGE if found.changes else Verdict.DONE,
)
APPLY = Operation(
    "profiles.apply",
    "Bring the box to what a profile says; a second time changes nothing",
    Risk.CHANGE,
    ProfileFile,
    Applied,
    prepare=apply,
    no_undo="Each of its steps is in the history with its own way back.",
)
EXPORT = Operation(
    "profiles.export",
    "The box as a profile, keys as references",
    Risk.READ,
    Nothing,
    Exported,
    run=export,
    local=True,
    render=lambda exported: exported.toml,
)

OPERATIONS = (CHECK, PLAN, APPLY, EXPORT)
