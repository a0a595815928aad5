"""Two names for each provider's key in OpenClaw's secret store, used in turn.

The store never gives a value back, so a new key is stored beside the old one: when it fails its test, the old
one is still there and the configuration goes back to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.providers.config import PROVIDERS, value_at
from appliance.providers.keys import secret_name

if TYPE_CHECKING:
    from collections.abc import Mapping


def slots(provider_id: str) -> tuple[str, str]:
    """Both names, the usual one first."""
    name = secret_name(provider_id)
    return name, f"{name}_2"


def slot_in_use(config: Mapping[str, object], provider_id: str) -> str:
    """The name that the configuration refers to; empty when it refers to none of ours."""
    reference = value_at(config, (*PROVIDERS, provider_id, "apiKey"))
    name = reference.get("id") if isinstance(reference, dict) else None
    return str(name) if name in slots(provider_id) else ""


def free_slot(config: Mapping[str, object], provider_id: str) -> str:
    """The name for a new key."""
    first, second = slots(provider_id)
    return second if slot_in_use(config, provider_id) == first else first
