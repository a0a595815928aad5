"""The OpenAI chat completions wire format, both ways (`/v1/chat/completions`)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from appliance.practice.conversation import OfferedTool, Question, Reply
from appliance.practice.faults import STATUS_WORDS
from appliance.practice.transcript import Turn, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE = "text/event-stream"
_REPLY_ID = "chatcmpl-practice"


def parse(body: dict[str, Any]) -> Question:
    """Read a request body; unknown fields are ignored."""
    options = body.get("stream_options")
    return Question(
        model=str(body.get("model", "")),
        said=read_transcript(turns_of(body.get("messages"))),
        tools=tuple(parse_tools(body.get("tools"))),
        forced_tool=_forced(body.get("tool_choice")),
        stream=body.get("stream") is True,
        include_usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def turns_of(messages: object) -> list[Turn]:
    """The messages of a request, in order (Ollama's have the same shape)."""
    given = [message for message in _list(messages) if isinstance(message, dict)]
    roles = {"developer": "system", "function": "tool"}
    return [Turn(roles.get(str(m.get("role")), str(m.get("role"))), text_of(m.get("content"))) for m in given]


def parse_tools(tools: object) -> Iterator[OfferedTool]:
    """Tools in OpenAI's `{"type": "function", "function": {...}}` form (Ollama's too)."""
    for tool in _list(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            schema = function.get("parameters")
            yield OfferedTool(function["name"], schema if isinstance(schema, dict) else {})


def text_of(content: object) -> str:
    """The words of a message content, which is a string or a list of typed parts."""
    if isinstance(content, str):
        return content
    parts = [part for part in _list(content) if isinstance(part, dict)]
    return "\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")


def error(status: int, message: str = "") -> dict[str, object]:
    """The error body for an HTTP status."""
    code, words = STATUS_WORDS.get(status, ("error", "The request failed."))
    return {"error": {"message": message or words, "type": code, "param": None, "code": code}}


def models(names: tuple[str, ...]) -> dict[str, object]:
    """The answer of the model list."""
    rows = [{"id": name, "object": "model", "created": 0, "owned_by": "lunatui-practice"} for name in names]
    return {"object": "list", "data": rows}


def whole(question: Question, reply: Reply) -> dict[str, object]:
    """The answer in one piece."""
    message: dict[str, object] = {"role": "assistant", "content": reply.text or None}
    if reply.call:
        message["tool_calls"] = [_call(reply)]
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {**_head(question, "chat.completion"), "choices": [choice], "usage": _usage(reply)}


def stream(question: Question, reply: Reply) -> Iterator[bytes]:
    """The answer as server-sent events, one word each, ending in `[DONE]`."""
    yield _event(question, {"role": "assistant", "content": ""})
    if reply.call:
        yield _event(question, {"tool_calls": [{"index": 0, **_call(reply)}]})
    for piece in reply.pieces():
        yield _event(question, {"content": piece})
    yield _event(question, {}, _finish(reply))
    if question.include_usage:
        yield _line({**_head(question, "chat.completion.chunk"), "choices": [], "usage": _usage(reply)})
    yield b"data: [DONE]\n\n"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _forced(choice: object) -> str:
    if choice == "required":
        return "*"
    function = choice.get("function") if isinstance(choice, dict) else None
    return str(function.get("name", "")) if isinstance(function, dict) else ""


def _head(question: Question, kind: str) -> dict[str, object]:
    return {"id": _REPLY_ID, "object": kind, "created": int(time.time()), "model": question.model}


def _call(reply: Reply) -> dict[str, object]:
    call = reply.call
    if call is None:
        return {}
    arguments = json.dumps(dict(call.arguments))
    return {
        "id": "call_practice_1",
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.call else "stop"


def _usage(reply: Reply) -> dict[str, object]:
    total = reply.prompt_tokens + reply.completion_tokens
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": total,
    }


def _event(question: Question, delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _line({**_head(question, "chat.completion.chunk"), "choices": [choice]})


def _line(value: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
