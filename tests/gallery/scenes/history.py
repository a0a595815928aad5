"""Every change: the list, one in full, what is asked before a way back, and the red card of a loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.errors import Conflict, LunaError
from appliance.health.models import Trouble
from appliance.history.difference import difference, evidence
from appliance.ops.history import ChangeDetail, ChangeList, ChangeRow, OneChange
from appliance.ops.history_restore import Dismissed, Preview, Restored
from appliance.ops.undo import Undone
from tests.gallery.cafe import CLOSED, OPEN
from tests.gallery.scene import NARROW, SEEN, WAITS, WIDE, Scene, Step, changes, pressed

MODELS = {"agent": "Sales Assistant", "before": "openai/gpt-5", "after": "openai/gpt-6-sol"}
WRITTEN = (
    difference("agent-model", ("agents.entries.sales.model: …",), **MODELS),
    difference("line-who", line="whatsapp", before="pairing", after="open"),
)
UNKNOWN = "outside:unknown"
PORT = (difference("engine-port", before="18789", after="19000"),)
TOOLS = (difference("settings", section="tools", count="2"),)
GONE = (
    difference("lost-agents", count="2", names="HR & Admin, Social Media"),
    difference("lost-lines", count="1", names="whatsapp"),
    difference("lost-rules", count="3"),
)
STUBBED = (
    difference("agent-removed", agent="HR & Admin"),
    difference("agent-removed", agent="Social Media"),
    difference("line-removed", line="whatsapp"),
    difference("rule-removed", line="whatsapp", agent="Luna"),
    difference("common-brain", before="openai/gpt-6-sol", after=""),
    difference("section-removed", section="skills"),
)
FIRST = ChangeRow(
    "05",
    "2026-11-20T14:20:00Z",
    "outside:openclaw",
    "tui",
    "outside.change",
    STUBBED,
    (),
    "undoable",
    outside=True,
    loss=True,
)


def row(number: str, at: str, actor: str, operation: str, state: str, **more: Any) -> ChangeRow:
    """Another change."""
    known: dict[str, Any] = {"told": (), "outside": False, "loss": False, "via": "cli", **more}
    return replace(FIRST, id=number, at=at, actor=actor, operation=operation, state=state, **known)


ROWS = (
    FIRST,
    row("04", "2026-11-20T12:02:00Z", "human:rosa", "agents.update", "undoable", told=WRITTEN, via="tui"),
    row("03", "2026-11-19T09:30:00Z", "human:rosa", "config.set", "undone", told=PORT),
    row("02", "2026-11-18T17:00:00Z", "system:recovery", "agents.archive", "final", why="rolled-forward"),
    row(
        "01", "2026-11-12T08:15:00Z", "outside:unknown", "outside.change", "too-old", told=TOOLS, outside=True
    ),
    row("00", "2026-11-12T08:00:00Z", "provisioner:cafe", "setup.apply", "final"),
)
STRANGE = replace(
    ROWS[1],
    told=(difference("agent-renamed", before="[b]Bold[/b] \x1b[31mred\x07", after="客户服务 助理"),),
    actor="agent:back\u202eflip",
)
BACKUP = "20261120T141900Z-000007-1a2b3c4d"


def detail_of(params: OneChange) -> ChangeDetail:
    """One of the rows in full."""
    found = next(each for each in ROWS if each.id == params.entry)
    writer = (evidence("writer-backup"), evidence("writer-touched", release="2026.9.6"))
    return ChangeDetail(
        found,
        "1a" * 32,
        "2b" * 32,
        BACKUP,
        GONE if found.loss else (),
        writer if found.outside else (),
        "undo.last" if found.state == "undone" else "",
        "",
        "config.revert",
    )


BACK = Preview(BACKUP, tuple(difference("agent-added", agent=f"Helper {n}") for n in range(12)), "")
ANSWERS = {
    "history.list": ChangeList(ROWS),
    "history.show": detail_of,
    "history.preview": BACK,
    "history.restore": Restored(BACKUP, WRITTEN, "saved and in use"),
    "history.dismiss": Dismissed("05", GONE),
    "history.undo": Undone("04", "agents.update", ()),
}
LOST = Trouble(
    "settings-lost",
    "Another program took something out of the configuration: 2 agent(s) gone: HR & Admin, Social Media.",
    "lunatui history restore brings it back; lunatui history dismiss, if it was meant to go.",
    "history.restore",
    {
        "change": "05",
        "at": "2026-11-20T14:20:00+00:00",
        "writer": "outside:openclaw",
        "agents": "HR & Admin, Social Media",
        "lines": "whatsapp",
        "rules": "3",
    },
)
HELD = Trouble(
    "lock-held",
    "Held.",
    "Wait.",
    facts={"program": "node", "pid": "4711", "since": "2026-11-20T14:20:00+00:00"},
)
TORN = replace(LOST, facts={**LOST.facts, "writer": "outside:unknown", "file": "file-unreadable"})


def history(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the list."""
    answers = {**ANSWERS, **more.pop("answers", {})}  # type: ignore[dict-item]
    return Scene("history", state, play, first="history", answers=answers, **more)  # type: ignore[arg-type]


def dashboard(state: str, *play: Step, **more: object) -> Scene:
    """A scene on the dashboard."""
    return Scene("dashboard", state, play, answers=ANSWERS, **more)  # type: ignore[arg-type]


SCENES = (
    history("list", held=2),
    history("loading", answers={"history.list": WAITS}),
    history("empty", answers={"history.list": ChangeList(())}),
    history("error", answers={"history.list": LunaError("Entry 5 cannot be read.", code="history-broken")}),
    history("strange", answers={"history.list": ChangeList((STRANGE,))}),
    history("loss", "enter", held=2),
    history("loss-technical", "enter", "d", sizes=(NARROW,)),
    history("detail", "down", "enter"),
    history("recovered", pressed("down", "down", "down"), "enter"),
    history("ask", "down", "r", held=2),
    history("restored", "down", "r", SEEN, "end", SEEN, "y"),
    history("nothing-to-restore", "r", answers={"history.preview": Preview(BACKUP, (), "")}),
    history("moved", "down", "z", answers={"history.undo": Conflict("Changed again.", code="undo-moved")}),
    history("undone", "down", changes(history_list=ChangeList(ROWS[1:])), "z"),
    history("dismissed", changes(history_list=ChangeList((replace(ROWS[0], loss=False), *ROWS[1:]))), "x"),
    history("others", changes(history_list=ChangeList((ROWS[0], ROWS[4]))), "o", sizes=(NARROW, WIDE)),
    history("german", words="de"),
    dashboard("lost-open", glance=replace(OPEN, trouble=LOST), held=2),
    dashboard("lost-closed", glance=replace(CLOSED, trouble=TORN), held=2),
    dashboard("lost-details", "d", glance=replace(CLOSED, trouble=TORN), sizes=(NARROW,)),
    dashboard("lost-german", glance=replace(CLOSED, trouble=LOST), words="de"),
    dashboard(
        "lock-orphan",
        glance=replace(OPEN, trouble=Trouble("lock-orphan", "It is empty.", "Clear it.", "config.unlock")),
    ),
    dashboard("lock-held", glance=replace(OPEN, trouble=HELD)),
)
