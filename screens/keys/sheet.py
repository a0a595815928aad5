"""Stray keys and the chain of keys in the owner's words: their rows, and each in full."""

from __future__ import annotations

from calendar import timegm
from collections import Counter
from dataclasses import dataclass
from time import strptime
from typing import TYPE_CHECKING

from appliance.ops.core import Nothing
from appliance.ops.secrets_chain import CHAIN
from appliance.ops.secrets_move import MOVE, MoveKeys
from appliance.ops.secrets_repair import REPAIR
from appliance.ops.secrets_scan import SCAN, StrayKey
from screens.ages import short_age
from screens.command_line import command_line
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Section, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.ops.secrets_chain import ChainLink, KeyChain
    from appliance.ops.secrets_scan import Scan
    from screens.words import Words

_SURE = {
    "certain": ("lies-open", "look", "▲"),
    "likely": ("likely", "look", "▲"),
    "possible": ("maybe", "muted", "◌"),
}
_LINK = {
    "wins": ("good", "●"), "same": ("good", "✓"), "known": ("good", "✓"), "differs": ("look", "▲"),
    "unreadable": ("look", "▲"), "waiting": ("need", "▲"), "outdated": ("look", "▲"),
}  # fmt: skip
_OWN = ("device", "device-token")
_DOOR = {"accepted": ("good", "✓"), "refused": ("bad", "✗"), "not possible": ("bad", "✗")}


@dataclass(frozen=True)
class Stray:
    """One key wherever it lies."""

    spots: tuple[StrayKey, ...]

    @property
    def movable(self) -> bool:
        """Whether it can be put into safety."""
        return any(spot.movable for spot in self.spots)


def records(scan: Scan, chain: KeyChain | None, words: Words, now: float) -> Iterator[Record]:
    """What needs a look first, then the way into the engine, then the places of its key."""
    strays = strays_of(scan)
    age = _age(scan.at, words, now)
    if not strays:
        cells = (words("keys.all-well"), words("keys.nowhere", count=scan.files), _cell(words, "fine"), age)
        yield Record("scan", cells, scan)
    for stray in strays:
        files = len({spot.path for spot in stray.spots})
        cells = (title_of(stray, words), words("keys.files", count=files), _state(stray, words), age)
        yield Record(f"stray.{stray.spots[0].fingerprint}", cells, stray)
    if scan.open_files:
        state = Cell(words("keys.open.state"), "look", "▲")
        count = words("keys.open.count", count=len(scan.open_files))
        yield Record("open", (words("keys.open.name"), count, state, age), scan.open_files)
    if chain is not None:
        yield Record("door", (words("keys.door.name"), _with(chain, words), _door(chain, words), age), chain)
        for number, link in enumerate(chain.links):
            yield Record(f"link.{number}.{link.place}", _link_cells(link, words, now), link)


def strays_of(scan: Scan) -> list[Stray]:
    """The same key at several places is one."""
    found: dict[str, list[StrayKey]] = {}
    for spot in scan.keys:
        found.setdefault(spot.fingerprint, []).append(spot)
    return [Stray(tuple(spots)) for spots in found.values()]


def title_of(stray: Stray, words: Words) -> str:
    """Whose key it is, as far as its place or its shape tells."""
    for spot in stray.spots:
        parts = spot.where.split(".")
        if parts[:2] == ["models", "providers"] and len(parts) > 2:
            known = f"wizard.brain.{parts[2]}.title"
            return words("keys.kind.of", name=words(known) if known in words else parts[2])
        if parts[0] == "channels" and len(parts) > 1:
            return words("keys.kind.of", name=parts[1].capitalize())
    return words(f"keys.kind.{stray.spots[0].kind}")


def stray_sheet(stray: Stray, words: Words) -> Sheet:
    """One key in full."""
    state = _state(stray, words)
    count = Counter(spot.place for spot in {(spot.path, spot.place): spot for spot in stray.spots}.values())
    places = [f"{words(f'keys.in.{place}')}{f' ({n})' if n > 1 else ''}" for place, n in count.items()]
    advice = words("keys.move" if stray.movable else "keys.move-no")
    return Sheet(
        title=title_of(stray, words),
        subtitle=words("keys.why-open"),
        facts=(Fact(words("keys.state"), state.text, state.meaning, state.glyph),),
        sections=(
            Section(words("keys.where"), "\n".join(places)),
            Section(words("keys.can-move"), advice),
        ),
        technical=(
            Fact("fingerprint", stray.spots[0].fingerprint),
            Fact("kind", stray.spots[0].kind),
            Fact("sure", stray.spots[0].sure),
        ),
        raw=tuple(Section(spot.path, spot.where) for spot in stray.spots),
        commands=(command_line(SCAN, Nothing()), command_line(MOVE, MoveKeys())),
    )


