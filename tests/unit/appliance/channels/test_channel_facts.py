"""Four facts of a line, from what 2026.9.6 really answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance.channels.facts import Facts, facts_of, plugin_ready
from appliance.channels.settings import account_of
from appliance.gateway.channel_calls import channels_status, plugins_list
from appliance.gateway.channel_results import ChannelsStatus, PluginsList
from appliance.gateway.faults import GatewayError
from tests.fakes.channel_shapes import PLUGINS, TELEGRAM, WHATSAPP, status

CONFIG = {"channels": {"telegram": {"botToken": "x"}, "whatsapp": {}}}


class Answers:
    """Answers every question with one payload."""

    def __init__(self, payload: Any) -> None:
        self.payload = payload
        self.asked: list[tuple[str, Any]] = []

    async def call(self, method: str, params: Any = None, **_: Any) -> Any:
        self.asked.append((method, params))
        return self.payload


def read(payload: Any) -> ChannelsStatus:
    return asyncio.run(channels_status(Answers(payload)))


def telegram(**more: Any) -> Facts:
    return facts_of(account_of(CONFIG, "telegram"), read(status(telegram=TELEGRAM | more)))


def whatsapp(**more: Any) -> Facts:
    return facts_of(account_of(CONFIG, "whatsapp"), read(status(whatsapp=WHATSAPP | more)))


def test_running_is_not_connected() -> None:
    seen = telegram(connected=False, running=True, lifecycle="starting")
    assert (seen.state, seen.linked, seen.socket_open) == ("starting", True, False)
    broken = telegram(connected=False, lastError="fetch failed | ECONNREFUSED")
    assert (broken.state, broken.problem) == ("failing", "fetch failed | ECONNREFUSED")


def test_a_second_poller_is_a_failure_with_its_words() -> None:
    seen = telegram(
        connected=False, lifecycle="recovering", lastError="Telegram getUpdates conflict: Conflict"
    )
    assert (seen.state, seen.socket_open) == ("failing", False)
    assert seen.problem.startswith("Telegram getUpdates conflict")


def test_quiet_is_not_broken() -> None:
    seen = telegram(lastInboundAt=None, lastOutboundAt=None, lastTransportActivityAt=1796040183319)
    assert (seen.state, seen.last_in, seen.last_out, seen.last_alive) == ("ready", None, None, 1796040183.319)


def test_a_probe_that_fails_speaks_for_itself() -> None:
    probe = {"ok": False, "status": 401, "error": "Unauthorized", "elapsedMs": 12.5}
    seen = telegram(probe=probe)
    assert (seen.state, seen.problem) == ("failing", "Unauthorized")


def test_whatsapp_without_a_session_is_unlinked() -> None:
    seen = whatsapp()
    assert (seen.state, seen.linked, seen.socket_open) == ("unlinked", False, False)
    assert seen.problem == "not linked"
    linked = whatsapp(linked=True, running=True, connected=True, stateReason=None, reconnectAttempts=2)
    assert (linked.state, linked.reconnects, linked.problem) == ("ready", 2, "")


def test_a_token_that_is_gone_is_said() -> None:
    seen = telegram(
        configured=False, running=False, connected=False, tokenStatus="missing", lastError="logged out"
    )
    assert (seen.state, seen.linked) == ("no-token", False)


def test_what_is_switched_off_or_not_there() -> None:
    off = {"channels": {"telegram": {"enabled": False}}}
    assert facts_of(account_of(off, "telegram"), read(status())).state == "off"
    plugins = PluginsList.from_wire(PLUGINS).plugins
    assert facts_of(account_of(CONFIG, "whatsapp"), read(status()), plugins).state == "no-plugin"
    assert facts_of(account_of(CONFIG, "telegram"), read(status()), plugins).state == "stopped"
    assert facts_of(account_of(CONFIG, "telegram"), None).state == "unknown"
    assert plugin_ready("telegram", plugins)
    assert not plugin_ready("whatsapp", plugins)


def test_a_probe_is_asked_for_with_its_time() -> None:
    caller = Answers(status())
    asyncio.run(channels_status(caller, probe_seconds=4.0))
    assert caller.asked == [("channels.status", {"probe": True, "timeoutMs": 4000})]
    caller = Answers(PLUGINS)
    assert len(asyncio.run(plugins_list(caller)).plugins) == 2


@pytest.mark.parametrize(
    "wrong",
    [None, {"ts": "now"}, {"ts": 1, "channelAccounts": []}, {"ts": 1, "channelAccounts": {"telegram": {}}},
     {"ts": 1, "channels": {"telegram": 5}}],
)  # fmt: skip
def test_an_answer_of_another_form_is_an_error(wrong: Any) -> None:
    with pytest.raises(GatewayError) as error:
        read(wrong)
    assert error.value.code == "gateway-answer"
