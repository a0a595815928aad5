"""Who answers, by us and by the installed OpenClaw, case by case."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from appliance.agents.moves import edited
from appliance.agents.routes import Router, Sender
from appliance.agents.rule_edits import binding_edits, scope
from appliance.places import Places
from tests.fakes.route_cases import case

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.engine.models import Engine

pytestmark = pytest.mark.e2e

CASES = 6000
ASK = """
import { pathToFileURL } from "node:url";
const { resolveAgentRoute } = await import(pathToFileURL(process.argv[2]).href);
let text = "";
for await (const part of process.stdin) text += part;
const answers = JSON.parse(text).map(({ cfg, input }) => {
  try {
    const { agentId, matchedBy } = resolveAgentRoute({ cfg, ...input });
    return [agentId, matchedBy];
  } catch (error) {
    if (error.code === "AGENT_SELECTION_REQUIRED") return ["", error.surface];
    if (String(error.message).startsWith("No agents configured")) return ["", "no agents"];
    throw error;
  }
});
process.stdout.write(JSON.stringify(answers));
"""
STEPS = {
    "binding.peer": "peer",
    "binding.peer.parent": "parent",
    "binding.peer.wildcard": "kind",
    "binding.guild+roles": "guild-roles",
    "binding.guild": "guild",
    "binding.team": "team",
    "binding.account": "account",
    "binding.channel": "channel",
    "route binding": "ghost",
}


def openclaw_says(engine: Engine, cases: list[dict[str, Any]], folder: Any) -> list[list[str]]:
    """What the installed release's own resolver answers."""
    script = folder / "ask.mjs"
    script.write_text(ASK)
    resolver = engine.root / "dist" / "plugin-sdk" / "routing.js"
    done = subprocess.run(
        [str(engine.node), str(script), str(resolver)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


def we_say(one: dict[str, Any]) -> tuple[str, str]:
    """Our agent and step for the same case."""
    asked = one["input"]
    peer, parent = asked.get("peer") or {}, asked.get("parentPeer") or {}
    route = Router(one["cfg"]).route(
        Sender(
            asked["channel"],
            asked.get("accountId", ""),
            peer.get("kind"),
            peer.get("id", ""),
            parent.get("kind"),
            parent.get("id", ""),
            asked.get("guildId", ""),
            asked.get("teamId", ""),
            tuple(asked.get("memberRoleIds", ())),
        )
    )
    return route.agent, route.why


def test_our_answer_is_openclaws(engine: Engine, tmp_path: Any) -> None:
    """Agent and deciding step, in thousands of configurations; every step of the order comes up."""
    cases = [case(seed) for seed in range(CASES)]
    seen: Counter[str] = Counter()
    for one, (agent, step) in zip(cases, openclaw_says(engine, cases, tmp_path), strict=True):
        ours, why = we_say(one)
        assert ours == agent, (one, (ours, why), (agent, step))
        if step in STEPS and why not in ("system", "marked", "only", "nobody"):
            assert why == STEPS[step], (one, (ours, why), (agent, step))
        seen[why] += 1
    assert set(seen) == {*STEPS.values(), "system", "marked", "only", "nobody"}, seen
    assert min(seen.values()) > 10, seen


SPACES: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    ({"channel": "discord", "guild": "g1"}, {"guildId": "g1"}, {"guildId": "g2"}),
    (
        {"channel": "discord", "guild": "g1", "roles": ("boss", "chef")},
        {"guildId": "g1", "memberRoleIds": ["chef"]},
        {"guildId": "g1", "memberRoleIds": ["guest"]},
    ),
    ({"channel": "slack", "team": "T1"}, {"teamId": "T1"}, {"teamId": "T2"}),
    (
        {"channel": "discord", "guild": "g1", "group": "42"},
        {"guildId": "g1", "peer": {"kind": "channel", "id": "42"}},
        {"guildId": "g2", "peer": {"kind": "channel", "id": "42"}},
    ),
)
"""A rule's scope, a message it is for, and one it is not for."""


def test_a_rule_for_a_server_a_role_or_a_team_is_openclaws(engine: Engine, tmp_path: Path) -> None:
    """What `agents bind` writes for them is valid there and decides there as it does here."""
    places = Places.from_environment({"HOME": str(tmp_path)})
    cases = []
    for wanted, inside, outside in SPACES:
        before: dict[str, Any] = {
            "agents": {"ownership": "explicit", "entries": {"a": {}, "b": {}}},
            "channels": {wanted["channel"]: {}},
            "bindings": [{"agentId": "a", "match": {"channel": wanted["channel"], "accountId": "*"}}],
        }
        config = edited(before, binding_edits(before, "b", scope(**wanted), places))
        basis = {"channel": wanted["channel"], "accountId": "default"}
        cases += [{"cfg": config, "input": basis | sender} for sender in (inside, outside)]
    answers = openclaw_says(engine, cases, tmp_path)
    assert [agent for agent, _step in answers] == ["b", "a"] * len(SPACES)
    for one, (agent, step) in zip(cases, answers, strict=True):
        assert we_say(one) == (agent, STEPS[step])
