"""The dashboard: is the shop open, what needs somebody, what happened, how is the box."""

from __future__ import annotations

from dataclasses import replace

from appliance.errors import LunaError
from appliance.health.models import Staff, Today, Trouble
from appliance.ops.approvals import Decision, Decisions
from tests.gallery.cafe import CLOSED, DAY, HOUR, NEW, NOW, OPEN
from tests.gallery.scene import NARROW, SEEN, WAITS, WIDE, Scene, ends, later, sees

TAKEN = Trouble(
    "port-taken",
    "Port 18789 is taken.",
    "lsof -i :18789",
    facts={"port": "18789", "program": "Docker Desktop", "pid": "4711"},
)
UNWATCHED = Trouble("unwatched", "No supervisor.", "lunatui gateway start", "gateway.start")
WAITING = replace(OPEN, today=Today("2026-11-20", 41, 3, 0, NOW + 16.5 * HOUR, 1))
ASKED = Decisions(
    (
        Decision(
            "1",
            "exec",
            "operations-manager",
            "agent:operations-manager:main",
            "rm -r /home/rosa/orders/2025",
            ("rm", "-r", "/home/rosa/orders/2025"),
            0,
            "/home/rosa/orders",
            "",
            ("deny", "allow-once"),
            NOW - 120,
            NOW + 1680,
        ),
    )
)

PERSON = Decision(
    "2", "person", "", "", "whatsapp", ("+44 7700 900321", "WhatsApp"), 0, "default", "",
    ("deny", "allow-once"), NOW - 720, NOW + 2880, "Maria",
)  # fmt: skip
DEVICE = Decision(
    "3", "device", "", "", "in", ("operator", "operator.read", "operator.write", "operator.admin"), 0,
    "192.168.1.40", "", ("deny", "allow-once"), NOW - 60, 0, "Rosa's laptop",
)  # fmt: skip
SCRIPT = "python3 -c '" + "\n".join(f"print({number})" for number in range(40)) + "'"
LONG = replace(
    ASKED.decisions[0],
    command=SCRIPT,
    arguments=(SCRIPT,),
    hidden=2,
    warning="Part of this cannot be looked into.",
    answers=("deny", "allow-once", "allow-always"),
)

SCENES = (
    Scene("dashboard", "open", held=2),
    Scene("dashboard", "loading", glance=WAITS),
    Scene("dashboard", "cannot-look", glance=LunaError("The folder cannot be read.", hint="Repair it.")),
    Scene("dashboard", "new", glance=NEW, held=2),
    Scene("dashboard", "needs-brain", glance=replace(OPEN, model="", provider=""), held=2),
    Scene("dashboard", "needs-watch", glance=replace(OPEN, trouble=UNWATCHED)),
    Scene(
        "dashboard",
        "busy-day",
        glance=replace(
            OPEN,
            channels=("whatsapp", "telegram", "slack"),
            today=Today("2026-11-20", 1, 1, 1, NOW + 20 * HOUR, 2),
        ),
        held=2,
    ),
    Scene("dashboard", "decision", ("enter",), glance=WAITING, answers={"approvals.list": ASKED}),
    Scene(
        "dashboard",
        "decision-person",
        ("enter",),
        glance=WAITING,
        answers={"approvals.list": Decisions((PERSON,))},
    ),
    Scene(
        "dashboard",
        "decision-device",
        ("enter",),
        glance=WAITING,
        answers={"approvals.list": Decisions((DEVICE,))},
    ),
    Scene(
        "dashboard",
        "decision-looking",
        ("enter", later(4)),
        glance=WAITING,
        answers={"approvals.list": WAITS},
        sizes=(NARROW,),
    ),
    Scene(
        "dashboard",
        "decision-unread",
        ("enter", SEEN, "down", "enter"),
        glance=WAITING,
        answers={"approvals.list": Decisions((LONG,))},
        sizes=(NARROW, WIDE, (60, 18)),
        held=2,
    ),
    Scene(
        "dashboard",
        "decision-read",
        ("enter", "end"),
        glance=WAITING,
        answers={"approvals.list": Decisions((LONG,))},
    ),
    Scene(
        "dashboard",
        "decision-late",
        ("enter", later(1700)),
        glance=WAITING,
        answers={"approvals.list": ASKED},
        sizes=(NARROW,),
    ),
    Scene(
        "dashboard",
        "quiet",
        glance=replace(OPEN, agents=(Staff("luna", "Luna"),), channels=(), today=None, last_backup=None),
    ),
    Scene("dashboard", "stale", (later(600),)),
    Scene("dashboard", "put-off", glance=replace(OPEN, channels=(), later=("lines", "hours"))),
    Scene("dashboard", "closing", (sees(CLOSED),)),
    Scene("dashboard", "regained", (sees(OPEN),), glance=CLOSED),
    Scene("dashboard", "starting", glance=replace(OPEN, state="starting", since=NOW - 5, today=None)),
    Scene("dashboard", "closed", glance=CLOSED, held=2),
    Scene("dashboard", "closed-technical", ("d",), glance=CLOSED, held=2),
    Scene("dashboard", "closed-culprit", glance=replace(CLOSED, trouble=TAKEN)),
    Scene(
        "dashboard", "closed-for-days", glance=replace(CLOSED, since=NOW - 3 * DAY, last_open=NOW - 3 * DAY)
    ),
    Scene("dashboard", "repairing", ("enter", later(12)), glance=CLOSED, answers={"gateway.start": WAITS}),
    Scene(
        "dashboard",
        "repair-failed",
        ("enter", ends(LunaError("It did not come up.", hint="Look at its log."))),
        glance=CLOSED,
        answers={"gateway.start": WAITS},
    ),
    Scene(
        "dashboard",
        "long-name",
        glance=replace(OPEN, business="Café Rosa & Söhne, Bäckerei und Konditorei am Alten Markt seit 1897"),
    ),
)
