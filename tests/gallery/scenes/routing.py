"""Who answers: the list with what needs a look, one row in full, the forms."""

from __future__ import annotations

from dataclasses import replace

from appliance.errors import Invalid, Note
from appliance.ops.agents_routing import Answering, BindingRow, Bindings, DanglingMention
from appliance.ops.config_edit import Saved
from appliance.ops.core import Change, Plan
from tests.gallery.scene import NARROW, SEEN, WAITS, WIDE, Scene, Step, later, typed


def row(channel: str, who: str, agent: str, name: str, why: str, **more: object) -> BindingRow:
    """A row without an account of its own."""
    given = {"account": "default", "id": "", **more}
    return BindingRow(channel, who=who, agent=agent, agent_name=name, why=why, **given)  # type: ignore[arg-type]


WHATSAPP = row("whatsapp", "everyone", "customer-support", "Customer Support", "channel", rule=0)
FALLBACK = row("telegram", "everyone", "luna", "Luna", "system", account="shop", flag="fallback")
GHOST = row("slack", "everyone", "", "", "ghost", flag="ghost", named="night-shift", rule=4)
NOBODY = row("telegram", "everyone", "", "", "nobody", account="office", flag="nobody")
PERSON = row("whatsapp", "person", "luna", "Luna", "peer", account="*", id="+44 7700 900321", rule=1)
GROUP = row("whatsapp", "group", "operations-manager", "Operations Manager", "peer", id="120363@g.us", rule=2)
HR = {"agent": "hr-admin", "agent_name": "HR & Admin"}
UNUSED = replace(PERSON, account="default", flag="unreached", rule=3, **HR)
OFF = row("signal", "people", "luna", "Luna", "kind", account="*", flag="no-line", rule=5)
SERVER = row("discord", "others", "social-media", "Social Media", "guild", id="Café Rosa fans", rule=6)
FINE = Bindings((WHATSAPP, PERSON, GROUP))
LOOK = Bindings(
    (FALLBACK, NOBODY, GHOST, WHATSAPP, PERSON, GROUP, UNUSED, OFF, SERVER),
    (DanglingMention("talk.agentId", "night-shift"),),
    serious=True,
)
MANY = Bindings(
    tuple(
        row("whatsapp", "person", "luna", "Luna", "peer", account="*", id=f"+44 7700 {n:06d}", rule=n)
        for n in range(200)
    )
)
STRANGE = Bindings(
    (
        row("whatsapp", "person", "s", "客户服务 助理", "peer", id="خدمة العملاء"),
        row(
            "x[b]y",
            "group",
            "s",
            "[b]B[/b] \x1b[31mred\x07",
            "peer",
            id="back\u202eflip",
            account="\x1b[2J",
        ),
        row("telegram", "everyone", "s", "Übersetzungs- und Schriftverkehrs-Sachbearbeiterin", "channel"),
    )
)
ANSWERS: dict[str, object] = {
    "agents.bindings": FINE,
    "agents.who": Answering("luna", "Luna", "peer", "whatsapp", "default", 1),
    "agents.bind": Saved(("bindings",), "saved and in use"),
    "agents.unbind": Saved(("bindings",), "saved and in use"),
}
MOVE = Note(
    "routing-moves",
    "On whatsapp, everyone: Customer Support → Luna.",
    channel="whatsapp",
    account="",
    kind="everyone",
    who="",
    before="Customer Support",
    after="Luna",
)
BACK = Note(
    "routing-moves",
    "On whatsapp, +44 7700 900321: Luna → Customer Support.",
    channel="whatsapp",
    account="",
    kind="person",
    who="+44 7700 900321",
    before="Luna",
    after="Customer Support",
)
PLANS: dict[str, object] = {
    "agents.bind": Plan("agents.bind", (Change("bindings", "… → …"),), (MOVE,)),
    "agents.unbind": Plan("agents.unbind", (Change("bindings", "… → …"),), (BACK,)),
}


def routing(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the list."""
    answers = {**ANSWERS, **more.pop("answers", {})}  # type: ignore[dict-item]
    plans = {**PLANS, **more.pop("plans", {})}  # type: ignore[dict-item]
    return Scene("routing", state, play, first="routing", answers=answers, plans=plans, **more)  # type: ignore[arg-type]


SCENES = (
    routing("list", held=2),
    routing("look", answers={"agents.bindings": LOOK}, held=2),
    routing("loading", answers={"agents.bindings": WAITS}),
    routing("empty", answers={"agents.bindings": Bindings(())}, held=2),
    routing("error", answers={"agents.bindings": Invalid("The settings file is damaged.", hint="Mend it.")}),
    routing("many", "end", answers={"agents.bindings": MANY}),
    routing("strange", answers={"agents.bindings": STRANGE}),
    routing("detail", "down", "enter", answers={"agents.bindings": LOOK}, held=2),
    routing("setting", "enter", answers={"agents.bindings": LOOK}),
    routing("technical", "down", "d", answers={"agents.bindings": LOOK}, sizes=(NARROW,)),
    routing("change", "e", held=2),
    routing("change-review", "e", "enter", held=2),
    routing("changed", "e", "enter", SEEN, "enter"),
    routing("changing", "e", "enter", SEEN, "enter", later(3), answers={"agents.bind": WAITS}),
    routing("take-away", "down", "x"),
    routing("new", "n"),
    routing("try", "t", "enter", *typed("+44 7700")),
    routing("tried", "t", "enter", *typed("+44 7700"), "enter", held=2),
    routing("german", words="de", answers={"agents.bindings": LOOK}, sizes=(NARROW, WIDE)),
)
