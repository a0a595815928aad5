"""Every code an error or a trouble of ours can carry, read from the source."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

from appliance.engine.npm import FAULTS
from appliance.gateway import faults
from appliance.policy.decide import Answer, Request, decide
from appliance.providers.causes import CAUSES
from appliance.providers.verdict import JUDGED
from launchd.errors import ServiceCode

ROOT = Path(__file__).parents[4]
PACKAGES = ("appliance", "lunatui")
"""What `launchd` raises arrives as `service-…`."""
CHAT_KINDS = ("refusal", "timeout", "rate-limit", "context-length", "unknown", "interrupted", "failed")
"""OpenClaw's `errorKind`s, as `appliance.ops.chat` makes codes of them."""
PROBE_STATES = ("auth", "rate-limit", "billing", "timeout", "format", "no-model", "unknown")
"""How OpenClaw's own test of a provider ends."""
MADE = {
    "provider-": (*CAUSES, *PROBE_STATES, *JUDGED, "failed"),
    "service-": get_args(ServiceCode),
    "gateway-no-": ("process", "port", "ready", "handshake", "version"),
    "chat-": CHAT_KINDS,
    "keys-repair-": ("key", "copies", "pass", "restart", "connection"),
}
"""Codes that are put together: what stands behind the fixed part."""
SEEN = {
    "ended": "appliance/health/judge.py",
    "stopped": "appliance/health/judge.py",
    "no-brain": "screens/lookout.py",
    "decision": "screens/lookout.py",
}
"""What the look at the shop can find, where its code is not written at the call."""


def every_code() -> dict[str, str]:
    """Where each code is raised, by code."""
    found = dict(SEEN)
    for path in (path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))):
        for line, code in _codes_in(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(code, f"{path.relative_to(ROOT)}:{line}")
    for tables in (faults._BY_DETAIL_CODE, faults._BY_REASON):
        found |= {row[1]: "appliance/gateway/faults.py" for row in tables.values()}
    found |= {fault.ours: "appliance/engine/npm.py" for fault in FAULTS}
    found |= dict.fromkeys(_rules(), "appliance/policy/decide.py")
    return found


def every_note() -> set[str]:
    """The codes of all `Note`s: what is worth reading and no error."""
    calls = (
        node
        for path in sorted((ROOT / "appliance").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Note"
    )
    return {ast.literal_eval(call.args[0]) for call in calls}


def _codes_in(tree: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.bases:
            for item in node.body:
                if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "code":
                    found += _texts(item.value)
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            given = [item.value for item in node.keywords if item.arg == "code"]
            if name == "Trouble" and node.args:
                given.append(node.args[0])
            for value in given:
                found += _texts(value)
    return found


def _texts(value: ast.expr) -> list[tuple[int, str]]:
    """The texts an expression can be; a joined one with everything that can stand behind its beginning."""
    if isinstance(value, ast.Constant):
        return [(value.lineno, value.value)] if isinstance(value.value, str) and value.value else []
    if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
        start = str(value.values[0].value)
        return [(value.lineno, start + rest) for rest in MADE[start]]
    if isinstance(value, ast.IfExp):
        return _texts(value.body) + _texts(value.orelse)
    if isinstance(value, ast.BoolOp):
        return [text for item in value.values for text in _texts(item)]
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "_failure":
        return [(value.lineno, f"chat-{kind}") for kind in CHAT_KINDS]
    return []


def _rules() -> set[str]:
    asked = [
        Request(f"{kind}:x", operation, risk, read_only=read_only)
        for kind in ("human", "agent", "monitor", "stranger")
        for operation in ("agents.list", "audit.list")
        for risk in ("read", "change", "danger", "other")
        for read_only in (False, True)
    ]
    return {told.rule for told in map(decide, asked) if told.answer is not Answer.ALLOW}
