"""Names of channels' tokens in OpenClaw's secret store: two each, used in turn, as for keys of providers."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from appliance.channels.settings import DEFAULT_ACCOUNT
from appliance.store.edits import lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.channels.settings import Account
    from appliance.channels.tokens import Kind

_LONGEST_WORD = 40
_PLAIN = re.compile(r"[a-z0-9]{1,40}")


def slots(channel: str, account: str, kind: Kind) -> tuple[str, str]:
    """Both names (`[A-Z][A-Z0-9_]{0,127}`), the usual one first; two accounts never share one."""
    whose = "" if account == DEFAULT_ACCOUNT else f"_{_word(account)}"
    name = f"LUNATUI_{_word(channel)}{whose}_{kind.upper()}_TOKEN"
    return name, f"{name}_2"


def slot_in_use(config: Mapping[str, Any], account: Account, kind: Kind, key: str) -> str:
    """The name that the configuration refers to; empty when it refers to none of ours."""
    reference = lookup(config, (*account.path, key))
    name = reference.get("id") if isinstance(reference, dict) else None
    return str(name) if name in slots(account.channel, account.id, kind) else ""


def free_slot(config: Mapping[str, Any], account: Account, kind: Kind, key: str) -> str:
    """The name for a new token."""
    first, second = slots(account.channel, account.id, kind)
    return second if slot_in_use(config, account, kind, key) == first else first


def reference(name: str) -> dict[str, str]:
    """How openclaw.json refers to an entry of OpenClaw's secret store."""
    return {"source": "store", "provider": "default", "id": name}


def _word(text: str) -> str:
    word = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")[:_LONGEST_WORD]
    if _PLAIN.fullmatch(text):
        return word
    return f"{word}_{hashlib.sha256(text.encode()).hexdigest()[:8].upper()}"
