"""The configuration schema of the OpenClaw on this box, asked of it once per release and set of plugins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid
from appliance.places import Places
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.engine.models import Engine
    from appliance.store.schema import Schema

SCHEMA_SECONDS = 60.0
SCHEMA_BYTES = 16 * 1024 * 1024
"""Bytes of a schema that are taken; that of 2026.9.6 has under two million."""
_PLUGIN_FOLDERS = ("extensions", "plugins")


@dataclass(frozen=True)
class EngineSchema:
    """Implements `SchemaSource` of the store."""

    places: Places
    env: Mapping[str, str]

    def load(self) -> Schema | None:
        """From the cache, else asked of the engine; None when there is no engine or it gives no answer."""
        from appliance.engine.find import find_engine
        from appliance.store.schema import InstalledSchema

        engine = find_engine(self.places, self.env)
        if engine is None:
            return None
        digest = plugins_digest(self.places)
        return InstalledSchema(self.places, engine.version, digest, lambda: self._ask(engine)).load()

    def _ask(self, engine: Engine) -> dict[str, Any] | None:
        from appliance.engine.bounded import answer_of
        from appliance.engine.environment import cli_environment

        said = answer_of(
            [*engine.cli, "config", "schema"],
            cli_environment(engine, self.places, self.env),
            seconds=SCHEMA_SECONDS,
            limit=SCHEMA_BYTES,
        )
        try:
            schema = json.loads(said or b"")
        except (ValueError, RecursionError):
            # An engine that cannot say its schema is a finding of its own; the shipped one serves, by name.
            return None
        return schema if isinstance(schema, dict) else None


def plugins_digest(places: Places) -> str:
    """Changes when plugins come or go: their folders, and the section that switches them."""
    import hashlib

    from appliance.store.disk import Disk
    from appliance.store.snapshot import read_raw, snapshot

    names = [
        sorted(path.name for path in (places.state_dir / folder).iterdir())
        for folder in _PLUGIN_FOLDERS
        if (places.state_dir / folder).is_dir()
    ]
    try:
        switched = snapshot(places.config_path, read_raw(places.config_path, Disk())).value.get("plugins")
    except Invalid:
        switched = None
    text = json.dumps([names, switched], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
