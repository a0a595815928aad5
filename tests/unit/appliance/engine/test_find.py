"""Finding an OpenClaw: where it is looked for, which one wins, and why."""

from __future__ import annotations

import json
import plistlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.engine.find import choose, find_all, find_engine, find_ours
from appliance.engine.manifest import NAME
from appliance.engine.node import NodeVersions
from appliance.engine.status import engine_status
from appliance.errors import Invalid
from appliance.places import Places
from tests.unit.appliance.engine.conftest import make_engine_folder, make_node, make_openclaw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.appliance.engine.conftest import Machine


def write_unit(machine: Machine, node: Path, root: Path, name: str = "openclaw-gateway") -> Path:
    """A systemd user unit as OpenClaw writes it (gateway-core.md §9.5)."""
    unit = machine.home / ".config" / "systemd" / "user" / f"{name}.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text(
        "[Service]\n"
        f"ExecStart={node} --max-old-space-size=4096 {root}/dist/index.js gateway --port 18789\n"
        "Restart=always\n"
    )
    return unit


def write_plist(machine: Machine, node: Path, root: Path, label: str = "ai.openclaw.gateway") -> Path:
    """A LaunchAgent as OpenClaw writes it (macos.md §1.5)."""
    state = machine.home / ".openclaw" / "service-env"
    plist = machine.home / "Library" / "LaunchAgents" / f"{label}.plist"
    plist.parent.mkdir(parents=True, exist_ok=True)
    wrapper, env = f"{state}/{label}-env-wrapper.sh", f"{state}/{label}.env"
    argv = ["/bin/sh", wrapper, env, str(node), "--max-old-space-size=4096", f"{root}/dist/index.js"]
    plist.write_bytes(plistlib.dumps({"Label": label, "ProgramArguments": [*argv, "gateway"]}))
    return plist


def test_an_empty_machine_has_none(machine: Machine) -> None:
    assert find_engine(machine.places, machine.env, prefixes=()) is None
    status = engine_status(machine.places, machine.env, prefixes=())
    assert status.why == "No OpenClaw is installed."
    assert [problem.code for problem in status.problems] == ["engine-missing"]


def test_ours(machine: Machine) -> None:
    make_engine_folder(machine.places.engine_dir)
    engine = find_engine(machine.places, machine.env, prefixes=())
    assert engine
    assert (engine.version, engine.node_version, engine.origin) == ("2026.9.6", "24.19.0", "ours")
    assert engine.usable
    assert engine == find_ours(machine.places)
    assert engine_status(machine.places, machine.env, prefixes=()).problems == ()


def test_ours_starts_no_process(machine: Machine) -> None:
    """Its version stands in the manifest: a cheap verb must not pay for a Node."""
    make_engine_folder(machine.places.engine_dir)
    node = machine.places.engine_dir / "node-24.19.0" / "bin" / "node"
    node.write_text("#!/bin/sh\nexit 9\n")
    engine = find_engine(machine.places, machine.env, prefixes=())
    assert engine
    assert engine.node_version == "24.19.0"


def test_without_a_manifest_ours_does_not_count(machine: Machine) -> None:
    make_engine_folder(machine.places.engine_dir)
    (machine.places.engine_dir / NAME).unlink()
    assert find_ours(machine.places) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"openclaw": "../../x", "node": "1"}'])
def test_a_damaged_manifest_is_said_and_hides_nothing_else(machine: Machine, text: str) -> None:
    root = machine.prefix(".npm-global")
    machine.places.engine_dir.mkdir(parents=True)
    (machine.places.engine_dir / NAME).write_text(text)
    with pytest.raises(Invalid) as caught:
        find_ours(machine.places)
    assert caught.value.code == "engine-manifest"
    status = engine_status(machine.places, machine.env, prefixes=())
    assert status.engine
    assert status.engine.root == root
    assert [problem.code for problem in status.problems] == ["engine-manifest"]


def test_a_manifest_that_leads_out_of_the_folder_is_refused(machine: Machine) -> None:
    manifest = make_engine_folder(machine.places.engine_dir)
    document = {**manifest.__dict__, "openclaw": "x/../../../elsewhere"}
    (machine.places.engine_dir / NAME).write_text(json.dumps(document))
    with pytest.raises(Invalid):
        find_ours(machine.places)


def test_the_command_on_path_that_npm_linked(machine: Machine) -> None:
    root = machine.prefix("prefix")
    env = machine.with_path(machine.home / "prefix" / "bin")
    engine = find_engine(machine.places, env, prefixes=())
    assert engine
    assert (engine.root.resolve(), engine.origin) == (root, "path")
    assert engine.node == machine.home / "prefix" / "bin" / "node"


