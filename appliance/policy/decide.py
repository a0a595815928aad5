"""Whether an actor may run an operation: one pure function, called only by dispatch (safety §7)."""

from __future__ import annotations

from enum import Enum

from appliance.values import dataclass

DIGEST = "26732d8c2ca5b5f2"
"""Stands in every record for the policy that gave its verdict: the hash of the answers to every request."""


class Answer(Enum):
    """What the policy says."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True)
class Request:
    """What somebody wants to do."""

    actor: str
    operation: str
    risk: str
    """`read`, `change` or `danger`."""
    read_only: bool = False


@dataclass(frozen=True)
class Decision:
    """The answer, and the rule that gave it."""

    answer: Answer
    rule: str
    reason: str


_RESERVED_FOR_PEOPLE = frozenset({"policy", "vault", "audit", "approvals", "secrets", "people", "devices"})
_PEOPLE = frozenset({"human", "support", "provisioner"})
"""Who can confirm: a person, or a script that one started."""
_RISKS = frozenset({"read", "change", "danger"})


def decide(request: Request) -> Decision:
    """The built-in policy: hard limits first, then the defaults by risk.

    A person's own command or key press is the consent for a change; a danger is always asked for. Nobody but
    a person runs a danger, and an agent's change waits for one.
    """
    kind = request.actor.partition(":")[0]
    area = request.operation.partition(".")[0]
    if request.risk not in _RISKS:
        return Decision(Answer.DENY, "unknown-risk", f"“{request.risk}” is no known risk")
    if request.risk == "read":
        return Decision(Answer.ALLOW, "default-read", "reading is allowed")
    if request.read_only:
        return Decision(Answer.DENY, "read-only", "this session only looks (--read-only)")
    if kind == "agent" and area in _RESERVED_FOR_PEOPLE:
        return Decision(Answer.DENY, "hard-limit-agent", f"an agent may not change {area}")
    if request.risk == "danger" and kind not in _PEOPLE:
        return Decision(Answer.DENY, "danger-needs-a-person", "only a person may do this")
    if request.risk == "change" and (kind in _PEOPLE or kind == "monitor"):
        return Decision(Answer.ALLOW, "default-change", "a person asked for it")
    return Decision(Answer.ASK, f"default-{request.risk}", "somebody has to confirm it")
