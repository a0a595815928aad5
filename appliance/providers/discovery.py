"""Which models a provider has, by its own word: context, tools and price where it publishes them."""

from __future__ import annotations

import asyncio
from dataclasses import field, replace
from typing import TYPE_CHECKING

from appliance.providers.causes import CAUSES, Cause, cause_of_status
from appliance.providers.dialects import (
    Call,
    headers_for,
    list_call,
    read_models,
    read_ollama_context,
    read_ollama_tools,
)
from appliance.providers.exchange import exchange, open_client
from appliance.providers.models import ModelRow
from appliance.values import dataclass

if TYPE_CHECKING:
    import httpx

    from appliance.providers.catalog import Api

SECONDS = 8.0
SHOWN = 40
"""Models of an Ollama that are asked about one by one."""
_AT_ONCE = 4


@dataclass(frozen=True)
class Discovered:
    """What a provider says it has, or why it does not say."""

    models: tuple[ModelRow, ...] = field(default=())
    trouble: Cause | None = None


async def discover(base_url: str, api: Api, key: str) -> Discovered:
    """Ask for the list of models; a failure is a value, and the key goes nowhere else."""
    async with open_client(SECONDS / 2) as client:
        call = list_call(api)
        got = await exchange(client, "GET", f"{base_url}{call.path}", headers_for(api, key), seconds=SECONDS)
        if got.trouble is not None:
            return Discovered(trouble=got.trouble)
        if got.status != 200:
            cause = cause_of_status(got.status, got.body)
            missing = cause.code == "wrong-key" and not key
            unknown = cause.code == "model-not-found"
            code = "key-missing" if missing else "wrong-path" if unknown else cause.code
            return Discovered(trouble=CAUSES[code])
        rows = read_models(got.body)
        if rows is None:
            return Discovered(trouble=CAUSES["not-json"])
        if api != "ollama":
            return Discovered(rows)
        few = asyncio.Semaphore(_AT_ONCE)
        known = await asyncio.gather(*(_shown(client, few, base_url, row) for row in rows[:SHOWN]))
        return Discovered((*known, *rows[SHOWN:]))


async def _shown(client: httpx.AsyncClient, few: asyncio.Semaphore, base_url: str, row: ModelRow) -> ModelRow:
    """What an Ollama says of one model; the row as it is where it says nothing."""
    call = Call("/api/show", {"model": row.id})
    async with few:
        got = await exchange(client, "POST", f"{base_url}{call.path}", {}, call.body, seconds=SECONDS)
    if got.status != 200 or got.trouble is not None:
        return row
    return replace(row, context_window=read_ollama_context(got.body), tools=read_ollama_tools(got.body))
