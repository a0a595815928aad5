"""What every reader accepts: written by the program itself where it writes such a thing, else as captured."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from appliance.places import Places
from tests.fakes.hostile import corpus

Samples = tuple[bytes, ...]


@contextlib.contextmanager
def box() -> Iterator[Places]:
    """Places that are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        found = Places.from_environment({"HOME": folder, "LUNATUI_HOME": f"{folder}/ours"})
        found.state_dir.mkdir(mode=0o700)
        yield found


def packed(*values: Any) -> Samples:
    """As JSON."""
    return tuple(json.dumps(value).encode() for value in values)


@cache
def configs() -> Samples:
    """A small shop in JSON5, in JSON, and with things of every kind."""
    agents = {"main": {"name": "Luna", "model": "openai/gpt-5.2", "workspace": "~/w"}}
    shop = {
        "gateway": {"mode": "local", "port": 18789, "auth": {"mode": "token", "token": "${TOKEN}"}},
        "agents": {"defaults": {"model": {"primary": "openai/gpt-5.2"}}, "entries": agents},
        "models": {"providers": {"openai": {"baseUrl": "https://api.test", "models": [{"id": "gpt-5.2"}]}}},
        "channels": {"whatsapp": {"enabled": True}},
        "bindings": [{"agentId": "main", "match": {"channel": "whatsapp"}}],
        "env": {"vars": {"A": "1"}},
    }
    json5 = (
        "// by hand\n{\n  gateway: { mode: 'local', port: 0x4965, }, /* c */\n"
        "  'env': {vars: {A: \"1\\\n2\"}},\n"
        "  agents: {entries: {main: {name: 'L\\u00fcna', n: [.5, 5., +1, -Infinity, 1e3,],},},},\n}\n"
    )
    return (json5.encode(), json.dumps(shop, indent=2).encode())


@cache
def audit_segments() -> Samples:
    """A log of six records, one of them open."""
    from appliance.audit.log import AuditLog

    with box() as places:
        log = AuditLog(places.home / "audit")
        for number in range(3):
            body = {"op": "config.set", "risk": "change", "corr": f"c{number}", "actor": "human:test"}
            log.append({**body, "phase": "intent", "pid": 2**22 + 1, "started": "1@x"})
            if number:
                log.append({**body, "phase": "outcome", "result": "ok"})
        return (log.segments()[0].read_bytes(),)


def settled() -> Samples:
    """The note up to where every intent is closed."""
    return packed({"segment": "segment-000001.jsonl", "offset": len(audit_segments()[0].split(b"\n")[0]) + 1})


@cache
def history_entries() -> Samples:
    """One entry that can be taken back."""
    from appliance.history.entries import History

    with box() as places:
        history = History(places.home / "history")
        undo = {"operation": "config.set", "params": {"path": "gateway.port", "value": "1"}}
        entry = history.add(actor="human:test", operation="config.set", changes=["a: 1 → 2"], undo=undo)
        return ((places.home / "history" / f"{entry.id}.json").read_bytes(),)


def receipts() -> Samples:
    """A kept result."""
    return packed(
        {"at": 4e9, "digest": "digest", "result": {"changed": ["a"]}}, {"at": 1, "digest": "", "result": 1}
    )


@cache
def ring_files() -> dict[str, bytes]:
    """A ring of two versions."""
    from appliance.store.backups import Backups, Reason
    from appliance.store.disk import Disk

    with box() as places:
        ring = Backups(places.home / "ring", Disk())
        for text in (b"{}\n", b"{a: 1}\n"):
            ring.add(text, Reason("config.set", "human:test", "why", ("a",), "f" * 64, "2026.9.6"))
        return {path.name: path.read_bytes() for path in (places.home / "ring").iterdir()}


def ring_manifests() -> Samples:
    """What lists them."""
    return (ring_files()["manifest.json"],)


def plans() -> Samples:
    """Plans with a step of every kind, for files that are not there."""
    from appliance.store.edits import Edit
    from appliance.store.plans import make_plan
    from appliance.store.steps import EditConfig, MakeDir, MoveToTrash, WriteFile

    root = Path("/nonexistent/of/a/test")
    steps = (
        MakeDir(root / "w", 0o700),
        WriteFile(root / "w" / "SOUL.md", b"soul", 0o600),
        EditConfig((Edit(("agents", "entries", "a"), {"name": "A"}),)),
        MoveToTrash(root / "old"),
    )
    made = make_plan(
        "20261130T000000000000Z-00000000", "agents.create", "human:test", steps, {}, root / "trash"
    )
    return packed(asdict(made))


