"""How each kind of provider is asked, and how its answers read: model lists, tiny completions, tool calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from appliance.providers.models import ModelRow, Price
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.providers.catalog import Api

QUESTION = "Reply with the single word OK."
TOOL_QUESTION = "What time is it? Call the tool current_time to find out."
TOOL_NAME = "current_time"
TOOL_WORDS = "Returns the current time."
ANSWER_TOKENS = 16
TOOL_TOKENS = 256
MODEL_LIMIT = 1_000
_NO_ARGUMENTS: dict[str, object] = {"type": "object", "properties": {}}
_CONTEXT_KEYS = (
    "context_length", "max_model_len", "context_window", "max_context_length", "inputTokenLimit"
)  # fmt: skip
_LONGEST_KEYS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "outputTokenLimit")


@dataclass(frozen=True)
class Call:
    """One request to make: the path below the base address, and the body to post (or none)."""

    path: str
    body: dict[str, object] | None = None


@dataclass(frozen=True)
class Reading:
    """What a streamed answer amounted to."""

    readable: bool = True
    finished: bool = False
    failed: bool = False
    """The provider reported an error inside the answer."""
    called_tool: bool = False


def headers_for(api: Api, key: str) -> dict[str, str]:
    """The headers that carry the key."""
    if api == "anthropic-messages":
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if api == "google-generative-ai":
        return {"x-goog-api-key": key} if key else {}
    return {"Authorization": f"Bearer {key}"} if key else {}


def list_call(api: Api) -> Call:
    """How to ask for the models."""
    paths = {
        "ollama": "/api/tags",
        "anthropic-messages": "/v1/models?limit=1000",
        "google-generative-ai": "/models?pageSize=1000",
    }
    return Call(paths.get(api, "/models"))


def completion_call(api: Api, model: str, *, with_tool: bool) -> Call:
    """A tiny streamed completion, as OpenClaw itself streams; `with_tool` offers one tool and asks for it."""
    text = TOOL_QUESTION if with_tool else QUESTION
    longest = TOOL_TOKENS if with_tool else ANSWER_TOKENS
    messages = [{"role": "user", "content": text}]
    body: dict[str, object] = {"model": model, "stream": True}
    if api == "openai-responses":
        tool = {"type": "function", "name": TOOL_NAME, "description": TOOL_WORDS, "parameters": _NO_ARGUMENTS}
        body |= {"input": text, "max_output_tokens": longest, "store": False}
        return Call("/responses", body | ({"tools": [tool]} if with_tool else {}))
    if api == "anthropic-messages":
        claude_tool = {"name": TOOL_NAME, "description": TOOL_WORDS, "input_schema": _NO_ARGUMENTS}
        body |= {"messages": messages, "max_tokens": longest}
        return Call("/v1/messages", body | ({"tools": [claude_tool]} if with_tool else {}))
    if api == "google-generative-ai":
        return _google_call(model, text, longest, with_tool=with_tool)
    function = {"name": TOOL_NAME, "description": TOOL_WORDS, "parameters": _NO_ARGUMENTS}
    tools = {"tools": [{"type": "function", "function": function}]} if with_tool else {}
    if api == "ollama":
        return Call("/api/chat", {**body, "messages": messages, "options": {"num_predict": longest}, **tools})
    return Call("/chat/completions", {**body, "messages": messages, "max_tokens": longest, **tools})


def _google_call(model: str, text: str, longest: int, *, with_tool: bool) -> Call:
    """The model stands in the path, and streaming is a word of it."""
    body: dict[str, object] = {
        "contents": [{"role": "user", "parts": [{"text": text}]}],
        "generationConfig": {"maxOutputTokens": longest},
    }
    if with_tool:
        body["tools"] = [{"functionDeclarations": [{"name": TOOL_NAME, "description": TOOL_WORDS}]}]
    return Call(f"/models/{quote(model, safe='')}:streamGenerateContent?alt=sse", body)


def read_models(body: bytes) -> tuple[ModelRow, ...] | None:
    """The models of a list answer, at most 1,000; `None` when it is not one."""
    value = parse_json(body)
    rows = value.get("data", value.get("models")) if isinstance(value, dict) else None
    if not isinstance(rows, list):
        return None
    found = (_model_row(row) for row in rows[:MODEL_LIMIT] if isinstance(row, dict))
    return tuple(row for row in found if row.id)


def read_ollama_tools(body: bytes) -> bool | None:
    """Whether `/api/show` lists tools among what the model can; `None` when it lists nothing."""
    value = parse_json(body)
    return _uses_tools(value) if isinstance(value, dict) else None


def read_ollama_context(body: bytes) -> int | None:
    """The context length `/api/show` names, in tokens."""
    value = parse_json(body)
    info = value.get("model_info") if isinstance(value, dict) else None
    lengths = [v for k, v in info.items() if k.endswith(".context_length")] if isinstance(info, dict) else []
    return lengths[0] if lengths and isinstance(lengths[0], int) else None


def read_answer(api: Api, body: bytes) -> Reading:
    """Read a streamed answer (or a whole one, from servers that do not stream)."""
    readable = finished = failed = called = False
    for event in _events(body):
        if event is None:
            return Reading(readable=False)
        readable = True
        failed = failed or _has_failed(event)
        called = called or _calls_tool(event)
        finished = finished or _is_last(api, event)
    return Reading(readable, finished, failed, called)


def parse_json(body: bytes) -> object:
    """The JSON value, or `None`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _model_row(row: dict[str, Any]) -> ModelRow:
    name = row.get("id") or row.get("model") or row.get("name")
    title = row.get("display_name") or row.get("displayName") or row.get("name")
    text = name if isinstance(name, str) and len(name) <= 256 and name.isprintable() else ""
    return ModelRow(
        text.removeprefix("models/"),
        title if isinstance(title, str) and title.isprintable() else "",
        _first_count(row, _CONTEXT_KEYS),
        _first_count(row, _LONGEST_KEYS),
        _uses_tools(row),
        _price(row.get("pricing")),
    )


