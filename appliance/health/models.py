"""One look at the shop, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from appliance.values import dataclass

ShopState = Literal["open", "closed", "starting", "new"]


@dataclass(frozen=True)
class Trouble:
    """What keeps the shop from being well, and the way out."""

    code: str
    """Stable, kebab-case."""
    message: str
    hint: str
    repair: str | None = None
    """The operation that puts it right, run without parameters; None where a person has to."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the sentence is about, for front ends with words of their own: `program`, `port`, `detail`, …"""


@dataclass(frozen=True)
class Staff:
    """One agent by id and name."""

    id: str
    name: str


@dataclass(frozen=True)
class Today:
    """What can be known cheaply of the day so far; None is what the Gateway did not say."""

    day: str
    """The day on this machine, `YYYY-MM-DD`."""
    conversations: int | None = None
    """Conversations with people in which something was said since midnight."""
    schedules_on: int | None = None
    """Schedules that are switched on."""
    schedules_failed: int | None = None
    """Of these, how many ended badly the last time they ran, today."""
    next_schedule: float | None = None
    """When the next one is due, in seconds since 1970."""
    waiting: int | None = None
    """Approvals that wait for a person."""
    spoken: Mapping[str, float] = field(default_factory=dict)
    """By id of an agent, when somebody last talked with it today, in seconds since 1970."""
    answering: tuple[str, ...] = ()
    """Ids of the agents that are answering somebody right now."""
    failed: tuple[str, ...] = ()
    """Ids of the agents whose newest conversation of today ended without an answer."""


@dataclass(frozen=True)
class Glance:
    """Whether the shop is open, and what is known of it. Times are seconds since 1970."""

    state: ShopState
    since: float | None
    """When this state began, as far as anybody noted it."""
    business: str
    agents: tuple[Staff, ...]
    channels: tuple[str, ...]
    """Channels that are set up."""
    engine: str
    """OpenClaw's version; empty when there is none."""
    up_since: float | None
    """When the running Gateway started."""
    model: str
    """The default model, `provider/model`; empty when there is none."""
    provider: str
    """What its provider is called."""
    last_change: float | None
    last_backup: float | None
    trouble: Trouble | None
    today: Today | None
    checked_at: float
    last_open: float | None = None
    """When the shop was last seen open."""
    remembered: tuple[str, ...] = ()
    """Fields that were true at `last_open` and could not be looked up now."""
    notes: tuple[str, ...] = ()
    """What could not be found out, and why."""
    last_proven: float | None = None
    """When a backup was last proven by a restore; `last_backup` is of the whole box."""
    backup_late: bool = False
    """A backup that should have been made was not."""
    later: tuple[str, ...] = ()
    """What was put off when the box was set up and is still open: `lines`, `what`, `hours`."""
