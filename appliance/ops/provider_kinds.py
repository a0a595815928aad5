"""`providers.kinds` and `providers.detect`: what may be added, and what runs on this machine already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from appliance.ops.core import Call, Nothing, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.installed import InstalledProvider

LOCAL = (("ollama", 11_434), ("lmstudio", 1_234))
"""Kinds that run on an owner's own computer, and the ports they listen on."""


@dataclass(frozen=True)
class KindRow:
    """One kind of provider."""

    id: str
    title: str
    summary: str
    base_url: str
    """Empty when the owner must give one, or only OpenClaw knows."""
    api: str
    key: str
    """`required`, `optional` or `none`; empty where that is not known."""
    key_url: str
    favourite: bool
    """`providers add` knows it by this name; another is added as `custom` with its address."""
    installed: bool
    """The OpenClaw of this box brings it along."""
    models: int
    """How many models of it that OpenClaw knows by itself."""
    variables: tuple[str, ...]
    """Where OpenClaw looks for its key in the environment."""


@dataclass(frozen=True)
class KindList:
    """All kinds: the favourites first, then what else the installed OpenClaw knows."""

    kinds: tuple[KindRow, ...]
    engine: str
    """Release they were read from; empty when there is none, then only our own list counts."""


@dataclass(frozen=True)
class Detect:
    """Where to look."""

    address: str = param(
        "A host or an address in your network; this machine when left out.", default="", positional=True
    )


@dataclass(frozen=True)
class FoundServer:
    """Something that serves models."""

    kind: str
    base_url: str
    models: tuple[str, ...]


@dataclass(frozen=True)
class FoundServers:
    """All that answered."""

    found: tuple[FoundServer, ...]


async def kinds(box: Appliance, _params: Nothing, _call: Call) -> KindList:
    """Our favourites, and the catalogue of the installed OpenClaw."""
    from appliance.providers.catalog import ALL_KINDS
    from appliance.providers.installed import installed_providers

    engine = await asyncio.to_thread(box.find_engine)
    known = await asyncio.to_thread(installed_providers, engine.root) if engine else {}
    ours = [_favourite(kind, known.get(kind.id)) for kind in ALL_KINDS]
    names = {kind.id for kind in ALL_KINDS}
    rest = [_other(item) for item in known.values() if item.id not in names]
    return KindList((*ours, *rest), engine.version if engine else "")


def _favourite(kind: Any, known: InstalledProvider | None) -> KindRow:
    return KindRow(
        kind.id,
        kind.title,
        kind.summary,
        kind.base_url,
        kind.api,
        kind.key,
        kind.key_url,
        favourite=True,
        installed=known is not None,
        models=len(known.models) if known else 0,
        variables=known.variables if known else (),
    )


def _other(known: InstalledProvider) -> KindRow:
    return KindRow(
        known.id,
        known.title,
        "",
        known.base_url,
        known.api,
        "",
        "",
        favourite=False,
        installed=True,
        models=len(known.models),
        variables=known.variables,
    )


async def detect(_box: Appliance, params: Detect, _call: Call) -> FoundServers:
    """Ask whether an Ollama or an LM Studio answers; without a key, and only where it was asked for.

    Raises:
        Usage: `provider-address`, it is none.
    """
    places = _places(params.address)
    found = await asyncio.gather(*(_look(kind, url) for kind, url in places))
    return FoundServers(tuple(item for item in found if item is not None))


def _places(address: str) -> tuple[tuple[str, str], ...]:
    """Kind and address to try."""
    from urllib.parse import urlsplit

    from appliance.providers.address import clean_base_url
    from appliance.providers.catalog import kind_named

    url = address or "127.0.0.1"
    given = clean_base_url(url if "://" in url else f"http://{url}", "ollama")
    parts = urlsplit(given)
    has_port = parts.port is not None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    tried = []
    for kind, port in LOCAL:
        base = given if has_port else f"{parts.scheme}://{host}:{port}"
        tried.append((kind, base if kind_named(kind).api == "ollama" else f"{base}/v1"))
    return tuple(tried)


async def _look(kind_id: str, url: str) -> FoundServer | None:
    from appliance.providers.catalog import kind_named
    from appliance.providers.ollama import served_models

    models = await served_models(kind_named(kind_id), url)
    return None if models is None else FoundServer(kind_id, url, models)


KINDS = Operation(
    "providers.kinds",
    "The kinds of brain that can be added, with what the installed OpenClaw knows of each",
    Risk.READ,
    Nothing,
    KindList,
    run=kinds,
)
DETECT = Operation(
    "providers.detect",
    "Find an Ollama or an LM Studio on this machine, or at an address",
    Risk.READ,
    Detect,
    FoundServers,
    run=detect,
)
