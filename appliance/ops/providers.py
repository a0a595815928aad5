"""`providers`: the brains. A key goes to OpenClaw's secret store, never into the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Nothing, Operation, Prepared, Risk, param
from appliance.ops.provider_add import AddProvider, add
from appliance.ops.provider_kinds import DETECT, KINDS
from appliance.ops.provider_remove import REMOVE
from appliance.ops.provider_save import ProviderAdded
from appliance.ops.provider_show import SHOW, ProviderRow, row_of
from appliance.ops.provider_test import TEST
from appliance.ops.provider_update import UPDATE

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class SetDefault:
    """Which model answers when an agent has none of its own."""

    model: str = param("provider/model.")


@dataclass(frozen=True)
class ProviderList:
    """All providers, and the default model."""

    default_model: str
    providers: tuple[ProviderRow, ...]
    fallbacks: tuple[str, ...] = ()
    """Who steps in when the default does not answer, in this order."""
    utility_model: str = ""
    """Who does small tasks; empty when OpenClaw chooses by itself."""


async def list_(box: Appliance, _params: Nothing, _call: Call) -> ProviderList:
    """All providers, from the file."""
    from appliance.providers.listing import default_model, fallbacks, list_providers, utility_model

    value = box.config.read().value
    rows = (row_of(box, item) for item in list_providers(value))
    return ProviderList(default_model(value), tuple(rows), fallbacks(value), utility_model(value))


async def set_(box: Appliance, params: SetDefault, call: Call) -> Prepared[Saved]:
    """Check that the provider is there and knows the model.

    Raises:
        Usage: it is not written provider/model.
        NotFound: there is no such provider, or it does not list the model.
    """
    from appliance.providers.config import default_model_edits
    from appliance.providers.listing import require_model

    value = box.config.read().value
    edits = default_model_edits(value, params.model)
    require_model(value, params.model)
    return prepare_edits(
        box,
        edits,
        "providers.set",
        call,
        why=f"default model {params.model}",
    )


LIST = Operation(
    "providers.list",
    "The brains and the default model",
    Risk.READ,
    Nothing,
    ProviderList,
    run=list_,
    local=True,
)
ADD = Operation(
    "providers.add",
    "Add a brain or give it a new key; tested before and after it is saved",
    Risk.CHANGE,
    AddProvider,
    ProviderAdded,
    prepare=add,
)
SET = Operation(
    "providers.set", "Choose the default model", Risk.CHANGE, SetDefault, Saved, prepare=set_, local=True
)
OPERATIONS = (LIST, SHOW, ADD, UPDATE, REMOVE, SET, TEST, KINDS, DETECT)
