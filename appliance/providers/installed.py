"""What the installed OpenClaw knows of providers by itself: the manifests of its plugins.

OpenClaw 2026.9.6 has one `openclaw.plugin.json` a plugin below `dist/extensions`; `modelCatalog.providers`
holds addresses, dialects and models with context (tokens) and cost (US dollars for a million tokens),
`setup.providers` the variables a key may stand in. All 63 are read in about 50 ms.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from appliance.parsing import json_value, small_file
from appliance.providers.models import ModelRow, Price
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EXTENSIONS = ("dist", "extensions")
MANIFEST = "openclaw.plugin.json"
MANIFEST_LIMIT = 2 * 2**20
_MOST_PLUGINS = 1_000


@dataclass(frozen=True)
class InstalledProvider:
    """One provider that OpenClaw brings along."""

    id: str
    title: str
    base_url: str = ""
    """Empty where only the plugin knows."""
    api: str = ""
    variables: tuple[str, ...] = ()
    """Where its key may stand in the environment."""
    models: tuple[ModelRow, ...] = field(default=())


def installed_providers(package: Path) -> dict[str, InstalledProvider]:
    """By id; `package` is the folder of the npm package. What cannot be read is left out."""
    folder = package.joinpath(*EXTENSIONS)
    found: dict[str, InstalledProvider] = {}
    try:
        plugins = sorted(folder.iterdir())[:_MOST_PLUGINS]
    except OSError:
        return {}
    for plugin in plugins:
        for item in read_manifest(plugin / MANIFEST):
            found.setdefault(item.id, item)
    return found


def read_manifest(path: Path) -> tuple[InstalledProvider, ...]:
    """The providers of one plugin; none where there is no manifest, or one that is none."""
    try:
        value = json_value(small_file(path, MANIFEST_LIMIT))
    except (OSError, ValueError):
        return ()
    manifest = _table(value)
    catalog = _table(_table(manifest.get("modelCatalog")).get("providers"))
    names = [name for name in _rows(manifest.get("providers")) if isinstance(name, str)]
    return tuple(_provider(name, manifest, _table(catalog.get(name))) for name in names)


def _provider(name: str, manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> InstalledProvider:
    choices = (_table(item) for item in _rows(manifest.get("providerAuthChoices")))
    labels = (item.get("groupLabel") for item in choices if item.get("provider") == name)
    setups = (_table(item) for item in _rows(_table(manifest.get("setup")).get("providers")))
    variables = next((item.get("envVars") for item in setups if item.get("id") == name), ())
    return InstalledProvider(
        name,
        next((label for label in labels if isinstance(label, str)), name),
        _text(catalog.get("baseUrl")),
        _text(catalog.get("api")),
        tuple(item for item in _rows(variables) if isinstance(item, str)),
        tuple(_models(catalog)),
    )


def _models(catalog: Mapping[str, Any]) -> Iterator[ModelRow]:
    for item in _rows(catalog.get("models")):
        row = _table(item)
        if name := _text(row.get("id")):
            context, longest = _count(row.get("contextWindow")), _count(row.get("maxTokens"))
            yield ModelRow(name, _text(row.get("name")), context, longest, None, price_of(row.get("cost")))


def price_of(cost: object) -> Price | None:
    """What a `cost` of OpenClaw's says; `None` where it says nothing, or zero, which means unknown."""
    said = _table(cost)
    into, out = said.get("input"), said.get("output")
    if not (isinstance(into, int | float) and isinstance(out, int | float)) or (not into and not out):
        return None
    return Price(float(into), float(out)) if into >= 0 and out >= 0 else None


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None
