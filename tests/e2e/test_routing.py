"""Who answers, on the real Gateway: rules are taken up, and an agent that goes takes its schedules along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.gateway.identity import load_identity
from appliance.gateway.oneshot import OneShot

if TYPE_CHECKING:
    from tests.e2e.conftest import RunningGateway

pytestmark = pytest.mark.e2e

JOB: dict[str, Any] = {
    "name": "Morning",
    "schedule": {"kind": "cron", "expr": "0 9 * * 1-5"},
    "sessionTarget": "isolated",
    "wakeMode": "now",
    "payload": {"kind": "agentTurn", "message": "Good morning"},
    "delivery": {"mode": "none"},
    "enabled": True,
}


def ask(gateway: RunningGateway, method: str, params: dict[str, Any]) -> Any:
    with OneShot(gateway.endpoint, identity=load_identity(gateway.places.identity_dir)) as caller:
        return caller.ask(method, params, large=True)


def ours(gateway: RunningGateway, *arguments: str, code: int = 0) -> Any:
    done = gateway.lunatui(*arguments, "--json")
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout.splitlines()[-1])["result"]


def test_a_rule_is_in_use_and_an_agent_goes_with_all_it_had(gateway: RunningGateway) -> None:
    for name in ("Sales", "Desk"):
        ours(gateway, "agents", "create", name)
    ours(gateway, "config", "set", "channels.telegram.enabled", "false")
    bound = ours(gateway, "agents", "bind", "sales", "--channel", "telegram")
    assert bound["state"] == "saved and in use"
    assert ours(gateway, "agents", "who", "--channel", "telegram", "--person", "7")["agent"] == "sales"
    theirs = json.loads(gateway.openclaw("agents", "bindings", "--json").stdout)
    assert [(item["agentId"], item["match"]["channel"]) for item in theirs] == [("sales", "telegram")]

    job = ask(gateway, "cron.add", {**JOB, "agentId": "sales"})
    plan = ours(gateway, "agents", "archive", "sales", "--heir", "desk", "--dry-run", code=10)
    assert any("Morning" in said for said in plan["warnings"])
    assert "On telegram, everyone: Sales → Desk." in plan["warnings"]
    gone = ours(gateway, "agents", "archive", "sales", "--heir", "desk", "--yes")
    assert gone["state"].startswith("saved and in use")
    assert ask(gateway, "cron.get", {"id": job["id"]})["agentId"] == "desk"
    assert ours(gateway, "agents", "who", "--channel", "telegram")["agent"] == "desk"
    assert not ours(gateway, "agents", "bindings")["serious"]

    ours(gateway, "undo", "--yes")
    assert ask(gateway, "cron.get", {"id": job["id"]})["agentId"] == "sales"
    assert ours(gateway, "agents", "who", "--channel", "telegram")["agent"] == "sales"
