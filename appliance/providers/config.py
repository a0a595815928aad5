"""Edits of openclaw.json that add, change or remove a provider: pure functions over its plain value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.providers.catalog import OLLAMA_MARKER, check_provider_id, kind_named
from appliance.store.edits import MISSING, Edit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.providers.catalog import ProviderKind
    from appliance.providers.models import ModelRow, ProviderSettings, Reference

    JsonMap = Mapping[str, object]

PROVIDERS = ("models", "providers")
DEFAULT_MODEL = ("agents", "defaults", "model")
UTILITY_MODEL = ("agents", "defaults", "utilityModel")
KNOWN_MODELS = ("agents", "defaults", "models")
UNKNOWN_CONTEXT_WINDOW = 128_000
"""What OpenClaw's own setup writes for a model it knows nothing about."""
UNKNOWN_MAX_TOKENS = 4_096
OLLAMA_MAX_TOKENS = 8_192
OLLAMA_LOADED_TOKENS = 32_768
"""How much of its context OpenClaw's setup lets a local model load."""


def entry_of(settings: ProviderSettings) -> dict[str, object]:
    """The whole entry `models.providers.<id>` for these settings.

    Raises:
        Usage: `provider-id`, `provider-models` or `provider-address`: something required is missing.
    """
    check_provider_id(settings.id)
    kind = kind_named(settings.kind)
    entry: dict[str, object] = {}
    known = kind.bundled and settings.id == kind.id
    if not known:
        _require_address_and_models(settings, kind)
        entry["baseUrl"] = settings.base_url or kind.base_url
        entry["api"] = kind.api
    elif settings.base_url not in ("", kind.base_url):
        entry["baseUrl"] = settings.base_url
        entry["api"] = kind.api
    if key := _key(settings, kind):
        entry["apiKey"] = key
    if kind.api == "openai-responses":
        entry["agentRuntime"] = {"id": "openclaw"}
    if settings.models:
        entry["models"] = [model_row(row, kind, known=known) for row in settings.models]
    return entry


def model_row(row: ModelRow, kind: ProviderKind, *, known: bool) -> dict[str, object]:
    """A model as OpenClaw's own setup writes it; of a `known` provider's only the names, it has the rest."""
    names: dict[str, object] = {"id": row.id, "name": row.name or row.id}
    if known:
        return names
    is_ollama = kind.api == "ollama"
    context = row.context_window or UNKNOWN_CONTEXT_WINDOW
    longest = row.max_tokens or (OLLAMA_MAX_TOKENS if is_ollama else UNKNOWN_MAX_TOKENS)
    loaded = {"contextTokens": min(context, OLLAMA_LOADED_TOKENS)} if is_ollama else {}
    return {
        **names,
        "contextWindow": context,
        **loaded,
        "maxTokens": min(longest, context),
        "input": ["text"],
        "cost": {**_price(row), "cacheRead": 0, "cacheWrite": 0},
        "reasoning": False,
    }


def _price(row: ModelRow) -> dict[str, float]:
    """Zero where it is not known, as OpenClaw's own setup writes it."""
    return {"input": row.price.input, "output": row.price.output} if row.price else {"input": 0, "output": 0}


def provider_edits(config: JsonMap, settings: ProviderSettings) -> tuple[Edit, ...]:
    """What makes the config say these settings; empty when it already does.

    Of an entry that exists only the named fields change, and its models are added to, never dropped.
    """
    entry, path = entry_of(settings), (*PROVIDERS, settings.id)
    current = value_at(config, path)
    if not isinstance(current, dict):
        return (Edit(path, entry, expected=current),)
    return tuple(
        edit
        for field, wanted in entry.items()
        for edit in (
            _model_edits(path, current.get("models"), wanted)
            if field == "models"
            else _field_edit((*path, field), current.get(field, MISSING), wanted)
        )
    )


def fallback_edits(config: JsonMap, models: Sequence[str]) -> tuple[Edit, ...]:
    """What makes these the models asked in turn when the default does not answer; none removes the list."""
    current = value_at(config, DEFAULT_MODEL)
    held = current if isinstance(current, dict) else {"primary": current}
    wanted = [model for model in dict.fromkeys(models) if model != held.get("primary")]
    for model in wanted:
        _check_reference(model)
    rest = {key: value for key, value in held.items() if key != "fallbacks" and value is not MISSING}
    after = {**rest, **({"fallbacks": wanted} if wanted else {})}
    before = held.get("fallbacks", MISSING)
    if before == wanted or (before is MISSING and not wanted):
        return ()
    if not isinstance(current, dict):
        return (Edit(DEFAULT_MODEL, after, expected=current), *_known_edits(config, wanted))
    edit = Edit((*DEFAULT_MODEL, "fallbacks"), wanted or MISSING, expected=before)
    return (edit, *_known_edits(config, wanted))


def utility_edits(config: JsonMap, model: str) -> tuple[Edit, ...]:
    """What makes `model` the one for small tasks; empty removes it, so that OpenClaw chooses by itself."""
    if model:
        _check_reference(model)
    current = value_at(config, UTILITY_MODEL)
    edits = _field_edit(UTILITY_MODEL, current, model or MISSING)
    return (*edits, *(_known_edits(config, [model]) if model else ()))