@pytest.mark.parametrize(
    "line",
    ['exec node "$basedir/../global/openclaw/openclaw.mjs" "$@"', "exec node '{root}/dist/entry.js' \"$@\""],
)
def test_the_command_on_path_that_is_a_script(machine: Machine, line: str) -> None:
    root = make_openclaw(machine.home / "global")
    command = machine.home / "bin" / "openclaw"
    make_node(machine.home / "bin" / "node")
    command.write_text(f"#!/bin/sh\n{line.format(root=root)}\n")
    command.chmod(0o755)
    engine = find_engine(machine.places, machine.with_path(command.parent), prefixes=())
    assert engine
    assert engine.root == root


def test_only_the_command_a_shell_would_run_counts(machine: Machine) -> None:
    machine.prefix("first", "2026.8.2")
    machine.prefix("second", "2026.9.6")
    env = machine.with_path(machine.home / "first" / "bin", machine.home / "second" / "bin")
    assert [engine.version for engine in find_all(machine.places, env, prefixes=())] == ["2026.8.2"]


def test_a_command_that_is_no_openclaw_is_nothing(machine: Machine) -> None:
    stranger = make_node(machine.home / "bin" / "openclaw")
    assert find_all(machine.places, machine.with_path(stranger.parent), prefixes=()) == ()


@pytest.mark.parametrize(
    "prefix",
    [
        ".npm-global",
        ".local",
        ".openclaw",
        ".volta/tools/image/packages/openclaw",
        ".nvm/versions/node/v24.19.0",
    ],
)
def test_usual_places_below_a_home(machine: Machine, prefix: str) -> None:
    root = machine.prefix(prefix)
    engine = find_engine(machine.places, machine.env, prefixes=())
    assert engine
    assert (engine.root, engine.origin) == (root, "known")


def test_prefixes_of_the_machine(machine: Machine, tmp_path: Path) -> None:
    root = machine.prefix("../brew")
    engine = find_engine(machine.places, machine.env, prefixes=(tmp_path / "brew",))
    assert engine
    assert engine.root.resolve() == root.resolve()


def test_the_newest_of_a_version_manager_comes_first(machine: Machine) -> None:
    for node in ("v24.16.0", "v24.19.0"):
        machine.prefix(f".nvm/versions/node/{node}", node=node[1:])
    engine = find_engine(machine.places, machine.env, prefixes=())
    assert engine
    assert engine.node_version == "24.19.0"


def test_the_same_package_is_listed_once(machine: Machine) -> None:
    machine.prefix(".npm-global")
    env = machine.with_path(machine.home / ".npm-global" / "bin")
    assert [engine.origin for engine in find_all(machine.places, env, prefixes=())] == ["path"]


@pytest.mark.parametrize("write", [write_unit, write_plist])
def test_what_the_service_runs_wins_over_everything(machine: Machine, write: object) -> None:
    make_engine_folder(machine.places.engine_dir)
    served = machine.prefix("served", "2026.7.35")
    machine.prefix("shell")
    write(machine, machine.home / "served" / "bin" / "node", served)  # type: ignore[operator]
    env = machine.with_path(machine.home / "shell" / "bin")
    status = engine_status(machine.places, env, prefixes=())
    assert status.engine
    assert (status.engine.root, status.engine.origin) == (served, "service")
    assert status.engine.node == machine.home / "served" / "bin" / "node"
    assert [engine.origin for engine in status.found] == ["service", "ours", "path"]
    assert [problem.code for problem in status.problems] == ["engine-old", "engines-differ"]


@pytest.mark.parametrize("write", [write_unit, write_plist])
def test_the_service_of_another_profile_is_not_ours(machine: Machine, write: object) -> None:
    served = machine.prefix("served")
    name = "openclaw-gateway-work" if write is write_unit else "ai.openclaw.work"
    write(machine, machine.home / "served" / "bin" / "node", served, name)  # type: ignore[operator]
    assert find_engine(machine.places, machine.env, prefixes=()) is None
    work = Places.from_environment({**machine.env, "OPENCLAW_PROFILE": "work"})
    engine = find_engine(work, machine.env, prefixes=())
    assert engine
    assert engine.origin == "service"
    elsewhere = Places.from_environment(machine.env, state_dir=str(machine.home / "elsewhere"))
    assert find_engine(elsewhere, machine.env, prefixes=()) is None


def test_a_service_whose_files_are_gone_is_a_problem_and_no_engine(machine: Machine) -> None:
    write_unit(machine, machine.home / "gone" / "node", machine.home / "gone" / "openclaw")
    status = engine_status(machine.places, machine.env, prefixes=())
    assert status.engine is None
    assert [problem.code for problem in status.problems] == [
        "service-stale",
        "service-stale",
        "engine-missing",
    ]


@pytest.mark.parametrize(
    "content", [b"", b"not xml", b"<plist><array/></plist>", b"<plist><dict><key>Pro", b"x" * 300_000]
)
def test_an_unreadable_definition_is_as_none(machine: Machine, content: bytes) -> None:
    plist = machine.home / "Library" / "LaunchAgents" / "ai.openclaw.gateway.plist"
    plist.parent.mkdir(parents=True)
    plist.write_bytes(content)
    unit = write_unit(machine, machine.home, machine.home)
    unit.write_bytes(b"ExecStart='unbalanced\n" + content)
    assert find_all(machine.places, machine.env, prefixes=()) == ()


