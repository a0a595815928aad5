"""Numbered moments of a save or a journal run, for tests that stop a process exactly there."""

from __future__ import annotations

from collections.abc import Callable

Hook = Callable[[str], None]
"""Called with the stable name of a step right before it happens."""


def no_hook(step: str) -> None:
    """Let every step pass."""
