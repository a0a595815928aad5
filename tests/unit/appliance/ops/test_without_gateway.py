"""With the Gateway down: what is file or config works, what needs it says so, and nothing is put off.

Every operation of these areas is here; a new one has to say which of the two it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Unreachable
from appliance.ops.registry import find, operations
from appliance.practice.server import PracticeServer
from appliance.secret import Secret
from tests.unit.appliance.ops.shops import ShopBox, shop_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AREAS = ("agents", "models", "providers")
WORKS: dict[str, dict[str, Any]] = {
    "agents.list": {},
    "agents.show": {"agent": "luna"},
    "agents.create": {"name": "Desk"},
    "agents.update": {"agent": "hr", "name": "Office"},
    "agents.skills": {"agent": "hr"},
    "agents.skills-set": {"agent": "hr", "none": True},
    "agents.sandbox": {"agent": "hr", "mode": "all"},
    "agents.subagents": {"agent": "hr", "nobody": True},
    "agents.text": {"agent": "desk", "file": "SOUL.md"},
    "agents.write": {"agent": "desk", "file": "SOUL.md", "text": "Be brief.\n"},
    "agents.tools": {"agent": "hr"},
    "agents.tools-set": {"agent": "hr", "never": ("exec",)},
    "agents.bindings": {},
    "agents.who": {"channel": "telegram"},
    "agents.bind": {"agent": "hr", "channel": "telegram"},
    "agents.unbind": {"agent": "luna", "channel": "telegram", "heir": "hr"},
    "agents.archive": {"agent": "desk"},
    "models.list": {},
    "models.fallbacks": {"model": ("practice/practice-tool",)},
    "models.utility": {"model": "practice/practice"},
    "models.estimate": {"model": "practice/practice"},
    "providers.list": {},
    "providers.show": {"provider": "practice"},
    "providers.set": {"model": "practice/practice-tool"},
    "providers.test": {"provider": "practice"},
    "providers.remove": {"provider": "spare"},
    "providers.update": {"provider": "practice", "model": ("practice",)},
}
"""Operations that need no Gateway, and with what they are asked."""
KEY = Secret("sk-practice-1234567890")
NEEDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("providers.add", {"kind": "openai", "key": KEY, "anyway": True}),
    ("providers.update", {"provider": "practice", "key": KEY, "anyway": True}),
    ("agents.list", {"live": True}),
)
"""What cannot be done without it."""
ELSEWHERE = {
    "agents.restore": "asked for by undo, with what archiving noted: tested with archiving",
    "providers.kinds": "asks the engine's own catalogue, not the Gateway",
    "providers.detect": "asks other programs, not the Gateway",
}


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeServer]:
    with PracticeServer() as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, practice: PracticeServer) -> ShopBox:
    """A shop with a brain of its own; nothing listens where its Gateway would."""
    shop = shop_box(tmp_path)
    models = [{"id": name, "name": name} for name in ("practice", "practice-tool")]
    brain = {"baseUrl": practice.base_url, "api": "openai-completions", "apiKey": "none", "models": models}
    value = shop.value | {"models": {"providers": {"practice": brain, "spare": brain}}}
    value["channels"] = {"telegram": {}}
    shop.writes(json.dumps(value).encode())
    shop.run(find("agents.create"), find("agents.create").params(name="Desk"))
    return shop


def test_every_operation_says_whether_it_needs_the_gateway() -> None:
    names = {operation.name for area in AREAS for operation in operations(area)}
    assert {*WORKS, *ELSEWHERE, *(name for name, _ in NEEDS)} == names
    assert not WORKS.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("name", WORKS)
def test_what_is_file_or_config_works(name: str, shop: ShopBox) -> None:
    given = WORKS[name] | ({"name": "Other"} if name == "agents.create" else {})
    operation = find(name)
    shop.run(operation, operation.params(**given))


@pytest.mark.parametrize(("name", "given"), NEEDS, ids=[name for name, _ in NEEDS])
def test_what_needs_it_says_so_and_changes_nothing(name: str, given: dict[str, Any], shop: ShopBox) -> None:
    operation = find(name)
    before, history = shop.data, sorted((shop.places.home / "history").rglob("*.json"))
    with pytest.raises(Unreachable) as told:
        shop.run(operation, operation.params(**given))
    assert "gateway start" in told.value.hint
    assert shop.data == before
    assert sorted((shop.places.home / "history").rglob("*.json")) == history
    journal = shop.places.home / "journal"
    assert [path.name for path in journal.iterdir()] == ["finished"]