def test_a_foreign_supported_one_is_respected_before_ours(machine: Machine) -> None:
    make_engine_folder(machine.places.engine_dir)
    foreign = machine.prefix(".npm-global", "2026.8.2")
    status = engine_status(machine.places, machine.env, prefixes=())
    assert status.engine
    assert status.engine.root == foreign
    assert "already installed" in status.why


@pytest.mark.parametrize(("version", "node"), [("2026.7.35", "24.19.0"), ("2026.9.6", "20.20.2")])
def test_a_foreign_one_that_does_not_fit_leaves_ours(machine: Machine, version: str, node: str) -> None:
    machine.prefix(".npm-global", version, node=node)
    before = engine_status(machine.places, machine.env, prefixes=())
    assert before.engine is None
    assert [problem.code for problem in before.problems] == ["engine-unsuitable"]
    make_engine_folder(machine.places.engine_dir)
    after = engine_status(machine.places, machine.env, prefixes=())
    assert after.engine
    assert after.engine.origin == "ours"
    assert "installed by lunatui" in after.why


def test_a_fitting_node_is_found_for_a_package_whose_own_is_too_old(machine: Machine) -> None:
    machine.prefix(".npm-global", node="20.20.2")
    private = make_node(machine.home / ".openclaw" / "tools" / "cli-node" / "bin" / "node", "24.17.0")
    engine = find_engine(machine.places, machine.env, prefixes=())
    assert engine
    assert (engine.node, engine.node_version) == (private, "24.17.0")


def test_an_openclaw_without_any_node_is_found_but_not_used(machine: Machine) -> None:
    make_openclaw(machine.home / ".bun" / "install" / "global" / "node_modules")
    (engine,) = find_all(machine.places, machine.env, prefixes=())
    assert (engine.node_version, engine.usable) == ("", False)
    (problem,) = engine_status(machine.places, machine.env, prefixes=()).problems
    assert "no Node" in problem.message


def test_deleted_parts_of_ours_are_a_problem(machine: Machine) -> None:
    make_engine_folder(machine.places.engine_dir)
    (machine.places.engine_dir / "node-24.19.0" / "bin" / "node").unlink()
    codes = [problem.code for problem in engine_status(machine.places, machine.env, prefixes=()).problems]
    assert codes == ["engine-incomplete", "engine-missing"]


def test_a_node_is_asked_once(machine: Machine) -> None:
    """The second look must not start a process: the program is gone, its size and time are not."""
    node = make_node(machine.home / "bin" / "node")
    counting = f"#!/bin/sh\necho asked >> {machine.home}/asked\necho v24.19.0\n"
    node.write_text(counting)
    cache = machine.places.cache_dir / "node-versions.json"
    for _ in range(3):
        assert NodeVersions(cache).of(node) == "24.19.0"
    assert (machine.home / "asked").read_text() == "asked\n"
    node.write_text(counting.replace("24.19.0", "24.20.10"))
    assert NodeVersions(cache).of(node) == "24.20.10"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"x": 1}', b"\xff\xfe", b'{"x": [1, 2]}'])
def test_a_damaged_version_cache_costs_a_question_and_nothing_else(machine: Machine, content: bytes) -> None:
    node = make_node(machine.home / "bin" / "node")
    cache = machine.places.cache_dir / "node-versions.json"
    cache.parent.mkdir(parents=True)
    cache.write_bytes(content)
    assert NodeVersions(cache).of(node) == "24.19.0"


def test_a_version_cache_that_cannot_be_written_is_no_reason_to_fail(machine: Machine) -> None:
    node = make_node(machine.home / "bin" / "node")
    (machine.home / "file").write_text("")
    assert NodeVersions(machine.home / "file" / "cache.json").of(node) == "24.19.0"


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense", "true", "echo 24.19.0"])
def test_what_is_no_node_has_no_version(machine: Machine, script: str) -> None:
    node = make_node(machine.home / "bin" / "node")
    node.write_text(f"#!/bin/sh\n{script}\n")
    assert NodeVersions(machine.home / "cache.json").of(node) == ""
    assert NodeVersions(machine.home / "cache.json").of(machine.home / "absent") == ""


def test_no_program_is_run_once_the_nodes_are_known(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (".npm-global", ".local"):
        machine.prefix(name)
    engine_status(machine.places, machine.env, prefixes=())
    monkeypatch.setattr("appliance.engine.node.ask_version", pytest.fail)
    engine_status(machine.places, machine.env, prefixes=())


def test_choosing_is_by_origin_not_by_order(machine: Machine) -> None:
    make_engine_folder(machine.places.engine_dir)
    ours = find_ours(machine.places)
    assert ours
    served = replace(ours, origin="service")
    assert choose([ours, served])[0] == served
    assert choose([])[0] is None
