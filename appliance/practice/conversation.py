"""One question to the practice model and its scripted answer, free of any wire format."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.practice.faults import Behaviour
from appliance.practice.persona import read_persona
from appliance.practice.transcript import Transcript

TOOL_MARKER = re.compile(r"\[tool:([A-Za-z0-9_.-]+)\s*(\{.*?\})?\s*\]", re.DOTALL)
"""`[tool:NAME {"json": "arguments"}]` in a user's message asks for exactly that call."""

TOOL_WISH = re.compile(r"\b(?:use|call) (?:a|the) tool\b", re.IGNORECASE)
"""Words that ask for some tool, whichever is harmless."""

_PREFERRED_TOOLS = ("session_status", "read", "current_time")
_DEFERRED_CALL = "tool_call"
"""OpenClaw 2026.9.6 hides most tools behind this one (`{"id": name, "args": {...}}`)."""
_QUOTE_LIMIT = 160


@dataclass(frozen=True)
class OfferedTool:
    """A tool the caller offered with its request."""

    name: str
    schema: Mapping[str, object] = field(default_factory=dict)
    """JSON Schema of its arguments."""


@dataclass(frozen=True)
class Question:
    """One request, as every dialect is parsed into."""

    model: str
    said: Transcript = field(default_factory=Transcript)
    tools: tuple[OfferedTool, ...] = ()
    forced_tool: str = ""
    """A tool the caller insists on; `*` for any."""
    stream: bool = False
    include_usage: bool = False


@dataclass(frozen=True)
class ToolCall:
    """A call the practice model asks for."""

    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class Reply:
    """The scripted answer: either words or one tool call."""

    text: str = ""
    call: ToolCall | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def pieces(self) -> list[str]:
        """The text in word-sized pieces, in order, for streaming."""
        return re.findall(r"\S+\s*", self.text)


def answer(question: Question, behaviour: Behaviour) -> Reply:
    """The scripted answer; a tool is called at most once per question of a user."""
    call = None if question.said.tool_result is not None else _wanted_call(question, behaviour)
    text = "" if call else _words(question)
    prompt = len(question.said.system) + len(question.said.text) + len(question.said.tool_result or "")
    spoken = len(text) if call is None else len(call.name) + len(json.dumps(dict(call.arguments)))
    return Reply(text, call, max(1, prompt // 4), max(1, spoken // 4))


def _words(question: Question) -> str:
    persona = read_persona(question.said.system)
    label = f"(Practice model “{question.model}”, no real AI.)"
    if question.said.tool_result is not None:
        return f"The tool answered: “{_quote(question.said.tool_result)}”. {label}"
    return f"{persona.reply_to(_quote(TOOL_MARKER.sub('', question.said.text)))} {label}"


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTE_LIMIT else f"{flat[:_QUOTE_LIMIT]}…"


def _wanted_call(question: Question, behaviour: Behaviour) -> ToolCall | None:
    offered = {tool.name: tool for tool in question.tools}
    if not offered:
        return None
    if marker := TOOL_MARKER.search(question.said.text):
        return _marked_call(marker[1], marker[2], offered)
    if question.forced_tool in offered:
        return _plain_call(offered[question.forced_tool])
    asked = TOOL_WISH.search(question.said.text)
    if asked or question.forced_tool == "*" or behaviour is Behaviour.TOOL:
        return _plain_call(_harmless_tool(question.tools))
    return None


def _marked_call(name: str, written: str | None, offered: Mapping[str, OfferedTool]) -> ToolCall | None:
    if name in offered:
        return ToolCall(name, _arguments(written, offered[name]))
    if _DEFERRED_CALL in offered:
        return ToolCall(_DEFERRED_CALL, {"id": name, "args": _arguments(written, OfferedTool(name))})
    return None


def _arguments(written: str | None, tool: OfferedTool) -> Mapping[str, object]:
    try:
        parsed = json.loads(written) if written else None
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else _plain_call(tool).arguments


def _harmless_tool(tools: tuple[OfferedTool, ...]) -> OfferedTool:
    by_name = {tool.name: tool for tool in tools}
    for name in _PREFERRED_TOOLS:
        if name in by_name:
            return by_name[name]
    return next((tool for tool in tools if not tool.schema.get("required")), tools[0])


def _plain_call(tool: OfferedTool) -> ToolCall:
    required, properties = tool.schema.get("required"), tool.schema.get("properties")
    if not isinstance(required, list) or not isinstance(properties, dict):
        return ToolCall(tool.name, {})
    return ToolCall(tool.name, {name: _sample(name, properties.get(name)) for name in required})


def _sample(name: str, schema: object) -> object:
    if not isinstance(schema, dict):
        return "practice"
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    if name == "path":
        return "IDENTITY.md"
    samples: dict[object, object] = {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}
    kind = schema.get("type")
    return samples.get(kind, "practice") if isinstance(kind, str) else "practice"
