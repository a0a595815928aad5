"""What OpenClaw is answered, and nobody else."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.registry import find
from appliance.secret import Secret
from tests.unit.appliance.ops.vaults import (
    CALL,
    VALUE,
    box_in,
    referring,
    run,
    write_config,
)

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return box_in(tmp_path)


class Pipes:
    """A question on one pipe, and what comes out of the other."""

    def __init__(self, question: object) -> None:
        self.request, writer = os.pipe()
        os.write(writer, question if isinstance(question, bytes) else json.dumps(question).encode())
        os.close(writer)
        self._reader, self.answer_to = os.pipe()

    def said(self) -> bytes:
        os.close(self.answer_to)
        os.close(self.request)
        said = os.read(self._reader, 65536)
        os.close(self._reader)
        return said


def question(*ids: object, provider: str = "lunatui", version: int = 1) -> dict[str, Any]:
    return {"protocolVersion": version, "provider": provider, "ids": list(ids)}


async def asked(box: Appliance, content: object, call: Call = CALL) -> tuple[bytes, LunaError | None]:
    pipes, operation = Pipes(content), find("secrets.resolve")
    try:
        params = operation.params(pipes.answer_to, pipes.request)
        await dispatch(box, operation, params, call)
    except LunaError as error:
        return pipes.said(), error
    return pipes.said(), None


async def test_openclaw_gets_what_its_configuration_refers_to_and_nothing_else(box: Appliance) -> None:
    for name in ("openai", "other"):
        await run(box, "set", name=name, value=Secret(f"{VALUE} {name}"))
    referring(box, "openai", "gone")
    said, error = await asked(box, question("openai", "other", "gone", "openai"))
    assert error is None
    assert json.loads(said) == {
        "protocolVersion": 1,
        "values": {"openai": f"{VALUE} openai"},
        "errors": {"other": {"code": "NOT_ALLOWED"}, "gone": {"code": "NOT_FOUND"}},
    }
    newest = list(box.audit.records())[-1]
    assert (newest["op"], newest["phase"], newest["result"]) == ("secrets.resolve", "note", "answered")
    assert newest["changes"] == ["openai: handed to OpenClaw", "other: refused", "gone: refused"]
    used = {row.name: row.used for row in (await run(box, "list")).secrets}
    assert used["openai"]
    assert not used["other"]
    said, _ = await asked(box, question("openai", provider="another"))
    assert json.loads(said)["values"] == {}


async def test_another_program_under_our_name_gets_nothing(box: Appliance) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    config = json.loads(box.places.config_path.read_text())
    config["secrets"]["providers"]["lunatui"]["command"] = "/somebody/elses"
    write_config(box.places.user_home, config)
    said, error = await asked(box, question("openai"))
    assert error is None
    assert json.loads(said)["values"] == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", question(version=2), question(1), question(provider=7),  # type: ignore[arg-type]
     {"protocolVersion": 1, "provider": "lunatui", "ids": "openai"},
     {"protocolVersion": 1, "provider": "lunatui", "ids": ["x"] * 3000}],
)  # fmt: skip
async def test_what_is_no_question_gets_no_answer(box: Appliance, content: object) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    said, error = await asked(box, content)
    assert (said, getattr(error, "code", "")) == (b"", "secrets-question")


@pytest.mark.parametrize(
    "call", [Call("agent:luna", "cli"), Call("human:rosa", "tui"), Call("human:x", "mcp")]
)
async def test_nobody_but_openclaw_is_answered(box: Appliance, call: Call) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")
    said, error = await asked(box, question("openai"), call)
    assert (said, getattr(error, "code", "")) == (b"", "secrets-for-openclaw")


async def test_a_use_that_cannot_be_recorded_does_not_happen(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(box, "set", name="openai", value=Secret(VALUE))
    referring(box, "openai")

    def full(_path: object, _data: bytes) -> None:
        raise OSError(5, "broken")

    monkeypatch.setattr(box.audit, "_disk_write", full)
    said, error = await asked(box, question("openai"))
    assert (said, getattr(error, "code", "")) == (b"", "audit-unavailable")


async def test_nothing_goes_to_a_terminal_or_nowhere(box: Appliance) -> None:
    main, terminal = os.openpty()
    operation = find("secrets.resolve")
    try:
        with pytest.raises(LunaError) as caught:
            await dispatch(box, operation, operation.params(terminal, 0), CALL)
        assert caught.value.code == "secrets-to-terminal"
    finally:
        os.close(terminal)
        os.close(main)
    with pytest.raises(LunaError, match="not open"):
        await dispatch(box, operation, operation.params(terminal, 0), CALL)