def _first_count(row: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    known = (row.get(key) for key in keys)
    return next((value for value in known if type(value) is int and value > 0), None)


def _uses_tools(row: dict[str, Any]) -> bool | None:
    """OpenRouter says `supported_parameters`, the others list what a model can."""
    for key in ("supported_parameters", "capabilities", "tags"):
        said = row.get(key)
        if isinstance(said, list):
            return any(word in said for word in ("tools", "tool_use", "tool-use"))
    return None


def _price(pricing: object) -> Price | None:
    """OpenRouter's `pricing` and the Vercel gateway's: dollars for one token, as text."""
    said: dict[str, Any] = pricing if isinstance(pricing, dict) else {}
    try:
        into = float(said.get("prompt", said.get("input", "")))
        out = float(said.get("completion", said.get("output", "")))
    except (TypeError, ValueError):
        return None
    if not (0 <= into < 1 and 0 <= out < 1):
        return None
    return Price(round(into * 1e6, 4), round(out * 1e6, 4))


def _events(body: bytes) -> Iterator[dict[str, Any] | None]:
    """The JSON objects of server-sent events, JSON lines or one document; `None` for anything else."""
    whole = parse_json(body)
    if isinstance(whole, dict):
        yield whole
        return
    for line in body.splitlines():
        text = line.strip()
        if not text or text.startswith((b":", b"event:", b"id:", b"retry:")):
            continue
        data = text.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            yield {"done": True}
            continue
        value = parse_json(data)
        yield value if isinstance(value, dict) else None


def _has_failed(event: dict[str, Any]) -> bool:
    return event.get("error") is not None or event.get("type") in ("error", "response.failed")


def _calls_tool(event: dict[str, Any]) -> bool:
    block = event.get("content_block") or event.get("item")
    if isinstance(block, dict) and block.get("type") in ("tool_use", "function_call"):
        return True
    message = _message(event)
    if message.get("tool_calls") or any("functionCall" in part for part in _google_parts(event)):
        return True
    parts = event.get("content") or event.get("output")
    kinds = [part.get("type") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return "tool_use" in kinds or "function_call" in kinds


def _candidate(event: dict[str, Any]) -> dict[str, Any]:
    """What Google calls one answer."""
    found = event.get("candidates")
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def _google_parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    content = _candidate(event).get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _message(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    holder = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else event
    message = holder.get("delta") or holder.get("message")
    return message if isinstance(message, dict) else {}


def _is_last(api: Api, event: dict[str, Any]) -> bool:
    if event.get("done") is True:
        return True
    if api == "anthropic-messages":
        return event.get("type") == "message_stop" or bool(event.get("stop_reason"))
    if api == "openai-responses":
        whole = event.get("status") in ("completed", "incomplete") and "output" in event
        return whole or event.get("type") in ("response.completed", "response.incomplete")
    if api == "google-generative-ai":
        return bool(_candidate(event).get("finishReason"))
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and bool(first.get("finish_reason"))
