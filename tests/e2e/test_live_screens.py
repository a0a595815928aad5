"""Dashboard and conversation on a real Gateway: killed under them, waiting for a person, left and back."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.shop import Shop, wait_for
from tests.fakes.typist import DOWN, ENTER, ESC, Typist

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

BACK_S = 180.0
SLOWLY_S = 2.0
"""Between two words of an answer that is to be under way still, however long it takes to look at it."""
F2, CLEAR = "\x1bOQ", "\x15"


@pytest.fixture(scope="module")
def shop(gateway: RunningGateway, machine_cache: Path) -> Shop:
    box = Shop(gateway.places.user_home, machine_cache)
    assert box.run("setup", "finish").code == 0
    return box


def kill_gateway(gateway: RunningGateway) -> None:
    service = asyncio.run(gateway.supervisor.status())
    assert service.pid
    os.kill(service.pid, signal.SIGKILL)


def test_a_killed_gateway_shows_and_its_return_needs_no_key(gateway: RunningGateway, shop: Shop) -> None:
    with Typist(shop.env) as typist:
        typist.sees("The shop is open.", seconds=BACK_S)
        kill_gateway(gateway)
        # How soon is measured by tests/bench/outage.py.
        typist.reads_until(lambda: "The shop is open." not in typist.screen and "● open" not in typist.screen)
        typist.sees("The shop is open.", seconds=BACK_S)
        typist.sees("● open")


def test_what_was_said_is_there_again_and_so_is_what_was_written(gateway: RunningGateway, shop: Shop) -> None:
    with Typist(shop.env) as typist:
        typist.sees("The shop is open.", seconds=BACK_S)
        typist.press("t")
        typist.sees("Write to Luna")
        typist.press("Is the shop clean?", ENTER)
        typist.sees("no real AI.)", seconds=BACK_S)
        typist.sees("esc Back")
        typist.press("and the wind")
        typist.sees("and the wind")
        drafts = gateway.places.home / "drafts"
        typist.reads_until(lambda: "and the wind" in [path.read_text() for path in drafts.rglob("*.txt")])
        typist.process.kill()
        typist.leaves()
    with Typist(shop.env) as typist:
        typist.sees("The shop is open.", seconds=BACK_S)
        typist.press("t")
        typist.sees("Is the shop clean?")
        typist.sees("no real AI.)")
        typist.sees("and the wind")


def open_talk(typist: Typist) -> None:
    """With an empty field, once what was said and written before is there."""
    typist.sees("The shop is open.", seconds=BACK_S)
    typist.press("t")
    typist.sees("F4 Another agent")
    typist.settles(1.0)
    typist.press(CLEAR)
    typist.settles(0.5)  # what is typed in one breath with a key that edits may overtake it
    typist.sees("Write to Luna")


def test_an_answer_under_way_is_taken_up_by_the_next_start_and_stopped_by_esc(
    gateway: RunningGateway, shop: Shop
) -> None:
    gateway.practice.pace = SLOWLY_S
    try:
        with Typist(shop.env) as typist:
            open_talk(typist)
            typist.press("Count the apples.", ENTER)
            typist.sees("Luna is writing", seconds=BACK_S)
            typist.process.send_signal(signal.SIGHUP)
            assert typist.leaves() == 0
        with Typist(shop.env) as typist:
            typist.sees("The shop is open.", seconds=BACK_S)
            typist.press("t")
            typist.sees("Count the apples.")
            typist.sees("esc Stop")
            typist.press(ESC)
            typist.sees("Stopped.")
            typist.sees("esc Back")
    finally:
        gateway.practice.pace = 0.005
    assert wait_for(lambda: shop.run("chat", "history", "luna").result["run_id"] == "", BACK_S)


def test_a_gateway_killed_in_mid_answer_loses_no_word(gateway: RunningGateway, shop: Shop) -> None:
    gateway.practice.pace = SLOWLY_S
    try:
        with Typist(shop.env) as typist:
            open_talk(typist)
            typist.press("Tell me about pears.", ENTER)
            typist.sees("Luna is writing", seconds=BACK_S)
            typist.sees("You wrote: “Tell", seconds=BACK_S)
            kill_gateway(gateway)
            typist.sees("The connection to the engine broke")
            assert "You wrote: “Tell" in typist.screen
            gateway.practice.pace = 0.005

            def came_to_an_end() -> bool:
                """Taken up again, OpenClaw asks the brain anew; else what came stays, with the break said."""
                end = typist.screen.partition("about pears.")[2]
                whole = "Everything between us works." in " ".join(end.split())
                return "esc Back" in end and (whole or ("You wrote: “Tell" in end and "✗" in end))

            typist.reads_until(came_to_an_end, seconds=BACK_S)
    finally:
        gateway.practice.pace = 0.005
    assert wait_for(lambda: shop.run("gateway", "status").code == 0, BACK_S)


def test_a_decision_is_taken_on_the_screen(gateway: RunningGateway, shop: Shop) -> None:
    saved = shop.run("config", "set", "tools.exec.mode", "ask").result
    assert saved["state"] == "saved and in use"
    for answer, number in (("deny", 1), ("allow", 2)):
        mark = shop.home / f"mark-{number}"
        with Typist(shop.env, size=(120, 36)) as typist:
            open_talk(typist)
            typist.press(f'[tool:exec {{"command":"touch {mark}"}}]', ENTER)
            typist.sees("F2 Decide", seconds=BACK_S)
            (waits,) = shop.run("approvals", "list").result["decisions"]
            assert waits["arguments"] == ["touch", str(mark)]
            assert waits["answers"] == ["deny", "allow-once"]
            typist.press(F2)
            typist.sees("Luna would like to do this on the box")
            typist.sees("▸ No, do not do this")
            typist.settles(0.5)
            if answer == "deny":
                typist.press(ENTER)
            else:
                typist.press(DOWN, ENTER)
                typist.sees("Are you sure?")
                typist.settles(0.5)
                typist.press("y")
            typist.sees("It was decided.", seconds=BACK_S)
            typist.sees("esc Back", seconds=BACK_S)
        assert wait_for(lambda: shop.run("chat", "history", "luna").result["run_id"] == "", BACK_S)
        assert mark.exists() is (answer == "allow")
