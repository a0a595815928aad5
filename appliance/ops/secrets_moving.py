"""The steps of moving keys into a store, each of which can be killed and done again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.ops.secrets_wish import LIVE, used_variables
from appliance.store.edits import Edit

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.hygiene.models import Target
    from appliance.hygiene.moves import Move
    from appliance.ops.core import Call
    from appliance.ops.secrets_wish import Wish
    from appliance.store.save import Saved

OPERATION = "secrets.move"


class Moving:
    """One move on its way."""

    def __init__(self, box: Appliance, wish: Wish, call: Call) -> None:
        self._box = box
        self._wish = wish
        self._call = call
        self._saved: Saved | None = None

    def note(self) -> tuple[Move, ...]:
        """Remember by fingerprint what is begun."""
        from appliance.hygiene.moves import note

        secret = self._box.fingerprint_key()
        moves = tuple(replace(key.move, fingerprint=key.value.fingerprint(secret)) for key in self._wish.keys)
        note(self._box.places, moves)
        return moves

    def switch(self) -> tuple[str, Saved]:
        """Save the references in place of the keys; returns whether the Gateway uses them."""
        from appliance.ops.in_use import Watch

        if self._wish.prepared is None:
            raise TypeError("there is nothing to switch")
        with Watch(self._box) as watch:
            saved = self._box.config.save(
                self._wish.prepared, operation=OPERATION, actor=self._call.actor, why="keys into a store"
            )
            return watch.outcome().state, saved

    def put_back(self) -> None:
        """The keys as they stood, as far as nobody changed the settings again."""
        config = self._box.config
        edits = []
        for key in self._wish.keys:
            with key.value.expose() as text:
                edits.append(Edit(key.move.setting, text, key.move.reference))
        config.save(
            config.prepare(edits),
            operation=OPERATION,
            actor=self._call.actor,
            why="a key could not be read back",
        )

    def clean(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Take the copies out, file by file; returns which, and what could not be done."""
        cleaned, left = [], []
        for target in self._targets():
            try:
                if self._clean(target):
                    cleaned.append(str(target.path))
            except LunaError as error:
                left.append(f"{target.path}: {error.message}")
        return tuple(cleaned), tuple(left)

    def _targets(self) -> list[Target]:
        """Those found before, and the copies that the save itself has made meanwhile."""
        from appliance.hygiene.targets import targets

        places = self._box.places
        copies = [
            item for item in targets(places, self._box.env) if item.place in ("our-copy", "engine-copy")
        ]
        return list({item.path: item for item in (*self._wish.files, *copies)}.values())

    def _clean(self, target: Target) -> bool:
        from appliance.hygiene.rewriting import rewrite
        from appliance.hygiene.scrub import scrubbed

        config, safe = self._box.config, self._wish.safe
        used = used_variables(config.read().value)
        backups = config.places.backups_dir / "config"
        if target.path.parent == backups and target.path.suffix == ".json5":
            with config.locked():
                before = config.backups.read(target.path.stem)
                after = scrubbed(before, "settings", safe, used)
                if after != before:
                    config.backups.rewrite(target.path.stem, after)
            return after != before

        def change(data: bytes) -> bytes:
            after = scrubbed(data, target.form, safe, used)
            return after if target.place not in LIVE or _says_the_same(data, after) else data

        with config.locked():
            done = rewrite(target.path, change, config.disk, config.hook)
            if done and target.place == "config":
                config.known(target.path).keep(config.read_raw().data)
            return done


def _says_the_same(before: bytes, after: bytes) -> bool:
    """Whether only remarks differ: settings of the file in use are changed by a save, and by nothing else."""
    from appliance.store.document import Document

    try:
        return Document.parse(before).value == Document.parse(after).value
    except LunaError:
        return False
