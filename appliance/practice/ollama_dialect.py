"""Ollama's native wire format, both ways (`/api/tags`, `/api/show`, `/api/chat`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.practice.conversation import Question, Reply
from appliance.practice.faults import STATUS_WORDS, Behaviour, behaviour_of
from appliance.practice.openai_dialect import parse_tools, turns_of
from appliance.practice.transcript import read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE = "application/x-ndjson"
CONTEXT_LENGTH = 131_072
_WHEN = "2026-01-01T00:00:00Z"
_DETAILS = {
    "format": "practice",
    "family": "practice",
    "parameter_size": "0B",
    "quantization_level": "none",
}


def parse(body: dict[str, Any]) -> Question:
    """Read a request body of `/api/chat`; unknown fields are ignored."""
    return Question(
        model=str(body.get("model", "")),
        said=read_transcript(turns_of(body.get("messages"))),
        tools=tuple(parse_tools(body.get("tools"))),
        stream=body.get("stream") is not False,
    )


def error(status: int, message: str = "") -> dict[str, object]:
    """The error body for an HTTP status."""
    return {"error": message or STATUS_WORDS.get(status, ("", "The request failed."))[1]}


def models(names: tuple[str, ...]) -> dict[str, object]:
    """The answer of `/api/tags`."""
    rows = [
        {
            "name": name,
            "model": name,
            "modified_at": _WHEN,
            "size": 0,
            "digest": "practice",
            "details": _DETAILS,
        }
        for name in names
    ]
    return {"models": rows}


def show(model: str) -> dict[str, object]:
    """The answer of `/api/show`: capabilities and context length."""
    tools = [] if behaviour_of(model)[0] is Behaviour.NO_TOOLS else ["tools"]
    return {
        "details": _DETAILS,
        "model_info": {"general.architecture": "practice", "practice.context_length": CONTEXT_LENGTH},
        "capabilities": ["completion", *tools],
        "modified_at": _WHEN,
    }


def whole(question: Question, reply: Reply) -> dict[str, object]:
    """The answer in one piece."""
    return {**_row(question, reply.text, reply), **_end(reply)}


def stream(question: Question, reply: Reply) -> Iterator[bytes]:
    """The answer as JSON lines, one word each, the last with `done: true`."""
    if reply.call:
        yield _line(_row(question, "", reply))
    for piece in reply.pieces():
        yield _line(_row(question, piece))
    yield _line({**_row(question, ""), **_end(reply)})


def _row(question: Question, text: str, reply: Reply | None = None) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": text}
    if reply and reply.call:
        function = {"name": reply.call.name, "arguments": dict(reply.call.arguments)}
        message["tool_calls"] = [{"function": function}]
    return {"model": question.model, "created_at": _WHEN, "message": message, "done": False}


def _end(reply: Reply) -> dict[str, object]:
    return {
        "done": True,
        "done_reason": "stop",
        "total_duration": 1,
        "prompt_eval_count": reply.prompt_tokens,
        "eval_count": reply.completion_tokens,
    }


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode() + b"\n"
