"""`secrets move`: keys in clear go into a store, and their copies are taken out of every file they lie in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeVar

from appliance.errors import LunaError
from appliance.ops.core import Call, Change, Done, Event, Operation, Prepared, Question, Risk, param
from appliance.ops.drive import settled
from appliance.ops.secrets_moving import Moving
from appliance.ops.secrets_vault import PASSPHRASE
from appliance.ops.secrets_wish import Wish, wish_of
from appliance.secret import Secret
from appliance.store.edits import format_path
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance
    from appliance.hygiene.moves import Move

T = TypeVar("T")
_KINDS = {"engine-copy": "engine", "our-copy": "own", "config": "settings", "include": "settings"}
REMAINS = (
    "What a disk keeps of deleted text by itself cannot be excluded: renew a key that others may have seen."
)


@dataclass(frozen=True)
class MoveKeys:
    """Where the keys go, and which."""

    to: Literal["openclaw", "vault"] = param("OpenClaw's own secret store, or our vault.", default="openclaw")
    setting: tuple[str, ...] = param("Only the key at this setting; repeat the flag.", default=())
    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class MovedKey:
    """One key that is in safety."""

    setting: str
    name: str
    """Its name in the store."""
    fingerprint: str


@dataclass(frozen=True)
class KeysMoved:
    """What was done."""

    keys: tuple[MovedKey, ...]
    cleaned: tuple[str, ...]
    """Files from which copies were taken out."""
    left: tuple[str, ...]
    """What still holds a key in clear and why, in words."""
    state: str
    """`saved and in use`, …; `unchanged` when the configuration had no key in clear."""
    note: str
    """What cannot be promised."""


async def move(box: Appliance, params: MoveKeys, call: Call) -> Prepared[KeysMoved]:
    """Find the keys, try the configuration with references in their stead, and list every file first.

    Raises:
        Unreachable: the store is OpenClaw's, and no Gateway runs that could take the keys.
    """
    wish = await _blocking(lambda: wish_of(box, params.to, params.setting))
    if wish.keys and params.to == "openclaw":
        from appliance.ops.provider_trial import require_gateway

        await require_gateway(box)
    changes = [Change(key.name, f"into {_store(params.to)} as {key.move.name}") for key in wish.keys]
    changes += [Change(str(target.path), "take the key out") for target in wish.files]

    async def commit() -> Done[KeysMoved]:
        return await _commit(box, params, wish, call)

    return Prepared(tuple(changes), commit, wish.left, _question(wish, params) if changes else "")


def _question(wish: Wish, params: MoveKeys) -> Question:
    listed = "\n".join(f"  {target.path}" for target in wish.files) or "  none"
    names = ", ".join(key.name for key in wish.keys) or "none left to move"
    text = f"Keys that go into {_store(params.to)}: {names}. They are taken out of these files:\n{listed}"
    kinds = Counter(_KINDS.get(target.place, "other") for target in wish.files)
    counts = {kind: str(kinds[kind]) for kind in ("settings", "engine", "own", "other")}
    counts["settings"] = str(len(wish.keys))
    return Question(f"{text}\n{REMAINS}", keys=str(len(wish.keys)), files=str(len(wish.files)), **counts)


async def _commit(box: Appliance, params: MoveKeys, wish: Wish, call: Call) -> Done[KeysMoved]:
    moving = Moving(box, wish, call)
    state, saved = "unchanged", None
    moves: tuple[Move, ...] = ()
    if wish.keys:
        moves = await _blocking(moving.note)
        call.emit(Event("progress", "Putting the keys into the store…"))
        await _stored(box, params, wish, call)
        state, saved = await _blocking(moving.switch)
        if params.to == "openclaw" or state != "saved, gateway down":
            await _resolved(box, moving)  # where nobody runs, the next start asks the vault
    call.emit(Event("progress", "Taking the copies out…"))
    cleaned, left = await _blocking(moving.clean)
    keys = tuple(MovedKey(format_path(each.setting), each.name, each.fingerprint) for each in moves)
    result = KeysMoved(keys, cleaned, (*wish.left, *left), state, REMAINS)
    return Done(result, None, saved.before_sha256 if saved else "", saved.after_sha256 if saved else "")


async def _blocking(step: Callable[[], T]) -> T:
    """A step on files, in a thread; a cancellation takes effect after it."""

    async def work() -> T:
        return step()

    return await settled(work(), local=True)


async def _stored(box: Appliance, params: MoveKeys, wish: Wish, call: Call) -> None:
    if params.to == "vault":
        await _blocking(lambda: _into_vault(box, params, wish, call))
        return
    from appliance.gateway.calls import secrets_set

    async with box.gateway() as client:
        for key in wish.keys:
            with key.value.expose() as text:
                await secrets_set(client, key.move.name, text)


def _into_vault(box: Appliance, params: MoveKeys, wish: Wish, call: Call) -> None:
    from appliance.ops.secrets_open import note_state, open_or_create
    from appliance.vault import shim

    vault = open_or_create(box, call, params.passphrase)
    for key in wish.keys:
        vault.put(key.move.name, key.value)
    note_state(box, call, vault)
    shim.install(box.places, box.config.disk)


async def _resolved(box: Appliance, moving: Moving) -> None:
    """OpenClaw has read every reference anew; otherwise the configuration is as it was.

    Raises:
        LunaError: `key-unresolved`.
    """
    from appliance.gateway.calls import secrets_reload

    problem = ""
    try:
        async with box.gateway(wait=60.0) as client:
            answer = await secrets_reload(client)
            if not answer.ok or answer.warning_count:
                problem = "OpenClaw could not read every key from its new place"
    except LunaError as error:
        problem = error.message
    if problem:
        await _blocking(moving.put_back)
        raise LunaError(
            f"{problem.rstrip('.')}. The configuration is as it was, and no copy was touched.",
            hint="lunatui gateway status; then try again.",
            code="key-unresolved",
        )


def _store(to: str) -> str:
    return "our vault" if to == "vault" else "OpenClaw's secret store"


MOVE = Operation(
    "secrets.move",
    "Put keys that stand in clear into a store, and take every copy out of the files",
    Risk.CHANGE,
    MoveKeys,
    KeysMoved,
    prepare=move,
    no_undo="A key in clear is what this is to end; the store hands it to the engine and to nobody else.",
)

OPERATIONS = (MOVE,)
