"""Adding a provider: tested by our own HTTP, stored, saved, tested through OpenClaw, undone if that fails."""

from __future__ import annotations

import asyncio
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.ops.config_edit import put_back, way_back
from appliance.ops.core import Call, Change, Done, Event, Prepared, param
from appliance.ops.drive import settled
from appliance.ops.provider_test import trial_of
from appliance.ops.provider_trial import (
    NO_TOOLS,
    ProviderStep,
    probe_through_openclaw,
    require_gateway,
    try_directly,
)
from appliance.ops.secrets_key import leaving_vault
from appliance.providers.catalog import ProviderKind
from appliance.providers.models import ProviderSettings
from appliance.providers.trials import Trial
from appliance.secret import Secret
from appliance.store.edits import Edit
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.client import GatewayClient
    from appliance.providers.probe import ProbeResult
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved

OPERATION = "providers.add"
_OLLAMA_MODELS = 20


@dataclass(frozen=True)
class AddProvider:
    """The provider as somebody wants it."""

    kind: str = param("ollama, openai, anthropic, openrouter, custom or practice.", positional=True)
    id: str = param("Its name in the configuration; the kind when left out.", default="")
    base_url: str = param("Its address, for a custom one or an Ollama elsewhere.", default="")
    model: tuple[str, ...] = param("A model to use; repeat the flag for more.", default=())
    key: Secret | None = param("The key.", default=None)
    default: bool = param("Make its first model the default.", default=False)


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
class _Wish:
    """A checked request."""

    settings: ProviderSettings
    kind: ProviderKind
    key: str = field(repr=False)
    edits: tuple[Edit, ...]
    old_slot: str
    tested: tuple[ProviderStep, ...]
    trial: Trial
    """What is remembered of the test, once OpenClaw agrees."""
    sets_default: bool


async def add(box: Appliance, params: AddProvider, call: Call) -> Prepared[ProviderAdded]:
    """Test the provider over HTTP before anything is saved.

    Raises:
        Unreachable: the provider does not answer, or the Gateway that has to store the key.
        LunaError: the provider refuses the key or the model.
    """
    wish = await _wish(box, params, call)
    prepared = await asyncio.to_thread(box.config.prepare, wish.edits)
    changes = [Change(item.name, "set", "now") for item in prepared.changes]
    if wish.key:
        changes.append(Change(f"secret {wish.settings.secret}", "store the key in OpenClaw's secret store"))

    async def commit() -> Done[ProviderAdded]:
        return await _save(box, wish, prepared, call)

    notes = (*prepared.warnings, *leaving_vault(box, wish.settings.id, wish.key))
    return Prepared(tuple(changes), commit, notes, NO_TOOLS if _is_weak_default(wish) else "")


def _is_weak_default(wish: _Wish) -> bool:
    """The model becomes the default, and the test found that it does not use tools by itself."""
    weak = any(step.name == "tool" and step.state == "warning" for step in wish.tested)
    return weak and wish.sets_default


async def _wish(box: Appliance, params: AddProvider, call: Call) -> _Wish:
    from appliance.providers.catalog import check_provider_id
    from appliance.providers.models import ModelRow, ProviderSettings
    from appliance.providers.slots import free_slot, slot_in_use
    from appliance.providers.verdict import Judgement

    kind, base_url, key = checked(params)
    provider_id = check_provider_id(params.id or kind.id)
    value = box.config.read().value
    old_slot = slot_in_use(value, provider_id)
    if key:
        await require_gateway(box)
    tested, result = await try_directly(
        kind, base_url, key, params.model, call, has_stored_key=bool(old_slot)
    )
    settings = ProviderSettings(
        provider_id,
        kind.id,
        result.base_url if result and base_url else base_url,
        _chosen(params.model, kind, result) or tuple(ModelRow(name) for name in params.model),
        free_slot(value, provider_id) if key else old_slot,
    )
    edits, sets_default = _edits(value, settings, kind, params)
    trial = trial_of(result, Judgement(True))
    return _Wish(settings, kind, key, edits, old_slot, tested, trial, sets_default)


