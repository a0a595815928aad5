"""Every flip, cut, swap and repetition of a piece is found; so is a head that was changed."""

from __future__ import annotations

import io
import itertools
import json
import os
import struct

import pytest

from appliance.backup.container import TAG, Opener, Sealer
from appliance.backup.header import MAGIC, read_header
from appliance.backup.keys import Lock
from appliance.errors import Invalid, LunaError

CHUNK = 64 * 1024


def sealed(lock: Lock, data: bytes) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(lambda piece: out.write(piece) and None, lock, "0.1.0", chunk=CHUNK)
    for start in range(0, len(data), 50_000):
        sealer.write(data[start : start + 50_000])
    sealer.finish()
    return out.getvalue()


def opened(lock: Lock, archive: bytes) -> bytes:
    opener = Opener(io.BytesIO(archive), lock)
    pieces = [opener.chunk()]
    while piece := opener.chunk():
        pieces.append(piece)
    return b"".join(pieces)


def pieces_of(archive: bytes) -> tuple[bytes, list[bytes]]:
    length = struct.unpack(">I", archive[len(MAGIC) : len(MAGIC) + 4])[0]
    at = len(MAGIC) + 4 + length
    body = archive[at:]
    size = CHUNK + TAG
    return archive[:at], [body[start : start + size] for start in range(0, len(body), size)]


@pytest.fixture(scope="module")
def plain() -> bytes:
    return os.urandom(3 * CHUNK + 100)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_what_is_put_in_comes_out(lock: Lock, size: int) -> None:
    data = os.urandom(size)
    assert opened(lock, sealed(lock, data)) == data


def test_the_text_is_not_in_it(lock: Lock) -> None:
    assert b"cake" * 10 not in sealed(lock, b"cake" * 1000)


def test_every_flipped_piece_is_found(lock: Lock, plain: bytes) -> None:
    head, pieces = pieces_of(sealed(lock, plain))
    for number, piece in enumerate(pieces):
        for at in (0, len(piece) // 2, len(piece) - 1):
            bad = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :]
            with pytest.raises(Invalid) as caught:
                opened(lock, head + b"".join([*pieces[:number], bad, *pieces[number + 1 :]]))
            assert caught.value.code == "archive-damaged"


def test_every_other_order_is_found(lock: Lock, plain: bytes) -> None:
    head, pieces = pieces_of(sealed(lock, plain))
    for order in itertools.permutations(range(len(pieces))):
        if list(order) != sorted(order):
            with pytest.raises(Invalid, match="damaged"):
                opened(lock, head + b"".join(pieces[index] for index in order))


def test_every_cut_is_found(lock: Lock, plain: bytes) -> None:
    archive = sealed(lock, plain)
    head, pieces = pieces_of(archive)
    borders = [len(head) + sum(map(len, pieces[:count])) for count in range(len(pieces))]
    for end in {*borders, *(border + 1 for border in borders), *range(0, len(head), 7), len(archive) - 1}:
        with pytest.raises(Invalid):
            opened(lock, archive[:end])


def test_what_is_repeated_left_out_or_added_is_found(lock: Lock, plain: bytes) -> None:
    head, pieces = pieces_of(sealed(lock, plain))
    for number in range(len(pieces)):
        for other in ([*pieces[:number], *pieces[number + 1 :]], [*pieces, pieces[number]]):
            with pytest.raises(Invalid):
                opened(lock, head + b"".join(other))
    with pytest.raises(Invalid):
        opened(lock, head + b"".join(pieces) + b"x")


def test_pieces_of_another_archive_do_not_fit(lock: Lock, plain: bytes) -> None:
    head, pieces = pieces_of(sealed(lock, plain))
    _, others = pieces_of(sealed(lock, plain))
    for number in range(len(pieces)):
        with pytest.raises(Invalid):
            opened(lock, head + b"".join([*pieces[:number], others[number], *pieces[number + 1 :]]))


def test_every_flipped_byte_of_the_head_is_found(lock: Lock) -> None:
    archive = sealed(lock, b"cake")
    head, _ = pieces_of(archive)
    for at in range(len(head)):
        for bit in (0x01, 0x20):
            bad = archive[:at] + bytes([archive[at] ^ bit]) + archive[at + 1 :]
            with pytest.raises(LunaError):
                opened(lock, bad)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"chunk": 1 << 40},
        {"chunk": "1"},
        {"id": "zz"},
        {"extra": 1},
        {"created": 5},
        {"key": None},
        {"key": {"kind": "key-file"}},
    ],
)
def test_an_odd_head_is_refused(lock: Lock, change: dict[str, object]) -> None:
    archive = sealed(lock, b"cake")
    head, pieces = pieces_of(archive)
    text = json.dumps(json.loads(head[len(MAGIC) + 4 :]) | change).encode()
    bad = MAGIC + struct.pack(">I", len(text)) + text + b"".join(pieces)
    with pytest.raises(Invalid):
        read_header(io.BytesIO(bad))


def test_a_file_of_another_kind_is_told_from_a_damaged_one() -> None:
    for data, code in ((b"PK\x03\x04", "archive-foreign"), (b"LUNABKP9" + bytes(20), "archive-newer")):
        with pytest.raises(Invalid) as caught:
            read_header(io.BytesIO(data))
        assert caught.value.code == code
