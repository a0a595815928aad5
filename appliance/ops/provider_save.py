"""Saving a provider: the key stored, the settings saved, tested through OpenClaw, undone if that fails."""

from __future__ import annotations

import asyncio
from dataclasses import field, replace
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Note
from appliance.ops.config_edit import put_back, way_back
from appliance.ops.core import Call, Change, Done, Event, Prepared
from appliance.ops.drive import settled
from appliance.ops.provider_trial import NO_TOOLS, ProviderStep, probe_through_openclaw
from appliance.ops.secrets_key import leaving_vault
from appliance.providers.catalog import ProviderKind
from appliance.providers.models import ProviderSettings
from appliance.providers.trials import Trial
from appliance.store.edits import Edit
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.client import GatewayClient
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved


@dataclass(frozen=True)
class ProviderAdded:
    """The provider as it was saved."""

    provider: str
    models: tuple[str, ...]
    default_model: str
    """The default model of the box afterwards."""
    state: str
    """`saved and in use`, …; `unchanged` when nothing had to change."""
    steps: tuple[ProviderStep, ...]


@dataclass(frozen=True)
class Wish:
    """A checked request."""

    operation: str
    """In whose name it is saved."""
    settings: ProviderSettings
    kind: ProviderKind
    key: str = field(repr=False)
    edits: tuple[Edit, ...]
    old_slot: str
    tested: tuple[ProviderStep, ...]
    trial: Trial
    """What is remembered of the test, once OpenClaw agrees."""
    sets_default: bool
    anyway: bool = False
    """It is kept even where a test fails."""
    removes: tuple[str, ...] = ()
    """Settings it may remove."""


async def as_prepared(box: Appliance, wish: Wish, call: Call) -> Prepared[ProviderAdded]:
    """A checked request as a change."""
    prepared = await asyncio.to_thread(box.config.prepare, wish.edits, may_remove=wish.removes)
    changes = [Change(item.name, "set", "now") for item in prepared.changes]
    if wish.key:
        changes.append(Change(f"secret {wish.settings.secret}", "store the key in OpenClaw's secret store"))

    async def commit() -> Done[ProviderAdded]:
        return await save(box, wish, prepared, call)

    notes = (*prepared.warnings, *leaving_vault(box, wish.settings.id, wish.key), *_failed_already(wish))
    return Prepared(tuple(changes), commit, notes, NO_TOOLS if _is_weak_default(wish) else "")


def _failed_already(wish: Wish) -> tuple[Note, ...]:
    """Saved all the same: what its test said."""
    if wish.trial.ok:
        return ()
    words = f"{wish.kind.title} did not pass its test and is saved all the same: {wish.trial.code}."
    return (Note("saved-untested", words, brain=wish.kind.title),)


def _is_weak_default(wish: Wish) -> bool:
    """The model becomes the default, and the test found that it does not use tools by itself."""
    weak = any(step.name == "tool" and step.state == "warning" for step in wish.tested)
    return weak and wish.sets_default


async def save(box: Appliance, wish: Wish, prepared: PreparedSave, call: Call) -> Done[ProviderAdded]:
    from appliance.gateway.probe import probe as look
    from appliance.providers.trials import note

    if not wish.key and not (await asyncio.to_thread(look, box.endpoint())).ready:
        note(box.places, wish.settings.id)

        async def save() -> Saved:
            return box.config.save(prepared, operation=wish.operation, actor=call.actor)

        saved = await settled(save(), local=True)
        return _done(box, wish, prepared, saved, "saved, gateway down", wish.tested)
    async with box.gateway(keep=True) as client:
        return await _Saving(box, wish, prepared, client, call).run()


class _Saving:
    """One provider on its way into OpenClaw: what was done is taken back unless its own test agrees."""

    def __init__(
        self, box: Appliance, wish: Wish, prepared: PreparedSave, client: GatewayClient, call: Call
    ) -> None:
        self._box = box
        self._wish = wish
        self._prepared = prepared
        self._client = client
        self._call = call
        self._trial = wish.trial

    async def run(self) -> Done[ProviderAdded]:
        from appliance.gateway.calls import secrets_set
        from appliance.providers.trials import clear, keep, note, untested

        wish, places = self._wish, self._box.places
        was_untested = wish.settings.id in untested(places)
        note(places, wish.settings.id)
        if wish.key:
            await secrets_set(self._client, wish.settings.secret, wish.key)
        agreed = False
        try:
            saved, state = await settled(self._saved(), local=True)
            try:
                step = await self._tried()
                agreed = True
            finally:
                if not agreed:
                    await settled(self._restored(), local=True)
                if agreed:
                    keep(places, wish.settings.id, self._trial)
                elif not was_untested:
                    clear(places, wish.settings.id)
        finally:
            if wish.key and not agreed:
                await self._gone(wish.settings.secret, "unused")
        if wish.key and wish.old_slot:
            await self._gone(wish.old_slot, "old")
        return _done(self._box, wish, self._prepared, saved, state, (*wish.tested, step))

    async def _saved(self) -> tuple[Saved, str]:
        from appliance.ops.in_use import Watch

        with Watch(self._box) as watch:
            saved = self._box.config.save(
                self._prepared, operation=self._wish.operation, actor=self._call.actor
            )
            return saved, watch.outcome().state

    async def _tried(self) -> ProviderStep:
        """OpenClaw's own test on what was just saved.

        Raises:
            LunaError: it failed.
        """
        from appliance.providers.verdict import judge

        self._call.emit(Event("progress", f"Asking {self._wish.kind.title} again, through OpenClaw…"))
        step = await probe_through_openclaw(self._box, self._client, self._wish.settings.id)
        if step.state == "failed" and self._wish.anyway:
            found = judge(self._trial.code, step.code, whole=self._trial.milliseconds > 0)
            self._trial = replace(self._trial, ok=found.ok, code=found.code, blame=found.blame)
        elif step.state == "failed":
            raise LunaError(
                f"{self._wish.kind.title}: {step.detail} What was there before is back.",
                hint=step.hint,
                code=f"provider-{step.code}",
                facts={"brain": self._wish.kind.title},
            )
        return step

    async def _restored(self) -> None:
        put_back(self._box, self._prepared, self._wish.operation, self._call, "the test failed")

    async def _gone(self, slot: str, which: str) -> None:
        """Take a key out of OpenClaw's store; where that fails it is said, and what went before counts."""
        from appliance.gateway.calls import secrets_delete

        try:
            await secrets_delete(self._client, slot)
        except LunaError as error:
            words = f"The {which} key {slot} is still in OpenClaw's store: {error.message}"
            self._call.emit(Event("note", words))


def _done(
    box: Appliance,
    wish: Wish,
    prepared: PreparedSave,
    saved: Saved,
    state: str,
    steps: tuple[ProviderStep, ...],
) -> Done[ProviderAdded]:
    from appliance.providers.listing import default_model

    names = [item.name for item in prepared.changes]
    rotated = wish.key and wish.old_slot  # OpenClaw's store never gives a key back, and the old one is gone
    undo = way_back(box, prepared, saved) if names and not rotated else None
    models = tuple(row.id for row in wish.settings.models)
    default = default_model(box.config.read().value)
    added = ProviderAdded(wish.settings.id, models, default, state if names else "unchanged", steps)
    return Done(added, undo, saved.before_sha256, saved.after_sha256)