def checked(params: AddProvider) -> tuple[ProviderKind, str, str]:
    """The kind, the cleaned address and the cleaned key of a request, before anybody is asked.

    Raises:
        NotFound: there is no such kind.
        Usage: the address or the key cannot be one.
    """
    from appliance.providers.address import clean_base_url, refuse_open_road
    from appliance.providers.catalog import kind_named
    from appliance.providers.keys import clean_key

    kind = kind_named(params.kind)
    base_url = clean_base_url(params.base_url, kind.api) if params.base_url else ""
    key = _exposed(params.key)
    if key:
        key = clean_key(key, kind, own_address=bool(base_url))
        refuse_open_road(base_url or kind.base_url, has_key=True)
    return kind, base_url, key


def _edits(
    value: dict[str, object], settings: ProviderSettings, kind: ProviderKind, params: AddProvider
) -> tuple[tuple[Edit, ...], bool]:
    """The edits, and whether they make one of its models the default."""
    from appliance.providers.config import default_model_edits, provider_edits
    from appliance.providers.listing import default_model

    edits = provider_edits(value, settings)
    first = settings.models[0].id if settings.models else kind.default_model
    if first and (params.default or not default_model(value)):
        chosen = default_model_edits(value, f"{settings.id}/{first}")
        return (*edits, *chosen), bool(chosen)
    return edits, False


def _chosen(names: tuple[str, ...], kind: ProviderKind, result: ProbeResult | None) -> tuple[Any, ...]:
    """The models to write: those named, with what the test found out; an Ollama's own when none is."""
    from appliance.providers.models import ModelRow

    if result is None:
        return ()
    listed = {row.id: row for row in result.models}
    wanted = names or (tuple(listed)[:_OLLAMA_MODELS] if kind.api == "ollama" else ())
    if not wanted and not kind.bundled:
        wanted = (result.model,)
    rows = [listed.get(name, ModelRow(name)) for name in wanted]
    return tuple(
        replace(row, context_window=result.context_window)
        if row.id == result.model and row.context_window is None
        else row
        for row in rows
    )


async def _save(box: Appliance, wish: _Wish, prepared: PreparedSave, call: Call) -> Done[ProviderAdded]:
    from appliance.gateway.probe import probe as look
    from appliance.providers.trials import note

    if not wish.key and not (await asyncio.to_thread(look, box.endpoint())).ready:
        note(box.places, wish.settings.id)

        async def save() -> Saved:
            return box.config.save(prepared, operation=OPERATION, actor=call.actor)

        saved = await settled(save(), local=True)
        return _done(box, wish, prepared, saved, "saved, gateway down", wish.tested)
    async with box.gateway(keep=True) as client:
        return await _Saving(box, wish, prepared, client, call).run()


class _Saving:
    """One provider on its way into OpenClaw: what was done is taken back unless its own test agrees."""

    def __init__(
        self, box: Appliance, wish: _Wish, prepared: PreparedSave, client: GatewayClient, call: Call
    ) -> None:
        self._box = box
        self._wish = wish
        self._prepared = prepared
        self._client = client
        self._call = call

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
                    keep(places, wish.settings.id, wish.trial)
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
            saved = self._box.config.save(self._prepared, operation=OPERATION, actor=self._call.actor)
            return saved, watch.outcome().state

    async def _tried(self) -> ProviderStep:
        """OpenClaw's own test on what was just saved.

        Raises:
            LunaError: it failed.
        """
        self._call.emit(Event("progress", f"Asking {self._wish.kind.title} again, through OpenClaw…"))
        step = await probe_through_openclaw(self._box, self._client, self._wish.settings.id)
        if step.state == "failed":
            raise LunaError(
                f"{self._wish.kind.title}: {step.detail} What was there before is back.",
                hint=step.hint,
                code=f"provider-{step.code}",
                facts={"brain": self._wish.kind.title},
            )
        return step

    async def _restored(self) -> None:
        put_back(self._box, self._prepared, OPERATION, self._call, "the test failed")

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
    wish: _Wish,
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


def _exposed(key: Secret | None) -> str:
    if key is None:
        return ""
    with key.expose() as text:
        return text
