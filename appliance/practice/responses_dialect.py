"""OpenAI's responses wire format, both ways (`/v1/responses`), which OpenClaw uses for `openai` models."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from appliance.practice.conversation import OfferedTool, Question, Reply
from appliance.practice.openai_dialect import error as error
from appliance.practice.transcript import Turn, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE = "text/event-stream"
_ITEM_ID = "item_practice_1"


def parse(body: dict[str, Any]) -> Question:
    """Read a request body; unknown fields are ignored."""
    given = body.get("input")
    items = given if isinstance(given, list) else [{"role": "user", "content": given}]
    turns = [_turn(item) for item in items if isinstance(item, dict)]
    instructions = Turn("system", str(body.get("instructions") or ""))
    choice = body.get("tool_choice")
    named = str(choice.get("name", "")) if isinstance(choice, dict) else ""
    return Question(
        model=str(body.get("model", "")),
        said=read_transcript([instructions, *turns]),
        tools=tuple(_tools(body.get("tools"))),
        forced_tool="*" if choice == "required" else named,
        stream=body.get("stream") is True,
    )


def whole(question: Question, reply: Reply) -> dict[str, object]:
    """The answer in one piece."""
    return _response(question, reply, "completed", [_item(reply)])


def stream(question: Question, reply: Reply) -> Iterator[bytes]:
    """The answer as server-sent events, one word each, ending in `response.completed`."""
    item, place = _item(reply), {"item_id": _ITEM_ID, "output_index": 0}
    events: list[tuple[str, dict[str, object]]] = [
        ("response.created", {"response": _response(question, reply, "in_progress", [])}),
        ("response.output_item.added", {"output_index": 0, "item": {**item, **_blank(reply)}}),
    ]
    if reply.call:
        arguments = str(item["arguments"])
        events.append(("response.function_call_arguments.delta", {**place, "delta": arguments}))
        events.append(("response.function_call_arguments.done", {**place, "arguments": arguments}))
    else:
        part = {"type": "output_text", "text": "", "annotations": []}
        events.append(("response.content_part.added", {**place, "content_index": 0, "part": part}))
        for piece in reply.pieces():
            events.append(("response.output_text.delta", {**place, "content_index": 0, "delta": piece}))
        done = {**part, "text": reply.text}
        events.append(("response.output_text.done", {**place, "content_index": 0, "text": reply.text}))
        events.append(("response.content_part.done", {**place, "content_index": 0, "part": done}))
    events.append(("response.output_item.done", {"output_index": 0, "item": item}))
    events.append(("response.completed", {"response": _response(question, reply, "completed", [item])}))
    for number, (kind, value) in enumerate(events):
        data = {"type": kind, "sequence_number": number, **value}
        yield f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def _turn(item: dict[str, Any]) -> Turn:
    if item.get("type") == "function_call_output":
        return Turn("tool", _text(item.get("output")))
    role = str(item.get("role"))
    return Turn("system" if role == "developer" else role, _text(item.get("content")))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part["text"]) for part in parts if isinstance(part, dict) and "text" in part)


def _tools(tools: object) -> Iterator[OfferedTool]:
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict) and isinstance(tool.get("name"), str):
            schema = tool.get("parameters")
            yield OfferedTool(tool["name"], schema if isinstance(schema, dict) else {})


def _item(reply: Reply) -> dict[str, object]:
    if reply.call is None:
        part = {"type": "output_text", "text": reply.text, "annotations": []}
        head = {"id": _ITEM_ID, "type": "message", "role": "assistant", "status": "completed"}
        return {**head, "content": [part]}
    return {
        "id": _ITEM_ID,
        "type": "function_call",
        "status": "completed",
        "call_id": "call_practice_1",
        "name": reply.call.name,
        "arguments": json.dumps(dict(reply.call.arguments)),
    }


def _blank(reply: Reply) -> dict[str, object]:
    return {"status": "in_progress", **({"arguments": ""} if reply.call else {"content": []})}


def _response(
    question: Question, reply: Reply, status: str, output: list[dict[str, object]]
) -> dict[str, object]:
    total = reply.prompt_tokens + reply.completion_tokens
    usage = {
        "input_tokens": reply.prompt_tokens,
        "output_tokens": reply.completion_tokens,
        "total_tokens": total,
    }
    return {
        "id": "resp_practice",
        "object": "response",
        "created_at": int(time.time()),
        "model": question.model,
        "status": status,
        "output": output,
        "usage": usage if status == "completed" else None,
    }
