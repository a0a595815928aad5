"""What our own writer does not write is refused, whoever holds the key."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest

from appliance.backup import models
from appliance.backup.container import Opener, Sealer
from appliance.backup.keys import Lock
from appliance.backup.tape import Player, Recorder
from appliance.errors import Invalid


def archive(lock: Lock, inside: bytes) -> Player:
    out = io.BytesIO()
    sealer = Sealer(lambda piece: out.write(piece) and None, lock, "0.1.0")
    sealer.write(inside)
    sealer.finish()
    return Player(Opener(io.BytesIO(out.getvalue()), lock))


def tar(*members: tarfile.TarInfo, content: bytes = b"") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            file.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue())


def member(name: str, **fields: object) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(found, key, value)
    return found


def names(player: Player) -> list[str]:
    return [item.name for item in player.items()]


HOSTILE: dict[str, tuple[tarfile.TarInfo, ...]] = {
    "link": (member("a", type=tarfile.SYMTYPE, linkname="/etc/passwd"),),
    "hard link": (member("a", type=tarfile.LNKTYPE, linkname="b"),),
    "device": (member("a", type=tarfile.CHRTYPE),),
    "pipe": (member("a", type=tarfile.FIFOTYPE),),
    "absolute": (member("/etc/passwd"),),
    "upwards": (member("a/../../b"),),
    "dot": (member("./a"),),
    "double slash": (member("a//b"),),
    "backslash": (member("a\\b"),),
    "control sign": (member("a\x1b]52;c;x\x07"),),
    "twice": (member("a"), member("a")),
    "case": (member("README"), member("readme")),
    "composed": (member("caf\u00e9"), member("cafe\u0301")),
    "deep": (member("/".join("a" * 70)),),
    "long part": (member("a" * 256),),
    "odd record": (member("a", pax_headers={"linkpath": "/etc"}),),
    "owner record": (member("a", pax_headers={"uid": "0"}),),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_has_no_place_in_an_archive_is_refused(lock: Lock, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        names(archive(lock, tar(*HOSTILE[what])))
    assert caught.value.code in {"archive-refused", "archive-damaged"}


def test_a_bomb_is_refused_before_it_fills_memory(lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "FREE_RATIO", 1 << 20)
    monkeypatch.setattr(models, "RATIO", 10)
    with pytest.raises(Invalid) as caught:
        names(archive(lock, tar(member("a"), content=bytes(20 << 20))))
    assert caught.value.code == "archive-refused"


def test_too_many_entries_are_refused(lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ENTRIES", 3)
    with pytest.raises(Invalid, match="more than"):
        names(archive(lock, tar(*(member(str(number)) for number in range(5)))))


def cut_short(inside: bytes) -> bytes:
    return gzip.compress(gzip.decompress(inside)[:700])


def with_rubbish(inside: bytes) -> bytes:
    return inside + b"rubbish"


def two_frames(inside: bytes) -> bytes:
    return inside + inside


def no_frame(inside: bytes) -> bytes:
    return gzip.decompress(inside)


@pytest.mark.parametrize("spoil", [cut_short, with_rubbish, two_frames, no_frame])
def test_a_tape_that_is_not_whole_is_refused(lock: Lock, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Invalid):
        names(archive(lock, spoil(tar(member("a"), content=b"x" * 1000))))


def test_long_and_foreign_names_come_back(lock: Lock) -> None:
    out = io.BytesIO()
    sealer = Sealer(lambda piece: out.write(piece) and None, lock, "0.1.0")
    recorder = Recorder(sealer)
    wanted = ["ä/" + "n" * 200, "x" * 99 + "/y", "日本"]
    for name in wanted:
        recorder.begin(name, 3, executable=True)
        recorder.data(b"abc")
        recorder.end(3)
    recorder.folder("empty")
    recorder.finish()
    player = Player(Opener(io.BytesIO(out.getvalue()), lock))
    found = [(item.name, item.executable, b"".join(player.pieces())) for item in player.items()]
    assert found[:3] == [(name, True, b"abc") for name in wanted]
    assert found[3][0] == "empty"
