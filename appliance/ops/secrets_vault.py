"""`secrets`: what lies in our own vault."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from appliance.ops.core import Call, Nothing, Operation, Risk
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class SecretRow:
    """One secret, without its value."""

    name: str
    changed: str
    """UTC, ISO 8601, as `used`."""
    used: str
    """When OpenClaw last asked for it; empty when it never did."""
    fingerprint: str


@dataclass(frozen=True)
class SecretList:
    """What the vault holds."""

    secrets: tuple[SecretRow, ...]


async def list_(box: Appliance, _params: Nothing, _call: Call) -> SecretList:
    """Names, ages and fingerprints; never a value."""
    from appliance.vault.vault import Vault

    if not Vault.exists(box.places):
        return SecretList(())
    return SecretList(
        tuple(
            SecretRow(item.name, _moment(item.changed), _moment(item.used), item.fingerprint)
            for item in Vault.open(box.places).entries()
        )
    )


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""


LIST = Operation(
    "secrets.list",
    "What the vault holds: names, ages and fingerprints, never a value",
    Risk.READ,
    Nothing,
    SecretList,
    run=list_,
    local=True,
)

OPERATIONS = (LIST,)
