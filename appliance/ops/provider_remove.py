"""`providers.remove`: a brain goes, and nobody is left who would ask it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Note, Refused, Usage
from appliance.ops.config_edit import way_back
from appliance.ops.core import Call, Change, Done, Event, Operation, Prepared, Risk, param
from appliance.ops.drive import settled
from appliance.ops.provider_show import Use, use_of
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.cron import CronJob
    from appliance.providers.models import Provider, Reference
    from appliance.store.edits import Edit
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved

OPERATION = "providers.remove"


@dataclass(frozen=True)
class RemoveProvider:
    """Which provider goes, and who answers in its stead."""

    provider: str = param("Its id; providers list shows them.", positional=True)
    instead: str = param("provider/model for everybody who uses it now.", default="")


@dataclass(frozen=True)
class ProviderRemoved:
    """What became of a provider and of those who used it."""

    provider: str
    repointed: tuple[Use, ...]
    """Settings that name `instead` from now on."""
    schedules: tuple[str, ...]
    """Names of the schedules that do."""
    state: str
    """`saved and in use`, `saved, gateway down`, …"""
    notes: tuple[str, ...] = ()


class _Schedules:
    """What the Gateway knows of schedules that use the provider."""

    def __init__(self, using: tuple[CronJob, ...] = (), *, asked: bool = True) -> None:
        """`asked`: False when the Gateway does not run, so that nobody looked."""
        self.using = using
        self.asked = asked


async def remove(box: Appliance, params: RemoveProvider, call: Call) -> Prepared[ProviderRemoved]:
    """Look who uses it.

    Raises:
        NotFound: there is no such provider, it has no entry of its own, or what is to answer instead.
        Refused: `provider-in-use`, somebody uses it and nothing is named instead.
    """
    from appliance.ops.provider_update import require_entry
    from appliance.providers.listing import references
    from appliance.providers.slots import slot_in_use

    value = box.config.read().value
    provider = require_entry(value, params.provider)
    uses = references(value, provider.id)
    schedules = await _schedules(box, provider.id)
    if not params.instead:
        _refuse_in_use(provider, uses, schedules)
    edits = _edits(value, provider, uses, params.instead)
    gone = tuple(edit.name for edit in edits if edit.name.startswith(("models.", "agents.defaults.models")))
    prepared = await asyncio.to_thread(box.config.prepare, edits, may_remove=gone)
    slot = slot_in_use(value, provider.id)
    changes = [Change(item.name, _summary(item)) for item in prepared.changes]
    changes += [Change(f"schedule {job.name}", f"model: {params.instead}") for job in schedules.using]
    if slot and schedules.asked:
        changes.append(Change(f"secret {slot}", "remove from OpenClaw's secret store"))

    async def commit() -> Done[ProviderRemoved]:
        return await _Removing(box, call, params, provider, prepared, schedules, slot).run(uses)

    return Prepared(tuple(changes), commit, (*prepared.warnings, *_notes(schedules, slot)))


def _summary(item: Any) -> str:
    from appliance.store.masking import in_words

    return f"{in_words(item.before, item.path)} → {in_words(item.after, item.path)}"


def _notes(schedules: _Schedules, slot: str) -> tuple[Note, ...]:
    if not schedules.asked:
        words = "The Gateway does not run: schedules that use it could not be looked for"
        kept = f", and its key stays in OpenClaw's store as {slot}" if slot else ""
        return (Note("brain-schedules-unseen", f"{words}{kept}."),)
    if slot:
        words = "Its key is removed from OpenClaw's store: an undo brings it back without the key."
        return (Note("brain-key-goes", words),)
    return ()


def _refuse_in_use(provider: Provider, uses: tuple[Reference, ...], schedules: _Schedules) -> None:
    places = [".".join(item.path) for item in uses] + [f"schedule “{job.name}”" for job in schedules.using]
    if places:
        raise Refused(
            f"{provider.title} is still in use: {', '.join(places)}.",
            hint=f"Name who answers instead: lunatui providers remove {provider.id} --instead provider/model",
            code="provider-in-use",
            facts={"brain": provider.title},
        )


def _edits(
    value: dict[str, Any], provider: Provider, uses: tuple[Reference, ...], instead: str
) -> tuple[Edit, ...]:
    from appliance.providers.config import instead_edits, removal_edits
    from appliance.providers.listing import require_model

    if not instead:
        return removal_edits(value, provider.id)
    moved = instead_edits(value, uses, instead)
    require_model(value, instead)
    if instead.partition("/")[0] == provider.id:
        raise Usage(
            f"{instead} goes with {provider.title}; it cannot answer in its stead.",
            hint="Name a model of another provider.",
            code="model-reference",
        )
    return (*moved, *removal_edits(value, provider.id))


async def _schedules(box: Appliance, provider_id: str) -> _Schedules:
    """The schedules whose own model is one of the provider's."""
    from appliance.gateway.cron import cron_list
    from appliance.gateway.probe import probe as look

    if not (await asyncio.to_thread(look, box.endpoint())).ready:
        return _Schedules(asked=False)
    async with box.gateway() as client:
        jobs = await cron_list(client)
    return _Schedules(tuple(job for job in jobs if job.model.startswith(f"{provider_id}/")))


