"""Borders between OpenClaw releases as capabilities, learned from the hello (compatibility §1, §3, §10)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.hello import Hello

OLDEST_PROTOCOL = 3
NEWEST_PROTOCOL = 4
"""Releases before 2026.5.12 speak 3 only, later ones 4 only; a range of 3 to 4 connects to all."""


@dataclass(frozen=True)
class Persona:
    """How we introduce ourselves; both fields are closed lists on the gateway's side."""

    id: str
    mode: str
    with_device: bool
    """Whether the device identity goes along."""


USUAL_PERSONA = Persona("cli", "cli", with_device=True)
OLD_PERSONA = Persona("gateway-client", "backend", with_device=False)
"""For releases where `cli/cli` connects without any scope (2026.4.29, 2026.6.35); loopback only."""


class Support(Enum):
    """What we offer for a release."""

    FULL = "full"
    FEWER_SCREENS = "fewer-screens"
    LOOK_AND_UPDATE = "look-and-update"


@dataclass(frozen=True)
class Release:
    """What the connected release can do, beyond its list of methods."""

    version: str
    support: Support
    roster_is_map: bool
    """`agents.entries{}` (from 2026.8.1) rather than `agents.list[]`."""
    edits_by_file: bool
    """Config edits go through the file (one storage layout, hot reload, from 2026.8.1)."""
    jobs_in_database: bool
    """Schedules, credentials and pairing live in its database (from 2026.6.1), not in JSON files."""
    announces_config_changes: bool
    """`config.changed` events arrive."""
    scoped_subscriptions: bool
    """`sessions.messages.subscribe` exists."""
    methods: frozenset[str]

    def has(self, method: str) -> bool:
        """Whether the call is advertised; an unlisted one may still work."""
        return method in self.methods


def learn(hello: Hello) -> Release:
    """Place a release by what it advertises: the borders are features, version numbers do not order them."""
    newest_layout = "secrets.store.list" in hello.methods
    jobs_in_database = hello.protocol >= NEWEST_PROTOCOL and "sessions.files.list" in hello.methods
    if newest_layout:
        support = Support.FULL
    else:
        support = Support.FEWER_SCREENS if jobs_in_database else Support.LOOK_AND_UPDATE
    return Release(
        version=hello.version,
        support=support,
        roster_is_map=newest_layout,
        edits_by_file=newest_layout,
        jobs_in_database=jobs_in_database,
        announces_config_changes=newest_layout,
        scoped_subscriptions="sessions.messages.subscribe" in hello.methods,
        methods=hello.methods,
    )


def lacks_scopes(hello: Hello, wanted: tuple[str, ...]) -> bool:
    """Whether we were let in without the scopes we asked for: the sign that another persona is needed."""
    return hello.scopes is not None and not set(wanted) <= set(hello.scopes)
