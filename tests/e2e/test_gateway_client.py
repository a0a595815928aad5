"""The client against the real Gateway: handshake, every typed call, events, chat, a restart in between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.gateway import calls
from appliance.gateway.chat import run as say
from appliance.gateway.chat_parts import ChatApproval, ChatDelta, ChatFinal, ChatPart, ChatStarted, ChatTool
from appliance.gateway.client import GatewayClient
from appliance.gateway.faults import GatewayError, GatewayMissing, GatewayRefused
from appliance.gateway.handshake import APPROVAL_CAPS, READ, USUAL_CAPS
from appliance.gateway.identity import load_identity
from appliance.gateway.oneshot import OneShot
from appliance.gateway.probe import listener, probe
from appliance.gateway.release import Support
from appliance.gateway.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import RunningGateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

KEY = "agent:luna:main"
PINNED = "2026.9.6"
LIMIT_S = 120.0


def client_of(gateway: RunningGateway, **options: Any) -> GatewayClient:
    return GatewayClient(gateway.endpoint, identity=load_identity(gateway.places.identity_dir), **options)


async def said(client: GatewayClient, message: str, **options: Any) -> list[ChatPart]:
    return [part async for part in say(client, KEY, message, **options)]


async def test_it_is_seen_from_outside(gateway: RunningGateway) -> None:
    seen = await asyncio.to_thread(probe, gateway.endpoint)
    assert (seen.listening, seen.live, seen.ready, seen.failing) == (True, True, True, ())
    assert seen.uptime_ms
    holder = await asyncio.to_thread(listener, gateway.port)
    assert holder is not None
    assert holder.looks_like_gateway


async def test_the_handshake_grants_all_scopes_to_our_device(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        hello = client.hello
        assert (hello.version, hello.protocol) == (PINNED, 4)
        assert hello.scopes is not None
        assert "operator.admin" in hello.scopes
        assert hello.device_token
        assert hello.config_path == str(gateway.places.config_path)
        assert hello.state_dir == str(gateway.places.state_dir)
        assert (client.release.support, client.release.edits_by_file) == (Support.FULL, True)


async def test_the_light_connection_gets_the_same_hello(gateway: RunningGateway) -> None:
    def work() -> tuple[str, str, Any]:
        with OneShot(gateway.endpoint, identity=load_identity(gateway.places.identity_dir)) as one:
            return one.hello.version, one.hello.boot_id, one.ask("health")

    version, boot_id, health = await asyncio.to_thread(work)
    async with client_of(gateway) as client:
        assert (version, boot_id, health["ok"]) == (PINNED, client.hello.boot_id, True)


async def test_a_wrong_token_is_refused_and_the_device_token_is_the_way_back(gateway: RunningGateway) -> None:
    wrong = replace(gateway.endpoint, secret="wrong")
    with pytest.raises(GatewayRefused) as caught:
        await GatewayClient(wrong).connect()
    assert caught.value.code == "gateway-unauthorized"
    async with client_of(gateway):
        pass
    identity = load_identity(gateway.places.identity_dir)
    async with GatewayClient(wrong, identity=identity) as client:
        assert client.hello.auth_method == "device-token"
    async with GatewayClient(wrong, reread=lambda: gateway.endpoint) as client:
        assert client.hello.auth_method == "token"


async def test_a_device_that_changes_its_platform_must_be_approved(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    identity = load_identity(tmp_path)
    async with GatewayClient(gateway.endpoint, identity=identity):
        pass
    with pytest.raises(GatewayRefused) as caught:
        await GatewayClient(gateway.endpoint, identity=replace(identity, platform="other")).connect()
    assert caught.value.code == "gateway-pairing"
    assert "openclaw devices approve" in caught.value.hint


async def test_every_read_call_is_answered_in_its_type(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        config = await calls.config_state(client)
        assert (config.valid, config.in_use, config.issues) == (True, True, ())
        agents = await calls.agents_list(client)
        assert (agents.default_id, [agent.id for agent in agents.agents]) == ("luna", ["luna"])
        models = await calls.models_list(client)
        assert "practice/practice" in {model.ref for model in models.models}
        auth = await calls.models_auth_status(client)
        assert "practice" in {provider.provider for provider in auth.providers}
        assert (await calls.health(client)).ok
        status = await calls.status(client)
        info = await calls.system_info(client)
        assert (status.runtime_version, status.pid, info.port) == (PINNED, info.pid, gateway.port)
        assert info.process_memory.rss_bytes > 0
        assert (await calls.restart_preflight(client)).summary
        assert await calls.approvals_pending(client) == []
        history = await calls.chat_history(client, "agent:luna:unused", limit=1)
        assert history.messages == ()
        assert not (await calls.chat_abort(client, "agent:luna:unused")).aborted
        assert (await calls.messages_subscribe(client, KEY, approvals=True)).subscribed
        assert not (await calls.messages_unsubscribe(client, KEY)).subscribed


async def test_the_secret_store_keeps_a_value_and_never_returns_it(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        assert (await calls.secrets_set(client, "E2E_KEY", "planted-value")).ok
        listed = await calls.secrets_list(client)
        assert "E2E_KEY" in {entry.name for entry in listed.entries}
        assert "planted-value" not in repr(listed)
        assert (await calls.secrets_reload(client)).ok
        assert (await calls.secrets_delete(client, "E2E_KEY")).ok
        assert "E2E_KEY" not in {entry.name for entry in (await calls.secrets_list(client)).entries}


async def test_the_model_is_really_asked(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        probed = await calls.models_probe(client, "practice")
        assert probed.ok, probed
        verified = await calls.setup_verify(client)
        assert (verified.ok, verified.model_ref) == (True, "practice/practice")
        assert (await calls.models_probe(client, "nosuch")).status == "unknown"


async def test_refusals_have_their_codes(gateway: RunningGateway) -> None:
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("nope.nope", {}, "gateway-unsupported"),
        ("agents.list", {"x": 1}, "gateway-params"),
        ("agents.files.list", {"agentId": "ghost"}, "gateway-not-found"),
        ("config.set", {"raw": "{}", "baseHash": "stale"}, "gateway-stale"),
        ("wizard.next", {"sessionId": "none"}, "gateway-not-found"),
        ("exec.approval.get", {"id": "none"}, "gateway-not-found"),
    ]
    async with client_of(gateway) as client:
        for method, params, code in asked:
            with pytest.raises(GatewayError) as caught:
                await client.call(method, params)
            assert (method, caught.value.code) == (method, code)
    async with client_of(gateway, scopes=(READ,)) as client:
        with pytest.raises(GatewayRefused) as refused:
            await client.call("secrets.store.list", {})
        assert refused.value.code == "gateway-scope"


async def test_two_hundred_questions_at_once_are_all_answered(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        answers = await asyncio.gather(*(client.call("health") for _ in range(200)))
        assert [answer["ok"] for answer in answers] == [True] * 200
        assert (client.counters.unknown, client.counters.shed) == (0, 0)


async def test_the_largest_answer_passes_when_it_is_expected(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        with pytest.raises(GatewayError) as caught:
            await client.call("config.schema", {})
        assert caught.value.code == "answer-size"
        assert "properties" in (await client.call("config.schema", {}, large=True))["schema"]


async def test_a_message_is_answered_to_its_end(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        parts = await said(client, "hello there")
        assert isinstance(parts[0], ChatStarted)
        final = parts[-1]
        assert isinstance(final, ChatFinal)
        deltas = [part for part in parts if isinstance(part, ChatDelta)]
        assert deltas[-1].text_so_far == final.text
        assert "".join(part.delta for part in deltas) == final.text
        async with asyncio.timeout(LIMIT_S):  # the last word may come a moment before it is written down
            while final.text not in {
                message.text for message in (await calls.chat_history(client, KEY, limit=10)).messages
            }:
                pass


async def test_the_same_key_runs_only_once(gateway: RunningGateway) -> None:
    key = str(uuid.uuid4())
    async with client_of(gateway) as client:
        await said(client, "only once", run_id=key)
        async with asyncio.timeout(LIMIT_S):  # the last word may come a moment before the end is noted
            while (again := await calls.chat_send(client, KEY, "only once", key)).status == "in_flight":
                pass
        assert (again.run_id, again.status) == (key, "ok")


async def test_an_unknown_agent_is_not_found(gateway: RunningGateway) -> None:
    async with client_of(gateway) as client:
        with pytest.raises(GatewayMissing):
            async for _ in say(client, "agent:ghost:main", "hello"):
                pass


async def test_a_run_waits_for_an_approval_and_goes_on(gateway: RunningGateway, tmp_path: Path) -> None:
    path = gateway.places.config_path
    before = path.read_text()
    asking = json.dumps({**json.loads(before), "tools": {"exec": {"mode": "ask"}}})
    target = tmp_path / "made"
    command = json.dumps({"command": f"touch {target}"})
    async with client_of(gateway, caps=(*USUAL_CAPS, *APPROVAL_CAPS)) as client:
        await saved(client, path, asking)
        kinds: list[type[ChatPart]] = []
        async for part in say(client, KEY, f"[tool:exec {command}]"):
            kinds.append(type(part))
            if isinstance(part, ChatApproval):
                assert not target.exists()
                assert part.id in {row.id for row in await calls.approvals_pending(client)}
                assert "allow-once" in part.allowed_decisions
                resolved = await calls.approval_resolve(client, part.id, "allow-once", kind=part.kind)
                assert (resolved.applied, resolved.approval.status) == (True, "allowed")
        await saved(client, path, before)
    assert ChatApproval in kinds
    assert ChatTool in kinds
    assert kinds[-1] is ChatFinal
    assert target.exists()


async def saved(client: GatewayClient, path: Path, text: str) -> None:
    """Replace the config file and wait until the Gateway runs on it."""
    draft = path.with_name("draft.json")
    draft.touch(mode=0o600)
    draft.write_text(text)
    with client.events(lambda event: event.name == "config.changed") as noticed:
        draft.replace(path)
        async with asyncio.timeout(LIMIT_S):
            await anext(noticed)
            while not (await calls.config_state(client)).in_use:
                await anext(noticed)


async def test_a_restart_is_seen_and_survived(gateway: RunningGateway) -> None:
    client = client_of(gateway)
    client.start()
    await client.connected()
    first = client.hello.boot_id
    seen: list[State] = []

    async def watch() -> None:
        async for change in client.changes():
            seen.append(change.state)

    watching = asyncio.create_task(watch())
    events = client.events(lambda event: event.name == "shutdown")
    requested = await calls.restart_request(client, reason="test")
    assert requested.ok
    async with asyncio.timeout(180):
        names = [(await anext(events)).name for _ in range(3)]
    assert names == ["shutdown", "local.lost", "local.connected"]
    assert client.hello.boot_id != first
    assert (await calls.health(client)).ok
    assert client.counters.reconnects == 1
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert seen[0] is State.CONNECTED
    assert State.RECONNECTING in seen
    assert seen[-1] is State.CONNECTED
    await client.close()


async def test_a_stopped_process_is_stuck_and_heals(gateway: RunningGateway) -> None:
    """A Gateway that hangs (here: SIGSTOP) is told apart from one that is gone."""
    holder = await asyncio.to_thread(listener, gateway.port)
    assert holder is not None
    client = client_of(gateway)
    await client.connect(wait=60)
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        with pytest.raises(GatewayError) as caught:
            await client.call("health", timeout=1)
        assert caught.value.code == "gateway-stalled"
        with pytest.raises(GatewayError) as caught:
            await client_of(gateway, open_seconds=1).connect()
        assert caught.value.code == "gateway-stalled"
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    assert (await client.call("health"))["ok"]
    await client.close()
