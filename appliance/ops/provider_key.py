"""The key OpenClaw would use for a provider, where we may read it: for our own test, never to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.api import Appliance
    from appliance.ops.core import Call
    from appliance.providers.models import Provider

_OUT_OF_REACH = {
    "store": "Its key is in OpenClaw's store, which gives none back.",
    "profile": "OpenClaw signs in to it by itself, with a login of its own.",
    "exec": "Its key comes from a program that only OpenClaw asks.",
}


@dataclass(frozen=True)
class KeyAtHand:
    """A key, or why it is out of reach."""

    secret: Secret | None = None
    """None where there is none to send, or none can be had."""
    missing: str = ""
    """Why it cannot be had, one sentence; empty when it can, or when the provider needs none."""


def key_at_hand(box: Appliance, call: Call, config: Mapping[str, Any], provider: Provider) -> KeyAtHand:
    """The key of a provider as its settings say; what cannot be read is told, never guessed."""
    from appliance.gateway.secret import read_setting
    from appliance.providers.catalog import kind_of
    from appliance.providers.config import PROVIDERS, value_at
    from appliance.store.edits import MISSING

    kind = provider.key.kind
    if kind in _OUT_OF_REACH:
        return KeyAtHand(missing=_OUT_OF_REACH[kind])
    if kind == "vault":
        return _of_vault(box, call, provider.key.name)
    setting = value_at(config, (*PROVIDERS, provider.id, "apiKey"))
    if kind == "none" and kind_of(provider.id).key == "required":
        setting = f"${{{_usual_variable(provider.id)}}}"
    if kind == "marker" or setting is MISSING:
        return KeyAtHand()
    found = read_setting(setting, config, box.env, box.places.state_dir, "Its key")
    if found.problem:
        return KeyAtHand(missing=found.problem)
    return KeyAtHand(Secret(found.value) if found.value else None)


def _usual_variable(provider_id: str) -> str:
    """Where OpenClaw looks for a key that no setting names (docs/help/environment.md)."""
    return f"{provider_id.upper().replace('-', '_')}_API_KEY"


def _of_vault(box: Appliance, call: Call, name: str) -> KeyAtHand:
    from appliance.ops.secrets_open import open_vault

    try:
        return KeyAtHand(open_vault(box, call).get(name))
    except LunaError as error:
        return KeyAtHand(missing=f"Its key is in the vault. {error.message}")
