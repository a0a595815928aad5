"""The brains to choose from, and a trial of one before anything is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.ops.core import Call, Nothing, Operation, Risk, param
from appliance.ops.provider_add import AddProvider, checked
from appliance.ops.provider_trial import ProviderStep, try_directly
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.catalog import ProviderKind


@dataclass(frozen=True)
class BrainModel:
    """A model worth offering."""

    id: str
    title: str
    note: str


@dataclass(frozen=True)
class Brain:
    """One kind of brain."""

    id: str
    title: str
    needs: str
    """Its key: `required`, `optional` or `none`."""
    key_url: str
    """Where a key is made."""
    has_address: bool
    """It is known where it is; otherwise the owner has to say."""
    models: tuple[BrainModel, ...]
    """The one suggested first."""
    found: bool = False
    """It runs on this machine and answers."""


@dataclass(frozen=True)
class Brains:
    """All kinds, in the order in which they are offered."""

    brains: tuple[Brain, ...]


@dataclass(frozen=True)
class TryBrain:
    """A brain as somebody wants it."""

    kind: str = param("ollama, openai, anthropic, openrouter, custom or practice.", positional=True)
    base_url: str = param("Its address, for a custom one or an Ollama elsewhere.", default="")
    model: str = param("The model to ask; the suggested one when left out.", default="")
    key: Secret | None = param("The key.", default=None)


@dataclass(frozen=True)
class BrainTrial:
    """A brain that answered and used a tool."""

    title: str
    base_url: str
    """The address that worked."""
    model: str
    """The model that was asked."""
    models: tuple[str, ...]
    """What it lists; empty when it keeps no list."""
    steps: tuple[ProviderStep, ...]


async def brains(_box: Appliance, _params: Nothing, _call: Call) -> Brains:
    """The kinds we know; of an Ollama on this machine, its models too."""
    from appliance.providers.catalog import KINDS
    from appliance.providers.ollama import local_models

    own = await local_models()
    return Brains(tuple(_brain(kind, own if kind.id == "ollama" else None) for kind in KINDS))


def _brain(kind: ProviderKind, found: tuple[str, ...] | None) -> Brain:
    models = tuple(BrainModel(item.id, item.title, item.note) for item in kind.models)
    if found is not None:
        models = tuple(BrainModel(name, name, "") for name in found)
    return Brain(
        kind.id, kind.title, kind.key, kind.key_url, bool(kind.base_url), models, found=found is not None
    )


async def try_brain(_box: Appliance, params: TryBrain, call: Call) -> BrainTrial:
    """Ask it for one tiny answer and one use of a tool; nothing is saved.

    Raises:
        Usage: the address or the key cannot be one, or is missing.
        Unreachable: it does not answer.
        LunaError: it refuses the key or the model.
    """
    models = (params.model,) if params.model else ()
    kind, base_url, key = checked(AddProvider(params.kind, base_url=params.base_url, key=params.key))
    if not (base_url or kind.base_url):
        raise Usage(f"{kind.title} needs an address.", code="provider-address")
    if kind.key == "required" and not key:
        raise Usage(
            f"{kind.title} needs a key.",
            hint=f"Make one at {kind.key_url}.",
            code="key-missing",
            facts={"brain": kind.title},
        )
    steps, result = await try_directly(kind, base_url, key, models, call, has_stored_key=False)
    if result is None:
        raise TypeError("without a stored key the test is always our own")
    listed = tuple(row.id for row in result.models)
    return BrainTrial(kind.title, result.base_url if base_url else "", result.model, listed, steps)


BRAINS = Operation(
    "setup.brains", "The brains to choose from, and what runs here", Risk.READ, Nothing, Brains, run=brains
)
TRY = Operation(
    "setup.try-brain",
    "Ask a brain to answer and to use a tool, before anything is saved",
    Risk.READ,
    TryBrain,
    BrainTrial,
    run=try_brain,
)
