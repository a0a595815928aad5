"""An agent's `model`: its own or everybody's, and what is tried when it fails (OpenClaw 2026.9.6).

A model of its own without `fallbacks` has none; only an agent without a `model` shares those of the defaults
(docs/concepts/model-failover).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.store.edits import MISSING, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.agents.models import AgentChanges

THINKING = ("off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra")
"""OpenClaw's levels (`thinkingDefault` in its schema)."""


def brain_wishes(
    path: tuple[str, ...], own: object, changes: AgentChanges, common: str
) -> Iterator[tuple[tuple[str, ...], object]]:
    """What has to stand at `path`, an agent's `model`: `own` stands there, `common` is the default model.

    Raises:
        Usage: `agent-fallbacks`, one is no `provider/model`, or stands there twice; `agent-no-model`, there
            is nothing to fall back from.
    """
    primary = _primary(own) if changes.model is None else changes.model
    if changes.fallbacks is None:
        inside = isinstance(own, dict) and primary
        yield (*path, "primary") if inside else path, primary or MISSING
        return
    primary = primary or common
    fallbacks = _checked(changes.fallbacks, primary)
    if isinstance(own, dict):
        yield (*path, "primary"), primary
        yield (*path, "fallbacks"), list(fallbacks)
    elif fallbacks:
        yield path, {"primary": primary, "fallbacks": list(fallbacks)}
    else:
        yield path, primary


def fallbacks_of(config_value: Mapping[str, object], entry: Mapping[str, object]) -> tuple[str, ...]:
    """What is tried in order when the agent's model fails."""
    model = entry.get("model")
    if model is None:
        model = lookup(config_value, ("agents", "defaults", "model"))
    found = model.get("fallbacks") if isinstance(model, dict) else None
    return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()


def _primary(model: object) -> str:
    if isinstance(model, dict):
        model = model.get("primary")
    return model if isinstance(model, str) else ""


def _checked(fallbacks: tuple[str, ...], primary: str) -> tuple[str, ...]:
    if not primary:
        raise Usage(
            "There is no model to fall back from.",
            hint="Choose one with --model, or a default: lunatui providers set.",
            code="agent-no-model",
        )
    for number, model in enumerate(fallbacks):
        provider, _, name = model.partition("/")
        if not provider or not name or model in (primary, *fallbacks[:number]):
            raise Usage(
                f"“{model}” cannot be fallen back to.",
                hint="Give each as provider/model, once, and not the model itself.",
                code="agent-fallbacks",
            )
    return fallbacks
