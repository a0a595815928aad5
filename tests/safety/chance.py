"""Replayable chance: the seed is printed, and a sample is spread over the kinds of what there is."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")


def seeded() -> random.Random:
    """Prints its seed."""
    seed = time.time_ns()
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
