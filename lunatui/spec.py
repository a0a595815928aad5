"""`lunatui spec --json`: every operation with its parameters and result as JSON Schema."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from appliance.ops.registry import every_operation

if TYPE_CHECKING:
    from appliance.ops.core import Operation


EXIT_CODES = {
    "0": "done",
    "1": "failed",
    "2": "wrong usage",
    "3": "refused",
    "4": "conflict",
    "5": "unreachable",
    "6": "not found",
    "7": "invalid configuration",
    "8": "approval pending",
    "10": "would change",
    "11": "findings",
    "12": "critical",
    "70": "our bug",
}


def spec() -> dict[str, Any]:
    """The published contract: `{"operations": [{name, summary, risk, params, result}], ...}`."""
    return {
        "operations": [_entry(operation) for operation in every_operation()],
        "envelope": {
            "ok": {"ok": True, "result": "the operation's result"},
            "error": {"ok": False, "error": {"code": "string", "message": "string", "hint": "string"}},
            "event": {"event": {"kind": "string", "text": "string"}},
        },
        "exit_codes": EXIT_CODES,
    }


def _entry(operation: Operation[Any, Any]) -> dict[str, Any]:
    return {
        "name": operation.name,
        "summary": operation.summary,
        "risk": operation.risk.value,
        "streams": operation.streams,
        "params": schema_of(operation.params, mode="validation"),
        "result": schema_of(operation.result, mode="serialization"),
    }


def schema_of(model: type[Any], *, mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    """JSON Schema of a frozen dataclass, with each field's help line as its description."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(model).json_schema(mode=mode)
    for item in fields(model):
        help_text = item.metadata.get("help")
        if help_text and item.name in schema.get("properties", {}):
            schema["properties"][item.name]["description"] = help_text
    return schema