class _Removing:
    """The settings first; then schedules and key, which only the Gateway can change."""

    def __init__(
        self,
        box: Appliance,
        call: Call,
        params: RemoveProvider,
        provider: Provider,
        prepared: PreparedSave,
        schedules: _Schedules,
        slot: str,
    ) -> None:
        self._box = box
        self._call = call
        self._params = params
        self._provider = provider
        self._prepared = prepared
        self._schedules = schedules
        self._slot = slot

    async def run(self, uses: tuple[Reference, ...]) -> Done[ProviderRemoved]:
        from appliance.providers.trials import forget

        moved, notes = await self._schedules_moved()
        saved, state = await settled(self._saved(), local=True)
        forget(self._box.places, self._provider.id)
        notes = (*notes, *await self._key_gone())
        for words in notes:
            self._call.emit(Event("note", words))
        repointed = tuple(map(use_of, uses)) if self._params.instead else ()
        result = ProviderRemoved(self._provider.id, repointed, moved, state, notes)
        undo = way_back(self._box, self._prepared, saved)
        return Done(result, undo, saved.before_sha256, saved.after_sha256)

    async def _saved(self) -> tuple[Saved, str]:
        from appliance.ops.in_use import Watch

        why = f"remove {self._provider.id}"
        with Watch(self._box) as watch:
            saved = self._box.config.save(
                self._prepared, operation=OPERATION, actor=self._call.actor, why=why
            )
            return saved, watch.outcome().state

    async def _schedules_moved(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Before the provider goes: a schedule that cannot be moved keeps it here.

        Raises:
            LunaError: the Gateway refuses; those before keep the new model, which works as well.
        """
        from appliance.gateway.cron import cron_set_model

        if not self._schedules.using:
            return (), ()
        moved = []
        async with self._box.gateway() as client:
            for job in self._schedules.using:
                await cron_set_model(client, job, self._params.instead)
                moved.append(job.name)
        return tuple(moved), ("The schedules keep the new model if this is taken back.",)

    async def _key_gone(self) -> tuple[str, ...]:
        from appliance.gateway.calls import secrets_delete

        if not (self._slot and self._schedules.asked):
            return ()
        try:
            async with self._box.gateway() as client:
                await secrets_delete(client, self._slot)
        except LunaError as error:
            return (f"Its key is still in OpenClaw's store as {self._slot}: {error.message}",)
        return ()


REMOVE = Operation(
    "providers.remove",
    "Take a brain off the box; whoever uses it gets another one in the same step, or it stays",
    Risk.DANGER,
    RemoveProvider,
    ProviderRemoved,
    prepare=remove,
    consequence=lambda params: (
        f"“{params.provider}” goes, and its key with it where OpenClaw keeps it: an undo brings back the "
        "settings, not the key."
    ),
)
