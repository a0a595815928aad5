"""`secrets`: keys in our encrypted vault. Gathers what the modules beside this one declare."""

from __future__ import annotations

from appliance.ops import secrets_vault

OPERATIONS = (*secrets_vault.OPERATIONS,)