def scan_sheet(scan: Scan, words: Words) -> Sheet:
    """Nothing lies about."""
    return Sheet(
        title=words("keys.all-well"),
        subtitle=words("keys.why-well"),
        facts=(
            Fact(words("keys.looked-at"), str(scan.files)),
            Fact(words("keys.left-out"), str(len(scan.left_out))),
        ),
        technical=tuple(Fact("expected", f"{key.path}: {key.where}") for key in scan.expected),
        raw=(Section("left out", "\n".join(scan.left_out)),) if scan.left_out else (),
        commands=(command_line(SCAN, Nothing()),),
    )


def open_sheet(scan: Scan, words: Words) -> Sheet:
    """What others on the box can reach."""
    return Sheet(
        title=words("keys.open.name"),
        subtitle=words("keys.open.text"),
        facts=(Fact(words("keys.state"), words("keys.open.state"), "look", "▲"),),
        technical=tuple(Fact(item.mode, f"{item.path} → {item.wanted}") for item in scan.open_files),
        commands=(command_line(SCAN, Nothing()),),
    )


def door_sheet(chain: KeyChain, words: Words) -> Sheet:
    """Whether this program gets in."""
    state = _door(chain, words)
    return Sheet(
        title=words("keys.door.name"),
        subtitle=words(f"keys.door.text-{chain.connection.replace(' ', '-')}"),
        facts=(Fact(words("keys.state"), state.text, state.meaning, state.glyph),),
        technical=(Fact("connection", chain.connection), Fact("problem", chain.problem)),
        commands=(command_line(CHAIN, Nothing()), command_line(REPAIR, Nothing())),
    )


def link_sheet(link: ChainLink, words: Words) -> Sheet:
    """One place of the chain."""
    state = _link_state(link, words)
    return Sheet(
        title=words(f"keys.link.{link.place}"),
        subtitle=words("keys.link.text-device" if link.place in _OWN else "keys.link.text"),
        facts=(Fact(words("keys.state"), state.text, state.meaning, state.glyph),),
        sections=(Section(words("keys.can-move"), words("keys.link.first")),) if link.first_mismatch else (),
        technical=(
            Fact("where", link.where),
            Fact("fingerprint", link.fingerprint),
            Fact("changed", link.changed),
            Fact("detail", link.detail),
        ),
        commands=(command_line(CHAIN, Nothing()), command_line(REPAIR, Nothing())),
    )


def _link_cells(link: ChainLink, words: Words, now: float) -> tuple[Cell | str, ...]:
    age = _age(link.changed, words, now) if link.changed else ""
    of = words("keys.link.of-device" if link.place in _OWN else "keys.link.of")
    return words(f"keys.link.{link.place}"), of, _link_state(link, words), age


def _link_state(link: ChainLink, words: Words) -> Cell:
    meaning, glyph = _LINK.get(link.state, ("muted", "◌"))
    return Cell(words(f"keys.link-state.{link.state.replace(' ', '-')}"), meaning, glyph)


def _state(stray: Stray, words: Words) -> Cell:
    word, meaning, glyph = _SURE[stray.spots[0].sure]
    return Cell(words(f"keys.{word}"), meaning, glyph)


def _door(chain: KeyChain, words: Words) -> Cell:
    meaning, glyph = _DOOR.get(chain.connection, ("muted", "◌"))
    return Cell(words(f"keys.door.{chain.connection.replace(' ', '-')}"), meaning, glyph)


def _with(chain: KeyChain, words: Words) -> str:
    return words("keys.door.stopped" if chain.connection == "down" else "keys.door.with")


def _cell(words: Words, word: str) -> Cell:
    return Cell(words(f"keys.{word}"), "good", "✓")


def _age(stamp: str, words: Words, now: float) -> str:
    """Within a day how long ago, before that the day."""
    return short_age(words, _seconds(stamp), now)


def _seconds(stamp: str) -> float:
    """An ISO time in UTC as seconds since 1970."""
    return float(timegm(strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")))
