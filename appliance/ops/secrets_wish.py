"""What a move of keys into a store would do: which keys, under which names, out of which files."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Refused, Usage
from appliance.hygiene.models import Located, Target
from appliance.hygiene.moves import Move
from appliance.hygiene.scrub import Safe
from appliance.ops.secrets_scan import passing_key
from appliance.secret import Secret
from appliance.store.edits import Edit, format_path, lookup, parse_path
from appliance.store.prepared import PreparedSave
from appliance.values import dataclass
from appliance.vault.references import ALIAS, entry_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from appliance.api import Appliance

CLEANED = ("engine-copy", "our-copy", "variables", "config", "include")
"""Places whose copies are taken out; records and logs are only reported."""
LIVE = ("config", "include")


@dataclass(frozen=True)
class Key:
    """A key of the configuration that is moved."""

    value: Secret = field(repr=False)
    move: Move
    """What it becomes."""

    @property
    def name(self) -> str:
        """The setting as people write it."""
        return format_path(self.move.setting)


@dataclass(frozen=True)
class Wish:
    """A checked request."""

    keys: tuple[Key, ...]
    safe: tuple[Safe, ...] = field(repr=False)
    """All that is to be taken out of files, earlier moves' too."""
    files: tuple[Target, ...]
    """Where it lies."""
    left: tuple[str, ...]
    """What stays in clear, and why."""
    prepared: PreparedSave | None


def wish_of(box: Appliance, to: str, only: Sequence[str]) -> Wish:
    """What a move would do now.

    Raises:
        Usage: a setting was named that holds no key in clear.
        Refused: `gateway-key-stays`, the Gateway's own key was named.
        LunaError: the configuration cannot be read or edited.
    """
    from appliance.hygiene.search import is_expected, search

    seen = [
        item
        for item in search(box.places, box.env, box.config).located
        if not is_expected(item.target, item.spot)
    ]
    value, secret = box.config.read().value, passing_key(box)
    found = [item for item in seen if item.target.place == "config" and item.spot.setting]
    wanted = _chosen(found, only)
    asks = _asks_vault(box, value, to)
    keys, left = [], []
    names: set[str] = set()
    for item in wanted:
        move = _move_of(value, item, to, secret, names)
        problem = _problem(box, move, asks)
        if problem:
            left.append(f"{format_path(item.spot.setting)}: {problem}")
        else:
            keys.append(Key(item.spot.value, move))
            names.add(move.name)
    safe = _safe(box, value, keys, seen, secret)
    edits = [*asks, *(Edit(key.move.setting, key.move.reference) for key in keys)]
    prepared = box.config.prepare(edits) if keys else None
    live = prepared.after if prepared else box.config.read().data
    files = tuple(_files(box, safe, value, live))
    return Wish(tuple(keys), safe, files, (*left, *dict.fromkeys(_kept(seen, safe, secret, value))), prepared)


def _chosen(found: Sequence[Located], only: Sequence[str]) -> list[Located]:
    paths = {parse_path(text) for text in only}
    _refuse_gateway_key(paths)
    missing = paths - {item.spot.setting for item in found}
    if missing:
        named = format_path(sorted(missing)[0])
        raise Usage(
            f"{named} holds no key in clear.",
            hint="lunatui secrets scan lists what does.",
            code="no-key-there",
        )
    return [item for item in found if not paths or item.spot.setting in paths]


def _refuse_gateway_key(paths: set[tuple[str, ...]]) -> None:
    from appliance.hygiene.search import GATEWAY_KEYS

    if stays := sorted(paths & GATEWAY_KEYS):
        raise Refused(
            f"{format_path(stays[0])} stays in openclaw.json: every program that talks to the Gateway reads "
            "it there, lunatui too, and none of them could follow it into a store.",
            hint="The file is open to its owner only. lunatui secrets repair keeps all its readers in step.",
            code="gateway-key-stays",
        )


def _move_of(value: Mapping[str, object], item: Located, to: str, secret: bytes, taken: set[str]) -> Move:
    setting = item.spot.setting
    name = _name(value, setting, to)
    while name in taken:
        name += "_2"
    source, provider = ("exec", ALIAS) if to == "vault" else ("store", "default")
    return Move(item.spot.value.fingerprint(secret), setting, source, provider, name)


