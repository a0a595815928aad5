"""What the practice model says and which tool it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.practice import anthropic_dialect, ollama_dialect, openai_dialect, responses_dialect
from appliance.practice.conversation import OfferedTool, Question, answer
from appliance.practice.faults import LISTED_MODELS, Behaviour, behaviour_of
from appliance.practice.persona import read_persona
from appliance.practice.transcript import Transcript, Turn, read_transcript

SYSTEM = """You are a personal assistant running inside OpenClaw.
## Workspace Files (injected)
# Project Context
## /home/rosa/.openclaw/workspaces/luna/IDENTITY.md
# IDENTITY.md - Who I am
- **Name:** Luna
- **Emoji:** moon
## /home/rosa/.openclaw/workspaces/luna/USER.md
# USER.md
- **Name:** Rosa
- **Business:** Café Rosa
- **Hours:** Monday to Friday 9 to 17.
"""
CONTEXT = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nActive Subagents: none\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"
READ = OfferedTool("read", {"required": ["path"], "properties": {"path": {"type": "string"}}})


def say(text: str, *, behaviour: Behaviour = Behaviour.ANSWER, **more: Any) -> str:
    return answer(Question("practice", Transcript(SYSTEM, text), **more), behaviour).text


def call(text: str, *tools: OfferedTool, behaviour: Behaviour = Behaviour.ANSWER, forced: str = "") -> Any:
    question = Question("practice", Transcript("", text), tools=tools, forced_tool=forced)
    return answer(question, behaviour).call


def test_speaks_as_the_agent_of_the_system_prompt() -> None:
    text = say("Who are you?")
    assert "this is Luna at Café Rosa" in text
    assert "Who are you?" in text
    assert "Practice model “practice”, no real AI" in text


def test_tells_the_hours_it_was_given() -> None:
    assert "Monday to Friday 9 to 17." in say("When do you open?")


def test_without_a_business_it_still_answers() -> None:
    persona = read_persona("")
    assert persona.reply_to("hi") == (
        "Hello, this is your assistant. You wrote: “hi”. Everything between us works."
    )


def test_the_runtime_line_names_an_agent_without_an_identity_file() -> None:
    said = read_transcript(
        [Turn("user", "[Fri 2026-11-20 10:02 UTC] Hello\n\nRuntime: name=Nora | agent=nora")]
    )
    assert said.text == "Hello"
    assert read_persona(said.system).name == "Nora"


def test_openclaws_own_context_is_not_taken_for_the_users_words() -> None:
    turns = [Turn("system", SYSTEM), Turn("user", "[Fri 2026-11-20 10:02 UTC] Hello"), Turn("user", CONTEXT)]
    assert read_transcript(turns) == Transcript(SYSTEM, "Hello", None)


def test_a_marker_asks_for_exactly_that_call() -> None:
    wanted = call('please [tool:read {"path": "SOUL.md"}]', READ)
    assert (wanted.name, dict(wanted.arguments)) == ("read", {"path": "SOUL.md"})


def test_a_hidden_tool_is_reached_through_tool_call() -> None:
    wanted = call('[tool:session_status {"deep": {"a": 1}}]', OfferedTool("tool_call"))
    assert dict(wanted.arguments) == {"id": "session_status", "args": {"deep": {"a": 1}}}


def test_words_ask_for_a_harmless_tool_with_the_arguments_it_needs() -> None:
    wanted = call("Use a tool, please.", OfferedTool("exec", {"required": ["command"]}), READ)
    assert (wanted.name, dict(wanted.arguments)) == ("read", {"path": "IDENTITY.md"})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 1),
        ({"enum": ["x", "y"]}, "x"),
        ({"type": "boolean"}, False),
        ({"type": ["string", "null"]}, "practice"),
        (None, "practice"),
    ],
)
def test_sample_arguments_fit_their_schema(schema: object, value: object) -> None:
    tool = OfferedTool("other", {"required": ["it"], "properties": {"it": schema}})
    assert dict(call("use a tool", tool).arguments) == {"it": value}


def test_no_tool_is_called_unasked_or_unoffered_or_twice() -> None:
    assert call("Hello", READ) is None
    assert call("Use a tool") is None
    assert call("[tool:exec]", READ) is None
    after = Question("practice", Transcript("", "use a tool", "the result"), tools=(READ,))
    reply = answer(after, Behaviour.TOOL)
    assert reply.call is None
    assert "the result" in reply.text


def test_the_tool_model_and_a_forced_choice_always_call() -> None:
    assert call("Hello", READ, behaviour=Behaviour.TOOL).name == "read"
    assert call("Hello", READ, forced="*").name == "read"
    assert call("Hello", OfferedTool("exec"), READ, forced="exec").name == "exec"


def test_every_listed_model_is_known() -> None:
    assert all(behaviour_of(name)[0] is not Behaviour.UNKNOWN for name in LISTED_MODELS)


@pytest.mark.parametrize("dialect", [openai_dialect, ollama_dialect])
def test_openai_and_ollama_bodies_read_alike(dialect: Any) -> None:
    function = {"name": "read", "parameters": {"type": "object"}}
    question = dialect.parse(
        {
            "model": "practice",
            "stream": True,
            "messages": [
                {"role": "system", "content": [{"type": "text", "text": "S"}]},
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": None, "tool_calls": []},
                {"role": "tool", "content": "R"},
                "nonsense",
            ],
            "tools": [{"type": "function", "function": function}, {"type": "other"}, 7],
        }
    )
    assert question.said == Transcript("S", "hello", "R")
    assert question.tools == (OfferedTool("read", {"type": "object"}),)
    assert question.stream


def test_an_anthropic_body_reads_alike() -> None:
    result = {"type": "tool_result", "content": [{"type": "text", "text": "R"}]}
    question = anthropic_dialect.parse(
        {
            "model": "practice",
            "system": [{"type": "text", "text": "S"}],
            "messages": [{"role": "user", "content": "hello"}, {"role": "user", "content": [result]}],
            "tools": [{"name": "read", "input_schema": {"type": "object"}}],
            "tool_choice": {"type": "any"},
        }
    )
    assert question.said == Transcript("S", "hello", "R")
    assert question.tools == (OfferedTool("read", {"type": "object"}),)
    assert question.forced_tool == "*"


def test_a_responses_body_reads_alike() -> None:
    question = responses_dialect.parse(
        {
            "model": "practice",
            "instructions": "S",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
                {"type": "function_call_output", "output": "R"},
            ],
            "tools": [{"type": "function", "name": "read", "parameters": {"type": "object"}}],
        }
    )
    assert question.said == Transcript("S", "hello", "R")
    assert question.tools == (OfferedTool("read", {"type": "object"}),)
