"""The staff: the list, one in full, and the ways to take on, change and let go."""

from __future__ import annotations

from dataclasses import replace

from appliance.errors import Conflict, Invalid, Note
from appliance.ops.agents import AgentList, AgentRow
from tests.gallery.cafe import AGENTS, PLANS
from tests.gallery.scene import NARROW, SEEN, WAITS, WIDE, Scene, Step, changes, later, pressed, typed

TINY, VAST = (60, 20), (200, 60)
MANY = tuple(
    AgentRow(
        f"a{n}", f"Branch {n:03d}", "Answers for one of the branches", "", "openai/gpt-6-sol", False, False
    )
    for n in range(200)
)
STRANGE = (
    replace(AGENTS[0], id="s0", name="Übersetzungs- und Schriftverkehrs-Sachbearbeiterin für Großkunden"),
    replace(AGENTS[0], id="s1", name="客户服务 助理", role="回答客户的问题并跟踪投诉"),
    replace(AGENTS[0], id="s2", name="خدمة العملاء", role="يجيب على أسئلة العملاء"),
    replace(AGENTS[0], id="s3", name="[b]Bold[/b] \x1b[31mred\x07", role="back\u202eflip"),
    replace(AGENTS[0], id="s4", name="👩‍🍳 Bäcker", role="", model=""),
)
WARNED = replace(
    PLANS["agents.create"],
    warnings=(
        Note("first-agent-stays", "OpenClaw's own first agent “main” has been used and stays in the list."),
        Note("answers-on", "“luna” answers on whatsapp where no other rule says so.", channel="whatsapp"),
        Note(
            "problems-before",
            "The file had 2 problem(s) before, and still has: agents.entries.luna.theme: expected string.",
        ),
    ),
)


def agents(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the list."""
    return Scene("agents", state, play, first="agents", **more)  # type: ignore[arg-type]


SCENES = (
    agents("list", sizes=(NARROW, WIDE, TINY, VAST), held=2),
    agents("loading", answers={"agents.list": WAITS}),
    agents("empty", answers={"agents.list": AgentList(())}, held=2),
    agents("three", "down", answers={"agents.list": AgentList(AGENTS[:3])}),
    agents("many", "end", answers={"agents.list": AgentList(MANY)}, held=2),
    agents("strange-names", answers={"agents.list": AgentList(STRANGE)}, held=2),
    agents("no-brain", answers={"agents.list": AgentList(tuple(replace(a, model="") for a in AGENTS))}),
    agents(
        "error",
        answers={"agents.list": Invalid("The settings file is damaged.", hint="lunatui config validate")},
        held=2,
    ),
    agents("filter", "slash", *typed("sa"), held=2),
    agents("filter-nothing", "slash", *typed("zebra")),
    agents("detail", "down", "enter", held=2),
    agents("technical", "down", "d", held=2),
    agents("new-template", "n", held=2),
    agents("new-name", "n", "enter"),
    agents("new-nothing-given", "n", "enter", pressed(*["backspace"] * 20), "enter"),
    agents("new-checking", "n", "enter", "enter", later(18), plans={"agents.create": WAITS}, sizes=(NARROW,)),
    agents("new-review", "n", "enter", "enter", held=2),
    agents("new-review-technical", "n", "enter", "enter", "d", sizes=(NARROW,)),
    agents("new-review-warned", "n", "enter", "enter", plans={"agents.create": WARNED}),
    agents("new-review-warned-technical", "n", "enter", "enter", "d", plans={"agents.create": WARNED}),
    agents(
        "new-taken",
        "n",
        "enter",
        "enter",
        plans={"agents.create": Conflict("That name is taken.", hint="Choose another.", code="agent-exists")},
    ),
    agents(
        "new-saving",
        "n",
        "enter",
        "enter",
        SEEN,
        "enter",
        later(3),
        answers={"agents.create": WAITS},
        sizes=(NARROW,),
    ),
    agents("new-saved", "n", "enter", "enter", SEEN, "enter"),
    agents("copy", "down", "c"),
    agents("archive", "down", "x", held=2),
    agents("archive-review", "down", "x", "enter", held=2),
    agents("archive-german", "down", "x", "enter", words="de"),
    agents("archived", "end", "x", "enter", SEEN, changes(agents_list=AgentList(AGENTS[:-1])), "enter"),
    agents("undone", "z"),
    agents(
        "archive-refused",
        "x",
        plans={
            "agents.archive": Conflict(
                "Luna is protected and stays.",
                hint="lunatui agents update luna --no-protected",
                code="agent-protected",
            )
        },
    ),
)
