"""The wizard, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.errors import LunaError
from appliance.ops.chat import Reply
from appliance.profile.draft import Draft
from appliance.secret import Secret
from tests.gallery.cafe import NEW
from tests.gallery.scene import BOTH, NARROW, WAITS, Scene, Step, ends, later, says, typed

KEY = Secret("sk-proj-0123456789abcdef")
ANSWERED = Draft(
    "welcome",
    "",
    "English",
    "Café Rosa",
    "A neighbourhood café with home-made cakes",
    "Tuesday to Sunday, 8:00 to 18:00",
    "warm and brief",
    "Rosa",
    kind="openai",
    model="gpt-6-sol",
    keyed=True,
)
UNKEYED = replace(ANSWERED, model="", keyed=False)
STEPS = [
    {"index": at, "name": name, "subject": subject}
    for at, (name, subject) in enumerate(
        [
            ("engine.install", ""),
            ("gateway.configure", ""),
            ("gateway.start", ""),
            ("providers.add", ""),
            ("agents.create", "Luna"),
            ("agents.create", "Customer Support"),
            ("setup.finish", ""),
        ]
    )
]


def done(at: int, seconds: float) -> Step:
    """A step is behind us."""
    return says("step", index=at, state="done", seconds=seconds)


def wizard(
    state: str,
    page: str,
    *play: Step,
    draft: Draft = ANSWERED,
    sizes: tuple[tuple[int, int], ...] = (NARROW,),
    **answers: Any,
) -> Scene:
    """A scene at a page of the wizard: `brain/key`."""
    stage, _, field = page.partition("/")
    given = {name.replace("_", ".", 1).replace("_", "-"): value for name, value in answers.items()}
    return Scene(
        "wizard",
        state,
        play,
        first="wizard",
        glance=NEW,
        held=len(sizes),
        sizes=sizes,
        answers={"setup.draft": replace(draft, stage=stage, field=field), **given},
    )


PLANNED = says("plan", steps=STEPS)
RUNNING = (PLANNED, done(0, 94), done(1, 1), says("step", index=2, state="running"))
SCENES = (
    wizard("opening", "welcome/language", setup_draft=WAITS),
    wizard("language", "welcome/language", draft=Draft(), sizes=BOTH),
    wizard("language-help", "welcome/language", "f1", draft=Draft()),
    wizard("who", "welcome/who", draft=Draft(language="English"), sizes=BOTH),
    wizard("pace", "welcome/pace", draft=Draft(language="English")),
    wizard("name", "welcome/name", draft=Draft(language="English"), sizes=BOTH),
    wizard("name-missing", "welcome/name", "enter", draft=Draft(language="English")),
    wizard("what", "welcome/what"),
    wizard("hours", "welcome/hours"),
    wizard("tone", "welcome/tone"),
    wizard("owner", "welcome/owner"),
    wizard("brain", "brain/kind", sizes=BOTH),
    wizard("brain-help", "brain/kind", "f1"),
    wizard("brain-looking", "brain/kind", setup_brains=WAITS),
    wizard("address", "brain/address", *typed("192.168"), draft=replace(ANSWERED, kind="custom", model="")),
    wizard("key", "brain/key", draft=UNKEYED, sizes=BOTH),
    wizard("key-help", "brain/key", "f1", draft=UNKEYED),
    wizard("key-typed", "brain/key", *typed("sk-proj-0123456789")),
    wizard("key-testing", "brain/key", *typed("sk-proj-01"), "enter", later(2), setup_try_brain=WAITS),
    wizard("key-slow", "brain/key", *typed("sk-proj-01"), "enter", later(20), setup_try_brain=WAITS),
    wizard(
        "key-refused",
        "brain/key",
        *typed("sk-wrong"),
        "enter",
        sizes=BOTH,
        setup_try_brain=LunaError("The key was refused.", code="provider-auth", hint="Make a new one."),
    ),
    wizard(
        "key-technical",
        "brain/key",
        *typed("sk-wrong"),
        "enter",
        "f3",
        setup_try_brain=LunaError("The key was refused.", code="provider-auth", hint="Make a new one."),
    ),
    wizard("trial", "brain/key", draft=replace(ANSWERED, kind="ollama")),
    wizard("model", "brain/model"),
    wizard("weak", "brain/weak", draft=replace(ANSWERED, weak=True)),
    wizard("staff", "staff/staff", sizes=BOTH),
    wizard("staff-unreadable", "staff/staff", templates_list=LunaError("No.", code="failed"), sizes=BOTH),
    wizard("lines", "lines/lines"),
    wizard("memory", "memory/memory"),
    wizard("plan", "finish/plan", sizes=BOTH),
    wizard("plan-technical", "finish/plan", "d"),
    wizard("plan-looking", "finish/plan", setup_plan=WAITS),
    wizard("consent", "finish/consent", sizes=BOTH),
    wizard("apply-looking", "finish/apply", later(3), setup_apply=WAITS),
    wizard("apply", "finish/apply", *RUNNING, later(7), sizes=BOTH, setup_apply=WAITS),
    wizard(
        "apply-failed",
        "finish/apply",
        *RUNNING,
        says("step", index=2, state="failed", seconds=31),
        ends(LunaError("It ended.", code="gateway-ended")),
        sizes=BOTH,
        setup_apply=WAITS,
    ),
    wizard("talk", "finish/talk", sizes=BOTH),
    wizard("talk-thinking", "finish/talk", "enter", later(3), chat_send=WAITS),
    wizard(
        "talk-answered",
        "finish/talk",
        "enter",
        ends(Reply("luna", "Hello Rosa! I am Luna. Customer Support works here with me.", "s", "r", 1, 2)),
        chat_send=WAITS,
    ),
    wizard(
        "talk-failed", "finish/talk", "enter", ends(LunaError("No.", code="agent-silent")), chat_send=WAITS
    ),
    wizard("sheet", "finish/sheet", sizes=BOTH),
    wizard("sheet-printed", "finish/sheet", "p"),
    wizard("key-again", "brain/key"),
)
