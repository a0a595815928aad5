"""`models`: which models there are, what they cost, and which answer when another does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, get_args

from appliance.errors import NotFound
from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Event, Operation, Prepared, Risk, param
from appliance.ops.models_estimate import ESTIMATE
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.discovery import Discovered
    from appliance.providers.models import ModelRow, Provider

_AT_ONCE = 6


@dataclass(frozen=True)
class ListModels:
    """Whose models."""

    provider: str = param("Id of one provider; all of them when left out.", default="")


@dataclass(frozen=True)
class ModelFound:
    """One model."""

    model: str
    """`provider/model`, as settings name it."""
    name: str
    context_window: int | None
    """Tokens; None when nobody says."""
    max_tokens: int | None
    """Longest answer in tokens; None when nobody says."""
    tools: bool | None
    """Whether it can use tools; None when nobody says."""
    input_price: float | None
    """US dollars for a million tokens in; None when it is not published."""
    output_price: float | None
    """US dollars for a million tokens out; None when it is not published."""
    configured: bool
    """It stands in the settings of its provider."""
    default: bool
    source: str
    """Who says so: `provider`, `settings` or `openclaw`."""


@dataclass(frozen=True)
class NotListed:
    """A provider that was asked for its models and did not say."""

    provider: str
    code: str
    """Of the cause, as `providers test` has it."""
    words: str


@dataclass(frozen=True)
class ModelList:
    """All models that could be found."""

    models: tuple[ModelFound, ...]
    not_listed: tuple[NotListed, ...] = ()


@dataclass(frozen=True)
class SetFallbacks:
    """Which models answer when the default does not."""

    model: tuple[str, ...] = param(
        "provider/model; repeat the flag for more, the first is asked first. None at all removes the list.",
        default=(),
    )


@dataclass(frozen=True)
class SetUtility:
    """Which model does small tasks, such as titles."""

    model: str = param("provider/model; OpenClaw chooses by itself when left out.", default="")


async def list_(box: Appliance, params: ListModels, call: Call) -> ModelList:
    """Ask every provider itself, with the key OpenClaw would use where it can be read.

    Raises:
        NotFound: there is no such provider.
    """
    from appliance.providers.installed import installed_providers
    from appliance.providers.listing import list_providers, require_provider

    value = box.config.read().value
    one = params.provider
    wanted = (require_provider(value, one),) if one else list_providers(value)
    engine = await asyncio.to_thread(box.find_engine)
    known = await asyncio.to_thread(installed_providers, engine.root) if engine else {}
    few = asyncio.Semaphore(_AT_ONCE)

    async def ask(provider: Provider) -> tuple[Provider, Discovered | None]:
        async with few:
            return provider, await _asked(box, call, value, provider)

    found: list[ModelFound] = []
    silent: list[NotListed] = []
    for provider, said in await asyncio.gather(*map(ask, wanted)):
        catalog = known[provider.id].models if provider.id in known else ()
        found += _rows(value, provider, said.models if said else (), catalog)
        if said is not None and said.trouble is not None:
            silent.append(NotListed(provider.id, said.trouble.code, said.trouble.words))
    return ModelList(tuple(found), tuple(silent))


async def _asked(box: Appliance, call: Call, value: dict[str, Any], provider: Provider) -> Discovered | None:
    """What a provider says; None where only OpenClaw could ask it."""
    from appliance.ops.provider_add import exposed
    from appliance.ops.provider_key import key_at_hand
    from appliance.providers.catalog import Api, kind_of
    from appliance.providers.discovery import discover

    if provider.api not in get_args(Api) or not provider.base_url:
        return None
    key = key_at_hand(box, call, value, provider)
    if key.missing and kind_of(provider.id).key == "required":
        return None
    call.emit(Event("progress", f"Asking {provider.title} for its models…"))
    return await discover(provider.base_url, provider.api, exposed(key.secret))  # type: ignore[arg-type]  # one of Api, as just checked


def _rows(
    value: dict[str, Any], provider: Provider, said: tuple[ModelRow, ...], catalog: tuple[ModelRow, ...]
) -> list[ModelFound]:
    """Those of the settings first, then the rest; each fact from whoever knows it."""
    from appliance.providers.listing import default_model, model_rows

    configured = {row.id: row for row in model_rows(value, provider.id)}
    by_itself = {row.id: row for row in said}
    known = {row.id: row for row in catalog}
    names = dict.fromkeys((*configured, *by_itself, *(known if not said else ())))
    main = default_model(value)
    return [
        _row(provider, name, (by_itself.get(name), configured.get(name), known.get(name)), main)
        for name in names
    ]


def _row(
    provider: Provider, name: str, told: tuple[ModelRow | None, ModelRow | None, ModelRow | None], main: str
) -> ModelFound:
    from appliance.providers.cost import FREE, is_free

    rows = [row for row in told if row is not None]
    price = FREE if is_free(provider.base_url) else _first(rows, "price")
    by_itself, configured, _ = told
    return ModelFound(
        f"{provider.id}/{name}",
        _first(rows, "name") or name,
        _first(rows, "context_window"),
        _first(rows, "max_tokens"),
        _first(rows, "tools"),
        price.input if price else None,
        price.output if price else None,
        configured is not None,
        main == f"{provider.id}/{name}",
        "provider" if by_itself else "settings" if configured else "openclaw",
    )


def _first(rows: list[ModelRow], fact: str) -> Any:
    return next((found for row in rows if (found := getattr(row, fact)) not in (None, "")), None)


async def fallbacks(box: Appliance, params: SetFallbacks, call: Call) -> Prepared[Saved]:
    """Check that every model is one that could answer.

    Raises:
        NotFound: `no-default`, there is nothing yet that could fail; a provider or model is not there.
        Usage: one is not written provider/model.
    """
    from appliance.providers.config import fallback_edits
    from appliance.providers.listing import default_model, require_model

    value = box.config.read().value
    if params.model and not default_model(value):
        raise NotFound(
            "There is no default model yet, so nothing could answer in its stead.",
            hint="lunatui providers set --model provider/model",
            code="no-default",
        )
    edits = fallback_edits(value, params.model)
    for model in params.model:
        require_model(value, model)
    words = ", ".join(params.model) or "none"
    return prepare_edits(
        box, edits, "models.fallbacks", call, why=f"fallbacks: {words}", may_remove=_removed(edits)
    )


async def utility(box: Appliance, params: SetUtility, call: Call) -> Prepared[Saved]:
    """Check that the model is one that could answer.

    Raises:
        NotFound: its provider or itself is not there.
        Usage: it is not written provider/model.
    """
    from appliance.providers.config import utility_edits
    from appliance.providers.listing import require_model

    value = box.config.read().value
    edits = utility_edits(value, params.model)
    if params.model:
        require_model(value, params.model)
    why = f"model for small tasks: {params.model or 'none'}"
    return prepare_edits(box, edits, "models.utility", call, why=why, may_remove=_removed(edits))


def _removed(edits: tuple[Any, ...]) -> tuple[str, ...]:
    from appliance.store.edits import MISSING

    return tuple(edit.name for edit in edits if edit.value is MISSING)


def as_text(result: ModelList) -> str:
    """One line a model; then who did not say."""
    lines = [_line(row) for row in result.models]
    lines += [f"✗ {item.provider}: {item.words}" for item in result.not_listed]
    return "\n".join(lines) or "There are no models yet: lunatui providers add"


def _line(row: ModelFound) -> str:
    facts = [f"{row.context_window:,} tokens"] if row.context_window else []
    facts += {True: ["tools"], False: ["no tools"], None: []}[row.tools]
    if row.input_price is None or row.output_price is None:
        facts.append("price not published")
    elif row.input_price or row.output_price:
        facts.append(f"${row.input_price:g} in, ${row.output_price:g} out a million")
    else:
        facts.append("free")
    mark = "●" if row.default else "✓" if row.configured else "◌"
    return f"{mark} {row.model} · {' · '.join(facts)}"


LIST = Operation(
    "models.list",
    "The models of the brains: context, tools and price where they are published",
    Risk.READ,
    ListModels,
    ModelList,
    run=list_,
    render=as_text,
)
FALLBACKS = Operation(
    "models.fallbacks",
    "Choose which models answer, in turn, when the default does not",
    Risk.CHANGE,
    SetFallbacks,
    Saved,
    prepare=fallbacks,
    local=True,
)
UTILITY = Operation(
    "models.utility",
    "Choose the model for small tasks, such as titles",
    Risk.CHANGE,
    SetUtility,
    Saved,
    prepare=utility,
    local=True,
)

OPERATIONS = (LIST, FALLBACKS, UTILITY, ESTIMATE)
