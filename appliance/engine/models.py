"""What the engine is, as values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from appliance.engine.release import Support, support
from appliance.values import dataclass

Origin = Literal["service", "ours", "path", "known"]
"""Named by a service definition, installed by us, found through PATH, or in a place where such things lie."""


@dataclass(frozen=True)
class Engine:
    """One installed OpenClaw and the Node that runs it."""

    version: str
    """From its package.json, such as `2026.9.6`."""
    root: Path
    """The package folder; holds `openclaw.mjs`."""
    node: Path
    """The Node program that runs it."""
    node_version: str
    """Such as `24.19.0`; empty when it does not say."""
    node_suits: bool
    """Whether this Node is in the range the release asks for."""
    origin: Origin
    """Where it was found."""

    @property
    def cli(self) -> tuple[str, ...]:
        """How to run `openclaw`: prefix of an argv."""
        return (str(self.node), str(self.root / "openclaw.mjs"))

    @property
    def support(self) -> Support:
        """How much of us works with it."""
        return support(self.version)

    @property
    def usable(self) -> bool:
        """Whether we would use it without being told to."""
        return self.support == "full" and self.node_suits


@dataclass(frozen=True)
class Problem:
    """Something about the engine that somebody should look at."""

    code: str
    """Stable, kebab-case."""
    message: str
    """What is wrong with what."""
    hint: str
    """The next step."""


@dataclass(frozen=True)
class EngineStatus:
    """The engine as it is found on this box."""

    engine: Engine | None
    """The one that is used; None when nothing usable is installed."""
    why: str
    """Why it is this one, in one sentence."""
    found: tuple[Engine, ...]
    """All that were found, the used one included."""
    pinned: str
    """The release we install."""
    support: Support
    """How much of us works with the used one; `unknown` without one."""
    problems: tuple[Problem, ...]


Phase = Literal["wait", "node", "download", "copy", "verify", "publish", "done"]


@dataclass(frozen=True)
class Progress:
    """One step of an installation as it happens."""

    phase: Phase
    done: int
    """How many of `total`: packages while downloading, megabytes while copying."""
    total: int | None
    """None when it cannot be known."""
    text: str
    """One sentence for people."""
