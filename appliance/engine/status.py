"""The engine on this box, explained: which one is used, why, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.find import SYSTEM_PREFIXES, choose, find_all
from appliance.engine.manifest import read_manifest
from appliance.engine.models import Engine, EngineStatus, Problem
from appliance.engine.release import PINNED
from appliance.engine.services import service_definitions
from appliance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from appliance.places import Places


def engine_status(
    places: Places, env: Mapping[str, str], *, prefixes: Iterable[Path] = SYSTEM_PREFIXES
) -> EngineStatus:
    """Look at everything that is installed; about 10 ms, 50 ms more for each Node seen for the first time."""
    found = find_all(places, env, prefixes=prefixes)
    engine, why = choose(found)
    problems = (
        *_of_ours(places),
        *_of_the_definitions(places),
        *_of_the_used(engine, found),
        *_of_the_service(engine, found),
    )
    return EngineStatus(engine, why, found, PINNED, engine.support if engine else "unknown", problems)


def _of_ours(places: Places) -> Iterator[Problem]:
    hint = "Run `lunatui engine install`."
    try:
        manifest = read_manifest(places.engine_dir)
    except Invalid as error:
        yield Problem(error.code, error.message, hint)
        return
    if manifest is None:
        return
    whole = manifest.package_root(places.engine_dir).is_dir()
    if not whole or not manifest.node_program(places.engine_dir).is_file():
        yield Problem(
            "engine-incomplete", f"Parts of the engine in {places.engine_dir} have been deleted.", hint
        )


def _of_the_definitions(places: Places) -> Iterator[Problem]:
    """Paths in a service definition go stale when Node or OpenClaw is updated beside them."""
    for definition in service_definitions(places):
        for what, path in (("Node", definition.node), ("OpenClaw", definition.root / "package.json")):
            if not path.is_file():
                yield Problem(
                    "service-stale",
                    f"The Gateway's service wants {what} at {path}, and there is none.",
                    "Set the service up again.",
                )


def _of_the_used(engine: Engine | None, found: tuple[Engine, ...]) -> Iterator[Problem]:
    install = "Run `lunatui engine install`."
    if engine is None:
        for other in found:
            yield Problem("engine-unsuitable", f"{_named(other)} is not used: {_unfit(other)}.", install)
        if not found:
            yield Problem("engine-missing", "No OpenClaw is installed.", install)
        return
    if engine.support in ("fewer-screens", "look-and-update", "too-old"):
        yield Problem(
            "engine-old",
            f"OpenClaw {engine.version} is older than what lunatui fully supports.",
            "Update OpenClaw.",
        )
    if engine.support == "unknown":
        yield Problem("engine-unknown", f"{_named(engine)} has a version lunatui cannot read.", install)
    if not engine.node_suits:
        yield Problem("node-unsuitable", f"{_named(engine)} cannot run well: {_unfit(engine)}.", install)


def _of_the_service(engine: Engine | None, found: tuple[Engine, ...]) -> Iterator[Problem]:
    """The shell and the service running two releases is a top complaint of users (compatibility.md §9)."""
    if engine is None or engine.origin != "service":
        return
    for other in found:
        if other.origin == "path" and other.version != engine.version:
            yield Problem(
                "engines-differ",
                f"The service runs OpenClaw {engine.version}, the shell finds {other.version}.",
                "Remove one of them, or set the service up again with the one you want.",
            )


def _named(engine: Engine) -> str:
    return f"OpenClaw {engine.version} in {engine.root}"


def _unfit(engine: Engine) -> str:
    if not engine.node_version:
        return f"no Node was found that runs it ({engine.node})"
    if not engine.node_suits:
        return f"Node {engine.node_version} does not suit it"
    return "lunatui does not fully support this release"
