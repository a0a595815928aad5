"""Where the parts of an archive go on this box, and what that means for paths in the configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.backup.models import Root
from appliance.store.document import Document
from appliance.store.edits import Edit
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.backup.models import Manifest
    from appliance.places import Places

OWN_RECORD = frozenset({"audit", "history", "receipts", "events"})
"""Parts of our folder that tell what happened on a box: its own go on, those of the archive stand beside."""
STAYS = frozenset({"backup.toml", "backup.key", "fingerprint.key", "backups/config", "backups/archives.json"})
"""Parts of our folder that are only taken where the box has none."""


@dataclass(frozen=True)
class Placed:
    """One part of an archive and where it goes."""

    root: Root
    target: Path
    aside: bool = False
    """It does not take the place of anything: it stands where it can be looked up."""


@dataclass(frozen=True)
class Layout:
    """The places of a box, old beginning of a path to new one; the longest beginning counts."""

    moves: tuple[tuple[str, str], ...]

    def moved(self, path: str) -> str:
        """The same path on this box."""
        for old, new in self.moves:
            if path == old or path.startswith(f"{old}/"):
                return new + path[len(old) :]
        return path

    @property
    def differs(self) -> bool:
        """Whether any path is another one here."""
        return any(old != new for old, new in self.moves)


def layout(manifest: Manifest, places: Places, *, outside: Path | None = None) -> Layout:
    """How paths of the archive's box read on this one.

    `outside`: takes what stood outside of the home, so that a scratch restore touches nothing real.
    """
    about = manifest.about
    moves = {
        about.lunatui_home: str(places.home),
        about.state_dir: str(places.state_dir),
        about.user_home: str(places.user_home),
    }
    if str(Path(about.config_path).parent) not in moves:
        moves[about.config_path] = str(places.config_path)
    if outside is not None:
        known = tuple(moves)
        for number, root in enumerate(manifest.roots):
            if not any(root.path == old or root.path.startswith(f"{old}/") for old in known):
                moves[root.path] = str(outside / str(number) / Path(root.path).name)
    ordered = sorted(moves.items(), key=lambda move: len(move[0]), reverse=True)
    return Layout(tuple(ordered))


def placed(manifest: Manifest, where: Layout, places: Places, archive_id: str) -> Iterator[Placed]:
    """Each part with its place; parts of our folder that the box keeps as they are go beside."""
    earlier = places.home / "earlier" / archive_id
    for root in manifest.roots:
        target = Path(where.moved(root.path))
        if root.kind == "service":
            yield Placed(root, earlier / root.name, aside=True)
        elif root.kind == "lunatui":
            name = root.name.removeprefix("lunatui/")
            beside = name in OWN_RECORD or (name in STAYS and target.exists())
            yield Placed(root, earlier / name if beside else target, aside=beside)
        else:
            yield Placed(root, target)


def rewritten(data: bytes, where: Layout) -> tuple[bytes, tuple[str, ...]]:
    """The configuration with its absolute paths as they read here, comments kept; and what was changed.

    Raises:
        Invalid: `config-syntax`.
    """
    document = Document.parse(data)
    edits = tuple(
        Edit(path, where.moved(text))
        for path, text in _texts(document.value, ())
        if where.moved(text) != text
    )
    return document.apply(edits).data, tuple(edit.name for edit in edits)


def scratch_places(places: Places, home: Path) -> Places:
    """The places of a box whose every folder is inside `home`; only the engine is the machine's."""
    return replace(
        places,
        user_home=home,
        state_dir=home / ".openclaw",
        config_path=home / ".openclaw" / "openclaw.json",
        home=home / "lunatui",
    )


def _texts(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        if value.startswith("/"):
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, str(index)))
