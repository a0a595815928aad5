"""A code is read out of the Gateway's picture exactly, or refused; nothing a picture holds does any harm."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import segno
from PIL import Image

from appliance.engine.process import Completed
from appliance.errors import Invalid, Unreachable
from appliance.qr import child, reading
from appliance.qr.reading import PREFIX, code_of, png_in, text_of
from tests.fakes.scanner import payloads, scanned_png
from tests.unit.appliance.qr.samples import (
    Sent,
    chunk,
    data_url,
    header,
    pixels,
    png,
    sent_by_openclaw,
)

SENT = sent_by_openclaw()


async def told(url: str) -> str:
    with (await text_of(url)).expose() as text:
        return text


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: str(len(sent.text)))
async def test_openclaws_own_pictures_are_read_to_the_letter(sent: Sent) -> None:
    assert await told(sent.data_url) == sent.text


async def test_the_code_is_the_smallest_for_its_text_and_its_file_scans() -> None:
    sent = SENT[-1]
    code = await code_of(sent.data_url, now=1000.0, good_for=60.0)
    assert len(code.picture.modules) == 61
    assert Image.open(io.BytesIO(reading.png_in(sent.data_url))).width == (65 + 8) * 6
    assert scanned_png(code.png) == sent.text
    assert (code.age(1012.0), code.left(1012.0)) == (12.0, 48.0)
    assert (code.age(900.0), code.left(1061.0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    "kind", [{"light": None}, {"dark": "navy"}, {"border": 1}, {"scale": 2}, {"dark": "#0008"}]
)
def test_other_pictures_of_codes_are_read_as_well(kind: dict[str, Any]) -> None:
    text = payloads(1, 1)[0]
    out = io.BytesIO()
    segno.make(text, error="M").save(out, kind="png", **{"scale": 6, "border": 4, **kind})
    assert child.text_in(png_in(data_url(out.getvalue()))) == text


REFUSED = {
    "nothing": "",
    "another kind": "data:image/svg+xml;base64,PHN2Zy8+",
    "an address": "https://example.com/qr.png",
    "no base64": PREFIX + "%%%%",
    "base64 with a line in it": PREFIX + "iVBORw0K\nGgo=",
    "no PNG": data_url(b"GIF89a" + bytes(60)),
    "a header that is cut": data_url(png(header())[:28]),
    "another chunk first": data_url(png(chunk(b"IDAT", bytes(13)), header())),
    "no pixels": data_url(png(header(width=0))),
    "too wide": data_url(png(header(width=1025))),
    "too high": data_url(png(header(height=2**31 - 1))),
    "16 bits": data_url(png(header(depth=16))),
    "colours that do not exist": data_url(png(header(colours=5))),
    "another packing": data_url(png(chunk(b"IHDR", b"\0\0\0\x40\0\0\0\x40\x08\6\1\0\0"))),
    "too long": PREFIX + "A" * reading.LONGEST_URL,
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_no_picture_of_a_code_is_refused_unopened(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def opened(*_: object, **__: object) -> Completed:
        raise AssertionError("a child was started for it")

    monkeypatch.setattr(reading, "run_program", opened)
    with pytest.raises(Invalid) as error:
        await text_of(url)
    assert error.value.code == "qr-unreadable"


def blank_png() -> bytes:
    out = io.BytesIO()
    Image.new("L", (400, 400), 255).save(out, "PNG")
    return out.getvalue()


def two_codes() -> bytes:
    sheet = Image.new("L", (900, 450), 255)
    for at in range(2):
        out = io.BytesIO()
        segno.make(payloads(at, 1)[0], error="L").save(out, kind="png", scale=6, border=4)
        sheet.paste(Image.open(io.BytesIO(out.getvalue())), (at * 450, 0))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def code_saying(content: bytes | str) -> bytes:
    out = io.BytesIO()
    segno.make(content, error="L", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


FORGED = {
    "no code": blank_png(),
    "two codes": two_codes(),
    "control characters": code_saying("2@abc\x1b]52;c;eA==\x07"),
    "bytes that are no text": code_saying(bytes(range(128, 250))),
    "other letters": code_saying("2@ключ"),
    "pixels that are missing": png(header(1024, 1024)),
    "pixels that are broken": png(header(), chunk(b"IDAT", b"not packed")),
    "a bomb of pixels": png(header(1024, 1024), pixels(120_000_000)),
    "a bomb of text": png(
        header(), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(120_000_000), 9)), pixels(64)
    ),
    "a second header": png(header(), header(20_000, 20_000), pixels(90_000_000)),
}


@pytest.mark.parametrize("picture", FORGED.values(), ids=FORGED.keys())
def test_a_forged_picture_is_refused(picture: bytes) -> None:
    with pytest.raises(ValueError, match=r"code|picture|large|ascii"):
        child.text_in(png_in(data_url(picture)))


async def test_the_child_says_no_and_nothing_else() -> None:
    with pytest.raises(Invalid) as error:
        await told(data_url(FORGED["a bomb of pixels"]))
    assert error.value.code == "qr-unreadable"


LIMITED = """
import sys
from appliance.qr import child
child.PROCESSOR_S = 1
child.limit()
"""
GREEDY = {
    "writes a file": "open(sys.argv[1], 'wb', 0).write(b'x')",
    "never ends": "while True: pass",
    **({"takes memory": "bytearray(80 * 1024 * 1024)"} if sys.platform == "linux" else {}),
}


@pytest.mark.parametrize("deed", GREEDY.values(), ids=GREEDY.keys())
def test_the_child_cannot(deed: str, tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED + deed, str(tmp_path / "file")],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert not (tmp_path / "file").exists() or not (tmp_path / "file").stat().st_size


def test_within_its_limits_the_child_can_read() -> None:
    source = LIMITED.replace("child.limit()", "child._load_decoders(); child.limit()")
    source += "print(child.text_in(sys.stdin.buffer.read()))"
    done = subprocess.run(
        [sys.executable, "-c", source],
        input=png_in(SENT[0].data_url),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.decode().strip() == SENT[0].text


async def test_the_code_is_in_no_argument_and_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    async def run(argv: Sequence[str], *, env: Mapping[str, str], stdin: bytes, **_: object) -> Completed:
        asked.update(argv=argv, env=env, stdin=stdin)
        return Completed(0, SENT[0].text, "", cut=False, seconds=0.1)

    monkeypatch.setattr(reading, "run_program", run)
    assert await told(SENT[0].data_url) == SENT[0].text
    assert asked["env"] == {}
    assert asked["stdin"] == png_in(SENT[0].data_url)
    assert not any(SENT[0].data_url[40:80] in argument for argument in asked["argv"])


async def test_a_busy_machine_is_no_broken_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PATIENCE_S", 0.0)
    with pytest.raises(Unreachable) as error:
        await text_of(SENT[0].data_url)
    assert error.value.code == "qr-late"
