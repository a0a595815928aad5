"""`secrets`: keys in our encrypted vault. Gathers what the modules beside this one declare."""

from __future__ import annotations

from appliance.ops import (
    secrets_copies,
    secrets_move,
    secrets_provider,
    secrets_repair,
    secrets_resolve,
    secrets_scan,
    secrets_status,
    secrets_vault,
    secrets_ways,
)

OPERATIONS = (
    *secrets_status.OPERATIONS,
    *secrets_vault.OPERATIONS,
    *secrets_provider.OPERATIONS,
    *secrets_ways.OPERATIONS,
    *secrets_copies.OPERATIONS,
    *secrets_resolve.OPERATIONS,
    *secrets_scan.OPERATIONS,
    *secrets_move.OPERATIONS,
    *secrets_repair.OPERATIONS,
)
