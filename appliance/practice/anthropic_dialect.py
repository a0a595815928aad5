"""Anthropic's messages wire format, both ways (`/v1/messages`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.practice.conversation import OfferedTool, Question, Reply
from appliance.practice.faults import STATUS_WORDS
from appliance.practice.openai_dialect import text_of
from appliance.practice.transcript import Turn, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE = "text/event-stream"


def parse(body: dict[str, Any]) -> Question:
    """Read a request body; unknown fields are ignored."""
    given = body.get("messages")
    messages = [
        message for message in (given if isinstance(given, list) else []) if isinstance(message, dict)
    ]
    system = Turn("system", text_of(body.get("system")))
    choice = body.get("tool_choice")
    return Question(
        model=str(body.get("model", "")),
        said=read_transcript([system, *(_turn(message) for message in messages)]),
        tools=tuple(_tools(body.get("tools"))),
        forced_tool=_forced(choice) if isinstance(choice, dict) else "",
        stream=body.get("stream") is True,
    )


def error(status: int, message: str = "") -> dict[str, object]:
    """The error body for an HTTP status."""
    code, words = STATUS_WORDS.get(status, ("api_error", "The request failed."))
    kind = "authentication_error" if status == 401 else code
    return {"type": "error", "error": {"type": kind, "message": message or words}}


def whole(question: Question, reply: Reply) -> dict[str, object]:
    """The answer in one piece."""
    block = _tool_block(reply) if reply.call else {"type": "text", "text": reply.text}
    return {**_head(question, reply), "content": [block], "stop_reason": _finish(reply)}


def stream(question: Question, reply: Reply) -> Iterator[bytes]:
    """The answer as server-sent events, one word each, ending in `message_stop`."""
    yield _event("message_start", {"message": {**_head(question, reply), "content": [], "stop_reason": None}})
    opening = {**_tool_block(reply), "input": {}} if reply.call else {"type": "text", "text": ""}
    yield _event("content_block_start", {"index": 0, "content_block": opening})
    if reply.call:
        partial = json.dumps(dict(reply.call.arguments))
        yield _delta({"type": "input_json_delta", "partial_json": partial})
    for piece in reply.pieces():
        yield _delta({"type": "text_delta", "text": piece})
    yield _event("content_block_stop", {"index": 0})
    usage = {"output_tokens": reply.completion_tokens}
    yield _event("message_delta", {"delta": {"stop_reason": _finish(reply)}, "usage": usage})
    yield _event("message_stop", {})


def _tools(tools: object) -> Iterator[OfferedTool]:
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict) and isinstance(tool.get("name"), str):
            schema = tool.get("input_schema")
            yield OfferedTool(tool["name"], schema if isinstance(schema, dict) else {})


def _forced(choice: dict[str, Any]) -> str:
    return "*" if choice.get("type") == "any" else str(choice.get("name", ""))


def _turn(message: dict[str, Any]) -> Turn:
    content = message.get("content")
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict) and part.get("type") == "tool_result":
            return Turn("tool", text_of(part.get("content")))
    return Turn(str(message.get("role")), text_of(content))


def _tool_block(reply: Reply) -> dict[str, object]:
    call = reply.call
    if call is None:
        return {}
    return {"type": "tool_use", "id": "toolu_practice_1", "name": call.name, "input": dict(call.arguments)}


def _head(question: Question, reply: Reply) -> dict[str, object]:
    usage = {"input_tokens": reply.prompt_tokens, "output_tokens": reply.completion_tokens}
    return {
        "id": "msg_practice",
        "type": "message",
        "role": "assistant",
        "model": question.model,
        "usage": usage,
    }


def _finish(reply: Reply) -> str:
    return "tool_use" if reply.call else "end_turn"


def _delta(delta: dict[str, object]) -> bytes:
    return _event("content_block_delta", {"index": 0, "delta": delta})


def _event(kind: str, value: dict[str, object]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **value})}\n\n".encode()
