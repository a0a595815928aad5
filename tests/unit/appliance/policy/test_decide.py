"""The built-in policy as a table."""

from __future__ import annotations

import hashlib
import json

import pytest

from appliance.policy.decide import DIGEST, Answer, Request, decide

ALLOW, ASK, DENY = Answer.ALLOW, Answer.ASK, Answer.DENY


@pytest.mark.parametrize(
    ("actor", "read", "change", "danger"),
    [
        ("human:rosa", ALLOW, ALLOW, ASK),
        ("support:key1", ALLOW, ALLOW, ASK),
        ("provisioner:site", ALLOW, ALLOW, ASK),
        ("monitor", ALLOW, ALLOW, DENY),
        ("agent:luna", ALLOW, ASK, DENY),
        ("stranger", ALLOW, ASK, DENY),
        ("", ALLOW, ASK, DENY),
        ("agent:human:rosa", ALLOW, ASK, DENY),
        ("Human:rosa", ALLOW, ASK, DENY),
    ],
)
def test_who_may_do_what(actor: str, read: Answer, change: Answer, danger: Answer) -> None:
    answers = [decide(Request(actor, "notes.write", risk)).answer for risk in ("read", "change", "danger")]
    assert answers == [read, change, danger]


@pytest.mark.parametrize("actor", ["human:rosa", "agent:luna", "provisioner:site", "monitor"])
@pytest.mark.parametrize("risk", ["change", "danger"])
def test_a_session_that_only_looks_changes_nothing_whoever_asks(actor: str, risk: str) -> None:
    decision = decide(Request(actor, "notes.write", risk, read_only=True))
    assert (decision.answer, decision.rule) == (DENY, "read-only")


def test_a_session_that_only_looks_may_look() -> None:
    assert decide(Request("human:rosa", "notes.show", "read", read_only=True)).answer is ALLOW


@pytest.mark.parametrize("area", ["policy", "vault", "audit", "approvals", "secrets"])
@pytest.mark.parametrize("risk", ["change", "danger"])
def test_no_agent_changes_what_watches_over_agents(area: str, risk: str) -> None:
    decision = decide(Request("agent:luna", f"{area}.set", risk))
    assert (decision.answer, decision.rule) == (DENY, "hard-limit-agent")
    assert area in decision.reason


@pytest.mark.parametrize("risk", ["", "Read", "harmless"])
def test_an_unknown_risk_is_refused(risk: str) -> None:
    assert decide(Request("human:rosa", "notes.show", risk)).answer is DENY


def test_the_hash_in_the_record_is_that_of_the_answers() -> None:
    """A record names the policy that judged: whoever changes an answer changes the name with it."""
    kinds = ("human", "support", "provisioner", "agent", "monitor", "system", "")
    areas = (
        *("agents", "policy", "vault", "audit", "approvals", "secrets", "people", "devices"),
        "backup",
    )
    answers = [
        (kind, area, risk, looks, told.answer.value, told.rule)
        for kind in kinds
        for area in areas
        for risk in ("read", "change", "danger", "other")
        for looks in (False, True)
        for told in [decide(Request(f"{kind}:x", f"{area}.verb", risk, read_only=looks))]
    ]
    assert hashlib.sha256(json.dumps(answers).encode()).hexdigest()[:16] == DIGEST
