"""Which areas there are and which module declares each one's operations; modules load when asked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from appliance.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.ops.core import Operation


class Area(NamedTuple):
    """A noun of the command line and the module that declares its operations."""

    module: str
    summary: str
    plain: bool = False
    """The area is one operation and needs no verb (`lunatui undo`)."""


AREAS = {
    "agents": Area("appliance.ops.agents", "The staff: list, show, create, change, archive"),
    "approvals": Area("appliance.ops.approvals", "What waits for a person: list, decide, history"),
    "audit": Area("appliance.ops.audit", "The record of every change: show, verify"),
    "backup": Area("appliance.ops.backup", "Archives of the whole box: make, prove, restore"),
    "channels": Area("appliance.ops.channels", "The lines people write on: link, add, test, who may talk"),
    "chat": Area("appliance.ops.chat", "Say something to an agent and read the answer"),
    "config": Area("appliance.ops.config", "Read and edit openclaw.json without losing anything"),
    "demo": Area("appliance.ops.demo", "The whole path in a practice home", plain=True),
    "devices": Area("appliance.ops.devices", "Programs and machines that reach this box: let in, send away"),
    "engine": Area("appliance.ops.engine", "The installed OpenClaw: find it, install it"),
    "gateway": Area("appliance.ops.gateway", "The OpenClaw process: start, stop, restart, status"),
    "health": Area("appliance.ops.health", "Is the shop open, and if not, why"),
    "history": Area("appliance.ops.history", "Every change, ours or not: list, show, undo, restore"),
    "models": Area("appliance.ops.models", "What the brains think with: list, price, who steps in"),
    "people": Area("appliance.ops.people", "Who may write on the lines: let in, ignore, block, take back"),
    "profiles": Area("appliance.ops.profiles", "A box described in one file: check, plan, apply, export"),
    "providers": Area("appliance.ops.providers", "The brains: add, test, change, remove, choose"),
    "secrets": Area("appliance.ops.secrets", "Keys in an encrypted vault, and OpenClaw's way to them"),
    "settings": Area("appliance.ops.settings", "What lunatui itself remembers: the business, how it looks"),
    "setup": Area("appliance.ops.setup", "Where the box stands between new and ready"),
    "templates": Area("appliance.ops.templates", "Ready-made staff for a small business"),
    "undo": Area("appliance.ops.undo", "Take back the last change", plain=True),
}


def operations(area: str) -> tuple[Operation[Any, Any], ...]:
    """The operations of one area, in the order of its module.

    Raises:
        Usage: there is no such area.
    """
    if area not in AREAS:
        raise Usage(f"There is no area “{area}”.", hint="lunatui --help lists them.", code="unknown-verb")
    found: tuple[Operation[Any, Any], ...] = import_module(AREAS[area].module).OPERATIONS
    return found


def every_operation() -> Iterator[Operation[Any, Any]]:
    """All operations of all areas, sorted by area."""
    for area in AREAS:
        yield from operations(area)


def find(name: str) -> Operation[Any, Any]:
    """The operation called `area.verb`.

    Raises:
        Usage: there is none of that name.
    """
    area = name.partition(".")[0]
    for operation in operations(area):
        if operation.name == name:
            return operation
    raise Usage(
        f"There is no operation “{name}”.",
        hint=f"lunatui {area} --help lists its verbs.",
        code="unknown-verb",
    )