def _known_edits(config: JsonMap, models: Sequence[str]) -> tuple[Edit, ...]:
    """What makes OpenClaw know these models by name."""
    paths = ((*KNOWN_MODELS, model) for model in models)
    return tuple(Edit(path, {}, expected=MISSING) for path in paths if value_at(config, path) is MISSING)


def default_model_edits(config: JsonMap, model: str) -> tuple[Edit, ...]:
    """What makes `provider/model` the default of all agents and known to OpenClaw; fallbacks stay."""
    _check_reference(model)
    current = value_at(config, DEFAULT_MODEL)
    edits: list[Edit] = []
    if isinstance(current, dict):
        edits += _field_edit((*DEFAULT_MODEL, "primary"), current.get("primary", MISSING), model)
    elif current != model:
        edits.append(Edit(DEFAULT_MODEL, {"primary": model}, expected=current))
    return (*edits, *_known_edits(config, [model]))


def removal_edits(config: JsonMap, provider_id: str) -> tuple[Edit, ...]:
    """What removes a provider's entry and its rows among the known models; other references are not touched.

    Look at `references` first: a default model that names the provider would dangle.
    """
    path = (*PROVIDERS, provider_id)
    current = value_at(config, path)
    known = value_at(config, KNOWN_MODELS)
    rows = known if isinstance(known, dict) else {}
    gone = [ref for ref in rows if ref.partition("/")[0] == provider_id]
    edits = [Edit((*KNOWN_MODELS, ref), MISSING, expected=rows[ref]) for ref in gone]
    return (*(() if current is MISSING else (Edit(path, MISSING, expected=current),)), *edits)


def instead_edits(config: JsonMap, uses: Sequence[Reference], model: str) -> tuple[Edit, ...]:
    """What makes each of these settings name `model`, and OpenClaw know it; a list keeps a name once."""
    _check_reference(model)
    paths = {item.path for item in uses}
    lists = {path[:-1] for path in paths if isinstance(value_at(config, path[:-1]), list)}
    edits = [
        Edit(path, model, expected=value_at(config, path)) for path in sorted(paths) if path[:-1] not in lists
    ]
    for path in sorted(lists):
        before = value_at(config, path)
        rows = before if isinstance(before, list) else []
        named = [model if (*path, str(index)) in paths else row for index, row in enumerate(rows)]
        first = value_at(config, (*path[:-1], "primary"))
        main = model if (*path[:-1], "primary") in paths else first
        edits.append(Edit(path, [row for row in dict.fromkeys(named) if row != main], expected=before))
    return (*edits, *_known_edits(config, [model]))


def models_edits(config: JsonMap, provider_id: str, rows: Sequence[Mapping[str, object]]) -> tuple[Edit, ...]:
    """What makes these the models of an entry, in this order; a row that is there already stays as it is."""
    path = (*PROVIDERS, provider_id, "models")
    current = value_at(config, path)
    have = (
        {row.get("id"): row for row in current if isinstance(row, dict)} if isinstance(current, list) else {}
    )
    wanted = [have.get(row["id"], row) for row in rows]
    return () if current == wanted else (Edit(path, wanted, expected=current),)


def value_at(config: object, path: tuple[str, ...]) -> object:
    """The value at a path of maps and lists, or `MISSING`."""
    value = config
    for key in path:
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
            continue
        if not isinstance(value, dict) or key not in value:
            return MISSING
        value = value[key]
    return value


def secret_reference(name: str) -> dict[str, str]:
    """A SecretRef into OpenClaw's own store."""
    return {"source": "store", "provider": "default", "id": name}


def _key(settings: ProviderSettings, kind: ProviderKind) -> object:
    if settings.secret:
        return secret_reference(settings.secret)
    return OLLAMA_MARKER if kind.api == "ollama" else None


def _require_address_and_models(settings: ProviderSettings, kind: ProviderKind) -> None:
    if not (settings.base_url or kind.base_url):
        raise Usage(
            f"The provider “{settings.id}” needs an address.",
            hint="Give it with --base-url, for example http://127.0.0.1:1234/v1.",
            code="provider-address",
        )
    if not settings.models:
        raise Usage(
            f"The provider “{settings.id}” needs at least one model.",
            hint="Name one with --model; testing the provider lists what it has.",
            code="provider-models",
        )


def _field_edit(path: tuple[str, ...], current: object, wanted: object) -> tuple[Edit, ...]:
    return () if current == wanted else (Edit(path, wanted, expected=current),)


def _model_edits(path: tuple[str, ...], current: object, wanted: object) -> tuple[Edit, ...]:
    rows = current if isinstance(current, list) else []
    have = {row.get("id") for row in rows if isinstance(row, dict)}
    new = [row for row in wanted if row["id"] not in have] if isinstance(wanted, list) else []
    if not new:
        return ()
    before = current if isinstance(current, list) else MISSING
    return (Edit((*path, "models"), [*rows, *new], expected=before),)


def _check_reference(model: str) -> None:
    provider, slash, name = model.partition("/")
    if not (provider and slash and name) or model != model.strip():
        raise Usage(
            f"“{model}” does not name a model.",
            hint="A model is named provider/model, for example openai/gpt-6-sol.",
            code="model-reference",
        )
