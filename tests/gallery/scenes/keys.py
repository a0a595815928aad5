"""Keys and access: what lies about, the way into the engine, and both mended."""

from __future__ import annotations

from dataclasses import replace

from appliance.errors import LunaError, Unreachable
from appliance.ops.secrets_chain import ChainLink, KeyChain
from appliance.ops.secrets_move import KeysMoved, MovedKey
from appliance.ops.secrets_repair import Repaired, RepairStep
from appliance.ops.secrets_scan import OpenFile, Scan, StrayKey
from tests.gallery.scene import NARROW, WAITS, WIDE, Scene, Step, later

TINY, VAST = (60, 20), (200, 60)
SCANNED = "2026-11-20T13:30:00Z"
HOME = "/Users/rosa/.openclaw"
RING = "/Users/rosa/Library/Application Support/lunatui/backups/config"


def stray(path: str, place: str, where: str, kind: str, mark: str, sure: str = "certain") -> StrayKey:
    """One key at one place."""
    return StrayKey(path, place, where, kind, mark, sure, place == "config")


OFFICE = "models.providers.openai.apiKey"
KEYS = (
    stray(f"{HOME}/openclaw.json", "config", OFFICE, "model", "fp:1bf494e2"),
    stray(f"{HOME}/openclaw.json.bak", "engine-copy", OFFICE, "model", "fp:1bf494e2"),
    stray(f"{HOME}/openclaw.json.bak.1", "engine-copy", OFFICE, "model", "fp:1bf494e2"),
    stray(f"{RING}/20261119T101500Z-000041-9be0c21a.json5", "our-copy", OFFICE, "model", "fp:1bf494e2"),
    stray(f"{HOME}/.env", "variables", "OPENAI_API_KEY", "model", "fp:1bf494e2"),
    stray(f"{HOME}/openclaw.json", "config", "channels.telegram.botToken", "telegram", "fp:ab6341e2"),
    stray(f"{HOME}/logs/openclaw-2026-11-19.log", "engine-log", "line 812", "mail", "fp:77c01d5e", "likely"),
    stray("/Users/rosa/notes.env", "our-file", "line 3", "named", "fp:0daf0e37", "possible"),
)
EXPECTED = (stray(f"{HOME}/openclaw.json", "config", "gateway.auth.token", "named", "fp:e7c5bcb6"),)
OPEN = (
    OpenFile(f"{HOME}/openclaw.json.bak", "0644", "0600"),
    OpenFile(f"{HOME}/credentials", "0755", "0700"),
)
FOUND = Scan(KEYS, OPEN, EXPECTED, 214, (), SCANNED)
CLEAN = Scan((), (), EXPECTED, 214, (), SCANNED)


def link(
    place: str, state: str, mark: str = "fp:e7c5bcb6", *, first: bool = False, detail: str = ""
) -> ChainLink:
    """One place of the chain."""
    wheres = {"setting": "gateway.auth.token", "process": "OPENCLAW_GATEWAY_TOKEN", "device": "3f9ac1d20b77"}
    where = wheres.get(place, f"{HOME}/.env: OPENCLAW_GATEWAY_TOKEN")
    return ChainLink(place, where, state, mark, "2026-11-14T08:00:00Z", first, detail)


WHOLE = KeyChain(
    (link("setting", "wins"), link("device", "known", ""), link("device-token", "not checked")),
    "accepted",
    "",
    True,
)
BROKEN = KeyChain(
    (
        link("setting", "wins"),
        link("process", "same"),
        link("variables", "differs", "fp:4410ffab", first=True),
        link("shell", "differs", "fp:4410ffab"),
        link("device", "waiting", "", detail="8bf28950"),
    ),
    "refused",
    "unauthorized: gateway token mismatch",
    False,
)
DOWN = replace(WHOLE, connection="down", problem="Nothing answers at 127.0.0.1:18789.", whole=False)
MOVED = KeysMoved(
    (MovedKey(OFFICE, "LUNATUI_OPENAI_KEY", "fp:1bf494e2"), MovedKey("channels", "T", "fp:ab6341e2")),
    tuple(key.path for key in KEYS[1:5]), (), "saved and in use", "",
)  # fmt: skip
MENDED = Repaired((RepairStep("copies", "done", ""), RepairStep("connection", "done", "")), WHOLE)


def keys(state: str, *play: Step, **more: object) -> Scene:
    """A scene that opens with the page of keys."""
    answers = {"secrets.scan": FOUND, "secrets.chain": WHOLE, **more.pop("answers", {})}  # type: ignore[dict-item]
    return Scene("keys", state, play, first="keys", answers=answers, **more)  # type: ignore[arg-type]


SCENES = (
    keys("found", sizes=(NARROW, WIDE, TINY, VAST), held=2),
    keys("clean", answers={"secrets.scan": CLEAN}, held=2),
    keys("loading", answers={"secrets.scan": WAITS, "secrets.chain": WAITS}),
    keys("broken", answers={"secrets.scan": CLEAN, "secrets.chain": BROKEN}, held=2),
    keys("engine-stopped", answers={"secrets.scan": CLEAN, "secrets.chain": DOWN}),
    keys("no-chain", answers={"secrets.chain": Unreachable("It cannot be told.")}),
    keys("error", answers={"secrets.scan": LunaError("It cannot be read.", code="home-unreadable")}, held=2),
    keys("detail", "enter", held=2),
    keys("technical", "d", held=2),
    keys("not-movable", "down", "down", "enter"),
    keys(
        "mismatch",
        "down",
        "down",
        "down",
        "down",
        "enter",
        answers={"secrets.scan": CLEAN, "secrets.chain": BROKEN},
    ),
    keys("door-refused", "down", "enter", answers={"secrets.scan": CLEAN, "secrets.chain": BROKEN}),
    keys("moving", "m", later(4), answers={"secrets.move": WAITS}),
    keys("moved", "m", answers={"secrets.move": MOVED}),
    keys("nothing-to-move", "m", answers={"secrets.scan": CLEAN}),
    keys(
        "repair-failed",
        "r",
        answers={
            "secrets.chain": BROKEN,
            "secrets.repair": LunaError("x", code="keys-repair-restart"),
        },
    ),
    keys("repaired", "r", answers={"secrets.repair": MENDED}),
)
