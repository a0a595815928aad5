"""The picture file of a code: the owner's alone, always the newest, and gone when it is of no use."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from appliance.errors import Conflict, LunaError
from appliance.qr.encoding import modules_of, png_of
from appliance.qr.file import CodeFile
from appliance.qr.picture import QrPicture
from appliance.qr.reading import Code
from appliance.redact import MARK, redact, redact_value
from appliance.store.disk import Disk
from tests.fakes.scanner import payloads, scanned_png
from tests.unit.appliance.qr.samples import sent_by_openclaw

FIRST, SECOND = payloads(5, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "code.png"


def test_it_is_private_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        CodeFile(path, Disk()).write(png_of(FIRST), 100.0)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert scanned_png(path.read_bytes()) == FIRST


def test_the_newest_takes_the_place_of_the_last(path: Path) -> None:
    file = CodeFile(path, Disk())
    file.write(png_of(FIRST), 100.0)
    file.write(png_of(SECOND), 100.0)
    assert scanned_png(path.read_bytes()) == SECOND
    assert list(path.parent.iterdir()) == [path]


def test_it_goes_when_its_code_runs_out(path: Path) -> None:
    file = CodeFile(path, Disk())
    file.write(png_of(FIRST), 100.0)
    assert file.expire(99.9)
    assert path.exists()
    assert not file.expire(100.0)
    assert not path.exists()
    file.write(png_of(SECOND), 200.0)
    assert path.exists()


def test_it_goes_however_the_work_ends(path: Path) -> None:
    def work() -> None:
        with CodeFile(path, Disk()) as file:
            file.write(png_of(FIRST), 100.0)
            assert path.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not path.exists()


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_stands_there_already_is_left_alone(path: Path, kind: str) -> None:
    other = path.with_name("other")
    {"file": lambda: path.write_text("mine"), "link": lambda: path.symlink_to(other), "folder": path.mkdir}[
        kind
    ]()
    with CodeFile(path, Disk()) as file, pytest.raises(Conflict) as error:
        file.write(png_of(FIRST), 100.0)
    assert error.value.code == "qr-file-exists"
    assert path.is_symlink() or path.exists()
    assert not other.exists()


def test_what_somebody_put_in_its_place_is_neither_replaced_nor_removed(path: Path) -> None:
    file = CodeFile(path, Disk())
    file.write(png_of(FIRST), 100.0)
    mine = path.with_name("mine")
    mine.write_text("mine")
    mine.rename(path)
    with pytest.raises(Conflict):
        file.write(png_of(SECOND), 100.0)
    file.remove()
    assert path.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said(path: Path) -> None:
    with pytest.raises(LunaError) as error:
        CodeFile(path / "deeper", Disk()).write(png_of(FIRST), 100.0)
    assert error.value.code == "qr-file-unwritable"


class Full(Disk):
    """Takes no byte more."""

    def write(self, descriptor: int, data: bytes) -> int:  # noqa: ARG002 - the seam
        raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_nothing(path: Path) -> None:
    with pytest.raises(LunaError):
        CodeFile(path, Full()).write(png_of(FIRST), 100.0)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("sent", sent_by_openclaw(), ids=lambda sent: str(len(sent.text)))
def test_whatever_is_written_about_a_code_hides_it(sent: object) -> None:
    text, url = sent  # type: ignore[misc]
    for told in (
        text,
        url,
        f"got {url} from web.login.start",
        f'{{"qrDataUrl": "{url}", "message": "Scan this"}}',
    ):
        hidden = redact(told)
        assert MARK in hidden
        assert text[60:90] not in hidden
        assert url[200:240] not in hidden
    hidden = str(redact_value({"result": {"qrDataUrl": url, "lines": [f"qr {text}"]}}))
    assert text[60:90] not in hidden
    assert url[200:240] not in hidden


def test_a_code_tells_nothing_of_itself() -> None:
    code = Code(QrPicture(modules_of(FIRST)), png_of(FIRST), 0.0, 100.0)
    shown = f"{code!r} {code}"
    assert FIRST[60:90] not in shown
    assert "PNG" not in shown