def sidecars() -> Samples:
    """Our own lock, and one of a process that is gone."""
    from appliance.store.sidecar import payload

    gone = {"pid": 2**22 + 1, "createdAt": "2026-11-30T00:00:00.000Z", "starttime": 5}
    return (payload(), *packed(gone))


def profiles() -> Samples:
    """A whole profile."""
    from appliance.engine.release import PINNED

    return (
        f"""default_model = "openai/gpt-5.2"
[engine]
version = "{PINNED}"
[gateway]
port = 18790
[business]
name = "Café Rosa"
[provider]
kind = "openai"
models = ["gpt-5.2"]
[[agents]]
id = "main"
""".encode(),
    )


def choices() -> Samples:
    """All choices."""
    return (b'theme = "night"\nlanguage = "de"\nmouse = "off"\nadvanced = "on"\n',)


def keymaps() -> Samples:
    """Both ways to write them."""
    return (b'"agents.create" = "a,ctrl+n"\n[chat]\nsend = "enter"\n',)


def brands() -> Samples:
    """A reseller's."""
    return ('name = "Rosa"\nglyph = "✿"\naccent_dark = "#b7a8ff"\nsupport = "call 123"\n'.encode(),)


def businesses() -> Samples:
    """As the wizard writes it."""
    return (b'name = "Rosa"\nwhat = "flowers"\nhours = "9-5"\nowner = "R"\ntone = "warm"\nlanguage = "en"\n',)


def blocked() -> Samples:
    """Two people that are never let in."""
    return (
        b'[[people]]\nchannel = "telegram"\nid = "555001"\n\n[[people]]\nchannel = "whatsapp"\nid = "+44"\n',
    )


def drafts() -> Samples:
    """Half way through."""
    from appliance.profile.draft import Draft, draft_path, write_draft

    with box() as places:
        write_draft(places, Draft())
        return (draft_path(places).read_bytes(),)


def setup_notes() -> Samples:
    """What was put off."""
    return (b'who = "owner"\nskipped = ["lines", "hours"]\n',)


def markers() -> Samples:
    """A protected agent."""
    return (b'# note\nprotected = true\ntemplate = "sales"\n',)


def engine_manifests() -> Samples:
    """An engine."""
    from appliance.engine.manifest import Manifest

    return packed(asdict(Manifest("2026.9.6", "24.19.0", "linux-x64-glibc", 3, 4, "a" * 64)))


def packages() -> Samples:
    """OpenClaw's package.json, as far as we read it."""
    return packed(
        {
            "name": "openclaw",
            "version": "2026.9.6",
            "engines": {"node": ">=22.16.0"},
            "bin": {"openclaw": "x"},
        }
    )


def node_versions() -> Samples:
    """The cache of asked versions."""
    return packed({"/usr/bin/node": [1, 2, "24.19.0"]})


def glances() -> Samples:
    """The last look at an open shop."""
    from appliance.health.models import Glance
    from appliance.health.snapshot import _plain

    today = {
        "day": "2026-11-30",
        "conversations": 1,
        "spoken": {"main": 1.0},
        "answering": [],
        "schedules_on": None,
        "schedules_failed": None,
        "next_schedule": None,
        "waiting": 2,
    }
    glance = Glance(
        "open", 1.0, "Rosa", (), ("whatsapp",), "2026.9.6", 1.0, "a/b", "A", 1.0, 1.0, None, None, 2.0
    )
    return packed({**_plain(glance), "today": today, "agents": []}, _plain(glance))


def device_tokens() -> Samples:
    """Tokens by address."""
    return packed({"127.0.0.1:18789": "given"})


def dotenvs() -> Samples:
    """An environment file and a JSON one."""
    return (b"# x\nexport A=1\nB='two'\nC=\"three\" # no\n\nD=`x`\n", b'{"a": {"b": "c"}}')


def json_values() -> Samples:
    """Values and paths."""
    return (
        b'{"a": [1, 2.5, null]}',
        b'models.providers["my.host"].apiKey',
        b"agents.entries.main[0]",
        b"'q'",
    )


def schema_folders() -> Samples:
    """The index of a kept schema."""
    return packed({"release": "2026.9.6", "root": {"type": "object"}, "sections": ["gateway"]})


def texts() -> Samples:
    """Hostile ones and such with keys in them."""
    some = [item.text.encode("utf-8", "surrogatepass") for item in corpus()[::25]]
    key = "sk-" + "proj-" + "A1b2C3d4" * 5
    return (
        *some,
        f"token={key} Authorization: Bearer {key}\nhttps://u:{key}@h/x".encode(),
        b"rm -rf 'a b' \\\n--x=1",
    )