def _name(value: Mapping[str, object], setting: tuple[str, ...], to: str) -> str:
    """For a provider's key the name that adding one would give it; for others one made of the setting."""
    from appliance.ops.secrets_key import name_in_vault
    from appliance.providers.keys import secret_name
    from appliance.providers.slots import free_slot

    is_providers = setting[:2] == ("models", "providers") and setting[3:] == ("apiKey",)
    if to == "vault":
        return name_in_vault(None, setting[2] if is_providers else "-".join(setting))
    return free_slot(value, setting[2]) if is_providers else secret_name("-".join(setting))


def _asks_vault(box: Appliance, value: dict[str, object], to: str) -> tuple[Edit, ...]:
    """What makes OpenClaw ask our vault, where it does not yet."""
    if to != "vault":
        return ()
    from appliance.ops.secrets_key import refuse_other_program
    from appliance.vault import shim

    refuse_other_program(value, box)
    return entry_edits(value, shim.path_of(box.places))


def _problem(box: Appliance, move: Move, asks: Sequence[Edit]) -> str:
    """Why no reference can stand at this setting; the schema of the installed release decides."""
    try:
        box.config.prepare([*asks, Edit(move.setting, move.reference)])
    except LunaError as error:
        return f"no reference can stand there ({error.message.splitlines()[0]})"
    return ""


def _safe(
    box: Appliance, value: Mapping[str, object], keys: Sequence[Key], seen: Iterable[Located], secret: bytes
) -> tuple[Safe, ...]:
    """The keys of this move, and those of earlier ones whose copies are still about."""
    from appliance.hygiene.moves import noted

    places: dict[str, list[tuple[str, ...]]] = {}
    values: dict[str, tuple[Secret, Move]] = {key.move.fingerprint: (key.value, key.move) for key in keys}
    earlier = [move for move in noted(box.places) if lookup(value, move.setting) == move.reference]
    for move in (*earlier, *(key.move for key in keys)):
        places.setdefault(move.fingerprint, []).append(move.setting)
    known = {move.fingerprint: move for move in earlier}
    for item in seen:
        print_ = item.spot.value.fingerprint(secret)
        if print_ in known and print_ not in values:
            values[print_] = (item.spot.value, known[print_])
    return tuple(
        Safe(value, tuple(dict.fromkeys(places[print_])), move.reference)
        for print_, (value, move) in values.items()
    )


def _files(box: Appliance, safe: Sequence[Safe], now: Mapping[str, object], live: bytes) -> Iterator[Target]:
    """Every file that holds a copy to be taken out; `live`: openclaw.json as it will be without the keys."""
    from appliance.hygiene.reading import NotRead, read_bounded
    from appliance.hygiene.scrub import scrubbed
    from appliance.hygiene.targets import targets

    for target in targets(box.places, box.env) if safe else ():
        if target.place not in CLEANED:
            continue
        try:
            data = live if target.place == "config" else read_bounded(target.path)
        except NotRead:
            continue
        if data and scrubbed(data, target.form, safe, used_variables(now)) != data:
            yield target


def _kept(
    seen: Iterable[Located], safe: Sequence[Safe], secret: bytes, now: Mapping[str, object]
) -> Iterator[str]:
    """What keeps its copy, and why."""
    prints = {item.value.fingerprint(secret) for item in safe}
    settings = {setting for item in safe for setting in item.settings}
    for item in seen:
        target, spot = item.target, item.spot
        if spot.value.fingerprint(secret) not in prints:
            continue
        if target.place == "variables" and spot.where in used_variables(now):
            yield f"{target.path}: the configuration still takes {spot.where} from there"
        elif target.place in LIVE and spot.setting and spot.setting not in settings:
            yield f"{target.path}: {spot.where} holds the same key"
        elif target.place not in CLEANED:
            yield f"{target.path}: {spot.where}"


def used_variables(value: object) -> frozenset[str]:
    """Names of the variables that the configuration takes something from."""
    if isinstance(value, dict):
        name = value.get("id") if value.get("source") == "env" else None
        own = {name} if isinstance(name, str) else set()
        return frozenset(own).union(*map(used_variables, value.values()))
    if isinstance(value, list):
        return frozenset().union(*map(used_variables, value))
    return (
        frozenset(re.findall(r"\$\{([A-Z_][A-Z0-9_]*)\}", value)) if isinstance(value, str) else frozenset()
    )
