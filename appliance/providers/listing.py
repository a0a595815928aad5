"""What openclaw.json says about providers: a list of them, and every place that names their models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.errors import NotFound
from appliance.providers.catalog import OLLAMA_MARKER, kind_named, kind_of
from appliance.providers.config import DEFAULT_MODEL, KNOWN_MODELS, PROVIDERS, UTILITY_MODEL, value_at
from appliance.providers.installed import price_of
from appliance.providers.models import KeyKind, KeyState, ModelRow, Provider, Reference
from appliance.vault.references import ALIAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    JsonMap = Mapping[str, object]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MODEL_KEY = re.compile(r"model$|models$|^modelBy|^primary$|^fallbacks?$", re.IGNORECASE)
_SOURCES: dict[str, KeyKind] = {"store": "store", "env": "env", "file": "file", "exec": "exec"}


def default_model(config: JsonMap) -> str:
    """The default model as `provider/model`; empty when none is set."""
    value = value_at(config, DEFAULT_MODEL)
    if isinstance(value, dict):
        value = value.get("primary")
    return value if isinstance(value, str) else ""


def fallbacks(config: JsonMap) -> tuple[str, ...]:
    """Who is asked when the default model does not answer, in this order."""
    held = value_at(config, (*DEFAULT_MODEL, "fallbacks"))
    return tuple(item for item in held if isinstance(item, str)) if isinstance(held, list) else ()


def utility_model(config: JsonMap) -> str:
    """The model for small tasks; empty when none is set."""
    value = value_at(config, UTILITY_MODEL)
    return value if isinstance(value, str) else ""


def list_providers(config: JsonMap) -> tuple[Provider, ...]:
    """Every provider the config knows: an entry, a login, or the default model's, in that order."""
    entries = value_at(config, PROVIDERS)
    rows: dict[str, object] = dict(entries) if isinstance(entries, dict) else {}
    logins = _logins(config)
    main = default_model(config)
    ids = [*rows, *logins, *([main.partition("/")[0]] if "/" in main else [])]
    return tuple(_provider(name, rows.get(name), logins.get(name, ""), main) for name in dict.fromkeys(ids))


def model_rows(config: JsonMap, provider_id: str) -> tuple[ModelRow, ...]:
    """The models of a provider's entry with what it says of each; none when OpenClaw's own list counts."""
    listed = value_at(config, (*PROVIDERS, provider_id, "models"))
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return tuple(
        ModelRow(
            str(row["id"]),
            str(row.get("name") or ""),
            _count(row.get("contextWindow")),
            _count(row.get("maxTokens")),
            None,
            price_of(row.get("cost")),
        )
        for row in rows
        if "id" in row
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def references(config: JsonMap, provider_id: str, model: str = "") -> tuple[Reference, ...]:
    """Every setting outside the provider's own entry that names one of its models (or just `model`).

    The list of known models (`agents.defaults.models`) does not count: it selects nothing.
    """
    wanted = f"{provider_id}/{model}"
    aliases = _aliases(config)
    named = ((path, aliases.get(text, text)) for path, text in _model_names(config, (), aliases))
    return tuple(
        Reference(path, text, _agent(path))
        for path, text in named
        if (text == wanted if model else text.startswith(wanted))
    )


def _provider(provider_id: str, entry: object, login: str, main: str) -> Provider:
    kind = kind_of(provider_id)
    fields: dict[str, object] = dict(entry) if isinstance(entry, dict) else {}
    listed = fields.get("models")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    owner, _, name = main.partition("/")
    is_default = owner == provider_id
    return Provider(
        id=provider_id,
        kind=kind.id,
        title=kind.title if kind.id == provider_id else provider_id,
        base_url=str(fields.get("baseUrl") or kind.base_url),
        api=str(fields.get("api") or kind.api),
        models=tuple(str(row["id"]) for row in rows if "id" in row),
        key=_key_state(fields.get("apiKey"), login),
        is_default=is_default,
        default_model=name if is_default else "",
    )


def _key_state(value: object, login: str) -> KeyState:
    if isinstance(value, dict):
        if (value.get("source"), value.get("provider")) == ("exec", ALIAS):
            return KeyState("vault", str(value.get("id", "")))
        return KeyState(_SOURCES.get(str(value.get("source")), "none"), str(value.get("id", "")))
    if isinstance(value, str) and value:
        if value == OLLAMA_MARKER:
            return KeyState("marker")
        match = _VARIABLE.fullmatch(value)
        return KeyState("variable", match[1]) if match else KeyState("clear")
    return KeyState("profile", login) if login else KeyState("none")


def _logins(config: JsonMap) -> dict[str, str]:
    """Provider id to the name of its first login (`auth.profiles`)."""
    profiles = value_at(config, ("auth", "profiles"))
    found: dict[str, str] = {}
    for name, profile in profiles.items() if isinstance(profiles, dict) else ():
        if isinstance(profile, dict) and isinstance(profile.get("provider"), str):
            found.setdefault(profile["provider"], name)
    return found


def _aliases(config: JsonMap) -> dict[str, str]:
    """Other names of known models (`agents.defaults.models`), each to the model it stands for."""
    known = value_at(config, KNOWN_MODELS)
    rows = known.items() if isinstance(known, dict) else ()
    return {
        row["alias"]: ref for ref, row in rows if isinstance(row, dict) and isinstance(row.get("alias"), str)
    }


def _model_names(
    value: object, path: tuple[str, ...], aliases: Mapping[str, str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if path in (PROVIDERS, KNOWN_MODELS):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _model_names(inner, (*path, str(key)), aliases)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _model_names(inner, (*path, str(index)), aliases)
    elif isinstance(value, str) and ("/" in value or value in aliases) and _names_model(path):
        yield path, value


def _names_model(path: tuple[str, ...]) -> bool:
    return any(_MODEL_KEY.search(key) for key in path)


def _agent(path: tuple[str, ...]) -> str:
    return path[2] if len(path) > 2 and path[:2] == ("agents", "entries") else ""


def require_provider(config: JsonMap, provider_id: str) -> Provider:
    """The provider of this id.

    Raises:
        NotFound: `provider-unknown`, the hint lists those there are.
    """
    there = {item.id: item for item in list_providers(config)}
    if provider_id not in there:
        hint = f"There are: {', '.join(there)}." if there else "There are none yet: lunatui providers add"
        raise NotFound(f"There is no provider “{provider_id}”.", hint=hint, code="provider-unknown")
    return there[provider_id]


def require_model(config: JsonMap, model: str) -> None:
    """Make sure `provider/model` is one that OpenClaw could use; it accepts any reference itself.

    Raises:
        NotFound: `provider-unknown`; `model-unknown`, the provider lists its models and this is none of them
            (a bundled provider's list only adds to what OpenClaw knows, so that any model passes).
    """
    provider_id, _, name = model.partition("/")
    provider = require_provider(config, provider_id)
    if provider.models and name not in provider.models and not kind_named(provider.kind).bundled:
        raise NotFound(
            f"{provider.title} has no model “{name}”.",
            hint=f"It has: {', '.join(provider.models)}.",
            code="model-unknown",
            facts={"brain": provider.title, "model": name},
        )
