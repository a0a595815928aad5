"""What a file may hold after a power cut: any part of what was written since its last sync."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.safety.powercut.ops import Op

BLOCK = 4096
SECTOR = 512
_FINE_BYTES, _EACH_BYTE, _FINE_STEP = 4 * BLOCK, 32, 24
_ALL_SUBSETS = 4
"""Up to so many unsynced blocks every subset is tried; of more, each alone, all but each, and neighbours."""


def contents_after_cut(durable: bytes, unsynced: Sequence[Op], *, fine: bool = False) -> list[bytes]:
    """Every content that is told apart: prefixes of the calls, cut sizes, missing and torn blocks.

    `fine`: cut after each of the first bytes, and then every few bytes.
    """
    found = [durable]
    image = durable
    for op in unsynced:
        before, image = image, applied(image, op)
        if op.call == "write":
            found += (image[:size] for size in _sizes(len(before), len(image), fine))
    found += _with_missing_blocks(durable, image)
    return list(dict.fromkeys([*found, image]))


def applied(content: bytes, op: Op) -> bytes:
    """`content` after one write or truncation."""
    if op.call == "truncate":
        return content[: op.offset].ljust(op.offset, b"\0")
    padded = content.ljust(op.offset, b"\0")
    return padded[: op.offset] + op.data + padded[op.offset + len(op.data) :]


def _sizes(old: int, new: int, fine: bool) -> Iterable[int]:
    """Sizes between: the ends, the middle, one byte more and less, and where sectors and blocks end."""
    if new <= old:
        return ()
    edges = range(old // SECTOR * SECTOR, new, SECTOR if new - old <= 2 * BLOCK else BLOCK)
    wanted = {old, old + 1, (old + new) // 2, new - 1, new, *edges}
    if fine and new - old <= _FINE_BYTES:
        wanted.update(range(old, min(new, old + _EACH_BYTE)), range(old, new, _FINE_STEP))
    return sorted(size for size in wanted if old <= size <= new)


def _with_missing_blocks(durable: bytes, image: bytes) -> Iterable[bytes]:
    """The final size is there, and of the changed blocks only some or parts: the others are old, or zeros."""
    old = durable.ljust(len(image), b"\0")
    starts = [at for at in range(0, len(image), BLOCK) if image[at : at + BLOCK] != old[at : at + BLOCK]]
    for lost in _subsets(starts):
        mixed = bytearray(image)
        for at in lost:
            mixed[at : at + BLOCK] = old[at : at + min(BLOCK, len(image) - at)]
        yield bytes(mixed)
    for at in starts[:_ALL_SUBSETS]:
        end = min(at + BLOCK, len(image))
        for torn in range(at + SECTOR, end, SECTOR):
            yield image[:torn] + old[torn:end] + image[end:]
            yield image[:at] + old[at:torn] + image[torn:]


def _subsets(starts: list[int]) -> Iterable[tuple[int, ...]]:
    if len(starts) <= _ALL_SUBSETS:
        sizes = range(len(starts) + 1)
        return itertools.chain.from_iterable(itertools.combinations(starts, size) for size in sizes)
    alone = [(at,) for at in starts]
    all_but = [tuple(other for other in starts if other != at) for at in starts]
    return [*alone, *all_but, *itertools.pairwise(starts), tuple(starts)]
