"""The editor of an agent: each of its pages, and a text from the first word to the save."""

from __future__ import annotations

from typing import Any

from appliance.agents.tool_catalog import shipped
from appliance.errors import Conflict, Invalid, Unreachable
from appliance.ops.agents_routing import Bindings
from appliance.ops.agents_skills import SkillRow, SkillsFound
from appliance.ops.agents_texts import TextFound, TextVersion, TextWritten
from appliance.ops.agents_tools import ToolRow, ToolsFound
from appliance.ops.chat_draft import MessageDraft
from appliance.ops.chat_history import Said, TalkSoFar
from appliance.ops.config_edit import Saved
from appliance.ops.core import Change, Plan
from appliance.profile.choices import Choices
from tests.gallery.cafe import SOUL
from tests.gallery.scene import NARROW, SEEN, WAITS, WIDE, Scene, Step, pressed, typed
from tests.gallery.scenes.routing import LOOK

MAY = {"read", "write", "edit", "ls", "memory_search", "memory_get", "session_status"}
SKILLS = SkillsFound(
    "customer-support",
    "own",
    "gateway",
    (
        SkillRow("house-rules", "What the café promises and what it does not.", "workspace", True, True),
        SkillRow("weather", "Current weather and forecasts.", "bundled", True, True),
        SkillRow("notes", "Takes notes in Apple Notes.", "bundled", False, False, ("memo",)),
        SkillRow("1password", "Reads keys from 1Password.", "bundled", False, False, ("op",)),
    ),
)
TEXT = TextFound(
    "customer-support",
    "SOUL.md",
    "present",
    SOUL,
    "ab" * 32,
    "/home/rosa/.openclaw/workspaces/customer-support/SOUL.md",
    (TextVersion("v2", "2026-11-20T11:02:00Z"), TextVersion("v1", "2026-11-12T09:40:00Z")),
)
DIFFERENCE = """@@ -1,4 +1,4 @@
 # SOUL.md
-You are calm, kind and brief. You never promise what the café cannot keep.
+Dear You are calm, kind and brief. You never promise what the café cannot keep.
 ## What matters
 """
TALK = TalkSoFar(
    "customer-support",
    "agent:customer-support:trial",
    (
        Said("person", "Do you have anything without nuts?", 0.0),
        Said("agent", "Our lemon cake has none. I would ask a person about traces; shall I?", 0.0),
    ),
    False,
    "",
    "",
)


def tools_of(_params: Any) -> ToolsFound:
    """What a ready-made agent may do."""
    rows = []
    for tool in shipped().tools:
        state, reason = ("allow", "also") if tool.id in MAY else ("never", "not-in-profile")
        if tool.id == "exec":
            state, reason = "ask", "asks"
        if tool.id in ("process", "code_execution"):
            reason = "denied"
        rows.append(ToolRow(tool.id, tool.group, tool.about, state, reason, "agent", "x", ""))
    return ToolsFound("customer-support", "minimal", "agent", "off", "gateway", tuple(rows))


ANSWERS: dict[str, Any] = {
    "agents.bindings": LOOK,
    "agents.tools": tools_of,
    "agents.skills": SKILLS,
    "agents.text": TEXT,
    "agents.write": TextWritten("customer-support", "SOUL.md", True, "cd" * 32, "v3"),
    "agents.tools-set": Saved(("agents.entries.customer-support.tools",), "saved and in use"),
    "agents.skills-set": Saved(("agents.entries.customer-support.skills",), "saved and in use"),
    "chat.draft": MessageDraft("customer-support", "", kept=True),
    "chat.keep": MessageDraft("customer-support", "", kept=True),
    "chat.history": TALK,
}
PLANS: dict[str, Any] = {
    "agents.update": Plan("agents.update", (Change("x.model", "openai/gpt-6-sol → openai/gpt-6-luna"),)),
    "agents.write": Plan("agents.write", (Change("SOUL.md", "change", detail=DIFFERENCE),)),
    "agents.tools-set": Plan("agents.tools-set", (Change("x.tools.deny", "a → b"),)),
    "agents.skills-set": Plan("agents.skills-set", (Change("x.skills", "a → b"),)),
}
ADVANCED = Choices(advanced="on")


def editor(state: str, page: int, *play: Step, **more: Any) -> Scene:
    """A scene on one of the pages."""
    answers, plans = ANSWERS | more.pop("answers", {}), PLANS | more.pop("plans", {})
    turns = (pressed(*["tab"] * page),) if page else ()
    steps = ("down", "e", *turns, *play)
    return Scene("editor", state, steps, first="agents", answers=answers, plans=plans, **more)


MOVED = Conflict("SOUL.md was changed meanwhile; nothing was written.", code="text-moved")
SCENES = (
    editor("about", 0),
    editor("about-name", 0, "enter"),
    editor("brain", 1, held=2),
    editor("brain-choice", 1, "enter"),
    editor("brain-review", 1, "enter", "down", "enter", held=2),
    editor("brain-german", 1, words="de"),
    editor("brain-second", 1, "down", "enter"),
    editor("brain-thinking", 1, "down", "down", "enter"),
    editor("texts", 2, held=2),
    editor("skills", 3, held=2),
    editor("skills-changed", 3, "space", "down", "space"),
    editor("skills-review", 3, "space", "ctrl+s"),
    editor("skills-loading", 3, answers={"agents.skills": WAITS}, sizes=(NARROW,)),
    editor(
        "skills-error",
        3,
        answers={"agents.skills": Invalid("The settings file is damaged.", hint="lunatui config validate")},
        sizes=(NARROW,),
    ),
    editor(
        "skills-empty", 3, answers={"agents.skills": SkillsFound("x", "all", "files", ())}, sizes=(NARROW,)
    ),
    editor("tools", 4, held=2),
    editor("tools-german", 4, words="de"),
    editor("tools-changed", 4, "space", "down", "down", "down", "down", "down", "space"),
    editor("tools-review", 4, "space", "ctrl+s"),
    editor("tools-set", 4, "p"),
    editor("tools-advanced", 4, choices=ADVANCED, sizes=(WIDE,)),
    editor("tools-room", 4, "b", choices=ADVANCED),
    editor("tools-loading", 4, answers={"agents.tools": WAITS}, sizes=(NARROW,)),
    editor("lines", 5, held=2),
    editor("lines-nobody", 5, answers={"agents.bindings": Bindings(())}),
    editor("lines-rules", 5, "w", held=2),
    editor("lines-german", 5, "w", words="de"),
    editor("try", 6, held=2),
    editor(
        "try-closed",
        6,
        answers={"chat.history": Unreachable("The Gateway does not answer.")},
        sizes=(NARROW,),
    ),
    editor("text", 2, "down", "enter", held=2),
    editor("text-loading", 2, "down", "enter", answers={"agents.text": WAITS}, sizes=(NARROW,)),
    editor("text-written", 2, "down", "enter", *typed("Dear "), held=2),
    editor("text-preview", 2, "down", "enter", "f5"),
    editor("text-review", 2, "down", "enter", *typed("Dear "), "ctrl+s", held=2),
    editor("text-saved", 2, "down", "enter", *typed("Dear "), "ctrl+s", SEEN, "enter"),
    editor(
        "text-moved", 2, "down", "enter", *typed("Dear "), "ctrl+s", plans={"agents.write": MOVED}, held=2
    ),
    editor("text-earlier", 2, "down", "enter", "f8"),
    editor(
        "text-taken-up",
        2,
        "down",
        "enter",
        answers={"chat.draft": MessageDraft("customer-support", f"Half a thought. {SOUL}", kept=True)},
    ),
)
