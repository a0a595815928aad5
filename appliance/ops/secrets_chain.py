"""`secrets chain`: where the Gateway's own key comes from, what wins, and whether it opens the door."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid, LunaError
from appliance.ops.core import Call, Nothing, Operation, Risk, Verdict
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.hygiene.chain import Chain, Link


@dataclass(frozen=True)
class ChainLink:
    """One place."""

    place: str
    """`setting`, `process`, `service`, `variables`, `old-variables`, `setting-variable`, `remote`, `shell`,
    `device-token` or `device`."""
    where: str
    """A path into the settings, a file and a variable, or an id."""
    state: str
    """`wins`, `same`, `differs`, `unused`, `unreadable`, `missing`; of the device also `known`, `waiting`,
    `unknown`, `outdated`, `not checked`."""
    fingerprint: str
    """Empty where there is nothing."""
    changed: str
    """When its file was last written, UTC; empty when nobody can say."""
    first_mismatch: bool
    detail: str


@dataclass(frozen=True)
class KeyChain:
    """The chain, and what came of trying it."""

    links: tuple[ChainLink, ...]
    """In the order in which the Gateway looks; this program's own credentials last."""
    connection: str
    """`accepted`, `refused`, `down` or `not possible`."""
    problem: str
    """In words, when it was not accepted."""
    whole: bool
    """Every place says the same, and the door opened."""


@dataclass(frozen=True)
class Tried:
    """What a connection with the key of the files showed."""

    connection: str
    problem: str = ""
    paired: Mapping[str, Any] | None = None
    """OpenClaw's entry of this program; None when it has none or was not asked."""
    waiting: str = ""
    """Id of a request of this program's that waits for a person."""
    asked: bool = False


async def look(box: Appliance, _params: Nothing, _call: Call) -> KeyChain:
    """Read every place, compare, and knock at the Gateway's door with what this program would show."""
    found = await chain_of(box)
    return shown(box, found, tried(box))


async def chain_of(box: Appliance) -> Chain:
    """The chain with the environment of the running Gateway in it, where that can be seen."""
    from appliance.hygiene.chain import chain

    try:
        value: dict[str, Any] = box.config.read().value
    except Invalid:
        value = {}
    pid = (await box.supervisor.status()).pid
    return chain(value, box.places, box.env, _environment(box, pid))


def _environment(box: Appliance, pid: int | None) -> dict[str, str] | None:
    """Of the running Gateway, ours or another of this user's."""
    import psutil

    from appliance.gateway.probe import listener

    if pid is None:
        holder = listener(box.endpoint().port)
        pid = holder.pid if holder and holder.looks_like_gateway and holder.pid else None
    if pid is None:
        return None
    try:
        return psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return None


def tried(box: Appliance) -> Tried:
    """Knock without a device first: only so the shared key itself is judged."""
    from appliance.gateway.faults import GatewayRefused, GatewayUnreachable
    from appliance.gateway.oneshot import OneShot
    from appliance.ops.in_use import OPEN_S

    try:
        with OneShot(box.endpoint(), open_seconds=OPEN_S):
            pass
    except GatewayUnreachable as error:
        return Tried("down", error.message)
    except GatewayRefused as error:
        return Tried("refused", error.message)
    except LunaError as error:
        return Tried("not possible", error.message)
    if box.read_only:
        return Tried("accepted")
    try:
        with OneShot(box.endpoint(), identity=box.identity(), open_seconds=OPEN_S) as caller:
            return _asked(caller.ask("device.pair.list", {}), box.identity().device_id)
    except LunaError as error:
        return Tried("accepted", error.message)


def _asked(answer: Any, device: str) -> Tried:
    """Entries of `device.pair.list` (gateway-core §2.7) that are this program's."""
    table = answer if isinstance(answer, dict) else {}

    def ours(name: str) -> Mapping[str, Any] | None:
        rows = table.get(name)
        return next(
            (row for row in rows if isinstance(row, dict) and row.get("deviceId") == device)
            if isinstance(rows, list)
            else iter(()),
            None,
        )

    waiting = ours("pending") or {}
    return Tried("accepted", "", ours("paired"), str(waiting.get("requestId", "")), asked=True)


def shown(box: Appliance, found: Chain, seen: Tried) -> KeyChain:
    """Chain and connection as plain data."""
    from appliance.ops.secrets_scan import passing_key

    secret = passing_key(box) if box.read_only else box.fingerprint_key()
    first = found.first_mismatch
    links = [_link(link, secret, is_first=link is first) for link in found.links]
    links += [*_device_links(box, seen, secret)]
    good = ("wins", "same", "missing", "unused", "known", "not checked")
    agree = found.first_mismatch is None and all(link.state in good for link in links)
    problem = seen.problem or found.problem
    return KeyChain(tuple(links), seen.connection, problem, agree and seen.connection == "accepted")


def _link(link: Link, secret: bytes, *, is_first: bool) -> ChainLink:
    print_ = link.value.fingerprint(secret) if link.value else ""
    return ChainLink(link.place, link.where, link.state, print_, _moment(link.changed), is_first, link.detail)


def _device_links(box: Appliance, seen: Tried, secret: bytes) -> list[ChainLink]:
    """What this program itself can show: its device, and the pass the Gateway gave it."""
    from appliance.gateway.identity import SEED_NAME, TOKENS_NAME
    from appliance.secret import Secret

    folder = box.places.identity_dir
    if not (folder / SEED_NAME).exists():
        return []
    identity = box.identity()
    state = "not checked"
    if seen.asked:
        state = "known" if seen.paired else "waiting" if seen.waiting else "unknown"
    changed = _mtime(folder / SEED_NAME)
    device = ChainLink("device", identity.device_id[:12], state, "", _moment(changed), False, seen.waiting)
    token = identity.token_for(box.endpoint().address)
    if not token:
        return [device]
    state = "outdated" if seen.asked and not seen.paired else "not checked"
    print_ = Secret(token).fingerprint(secret)
    when = _moment(_mtime(folder / TOKENS_NAME))
    return [device, ChainLink("device-token", box.endpoint().address, state, print_, when, False, "")]


def _mtime(path: Any) -> float | None:
    try:
        return float(path.lstat().st_mtime)
    except OSError:
        return None


def _moment(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""


def _verdict(found: KeyChain) -> Verdict:
    if found.whole:
        return Verdict.DONE
    return Verdict.UNREACHABLE if found.connection == "down" else Verdict.FINDINGS


CHAIN = Operation(
    "secrets.chain",
    "Every place the Gateway's own key comes from, which one wins, and the first that differs",
    Risk.READ,
    Nothing,
    KeyChain,
    run=look,
    local=True,
    verdict=_verdict,
)
