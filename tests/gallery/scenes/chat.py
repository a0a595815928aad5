"""A conversation with one of the staff."""

from __future__ import annotations

from dataclasses import replace

from appliance.errors import Unreachable
from appliance.ops.chat import Reply
from appliance.ops.chat_draft import MessageDraft
from appliance.ops.chat_history import Said, TalkSoFar
from tests.gallery.cafe import CLOSED, HOUR, MINUTE, NOW, OPEN
from tests.gallery.scene import NARROW, WAITS, WIDE, Scene, Step, ends, later, says, sees, typed
from tests.gallery.scenes.frame import tells
from tests.gallery.stage import Stage

ANSWER = (
    "Good afternoon! We are open until 18:00 today.\n\n"
    "For Saturday I can offer:\n\n- a table for six at 11:00\n- a table for four at 12:30\n\n"
    "Shall I keep one of them for you? I would tell Operations about the cakes as well, "
    "so that there are enough."
)
HALF = ANSWER[:96]
REPLY = Reply("luna", ANSWER, "agent:luna:main", "run-1", 0.8, 6.2)
SAID = (*typed("Hello"), "enter")
STARTED = says("started", run="run-1")
ASKS = says(
    "approval",
    "",
    id="ap-1",
    command="curl -s https://example.com/menu.pdf -o ~/menu.pdf",
    decisions=("allow-once", "deny"),
    expires_at=NOW + 28 * MINUTE,
)


def chat(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with an empty conversation."""
    answers = {"chat.send": WAITS, **more.pop("answers", {})}  # type: ignore[dict-item]
    return Scene("chat", state, ("t", *play), answers=answers, **more)  # type: ignore[arg-type]


async def talks(stage: Stage) -> None:
    """A conversation with Luna is begun."""
    stage.app.action_talk()


def beside(state: str, place: str, *play: Step, held: int = 0, **more: object) -> Scene:
    """A conversation beside the place that it was begun on."""
    answers = {"chat.send": WAITS, **more.pop("answers", {})}  # type: ignore[dict-item]
    given = {"first": place, "sizes": (WIDE,), "held": held, "answers": answers, **more}
    return Scene("chat", f"beside-{state}", (talks, *play), **given)  # type: ignore[arg-type]


LONG = (
    "Here is all I know:\n\n- Saturday: a table for six at 11:00, by the window, and a birthday cake\n"
    "- https://example.com/a/very/long/address/that/has/no/space/in/it/at/all.html\n\n" + ANSWER
)
BEFORE = TalkSoFar(
    "luna",
    "agent:luna:main",
    (
        Said("person", "How was this morning?", NOW - 3 * HOUR),
        Said("agent", "Busy but calm. Two orders moved to Friday.", NOW - 3 * HOUR),
        Said("person", "And now?", NOW - HOUR),
        Said("agent", "", NOW - HOUR, error="no answer"),
    ),
    True,
    "",
    "",
)
SCENES = (
    chat("empty", held=2),
    chat("writing", *typed("When are you open on Saturday?"), sizes=(NARROW,)),
    chat("thinking", *SAID, later(3), sizes=(NARROW,)),
    chat("streaming", *SAID, says("delta", text_so_far=HALF), later(2)),
    chat("slow", *SAID, later(20), sizes=(NARROW,)),
    chat("stuck", *SAID, later(70)),
    chat(
        "tool", *SAID, says("delta", text_so_far=HALF), says("tool", "web search"), later(2), sizes=(NARROW,)
    ),
    chat("answered", *SAID, ends(REPLY), held=2),
    chat("twice", *SAID, ends(REPLY), *typed("Thank you"), "enter", ends(REPLY)),
    chat("approval", *SAID, ASKS, later(5), held=2),
    chat("stopped", *SAID, says("delta", text_so_far=HALF), "escape"),
    chat("stopping", *SAID, STARTED, "escape", answers={"chat.stop": WAITS}, sizes=(NARROW,)),
    chat("not-stopped", *SAID, STARTED, "escape", answers={"chat.stop": Unreachable("It does not answer.")}),
    chat("lost", *SAID, says("delta", text_so_far=HALF), ends(Unreachable("The Gateway does not answer."))),
    chat("lost-technical", *SAID, ends(Unreachable("The Gateway does not answer.")), "f3", sizes=(NARROW,)),
    chat("reconnecting", *SAID, says("status", "", phase="reconnecting"), later(4), sizes=(NARROW,)),
    *(beside(place, place) for place in ("agents", "providers", "settings", "health")),
    beside("decision", "agents", *SAID, ASKS, "f2", held=1),
    beside("picker", "dashboard", "f4"),
    replace(
        beside("notice", "agents", tells("Luna’s role was changed by somebody else.", "look"), held=1),
        place="notices",
        state="beside",
    ),
    beside("closed", "dashboard", *SAID, ends(REPLY), sees(CLOSED), held=1),
    beside("needs", "dashboard", glance=replace(OPEN, model="", provider="")),
    beside("long", "agents", *SAID, ends(replace(REPLY, text=LONG))),
    chat("too-small", sizes=((50, 16),)),
    chat("small", *SAID, ends(REPLY), sizes=((60, 20),)),
    chat("vast", *SAID, ends(REPLY), sizes=((200, 60),)),
    chat("help", "f1"),
    chat("history", answers={"chat.history": BEFORE}, held=2),
    chat("history-loading", answers={"chat.history": WAITS}, sizes=(NARROW,)),
    chat(
        "history-lost", answers={"chat.history": Unreachable("The Gateway does not answer.")}, sizes=(NARROW,)
    ),
    chat(
        "draft",
        answers={"chat.draft": MessageDraft("luna", "Please order flour for Mon", kept=True)},
        sizes=(NARROW,),
    ),
)
