"""Slack by socket mode: both tokens asked about, the plugin installed, the settings that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import Refused
from appliance.ops import channels
from appliance.ops.channels_add import AddChannel
from appliance.ops.channels_manifest import AppName
from appliance.secret import Secret
from tests.fakes.channel_shapes import TELEGRAM, WHATSAPP_PLUGIN, status
from tests.fakes.slack import SlackApi
from tests.unit.appliance.ops.channels_bench import Bench, bench_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

BOT, APP = "xoxb-1234567890-good", "xapp-1-A0B1-2345-good"
SLACK_PLUGIN = {**WHATSAPP_PLUGIN, "id": "slack", "packageName": "@openclaw/slack", "channelIds": ["slack"]}


@pytest.fixture
def slack() -> Iterator[SlackApi]:
    with SlackApi(BOT, APP) as api:
        yield api


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with bench_at(tmp_path, monkeypatch) as found:
        yield found


def wish(api: SlackApi, **more: Any) -> AddChannel:
    usual = AddChannel("slack", Secret(BOT), Secret(APP), api_root=api.base_url, who="listed", allow=("U2",))
    return replace(usual, **more)


async def test_a_workspace_is_named_and_connected(bench: Bench, slack: SlackApi) -> None:
    def install(params: dict[str, Any]) -> dict[str, Any]:
        assert params == {"source": "official", "pluginId": "slack"}
        assert bench.secrets == {}, "the plugin comes first"
        bench.gateway.handlers["plugins.list"] = lambda _: {"plugins": [SLACK_PLUGIN]}
        return {"ok": True}

    bench.gateway.handlers["plugins.install"] = install
    bench.gateway.handlers["channels.status"] = lambda _: status(slack=TELEGRAM)
    added = await bench.run(channels.ADD, wish(slack))
    assert (added.name, added.state) == ("luna (Café Rosa)", "ready")
    assert slack.asked == ["auth.test", "apps.connections.open"]
    line = bench.config["channels"]["slack"]
    assert (line["mode"], line["enabled"], line["dmPolicy"]) == ("socket", True, "allowlist")
    assert "apiRoot" not in line, "Slack's settings know no other address"
    assert {bench.secrets[line[key]["id"]] for key in ("botToken", "appToken")} == {BOT, APP}


async def test_each_token_has_its_own_no(bench: Bench, slack: SlackApi) -> None:
    with pytest.raises(Refused) as bot:
        await bench.run(channels.ADD, wish(slack, token=Secret("xoxb-1234567890-other")))
    assert (bot.value.code, "this token" in bot.value.message) == ("channel-token-refused", True)
    with pytest.raises(Refused) as app:
        await bench.run(channels.ADD, wish(slack, app_token=Secret("xapp-1-A0B1-2345-other")))
    assert (app.value.code, "this app token" in app.value.message) == ("channel-token-refused", True)
    slack.may_connect = False
    with pytest.raises(Refused) as scope:
        await bench.run(channels.ADD, wish(slack))
    assert scope.value.code == "channel-scope"
    assert (bench.secrets, "channels" in bench.config) == ({}, False)


async def test_the_app_to_paste_names_the_assistant(bench: Bench) -> None:
    made = await bench.run(channels.MANIFEST, AppName("Rosa"))
    assert '"Rosa"' in made.manifest
    assert "api.slack.com/apps" in made.where
