"""A configuration overwritten with a 43-byte stub: a red card, one key, and the Gateway runs on it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import running_gateway
from tests.e2e.shop import Shop, wait_for
from tests.fakes.typist import ENTER, Typist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.engine.models import Engine
    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

STUB = b'{ "gateway": {"mode":"local"}, "agents":{}}'
BACK_S = 240.0


@pytest.fixture
def gateway(engine: Engine, machine_cache: Path, tmp_path: Path) -> Iterator[RunningGateway]:
    """One for each test: a stub makes it another Gateway."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with running_gateway(engine, home, machine_cache) as running:
        yield running


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    box = Shop(gateway.places.user_home, machine_cache)
    assert box.run("setup", "finish").code == 0
    return box


def answers(gateway: RunningGateway) -> bool:
    """Luna says something."""
    said = gateway.lunatui("chat", "send", "--agent", "luna", "--message", "hello", "--json")
    return said.returncode == 0


def trouble_of(shop: Shop) -> dict[str, Any]:
    """What keeps the shop closed."""
    found: dict[str, Any] = shop.run("health", "glance").document["result"]["trouble"]
    return found


def newest_change(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = shop.run("history", "list", "--limit", "1").result["changes"][0]
    return found


def test_while_somebody_looks(gateway: RunningGateway, shop: Shop) -> None:
    config = gateway.places.config_path
    whole = config.read_bytes()
    assert len(STUB) == 43
    with Typist(shop.env, size=(120, 36)) as typist:
        typist.sees("The shop is open.", seconds=BACK_S)
        config.write_bytes(STUB)
        typist.sees("Something is missing from the settings", seconds=BACK_S)
        typist.sees("Off the staff: Luna.")
        typist.sees("▸ Put everything back as it was")
        assert config.read_bytes() != whole
        typist.press(ENTER)
        typist.reads_until(lambda: config.read_bytes() == whole, seconds=BACK_S)
        typist.sees("Everything is back as it was.")
        typist.sees("The shop is open.", seconds=BACK_S)
        assert "Something is missing" not in typist.screen
    assert config.read_bytes() == whole
    assert newest_change(shop)["operation"] == "history.restore"
    assert wait_for(lambda: answers(gateway), BACK_S)
    assert json.loads(gateway.openclaw("config", "validate", "--json").stdout)["valid"] is True


def test_while_nothing_runs(gateway: RunningGateway, shop: Shop) -> None:
    config = gateway.places.config_path
    assert shop.run("gateway", "stop", "--yes").code == 0
    shop.run("history", "list")
    whole = config.read_bytes()
    config.write_bytes(STUB)
    assert wait_for(lambda: trouble_of(shop)["code"] == "settings-lost", BACK_S), trouble_of(shop)
    trouble = trouble_of(shop)
    assert trouble["repair"] == "history.restore"
    assert trouble["facts"]["agents"] == "Luna"
    with Typist(shop.env) as typist:
        typist.sees("Something is missing from the settings", seconds=BACK_S)
        typist.press(ENTER)
        typist.reads_until(lambda: config.read_bytes() == whole, seconds=BACK_S)
        typist.sees("Start the engine", seconds=BACK_S)
        typist.press(ENTER)
        typist.sees("The shop is open.", seconds=BACK_S)
    assert wait_for(lambda: answers(gateway), BACK_S)
    rows = shop.run("history", "list").result["changes"]
    (restored,) = (row for row in rows if row["operation"] == "history.restore")
    assert restored["state"] == "undoable"
