"""Every scene of the gallery looks as it was accepted, at every size, and means the same in every theme.

`LUNATUI_ACCEPT_SNAPSHOTS=1 python -m pytest tests/unit/screens/test_snapshots.py` accepts what there is now.
Below each line (`|`) stand the roles of its characters (`:`, letters in tests/gallery/frames.py) and of the
grounds that are not the screen's own (`_`).
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from screens.theme import DEFAULT, PALETTES
from tests.gallery.frames import frame_of, has_roles, palette_of, strangers
from tests.gallery.registry import SCENES
from tests.gallery.scene import Scene
from tests.gallery.stage import shown

FOLDER = Path(__file__).parent / "snapshots"
ACCEPTS = bool(os.environ.get("LUNATUI_ACCEPT_SNAPSHOTS"))
OTHERS = tuple(palette.name for palette in PALETTES if has_roles(palette) and palette.name != DEFAULT)
"""The other themes in which every role has a colour of its own."""


@pytest.mark.no_cover
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_scene(scene: Scene) -> None:
    sizes = scene.sizes[: scene.held]
    themes = (DEFAULT, *OTHERS) if scene.held > 1 else (DEFAULT,)
    frames = [await _frame(scene, size, themes if size == sizes[0] else (DEFAULT,)) for size in sizes]
    found = "\n".join(frames)
    path = FOLDER / f"{scene.name}.txt"
    if ACCEPTS:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"{scene.name} was never accepted (see the head of this file)"
    accepted = path.read_text(encoding="utf-8")
    assert found == accepted, _difference(accepted, found)


def test_each_snapshot_has_its_scene() -> None:
    names = [scene.name for scene in SCENES]
    assert len(names) == len(set(names))
    assert {path.stem for path in FOLDER.iterdir()} == set(names)


async def _frame(scene: Scene, size: tuple[int, int], themes: tuple[str, ...]) -> str:
    """The scene in the first theme; in all others it has to say the same."""
    first = ""
    async for theme, rows in shown(scene, size, themes):
        palette = palette_of(theme, scene.brand)
        assert strangers(rows, palette) == set(), f"colours that {theme} does not know"
        frame = frame_of(rows, palette)
        first = first or frame
        assert frame == first, f"{theme} says something else:\n{_difference(first, frame)}"
    return f"== {size[0]}x{size[1]}\n{first}\n"


def _difference(before: str, after: str) -> str:
    return "\n".join(
        difflib.unified_diff(before.split("\n"), after.split("\n"), "accepted", "now", lineterm="")
    )
