"""T13: whatever stands in a file or comes over the wire, its reader answers or says what is wrong with it.

No input ends the program, makes it hang, or takes more memory than a fixed bound. Promise 8: nothing that an
agent, a skill, a log line or a gateway says has power over the program.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from appliance.errors import Invalid
from appliance.gateway.faults import Misbehaved
from appliance.gateway.frames import Event, decode
from appliance.store.document import MAX_BYTES, Document
from tests.safety import file_readers, own_readers, vault_readers, wire_readers
from tests.safety.bombs import JSON, JSON5, MIB, bombs
from tests.safety.mutations import broken_bytes, broken_structure
from tests.safety.readers import DOCUMENTED, READERS, Reader
from tests.safety.scale import scale

assert file_readers
assert own_readers
assert vault_readers
assert wire_readers
EXAMPLES = settings(
    max_examples=scale(10, 60, 20_000),
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TraceFunction = Callable[[FrameType, str, Any], Any]
CORPUS = Path(__file__).with_name("corpus")


def survive(reader: Reader, data: bytes) -> None:
    """Read `data` as if it had come from outside."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(*DOCUMENTED):
        Path(folder).chmod(0o700)
        reader.read(data, Path(folder))


def judge(name: str, what: str, inputs: SearchStrategy[bytes]) -> None:
    """Each of them is read or refused; says how many there were."""
    count = 0

    @EXAMPLES
    @given(inputs)
    def each(data: bytes) -> None:
        nonlocal count
        count += 1
        survive(READERS[name], data)

    each()
    print(f"figure inputs of {name}, {what}: {count}")


@pytest.mark.parametrize("name", READERS)
def test_the_samples_are_what_the_reader_accepts(name: str, tmp_path: Path) -> None:
    for number, sample in enumerate(READERS[name].accepted()):
        folder = tmp_path / str(number)
        folder.mkdir(mode=0o700)
        READERS[name].read(sample, folder)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", READERS)
def test_changed_bytes_are_read_or_refused(name: str) -> None:
    judge(name, "changed bytes", broken_bytes(READERS[name].accepted()))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.syntax != "bytes"])
def test_changed_values_are_read_or_refused(name: str) -> None:
    judge(name, "changed values", broken_structure(READERS[name].accepted(), READERS[name].syntax))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", READERS)
def test_no_bomb_takes_more_than_its_share(name: str) -> None:
    """Twice the input costs at most a little more than twice the steps; what loops inside C would not end."""
    reader = READERS[name]
    size = scale(1_024, 2_048, 65_536)
    for kind, bomb in bombs(reader.syntax, name).items():
        survive(reader, bomb(size))
        once, twice = steps(reader, bomb(size)), steps(reader, bomb(2 * size))
        assert twice <= 2.6 * once + 20_000, (kind, once, twice)
        survive(reader, bomb(scale(8_192, 32_768, 900_000)))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", JSON5)
def test_a_configuration_takes_less_than_64_mebibytes(kind: str) -> None:
    data = JSON5[kind](scale(MIB // 8, MIB // 4, MAX_BYTES))
    assert peak(lambda: Document.parse(data)) <= 64 * MIB
    with pytest.raises(Invalid) as caught:
        Document.parse(data + b" " * (MAX_BYTES + 1 - len(data)))
    assert caught.value.code == "config-too-large"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", JSON)
def test_a_frame_takes_less_than_64_mebibytes(kind: str) -> None:
    text = JSON[kind](scale(MIB // 4, MIB, 25 * MIB)).decode("utf-8", "replace")
    assert peak(lambda: decode(text)) <= 64 * MIB + (len(text) if "\\" in text else 0)


def test_many_values_are_counted_outside_of_texts() -> None:
    commas = ",[{" * 200_000
    frame = decode(json.dumps({"type": "event", "event": "chat", "payload": {"text": commas}}))
    assert isinstance(frame, Event)
    assert frame.payload["text"] == commas
    with pytest.raises(Misbehaved, match="values"):
        decode('{"a":[1' + ",1" * 300_000 + "]}")


@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_what_was_once_found_is_read_or_refused(path: Path) -> None:
    survive(READERS[path.parent.name], path.read_bytes())


def steps(reader: Reader, data: bytes) -> int:
    """Lines of Python that reading takes."""
    count = 0

    def trace(_frame: FrameType, _event: str, _value: object) -> TraceFunction:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        survive(reader, data)
    finally:
        sys.settrace(before)
    return count


def peak(work: Callable[[], object]) -> int:
    """Bytes that `work` took on top of what there was, at its highest."""
    tracemalloc.start()
    try:
        with contextlib.suppress(Invalid, Misbehaved):
            work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
