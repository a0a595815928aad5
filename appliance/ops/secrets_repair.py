"""`secrets repair`: every place says the same and a connection proves it, or the failed step is named."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.hygiene.chain import Link
from appliance.ops.core import Call, Change, Done, Event, Nothing, Operation, Prepared, Risk
from appliance.ops.drive import settled
from appliance.ops.secrets_chain import CHAIN, KeyChain, chain_of, shown, tried
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance
    from appliance.hygiene.chain import Chain
    from appliance.ops.secrets_chain import Tried

OPERATION = "secrets.repair"
TOKEN_BYTES = 24
RESTART_S = 60.0
"""A Gateway that takes up a new key restarts by itself, which takes it 8 to 40 s."""
_WRITABLE = ("variables", "old-variables")
_ELSEWHERE = {
    "process": "The running engine has another key in its environment; the setting wins over it.",
    "service": "A service definition holds another key. Renew it with: openclaw gateway install --force",
    "shell": "This shell holds another key. Remove OPENCLAW_GATEWAY_TOKEN from its start-up file.",
    "setting-variable": "The settings' own variables hold another key.",
}


@dataclass(frozen=True)
class RepairStep:
    """One step and what came of it."""

    name: str
    """`key`, `copies`, `pass`, `restart`, `connection`; `look` for what a person has to mend elsewhere."""
    state: str
    """`done`, `not needed` or `look`."""
    detail: str


@dataclass(frozen=True)
class Repaired:
    """The steps, and the chain afterwards."""

    steps: tuple[RepairStep, ...]
    chain: KeyChain


@dataclass(frozen=True)
class _Need:
    """What is wrong."""

    new_key: bool
    copies: tuple[Link, ...]
    restart: bool
    """The running engine takes another key than its files say."""
    old_pass: bool
    notes: tuple[str, ...]


async def repair(box: Appliance, _params: Nothing, call: Call) -> Prepared[Repaired]:
    """Find out what differs; nothing is touched before somebody has said yes.

    Raises:
        LunaError: `keys-elsewhere`, the key is kept where only OpenClaw itself can read it.
    """
    found, seen = await _looked(box)
    if found.problem:
        raise LunaError(
            f"The key cannot be read here: {found.problem}",
            hint="Set gateway.auth.token, or set the variable it names, and try again.",
            code="keys-elsewhere",
        )
    need = _need(box, found, seen)
    changes = []
    if need.new_key:
        changes.append(Change("gateway.auth.token", "a new key that nobody can guess", "after restart"))
    changes += [Change(link.where, "take the outdated key out") for link in need.copies]
    if need.old_pass:
        changes.append(Change(str(box.places.identity_dir), "forget the outdated pass"))
    if need.restart or need.new_key:
        changes.append(Change("gateway", "restart, so that it takes the key"))

    async def commit() -> Done[Repaired]:
        return Done(await _Repair(box, need, call).run(found))

    return Prepared(tuple(changes), commit, need.notes)


async def _looked(box: Appliance) -> tuple[Chain, Tried]:
    import asyncio

    found = await chain_of(box)
    return found, await asyncio.to_thread(tried, box)


def _need(box: Appliance, found: Chain, seen: Tried) -> _Need:
    differing = [link for link in found.links if link.state == "differs"]
    copies = tuple(link for link in differing if link.place in _WRITABLE)
    notes = tuple(_ELSEWHERE[link.place] for link in differing if link.place in _ELSEWHERE)
    has_pass = (box.places.identity_dir / "device-tokens.json").exists()
    return _Need(
        new_key=not found.winner,
        copies=copies,
        restart=bool(found.winner) and seen.connection == "refused",
        old_pass=has_pass and seen.asked and seen.paired is None,
        notes=notes,
    )


class _Repair:
    """The steps in their order; the first that fails is named."""

    def __init__(self, box: Appliance, need: _Need, call: Call) -> None:
        self._box = box
        self._need = need
        self._call = call
        self._steps: list[RepairStep] = []

    async def run(self, found: Chain) -> Repaired:
        need = self._need
        await self._step("key", need.new_key, "a new key was made", self._new_key)
        await self._step("copies", bool(need.copies), "outdated keys were taken out", self._clean)
        await self._step("pass", need.old_pass, "the outdated pass is forgotten", self._forget_pass)
        if need.restart or (need.new_key and not found.winner):
            await self._restart()
        self._steps += [RepairStep("look", "look", note) for note in need.notes]
        whole = await self._verified()
        return Repaired(tuple(self._steps), whole)

    async def _step(self, name: str, wanted: bool, words: str, work: Callable[[], None]) -> None:
        if not wanted:
            self._steps.append(RepairStep(name, "not needed", ""))
            return

        async def go() -> None:
            work()

        self._call.emit(Event("step", words, {"step": name}))
        try:
            await settled(go(), local=True)
        except LunaError as error:
            raise _failed(name, error) from error
        self._steps.append(RepairStep(name, "done", words))

    def _new_key(self) -> None:
        import os

        from appliance.store.edits import Edit

        config = self._box.config
        edits = [
            Edit(("gateway", "auth", "mode"), "token"),
            Edit(("gateway", "auth", "token"), os.urandom(TOKEN_BYTES).hex()),
        ]
        config.save(
            config.prepare(edits), operation=OPERATION, actor=self._call.actor, why="there was no key"
        )

    def _clean(self) -> None:
        from appliance.hygiene.rewriting import rewrite
        from appliance.hygiene.scrub import without_variable

        for link in self._need.copies:
            if link.file is not None:
                change = partial(without_variable, name=link.name)
                rewrite(link.file, change, self._box.config.disk)

    def _forget_pass(self) -> None:
        self._box.identity().keep_token(self._box.endpoint().address, "")

    async def _restart(self) -> None:
        from appliance.ops.gateway import StartGateway, restart

        if (await self._box.supervisor.status()).state == "stopped":
            return
        self._call.emit(Event("step", "Restarting the engine…", {"step": "restart"}))
        try:
            await (await restart(self._box, StartGateway(), self._call)).commit()
        except LunaError as error:
            raise _failed("restart", error) from error
        self._steps.append(RepairStep("restart", "done", "the engine was restarted"))

    async def _verified(self) -> KeyChain:
        """A connection with everything this program shows, and the chain as it is now."""
        self._call.emit(Event("step", "Trying the connection…", {"step": "connection"}))
        try:
            async with self._box.gateway(wait=RESTART_S if self._need.restart or self._need.new_key else 0.0):
                pass
        except LunaError as error:
            raise _failed("connection", error) from error
        self._steps.append(RepairStep("connection", "done", "the engine let this program in"))
        found, seen = await _looked(self._box)
        return shown(self._box, found, seen)


def _failed(step: str, error: LunaError) -> LunaError:
    words = f"The step “{step}” failed: {error.message}"
    return LunaError(words, hint=error.hint, code=f"keys-repair-{step}", facts={"cause": error.code})


REPAIR = Operation(
    OPERATION,
    "Make every place say the same key, and prove it with a connection",
    Risk.DANGER,
    Nothing,
    Repaired,
    prepare=repair,
    consequence=lambda _params: (
        "Outdated copies of the connection key go, the engine restarts if it still takes another one, "
        "and whoever connects with an old key has to be given the new one."
    ),
    no_undo="An outdated key is of no use to anybody.",
)

OPERATIONS = (CHAIN, REPAIR)
