"""Adding a provider: what is wanted, tested by our own HTTP before it is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from appliance.ops.core import Call, Prepared, param
from appliance.ops.provider_save import ProviderAdded, Wish, as_prepared
from appliance.ops.provider_test import trial_of
from appliance.ops.provider_trial import require_gateway, try_directly
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.catalog import ProviderKind
    from appliance.providers.models import ProviderSettings
    from appliance.providers.probe import ProbeResult
    from appliance.store.edits import Edit

OPERATION = "providers.add"
_OLLAMA_MODELS = 20


@dataclass(frozen=True)
class AddProvider:
    """The provider as somebody wants it."""

    kind: str = param("Such as openai, ollama or custom; providers kinds shows all.", positional=True)
    id: str = param("Its name in the configuration; the kind when left out.", default="")
    base_url: str = param("Its address, for a custom one or an Ollama elsewhere.", default="")
    model: tuple[str, ...] = param("A model to use; repeat the flag for more.", default=())
    key: Secret | None = param("The key.", default=None)
    default: bool = param("Make its first model the default.", default=False)
    anyway: bool = param("Save it even where the test fails.", default=False)


async def add(box: Appliance, params: AddProvider, call: Call) -> Prepared[ProviderAdded]:
    """Test the provider over HTTP before anything is saved.

    Raises:
        Unreachable: the provider does not answer, or the Gateway that has to store the key.
        LunaError: the provider refuses the key or the model.
    """
    return await as_prepared(box, await _wish(box, params, call), call)


async def _wish(box: Appliance, params: AddProvider, call: Call) -> Wish:
    from appliance.providers.catalog import check_provider_id
    from appliance.providers.models import ModelRow, ProviderSettings
    from appliance.providers.slots import free_slot, slot_in_use
    from appliance.providers.verdict import judgement_of

    kind, base_url, key = checked(params)
    provider_id = check_provider_id(params.id or kind.id)
    value = box.config.read().value
    old_slot = slot_in_use(value, provider_id)
    if key:
        await require_gateway(box)
    tested, result = await try_directly(
        kind, base_url, key, params.model, call, has_stored_key=bool(old_slot), anyway=params.anyway
    )
    settings = ProviderSettings(
        provider_id,
        kind.id,
        result.base_url if result and base_url else base_url,
        _chosen(params.model, kind, result) or tuple(ModelRow(name) for name in params.model),
        free_slot(value, provider_id) if key else old_slot,
    )
    edits, sets_default = _edits(value, settings, kind, params)
    trial = trial_of(result, judgement_of(result))
    return Wish(OPERATION, settings, kind, key, edits, old_slot, tested, trial, sets_default, params.anyway)


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
    key = exposed(params.key)
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
    if not wanted and not kind.bundled and result.model:
        wanted = (result.model,)
    rows = [listed.get(name, ModelRow(name)) for name in wanted]
    return tuple(
        replace(row, context_window=result.context_window)
        if row.id == result.model and row.context_window is None
        else row
        for row in rows
    )


def exposed(key: Secret | None) -> str:
    if key is None:
        return ""
    with key.expose() as text:
        return text
