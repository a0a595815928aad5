"""After a save: what the Gateway says of its configuration decides what is said about the save."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.ops.in_use import InUse, Watch
from tests.fakes.box import make_box
from tests.fakes.gateway import TOKEN, FakeGateway, WireError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from appliance.api import Appliance


def state(saved: str, applied: str, **more: Any) -> dict[str, Any]:
    """An answer of `config.get`."""
    return {"valid": True, "configRevisionHash": saved, "appliedConfigHash": applied, "issues": [], **more}


@pytest.fixture
async def fake() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    yield gateway
    await gateway.stop()


def box_at(home: Path, port: int) -> Appliance:
    folder = home / ".openclaw"
    folder.mkdir(mode=0o700)
    config = {"gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}}}
    (folder / "openclaw.json").write_text(json.dumps(config))
    (folder / "openclaw.json").chmod(0o600)
    return make_box(home)


async def outcome(home: Path, fake: FakeGateway, answers: list[Any], **how: Any) -> InUse:
    """What is said when the Gateway gives `answers`, the last one again and again."""

    def answer(_: Any) -> Any:
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(given, WireError):
            raise given
        return given

    fake.handlers["config.get"] = answer

    def work() -> InUse:
        with Watch(box, patience=how.pop("patience", 20.0)) as watch:
            return watch.outcome(**how)

    async with fake.listening() as port:
        box = box_at(home, port)
        return await asyncio.to_thread(work)


async def test_in_use_once_it_runs_on_another_version_than_before(tmp_path: Path, fake: FakeGateway) -> None:
    answers = [state("old", "old"), state("old", "old"), state("new", "old"), state("new", "new")]
    assert await outcome(tmp_path, fake, answers) == InUse("saved and in use")
    assert len(fake.connections) == 1


@pytest.mark.parametrize(
    "later", [state("old", "old"), state("new", "old"), state("new", ""), state("", ""), {"valid": True}]
)
async def test_not_yet_in_use_while_the_hashes_say_so(tmp_path: Path, fake: FakeGateway, later: Any) -> None:
    found = await outcome(tmp_path, fake, [state("old", "old"), later], patience=0.01)
    assert found.state == "saved, not yet in use"


async def test_what_the_gateway_finds_wrong_is_named(tmp_path: Path, fake: FakeGateway) -> None:
    issues = [{"path": "a.b", "message": "is odd"}, {"path": "c", "message": "is worse"}]
    refused = state("new", "old", valid=False, issues=issues)
    found = await outcome(tmp_path, fake, [state("old", "old"), refused])
    assert found == InUse("saved, refused by the gateway", "a.b: is odd; c: is worse")


async def test_a_gateway_that_does_not_say_what_it_runs_on_is_not_called_down(
    tmp_path: Path, fake: FakeGateway
) -> None:
    """Before 2026.8 there are no hashes in the answer; a key's own test must not be left out for that."""
    found = await outcome(tmp_path, fake, [{"valid": True, "issues": []}])
    assert found.state == "saved, not yet in use"
    assert "does not say" in found.detail


async def test_a_moved_port_needs_a_restart(tmp_path: Path, fake: FakeGateway) -> None:
    assert (await outcome(tmp_path, fake, [state("old", "old")], moves=True)).state == "saved, needs restart"


async def test_an_answer_in_another_form_before_the_save_does_not_stop_it(
    tmp_path: Path, fake: FakeGateway
) -> None:
    found = await outcome(tmp_path, fake, [[]])
    assert found.state == "saved, not yet in use"
    assert "in a form we do not know" in found.detail


@pytest.mark.parametrize("later", [None, [], {"issues": None}, {"issues": ["x"]}])
async def test_an_answer_in_another_form_afterwards_does_not_unsay_the_save(
    tmp_path: Path, fake: FakeGateway, later: Any
) -> None:
    found = await outcome(tmp_path, fake, [state("old", "old"), later])
    assert found.state == "saved, not yet in use"
    assert "in a form we do not know" in found.detail


async def test_a_gateway_that_lets_nobody_in_any_more_does_not_unsay_the_save(
    tmp_path: Path, fake: FakeGateway
) -> None:
    refused = WireError("FORBIDDEN", "missing scope")
    found = await outcome(tmp_path, fake, [state("old", "old"), refused])
    assert found.state == "saved, not yet in use"


async def test_nothing_listening_is_a_gateway_that_is_down(tmp_path: Path, fake: FakeGateway) -> None:
    async with fake.listening() as port:
        pass
    box = box_at(tmp_path, port)

    def work() -> InUse:
        with Watch(box) as watch:
            return watch.outcome()

    assert await asyncio.to_thread(work) == InUse("saved, gateway down")
