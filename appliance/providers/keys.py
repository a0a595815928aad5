"""API keys as text: what one may look like, and under which name it is stored."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from appliance.errors import Usage

if TYPE_CHECKING:
    from appliance.providers.catalog import ProviderKind

KEY_LIMIT = 4_096
_SHORTEST = 8
_SHORTEST_OWN = 1
"""At an address of the owner's own, any word may be the key."""
_SECRET_NAME_LIMIT = 128
_PLAIN_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ASSIGNMENT = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*=")
_OWNERS = (
    ("sk-ant-", "anthropic", "Anthropic"),
    ("sk-or-", "openrouter", "OpenRouter"),
)
_NOT_FOR_MODELS = {
    "sk-admin-": "an OpenAI admin key, which cannot run models",
    "sk-ant-admin": "an Anthropic admin key, which cannot run models",
    "sk-ant-oat": "the token of a Claude subscription, not an API key",
}
_REDACTED = ("__OPENCLAW_REDACTED__", "[REDACTED]", "•", "…", "***")


def secret_name(provider_id: str) -> str:
    """The name a provider's key has in OpenClaw's secret store (`[A-Z][A-Z0-9_]{0,127}`), ours alone.

    Two different ids never share a name: an id that is not plain carries a digest of itself.
    """
    name = re.sub(r"[^A-Z0-9]+", "_", provider_id.upper()).strip("_")
    if not _PLAIN_ID.fullmatch(provider_id):
        name = f"{name}_{hashlib.sha256(provider_id.encode()).hexdigest()[:8].upper()}"
    return f"LUNATUI_{name}_KEY"[-_SECRET_NAME_LIMIT:].lstrip("_0123456789")


def clean_key(text: str, kind: ProviderKind, *, own_address: bool = False) -> str:
    """Return the key in `text` without the white space around it. No message repeats any part of it.

    `own_address`: the provider is reached at an address its owner gave, where any key may be right.

    Raises:
        Usage: `provider-key`, the text cannot be a key of this provider; says why.
    """
    key = text.strip()
    reason = _shape_problem(key, _SHORTEST_OWN if own_address else _SHORTEST)
    reason = reason or ("" if own_address else _owner_problem(key, kind))
    if not reason:
        return key
    where = f" Make one at {kind.key_url}." if kind.key_url and kind.key == "required" else ""
    hint = f"Copy the key again, all of it and nothing else.{where}"
    raise Usage(f"This is not a key for {kind.title}: {reason}.", hint=hint, code="provider-key")


def _shape_problem(key: str, shortest: int) -> str:
    if not key:
        return "it is empty"
    if any(mark in key for mark in _REDACTED):
        return "it is a masked or hidden key, not the key itself"
    if key.lower().startswith("bearer "):
        return "it begins with “Bearer”; only what follows is the key"
    if _ASSIGNMENT.match(key):
        return "it is a line of settings; only what follows the “=” is the key"
    if "://" in key:
        return "it is a web address"
    if re.search(r"\s", key):
        return "there is a space or a line break inside it"
    if key[0] in "\"'“‘" or key[-1] in "\"'”’":
        return "there are quotation marks around it"
    if not key.isascii() or not key.isprintable():
        return "it holds a sign that no key has"
    if len(key) < shortest:
        return "it is too short"
    return "it is too long" if len(key) > KEY_LIMIT else ""


def _owner_problem(key: str, kind: ProviderKind) -> str:
    for prefix, what in _NOT_FOR_MODELS.items():
        if key.startswith(prefix):
            return f"it is {what}"
    if not kind.key_prefix:
        return ""
    for prefix, owner, title in _OWNERS:
        if key.startswith(prefix) and owner != kind.id:
            return f"it is a key for {title}"
    return "" if key.startswith(kind.key_prefix) else f"such a key begins with “{kind.key_prefix}”"
