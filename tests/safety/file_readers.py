"""Readers of files: OpenClaw's configuration, our own files, and what other programs leave."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from appliance.errors import LunaError
from launchd.errors import ServiceError
from tests.safety import samples, service_samples
from tests.safety.readers import places, put, reader


@reader("config", samples.configs)
def _config(data: bytes, folder: Path) -> object:
    """The file as text, as data, with an edit, and as everything else that reads it."""
    from appliance.agents.listing import list_agents
    from appliance.providers.listing import list_providers
    from appliance.store.document import Document
    from appliance.store.edits import MISSING, Edit
    from appliance.store.masking import masked

    document = Document.parse(data)
    assert document.data == data
    edited = document.apply([Edit(("gateway", "port"), 18790)]) if document.get(("gateway",)) else document
    assert Document.parse(edited.data).value == edited.value or "NaN" in document.text
    document.apply([Edit((key,), MISSING) for key in list(document.value)[:2]])
    masked(document.value, ())
    for look in (list_providers, lambda value: list_agents(value, places(folder))):
        with contextlib.suppress(LunaError):
            look(document.value)
    return document.duplicates


@reader("config-store", samples.configs)
def _config_store(data: bytes, folder: Path) -> object:
    from appliance.gateway.endpoint import locate
    from appliance.store.config import ConfigStore
    from appliance.store.edits import Edit

    box = places(folder)
    put(box.config_path, data)
    store = ConfigStore(box, env={})
    value = store.read().value
    with contextlib.suppress(LunaError):
        locate(value, {}, box.state_dir)
    return store.prepare([Edit(("gateway", "port"), 18790)])


@reader("audit", samples.audit_segments, "bytes")
def _audit(data: bytes, folder: Path) -> object:
    """A segment: listed, verified, and appended to."""
    from appliance.audit.intents import close_abandoned
    from appliance.audit.log import AuditLog
    from appliance.audit.verify import verify

    put(folder / "audit" / "segment-000001.jsonl", data)
    log = AuditLog(folder / "audit")
    before = verify(log)
    list(log.records())
    log.newest(5)
    close_abandoned(log, "test")
    log.append({"actor": "human:test", "op": "notes.write", "phase": "note"})
    after = verify(log)
    if before.whole:
        assert after.whole, (before, after)
    return after


@reader("settled", samples.settled)
def _settled(data: bytes, folder: Path) -> object:
    from appliance.audit.intents import open_intents
    from appliance.audit.log import AuditLog

    put(folder / "audit" / "segment-000001.jsonl", samples.audit_segments()[0])
    put(folder / "audit" / "settled.json", data)
    return open_intents(AuditLog(folder / "audit"))


@reader("history", samples.history_entries)
def _history(data: bytes, folder: Path) -> object:
    from appliance.history.entries import History

    name = json.loads(samples.history_entries()[0])["id"]
    put(folder / "history" / f"{name}.json", data)
    history = History(folder / "history")
    entries = history.entries()
    for entry in entries:
        history.mark_undone(entry, "later")
    assert [path.name for path in folder.iterdir()] == ["history"]
    return entries, history.newest_undoable()


@reader("receipt", samples.receipts)
def _receipt(data: bytes, folder: Path) -> object:
    from appliance.history.receipts import Receipts

    kept = Receipts(folder / "receipts")
    kept.keep("key", "digest", {})
    (path,) = (folder / "receipts").glob("*.json")
    put(path, data)
    return kept.find("key", "digest")


@reader("ring", samples.ring_manifests)
def _ring(data: bytes, folder: Path) -> object:
    from appliance.store.backups import Backups, Reason
    from appliance.store.disk import Disk

    ring = folder / "ring"
    for name, content in samples.ring_files().items():
        put(ring / name, content)
    put(ring / "manifest.json", data)
    put(folder / "not-ours-000001-x.json5", b"{}")
    backups = Backups(ring, Disk())
    for entry in backups.list():
        with contextlib.suppress(LunaError):
            backups.read(entry.id)
    for number in range(2):
        backups.add(b"{} // %d" % number, Reason("config.set", "human:test"))
    listed = backups.list()
    assert len(listed) >= 2
    assert (folder / "not-ours-000001-x.json5").exists()
    return listed


@reader("plan", samples.plans)
def _plan(data: bytes, folder: Path) -> object:
    """A plan of several files that a crash cut off, whatever became of it."""
    from appliance.store.config import ConfigStore
    from appliance.store.journal import Journal

    box = places(folder)
    put(box.config_path, b"{}\n")
    entry = box.journal_dir / "20261130T000000000000Z-00000000"
    put(entry / "plan.json", data)
    put(entry / "READY", b"")
    return Journal(box, ConfigStore(box, env={})).recover()


@reader("sidecar", samples.sidecars)
def _sidecar(data: bytes, folder: Path) -> object:
    from appliance.store.disk import Disk
    from appliance.store.locks import inspect_lock
    from appliance.store.sidecar import is_stale, look

    path = put(folder / "openclaw.json.lock", data)
    state = inspect_lock(path)
    seen = look(path, Disk())
    return state.words, seen and is_stale(seen)


@reader("engine", samples.engine_manifests)
def _engine(data: bytes, folder: Path) -> object:
    from appliance.engine.manifest import read_manifest

    put(folder / "engine" / "engine.json", data)
    manifest = read_manifest(folder / "engine")
    if manifest:
        assert (folder / "engine") in manifest.node_dir(folder / "engine").resolve().parents
    return manifest


@reader("package", samples.packages)
def _package(data: bytes, folder: Path) -> object:
    from appliance.engine.find import _engine, _package

    put(folder / "package.json", data)
    put(folder / "openclaw.mjs", b"")
    found = _package(folder)
    return found and _engine(found, folder, folder / "node", "24.19.0", "path")


@reader("node-versions", samples.node_versions)
def _node_versions(data: bytes, folder: Path) -> object:
    from appliance.engine.node import NodeVersions

    node = put(folder / "node", b"#!/bin/sh\necho v24.19.0\n")
    return NodeVersions(put(folder / "cache.json", data)).of(node)


@reader("service-state", service_samples.service_states)
def _service_state(data: bytes, folder: Path) -> object:
    from launchd.state import StateFolder

    state = StateFolder(folder / "service")
    for path in (state.report_file, state.child_file, state.spec_file):
        put(path, data)
    with contextlib.suppress(ServiceError):
        state.spec()
    return state.report(), state.child()


@reader("service-plist", service_samples.plists, "bytes")
def _plist(data: bytes, folder: Path) -> object:
    from appliance.engine.services import service_definitions

    box = places(folder)
    put(folder / "Library" / "LaunchAgents" / "ai.openclaw.gateway.plist", data)
    put(folder / ".config" / "systemd" / "user" / "openclaw-gateway.service", data)
    return service_definitions(box)


@reader("snapshot", samples.glances)
def _snapshot(data: bytes, folder: Path) -> object:
    from appliance.health.models import Glance
    from appliance.health.snapshot import recall, snapshot_path

    box = places(folder)
    put(snapshot_path(box), data)
    known = recall(box)
    if known is not None:
        assert isinstance(known, Glance)
    return known


@reader("tokens", samples.device_tokens)
def _tokens(data: bytes, folder: Path) -> object:
    from appliance.gateway.identity import TOKENS_NAME, load_identity

    identity = load_identity(folder / "identity")
    put(folder / "identity" / TOKENS_NAME, data)
    found = identity.token_for("127.0.0.1:18789")
    identity.keep_token("127.0.0.1:18789", "new")
    return found


@reader("dotenv", samples.dotenvs, "bytes")
def _dotenv(data: bytes, folder: Path) -> object:
    from appliance.gateway.secret import _pointed, read_dotenv

    return read_dotenv(put(folder / ".env", data)), _pointed(data.decode("utf-8", "replace"), "/a/b")


@reader("value", samples.json_values)
def _value(data: bytes, _folder: Path) -> object:
    """A value and a path as somebody types them."""
    from appliance.ops.config import _parsed
    from appliance.store.edits import parse_path

    text = data.decode("utf-8", "replace")
    with contextlib.suppress(LunaError):
        parse_path(text)
    return _parsed(text)


@reader("schema", samples.schema_folders)
def _schema(data: bytes, folder: Path) -> object:
    """The kept schema of an installed engine."""
    from appliance.store.schema import InstalledSchema

    source = InstalledSchema(places(folder), "2026.9.6", "none", lambda: {"type": "object", "properties": {}})
    source.load()
    for path in (places(folder).cache_dir / "schema").glob("*"):
        put(path / "index.json", data)
    return source.load()
