"""Replayable chance: the seed is printed, and a sample is spread over the kinds of what there is."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from tests.safety.scale import LEVEL

T = TypeVar("T")
USUAL = 20_260_906
"""A change is judged by the same sample each time; every night takes another."""


def chosen_seed() -> int:
    """`LUNATUI_SEED`, which takes one again, or the usual one, or by night another each time."""
    return int(os.environ.get("LUNATUI_SEED") or (time.time_ns() if LEVEL == "nightly" else USUAL))


def seeded() -> random.Random:
    """Prints its seed."""
    seed = chosen_seed()
    print(f"seed {seed}")
    return random.Random(seed)  # noqa: S311 - what is tried in a test, no secret


def spread(found: Iterable[T], count: int, kind: Callable[[T], Hashable]) -> list[T]:
    """At most `count` of `found`, by chance; the kinds take turns, so that none is crowded out."""
    shuffled = list(found)
    seeded().shuffle(shuffled)
    turns: Counter[Hashable] = Counter()
    ordered: list[tuple[int, T]] = []
    for item in shuffled:
        turns[kind(item)] += 1
        ordered.append((turns[kind(item)], item))
    return [item for _, item in sorted(ordered, key=lambda pair: pair[0])[:count]]
