"""A lock that OpenClaw left behind: on the dashboard within seconds, cleared there by one confirmed key."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.shop import Shop
from tests.fakes.typist import ENTER, Typist

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

FOUND_S = 5.0
"""From the moment the lock counts as left behind until it is said, as promised."""
UNSIGNED_S = 61.0
"""Older than a lock that names nobody has to be before anybody may call it left behind."""
CLOSED, OPEN = "The settings are closed", "The shop is open."


@pytest.fixture
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    box = Shop(gateway.places.user_home, machine_cache)
    assert box.run("setup", "finish").code == 0
    return box


@pytest.fixture
def lock(gateway: RunningGateway) -> Path:
    return gateway.places.config_path.with_name("openclaw.json.lock")


def leave(lock: Path, content: bytes, age: float) -> None:
    """As a program leaves it that ended between making the lock and signing it."""
    lock.write_bytes(content)
    when = time.time() - age
    os.utime(lock, (when, when))


def sees_and_clears(env: Mapping[str, str], lock: Path) -> float:
    """What somebody at the dashboard does; returns how long it took until it was said, in seconds."""
    with Typist(env) as typist:
        typist.sees(OPEN, seconds=60)
        typist.settles()
        leave(lock, b"", UNSIGNED_S)
        began = time.monotonic()
        typist.sees(CLOSED, seconds=60)
        took = time.monotonic() - began
        typist.sees("Open the settings again")
        assert lock.exists(), "nothing goes before somebody says so"
        typist.press(ENTER)
        typist.sees("Open the settings again?")
        typist.press("n")
        typist.settles()
        assert lock.exists(), "a no is a no"
        typist.press(ENTER)
        typist.sees("Open the settings again?")
        typist.settles(0.5)
        typist.press("y")
        typist.reads_until(lambda: not lock.exists(), seconds=30)
        typist.reads_until(lambda: CLOSED not in typist.screen, seconds=30)
    return took


def test_it_is_said_in_time_and_one_confirmed_key_clears_it(
    gateway: RunningGateway, shop: Shop, lock: Path
) -> None:
    took = sees_and_clears(shop.env, lock)
    print(f"said after {took:.1f} s")
    assert took <= FOUND_S
    assert shop.run("config", "set", "agents.entries.luna.name", "Luna Two").code == 0
    assert gateway.openclaw("config", "set", "agents.entries.luna.name", "Luna Three").returncode == 0
    records = shop.run("audit", "list", "--limit", "30").result["records"]
    ends = [(row["phase"], row["result"]) for row in records if row["operation"] == "config.unlock"]
    assert ends[-2:] == [("intent", ""), ("outcome", "done")]


def test_what_openclaw_itself_can_not_get_past(gateway: RunningGateway, shop: Shop, lock: Path) -> None:
    """The lock stops OpenClaw's own repair too; ours frees it."""
    leave(lock, b"", UNSIGNED_S)
    stuck = gateway.openclaw("config", "set", "agents.entries.luna.name", "Luna Four")
    assert stuck.returncode != 0
    trouble = shop.run("health", "glance").document["result"]["trouble"]
    assert (trouble["code"], trouble["repair"]) == ("lock-orphan", "config.unlock")
    shop.run("config", "unlock").failed(3, "no-consent")
    assert lock.exists()
    assert shop.run("config", "unlock", "--yes").result["cleared"] is True
    freed = gateway.openclaw("config", "set", "agents.entries.luna.name", "Luna Four")
    assert freed.returncode == 0, freed.stderr
    assert json.loads(gateway.places.config_path.read_text())["agents"]["entries"]["luna"]["name"] == (
        "Luna Four"
    )
