"""Whether OpenClaw's way to the vault works: asked as OpenClaw asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance import memory
from appliance.ops import secrets_refresh, secrets_status
from appliance.ops.registry import find
from appliance.secret import Secret
from appliance.vault import references, shim
from tests.fakes.box import make_box
from tests.unit.appliance.ops.vaults import (
    VALUE,
    box_in,
    referring,
    run,
    value_of,
    write_config,
)

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return box_in(tmp_path)


async def test_a_way_to_the_vault_that_is_broken_is_found_and_mended(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    assert (await run(box, "status")).program == "not needed"
    referring(box, "openai", "gone")
    found = await run(box, "status")
    assert found.program == "it is missing"
    assert any("“gone”" in problem for problem in found.problems)
    assert (await run(box, "connect")).written
    shim.path_of(box.places).chmod(0o755)
    assert (await run(box, "status")).program == "its mode is 0755, not 0700"
    assert (await run(box, "connect")).written
    assert not (await run(box, "connect")).written


async def test_the_program_answers_as_openclaw_asks_it(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    await run(box, "connect")
    found = await run(box, "status")
    assert (found.vault, found.program, found.problems) == ("in order", "in order", ())
    assert found.milliseconds > 0
    shown = find("secrets.status").render(found)  # type: ignore[misc]
    assert "1 secrets, save 2, opened by its key file" in shown
    assert "not the programs of this account" in shown
    assert shown.endswith("hands each one out only when OpenClaw asks for it.")
    assert VALUE not in shown


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("#!/bin/sh\nexit 3\n", "it ends with 3 instead of an answer"),
        ("#!/bin/sh\necho garbage\n", "it ends with 0 instead of an answer"),
        ("#!/bin/sh\necho []\n", "it ends with 0 instead of an answer"),
        ("#!/bin/sh\nsleep 600\n", "it does not answer in time"),
        ("#!/no/such/shell\n", "it cannot be started (No such file or directory)"),
    ],
)
async def test_a_program_that_gives_no_answer_is_a_problem(
    box: Appliance, program: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    path = shim.path_of(box.places)
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o700)
    path.write_text(program)
    monkeypatch.setattr(shim, "problem", lambda _places: "")
    if "sleep" in program:
        monkeypatch.setattr(references, "PATIENCE_MS", 50)
        referring(box, "openai")
    found = await run(box, "status")
    assert found.program == words
    assert words in found.problems[-1]
    assert f"Problem     {found.problems[-1]}" in find("secrets.status").render(found)  # type: ignore[misc]


async def test_a_slow_answer_and_a_configuration_that_cannot_be_read_are_problems(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    monkeypatch.setattr(shim, "problem", lambda _places: "")
    monkeypatch.setattr(secrets_status, "_asked", lambda _box: (7.25, ""))
    found = await run(box, "status")
    assert (found.program, found.milliseconds) == ("it took 7.2 s to answer", 7250)
    config = json.loads(box.places.config_path.read_text())
    config["secrets"]["providers"]["lunatui"]["command"] = "/somebody/elses"
    write_config(box.places.user_home, config)
    assert (await run(box, "status")).program == "the configuration names another program"
    box.places.config_path.write_text("{")
    assert (await run(box, "status")).program == "not known"


async def test_the_next_change_after_an_update_mends_the_way(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    assert not shim.path_of(box.places).exists()
    referring(box, "openai")
    await run(box, "connect")
    path = shim.path_of(box.places)
    right = path.read_text()
    path.write_text(right.replace("-m lunatui", "-m an_older_lunatui"))
    later = make_box(box.places.user_home)
    await run(later, "set", name="another", value=Secret(VALUE))
    assert path.read_text() == right
    told = [row for row in later.audit.records() if row["op"] == "secrets.mend"]
    assert "another installation" in told[-1]["changes"][0]
    path.unlink()
    path.mkdir()
    last = make_box(box.places.user_home)
    await run(last, "set", name="one-more", value=Secret(VALUE))
    assert value_of(last, "one-more") == VALUE
    assert [row["result"] for row in last.audit.records() if row["op"] == "secrets.mend"][-1] != "begun"


async def test_references_in_included_files_count(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    config = json.loads(box.places.config_path.read_text())
    models = box.places.state_dir / "models.json5"
    models.touch(mode=0o600)
    models.write_text(json.dumps(config.pop("models")))
    write_config(box.places.user_home, {**config, "models": {"$include": "./models.json5"}})
    assert secrets_refresh.users_of(box) == {"openai": ("models.providers.openai.apiKey",)}


async def test_memory_that_is_open_is_a_problem(box: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await run(box, "status")).problems == ()
    monkeypatch.setattr(memory, "_last", "open to the programs of this account (Invalid argument)")
    found = await run(box, "status")
    assert found.memory in found.problems[-1]
