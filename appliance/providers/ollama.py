"""Whether a program that serves models runs on this machine, and what it can do at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.providers.catalog import kind_named
from appliance.providers.dialects import headers_for, list_call, read_models
from appliance.providers.exchange import exchange, open_client

if TYPE_CHECKING:
    from appliance.providers.catalog import ProviderKind

SECONDS = 2.0
"""It is this machine: whoever has not answered by then is not worth waiting for."""


async def local_models(base_url: str = "") -> tuple[str, ...] | None:
    """The models of an Ollama at `base_url` (this machine's usual address); None when none answers."""
    return await served_models(kind_named("ollama"), base_url)


async def served_models(kind: ProviderKind, base_url: str = "") -> tuple[str, ...] | None:
    """The models that somebody of this kind serves at `base_url` (its usual one); None: nobody answers."""
    call = list_call(kind.api)
    url = f"{base_url or kind.base_url}{call.path}"
    async with open_client() as client:
        got = await exchange(client, "GET", url, headers_for(kind.api, ""), seconds=SECONDS)
    if got.status != 200 or got.trouble is not None:
        return None
    rows = read_models(got.body)
    return None if rows is None else tuple(row.id for row in rows)
