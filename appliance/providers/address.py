"""Provider addresses: what one may look like, and where a key may travel in the open."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from appliance.errors import Refused, Usage

if TYPE_CHECKING:
    from appliance.providers.catalog import Api

_LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
_LIMIT = 2_048


def clean_base_url(text: str, api: Api) -> str:
    """Return the address without trailing slashes; Ollama's without `/v1`, which breaks its tool calls.

    Raises:
        Usage: `provider-address`, it is not an address of a provider; says why.
    """
    url = text.strip().rstrip("/")
    reason = _problem(url)
    if reason:
        raise Usage(
            f"This is not the address of a provider: {reason}.",
            hint="An address looks like https://example.com/v1 or http://127.0.0.1:11434.",
            code="provider-address",
        )
    for ending in ("/chat/completions", "/completions", "/messages", "/models", "/api/chat"):
        url = url.removesuffix(ending)
    return url.removesuffix("/v1") if api in ("ollama", "anthropic-messages") else url


def refuse_open_road(base_url: str, *, has_key: bool) -> None:
    """Refuse to send a key over plain HTTP to a place that is not in the own network.

    Raises:
        Refused: `insecure-address`.
    """
    parts = urlsplit(base_url)
    if has_key and parts.scheme == "http" and not is_own_network(parts.hostname or ""):
        raise Refused(
            f"The address {base_url} is not encrypted: the key could be read on the way.",
            hint="Use the address that begins with https://.",
            code="insecure-address",
        )


def is_own_network(host: str) -> bool:
    """Whether a host name or address belongs to this machine or the network it stands in."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return "." not in name or name.endswith(_LOCAL_SUFFIXES)
    return address.is_private or address.is_loopback or address.is_link_local


def _problem(url: str) -> str:
    if not url:
        return "it is empty"
    if len(url) > _LIMIT or not url.isprintable() or " " in url:
        return "it holds signs that no address has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it cannot be read"
    if parts.scheme not in ("http", "https"):
        return "it does not begin with http:// or https://"
    if not parts.hostname or port == 0:
        return "it names no computer"
    if parts.username or parts.password:
        return "it holds a user name or password; give the key on its own"
    if parts.query or parts.fragment:
        return "it holds a “?” or “#” part"
    return ""
