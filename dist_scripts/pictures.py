"""Draws every screen in every state, size and theme to build/pictures, with a page to look at all of them."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from screens.theme import PALETTES  # noqa: E402
from tests.gallery.picture import Picture, picture_of, sheet_of  # noqa: E402
from tests.gallery.registry import SCENES  # noqa: E402
from tests.gallery.stage import shown  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.gallery.scene import Scene

FOLDER = ROOT / "build" / "pictures"
SHEET_COLUMNS = 4
MOST_PIXELS = 30_000
"""A PNG may not be higher."""
PAPER, INK = "#808080", "#ffffff"
NEEDED = {"rsvg-convert": "librsvg2-bin", "fc-list": "fontconfig"}
PAGE = """<!doctype html><meta charset="utf-8"><title>Screens</title>
<style>body{{background:#808080;font-family:sans-serif;margin:1rem}}figure{{display:inline-block;margin:.5rem}}
img{{width:{width}px;display:block}}figcaption,h1,h2,a{{color:#fff}}</style>
<h1>{title}</h1>{body}
"""

Drawn = dict[tuple[str, str], list[Picture]]


def main() -> int:
    """0, or 1 with what is missing named."""
    wanted = _arguments()
    if missing := _missing():
        print(f"Pictures need {', '.join(missing)}: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    scenes = [scene for scene in SCENES if not wanted.only or scene.name.startswith(tuple(wanted.only))]
    if not scenes:
        print(f"No scene begins with {', '.join(wanted.only)}.", file=sys.stderr)
        return 1
    drawn, failed = asyncio.run(_draw(scenes, wanted.theme, wanted.size))
    if FOLDER.exists() and not wanted.only:
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    _write(drawn, wanted.columns)
    for name, error in failed.items():
        print(f"{name}: {error}", file=sys.stderr)
    print(f"{sum(map(len, drawn.values()))} pictures; look at {FOLDER.relative_to(ROOT) / 'index.html'}")
    return int(bool(failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="beginnings of names of scenes; all when left out")
    names = [palette.name for palette in PALETTES]
    parser.add_argument("--theme", action="append", choices=names, help="repeat for more; all when left out")
    parser.add_argument("--size", action="append", help="such as 80x24; all when left out")
    parser.add_argument("--columns", type=int, default=SHEET_COLUMNS, help="pictures beside each other")
    return parser.parse_args()


def _missing() -> list[str]:
    missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if "fontconfig" not in missing:
        fonts = subprocess.run(["fc-list", "Fira Code"], capture_output=True, text=True, check=True).stdout  # noqa: S607
        missing += [] if fonts.strip() else ["fonts-firacode"]
    return missing


async def _draw(
    scenes: Sequence[Scene], themes: Sequence[str] | None, sizes: Sequence[str] | None
) -> tuple[Drawn, dict[str, Exception]]:
    drawn: Drawn = defaultdict(list)
    failed: dict[str, Exception] = {}
    worn = themes or [palette.name for palette in PALETTES]
    for scene in scenes:
        for size in scene.sizes:
            called = f"{size[0]}x{size[1]}"
            if sizes and called not in sizes:
                continue
            try:
                async for theme, rows in shown(scene, size, worn):
                    drawn[theme, called].append(picture_of(scene.name, rows))
            except Exception as error:
                failed[f"{scene.name} {called}"] = error
    return drawn, failed


def _write(drawn: Drawn, columns: int) -> None:
    jobs: list[tuple[Path, str]] = []
    links = []
    for (theme, size), pictures in drawn.items():
        name = f"{theme}-{size}"
        (FOLDER / name).mkdir(exist_ok=True)
        figures = []
        for picture in pictures:
            jobs.append((FOLDER / name / f"{picture.name}.svg", picture.svg))
            image = f"{name}/{picture.name}.png"
            caption = f"<figcaption>{escape(picture.name)}</figcaption>"
            figures.append(f'<figure>{caption}<a href="{image}"><img src="{image}"></a></figure>')
        for number, sheet in enumerate(_sheets(pictures, columns), 1):
            jobs.append((FOLDER / f"sheet-{name}-{number}.svg", sheet.svg))
        _page(f"{name}.html", name, "\n".join(figures))
        links.append(f'<h2><a href="{name}.html">{name}</a></h2>{"".join(figures)}')
    _page("index.html", "Screens", "\n".join(links), width=320)
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(_to_png, jobs))


def _sheets(pictures: Sequence[Picture], columns: int) -> Iterator[Picture]:
    """As many sheets as a PNG can hold."""
    tallest = max(picture.height for picture in pictures) + 64
    rows = max(1, MOST_PIXELS // tallest)
    for at in range(0, len(pictures), rows * columns):
        yield sheet_of(pictures[at : at + rows * columns], columns, PAPER, INK)


def _to_png(job: tuple[Path, str]) -> None:
    path, svg = job
    path.write_text(svg, encoding="utf-8")
    subprocess.run(["rsvg-convert", "--unlimited", "-o", path.with_suffix(".png"), path], check=True)  # noqa: S603, S607


def _page(name: str, title: str, body: str, width: int = 560) -> None:
    (FOLDER / name).write_text(PAGE.format(title=escape(title), body=body, width=width), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
