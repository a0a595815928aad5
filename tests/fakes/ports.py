"""A port for a program that a test starts a moment later."""

from __future__ import annotations

from appliance.ports import free_port as free_port
