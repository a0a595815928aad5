"""`gateway.configure`: where the Gateway listens, who reaches it, and the token that opens it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Operation, Prepared, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance

TOKEN_BYTES = 24
USUAL_PORT = 18789
PORT, ANNOUNCED = ("gateway", "port"), ("discovery", "mdns", "mode")


@dataclass(frozen=True)
class ConfigureGateway:
    """Where the Gateway listens; what is left out stays as it is."""

    port: int | None = param("Its port on this machine; 18789 where it has none.", default=None)
    announce: bool | None = param("Show it on the local network.", default=None)


async def configure(box: Appliance, params: ConfigureGateway, call: Call) -> Prepared[Saved]:
    """Find out what a Gateway of this box lacks: a port, loopback only, and a token nobody can guess."""
    from appliance.store.edits import MISSING, Edit, lookup

    value = box.config.read().value
    wanted: dict[tuple[str, ...], object] = {
        ("gateway", "mode"): "local",
        ("gateway", "bind"): "loopback",
        ("gateway", "auth", "mode"): "token",
    }
    if params.port is not None or lookup(value, PORT) is MISSING:
        wanted[PORT] = USUAL_PORT if params.port is None else params.port
    if params.announce is not None or lookup(value, ANNOUNCED) is MISSING:
        wanted[ANNOUNCED] = "minimal" if params.announce else "off"
    if lookup(value, ("gateway", "auth", "token")) is MISSING:
        wanted["gateway", "auth", "token"] = os.urandom(TOKEN_BYTES).hex()
    edits = [Edit(path, item) for path, item in wanted.items()]
    return prepare_edits(box, edits, "gateway.configure", call, why="the Gateway's own settings")


CONFIGURE = Operation(
    "gateway.configure",
    "Give the Gateway its port, its token and loopback only",
    Risk.CHANGE,
    ConfigureGateway,
    Saved,
    prepare=configure,
    local=True,
)
