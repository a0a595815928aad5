"""`channels`: tokens are checked before they are saved and taken back when OpenClaw is refused with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Conflict, LunaError, NotFound, Refused, Unreachable, Usage
from appliance.gateway import probe
from appliance.ops import channels, channels_plugin
from appliance.ops.channels_add import AddChannel
from appliance.ops.channels_look import OneChannel
from appliance.ops.channels_policy import SetPolicy
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import plan
from appliance.ops.undo import LAST
from appliance.secret import Secret
from tests.fakes.channel_shapes import PLUGINS, WHATSAPP_PLUGIN
from tests.fakes.gateway import WireError
from tests.fakes.telegram import TelegramApi
from tests.unit.appliance.ops.channels_bench import Bench, bench_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


GOOD = "7001:AAgood-token-00000000000000000000000"
BAD = "7001:AAbad-token-000000000000000000000000"


@pytest.fixture
def telegram() -> Iterator[TelegramApi]:
    with TelegramApi(GOOD) as api:
        yield api


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with bench_at(tmp_path, monkeypatch) as found:
        yield found


def wish(api: TelegramApi, token: str = GOOD, **more: Any) -> AddChannel:
    return replace(AddChannel("telegram", Secret(token), api_root=api.base_url), **more)


async def test_a_bot_is_named_stored_and_connected(bench: Bench, telegram: TelegramApi) -> None:
    added = await bench.run(channels.ADD, wish(telegram))
    assert (added.name, added.state, added.saved) == ("@shop_test_bot", "ready", "saved and in use")
    assert [(step.name, step.state) for step in added.steps] == [
        ("name", "ok"), ("poller", "ok"), ("openclaw", "ok"),
    ]  # fmt: skip
    (name,) = bench.secrets
    assert bench.secrets[name] == GOOD
    line = bench.config["channels"]["telegram"]
    assert line["botToken"] == {"source": "store", "provider": "default", "id": name}
    assert (line["dmPolicy"], line["groupPolicy"], line["enabled"]) == ("pairing", "disabled", True)
    assert "everybody else gets a code" in added.policy
    assert GOOD not in bench.box.places.config_path.read_text()
    assert not any(GOOD in event.text for event in bench.said)
    listed = (await bench.run(channels.LIST, Nothing())).channels
    assert [(row.channel, row.state, row.socket_open) for row in listed] == [("telegram", "ready", True)]


async def test_a_wrong_token_and_a_second_poller_save_nothing(bench: Bench, telegram: TelegramApi) -> None:
    before = bench.box.places.config_path.read_bytes()
    with pytest.raises(Refused) as wrong:
        await bench.run(channels.ADD, wish(telegram, BAD))
    assert wrong.value.code == "channel-token-refused"
    telegram.second_poller = True
    with pytest.raises(Conflict) as poller:
        await bench.run(channels.ADD, wish(telegram))
    assert poller.value.code == "second-poller"
    with pytest.raises(Unreachable) as nobody:
        await bench.run(channels.ADD, replace(wish(telegram), api_root="http://127.0.0.1:9"))
    assert nobody.value.code == "channel-unreachable"
    for error in (wrong, poller, nobody):
        assert BAD not in error.value.message + error.value.hint
        assert GOOD not in error.value.message + error.value.hint
    assert (bench.secrets, bench.box.places.config_path.read_bytes()) == ({}, before)


@pytest.mark.parametrize(
    ("problem", "kind", "code"),
    [
        ("Unauthorized | Telegram ingress worker exited with code 1", Refused, "channel-token-refused"),
        ("Telegram getUpdates conflict: Conflict: terminated by other getUpdates", Conflict, "second-poller"),
    ],
)
async def test_what_openclaw_is_refused_with_is_taken_back(
    bench: Bench, telegram: TelegramApi, problem: str, kind: type[LunaError], code: str
) -> None:
    bench.line |= {"connected": False, "lastError": problem}
    with pytest.raises(kind) as refused:
        await bench.run(channels.ADD, wish(telegram))
    assert refused.value.code == code
    assert "telegram" not in bench.config.get("channels", {})
    assert bench.secrets == {}


async def test_a_line_that_was_stopped_by_hand_is_started(bench: Bench, telegram: TelegramApi) -> None:
    bench.line |= {"running": False, "connected": False, "lastError": "logged out", "lifecycle": "stopped"}
    added = await bench.run(channels.ADD, wish(telegram))
    assert added.state == "ready"
    assert bench.started == [{"channel": "telegram", "accountId": "default"}]


async def test_a_new_token_is_stored_beside_the_old_one(bench: Bench, telegram: TelegramApi) -> None:
    await bench.run(channels.ADD, wish(telegram))
    (old,) = bench.secrets
    telegram.second_poller = True  # our own Gateway polls for the bot now
    telegram.token = GOOD + "2"
    await bench.run(channels.ADD, wish(telegram, GOOD + "2"))
    (new,) = bench.secrets
    assert new != old
    assert bench.config["channels"]["telegram"]["dmPolicy"] == "pairing"


async def test_everybody_is_asked_about_first(bench: Bench, telegram: TelegramApi) -> None:
    await bench.run(channels.ADD, wish(telegram, who="everybody"))
    assert any("Anybody who finds this line on Telegram" in question for question in bench.asked)
    assert bench.config["channels"]["telegram"]["allowFrom"] == ["*"]


async def test_a_dry_run_asks_the_service_and_touches_nothing(bench: Bench, telegram: TelegramApi) -> None:
    found = await plan(bench.box, channels.ADD, wish(telegram), Call("human:rosa", "cli"))
    targets = [change.target for change in found.changes]
    assert "secret LUNATUI_TELEGRAM_BOT_TOKEN" in targets
    assert telegram.methods[0] == "getMe"
    assert bench.secrets == {}


async def test_what_is_set_up_in_another_way_is_said(bench: Bench, telegram: TelegramApi) -> None:
    with pytest.raises(Usage) as linked:
        await bench.run(channels.ADD, replace(wish(telegram), channel="whatsapp"))
    assert linked.value.code == "channel-kind"
    with pytest.raises(NotFound):
        await bench.run(channels.ADD, replace(wish(telegram), channel="matrix"))
    with pytest.raises(Usage) as second:
        await bench.run(channels.ADD, AddChannel("slack", Secret("xoxb-1234567890-abc")))
    assert "--app-token-stdin" in second.value.hint


async def test_the_policy_of_a_line_is_changed_and_taken_back(bench: Bench, telegram: TelegramApi) -> None:
    await bench.run(channels.ADD, wish(telegram))
    bench.asked.clear()
    listed = SetPolicy("telegram", "listed", ("555001",))
    await bench.run(channels.POLICY, listed)
    assert bench.config["channels"]["telegram"]["dmPolicy"] == "allowlist"
    assert bench.asked == []
    assert any("only 555001 gets an answer" in event.text for event in bench.said)
    await bench.run(LAST, Nothing())
    assert bench.config["channels"]["telegram"]["dmPolicy"] == "pairing"
    with pytest.raises(NotFound):
        await bench.run(channels.POLICY, SetPolicy("whatsapp", "code"))


async def test_stop_start_logout_and_remove(bench: Bench, telegram: TelegramApi) -> None:
    await bench.run(channels.ADD, wish(telegram))
    assert (await bench.run(channels.STOP, OneChannel("telegram"))).done
    assert (await bench.run(channels.START, OneChannel("telegram"))).done
    assert (await bench.run(channels.LOGOUT, OneChannel("telegram"))).done
    assert any("deletes the token" in event.text for event in bench.said)
    shown = await bench.run(channels.SHOW, OneChannel("telegram"))
    assert (shown.strangers, shown.groups, shown.personal) == ("code", "nobody", False)
    removed = await bench.run(channels.REMOVE, OneChannel("telegram"))
    assert removed.saved == "saved and in use"
    assert "telegram" not in bench.config["channels"]
    assert bench.secrets == {}
    with pytest.raises(NotFound) as gone:
        await bench.run(channels.SHOW, OneChannel("telegram"))
    assert gone.value.code == "channel-unknown"


async def test_without_a_gateway_the_lines_are_still_listed(
    bench: Bench, telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.run(channels.ADD, wish(telegram))
    monkeypatch.setattr(probe, "probe", lambda *_, **__: probe.Probe(False, False, False))
    found = await bench.run(channels.LIST, Nothing())
    assert found.gateway.startswith("The Gateway does not answer")
    assert [(row.state, row.linked) for row in found.channels] == [("unknown", None)]
    assert found.channels[0].policy.startswith("Telegram:")


async def test_an_install_freezes_our_own_writes_and_is_tried_once_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels_plugin, "SETTLE_SECONDS", 0.0)
    tries: list[bool] = []

    def install(_: dict[str, Any]) -> dict[str, Any]:
        with pytest.raises(Conflict) as held, bench.box.config.frozen(0.0):
            raise AssertionError("somebody else could have written")
        assert held.value.code == "config-locked"
        tries.append(True)
        if len(tries) == 1:
            raise WireError("UNAVAILABLE", "config changed since last load")
        bench.gateway.handlers["plugins.list"] = lambda _: {"plugins": [WHATSAPP_PLUGIN]}
        return {"ok": True}

    bench.gateway.handlers["plugins.install"] = install
    call = Call("human:rosa", "cli", emit=bench.said.append)
    async with bench.box.gateway(keep=True) as client:
        await channels_plugin.install_plugin(bench.box, client, "whatsapp", call)
        assert len(tries) == 2
        with bench.box.config.frozen(0.0):
            pass
        bench.gateway.handlers["plugins.list"] = lambda _: PLUGINS
        bench.gateway.handlers["plugins.install"] = lambda _: {"ok": True}
        with pytest.raises(LunaError) as missing:
            await channels_plugin.install_plugin(bench.box, client, "whatsapp", call)
    assert missing.value.code == "plugin-install"
