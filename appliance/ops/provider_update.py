"""`providers.update`: another address, other models or a new key; tested before and after it is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from appliance.errors import NotFound, Refused
from appliance.ops.core import Call, Operation, Prepared, Risk, param
from appliance.ops.provider_add import exposed
from appliance.ops.provider_key import key_at_hand
from appliance.ops.provider_save import ProviderAdded, Wish, as_prepared
from appliance.ops.provider_test import trial_of
from appliance.ops.provider_trial import require_gateway, try_directly
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.catalog import ProviderKind
    from appliance.providers.models import ModelRow, Provider
    from appliance.store.edits import Edit

OPERATION = "providers.update"


@dataclass(frozen=True)
class UpdateProvider:
    """What to change; what is left out stays."""

    provider: str = param("Its id; providers list shows them.", positional=True)
    base_url: str = param("Its new address.", default="")
    model: tuple[str, ...] = param("All its models from now on; repeat the flag for more.", default=())
    key: Secret | None = param("Its new key.", default=None)
    anyway: bool = param("Save it even where the test fails.", default=False)


async def update(box: Appliance, params: UpdateProvider, call: Call) -> Prepared[ProviderAdded]:
    """Test the provider as it shall be before anything is saved.

    Raises:
        NotFound: there is no such provider, or it has no entry of its own.
        Refused: `model-in-use`, a model that is left out still answers somewhere.
        Unreachable: the provider does not answer, or the Gateway that has to store the key.
        LunaError: the provider refuses the key or the model.
    """
    return await as_prepared(box, await _wish(box, params, call), call)


async def _wish(box: Appliance, params: UpdateProvider, call: Call) -> Wish:
    from appliance.providers.models import ProviderSettings
    from appliance.providers.slots import free_slot, slot_in_use
    from appliance.providers.verdict import judgement_of

    value = box.config.read().value
    provider = require_entry(value, params.provider)
    kind, base_url, key = _checked(provider, params)
    old_slot = slot_in_use(value, provider.id)
    if key:
        await require_gateway(box)
    tried, out_of_reach = _key_to_try(box, call, value, provider, key)
    asked = params.model or provider.models[:1]
    tested, result = await try_directly(
        kind, base_url, tried, asked, call, has_stored_key=out_of_reach, anyway=params.anyway
    )
    slot = free_slot(value, provider.id) if key else old_slot
    where = result.base_url if result and params.base_url else base_url if params.base_url else ""
    listed = {row.id: row for row in result.models} if result else {}
    edits = _edits(value, provider, kind, where, _rows(params.model, listed), slot if key else "")
    return Wish(
        OPERATION,
        ProviderSettings(provider.id, provider.kind, where, _rows(provider.models, listed), slot),
        kind,
        key,
        edits,
        old_slot,
        tested,
        trial_of(result, judgement_of(result)),
        provider.is_default,
        params.anyway,
    )


def require_entry(value: dict[str, Any], provider_id: str) -> Provider:
    """The provider, when it has an entry of its own.

    Raises:
        NotFound: `provider-unknown`; `provider-no-entry`, only a login or a model's name speaks of it.
    """
    from appliance.providers.config import PROVIDERS, value_at
    from appliance.providers.listing import require_provider

    provider = require_provider(value, provider_id)
    if isinstance(value_at(value, (*PROVIDERS, provider_id)), dict):
        return provider
    raise NotFound(
        f"{provider.title} has no entry of its own in the configuration.",
        hint="Add it with a key first: lunatui providers add",
        code="provider-no-entry",
    )


def _checked(provider: Provider, params: UpdateProvider) -> tuple[ProviderKind, str, str]:
    """How it is asked, its address, and the new key; before anybody is asked.

    Raises:
        Usage: the address or the key cannot be one.
        Refused: `insecure-address`.
    """
    from appliance.providers.address import clean_base_url, refuse_open_road
    from appliance.providers.catalog import Api, kind_of
    from appliance.providers.keys import clean_key

    known = kind_of(provider.id)
    api: Api = provider.api if provider.api in get_args(Api) else known.api  # type: ignore[assignment]  # just checked
    kind = replace(known, title=provider.title, api=api)
    base_url = clean_base_url(params.base_url, api) if params.base_url else provider.base_url
    key = exposed(params.key)
    if key:
        key = clean_key(key, kind, own_address=base_url != known.base_url)
    if key or provider.key.kind not in ("none", "marker"):
        refuse_open_road(base_url, has_key=True)
    return kind, base_url, key


def _key_to_try(
    box: Appliance, call: Call, value: dict[str, Any], provider: Provider, key: str
) -> tuple[str, bool]:
    """The key for our own test, and whether the present one is where only OpenClaw can use it."""
    if key:
        return key, False
    found = key_at_hand(box, call, value, provider)
    return exposed(found.secret), bool(found.missing)


def _rows(names: tuple[str, ...], listed: dict[str, ModelRow]) -> tuple[ModelRow, ...]:
    from appliance.providers.models import ModelRow

    return tuple(listed.get(name, ModelRow(name)) for name in dict.fromkeys(names))


def _edits(
    value: dict[str, Any],
    provider: Provider,
    kind: ProviderKind,
    base_url: str,
    models: tuple[ModelRow, ...],
    slot: str,
) -> tuple[Edit, ...]:
    from appliance.providers.config import PROVIDERS, model_row, models_edits, secret_reference, value_at
    from appliance.store.edits import Edit

    path = (*PROVIDERS, provider.id)
    edits: list[Edit] = []
    if base_url and base_url != provider.base_url:
        edits.append(Edit((*path, "baseUrl"), base_url, expected=value_at(value, (*path, "baseUrl"))))
    if slot:
        before = value_at(value, (*path, "apiKey"))
        edits.append(Edit((*path, "apiKey"), secret_reference(slot), expected=before))
    if models:
        _refuse_left_out(value, provider, {row.id for row in models})
        known = kind.bundled and provider.id == kind.id
        rows = [model_row(row, kind, known=known) for row in models]
        edits += models_edits(value, provider.id, rows)
    return tuple(edits)


def _refuse_left_out(value: dict[str, Any], provider: Provider, kept: set[str]) -> None:
    from appliance.providers.listing import references

    for item in references(value, provider.id):
        name = item.model.partition("/")[2]
        if name in provider.models and name not in kept:
            raise Refused(
                f"{item.model} is still in use: {'.'.join(item.path)}.",
                hint="Choose another model there first.",
                code="model-in-use",
                facts={"model": name, "brain": provider.title},
            )


UPDATE = Operation(
    "providers.update",
    "Give a brain another address, other models or a new key; tested before and after it is saved",
    Risk.CHANGE,
    UpdateProvider,
    ProviderAdded,
    prepare=update,
)
