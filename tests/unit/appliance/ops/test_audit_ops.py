"""`audit`: what the record can be asked, and how it leaves the box."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import json
import re
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appliance.audit.events import EVENTS, PHASES
from appliance.audit.log import AuditLog
from appliance.audit.record import GENESIS, digest, split
from appliance.audit.select import moment
from appliance.errors import Conflict, Invalid, LunaError, NotFound, Refused, Usage
from appliance.ops import registry
from appliance.ops.audit import LIST, SHOW, VERIFY, ListRecords, WhichRecord
from appliance.ops.audit_keep import (
    EXPORT,
    HEAD,
    PRUNE,
    WITNESS,
    ExportRecords,
    HeadWish,
    PruneRecords,
    WitnessHead,
)
from appliance.ops.core import Call, Event, Nothing, Risk
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.registry import every_operation
from tests.fakes import box as fake

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.api import Appliance

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", ' =HYPERLINK("http://x")')
MARKS = (
    "<script>x</script>",
    "![x](http://x/y.png)",
    "[x](http://x)",
    "https://x.example",
    "a@b.example",
    "| `x`",
)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Appliance:
    monkeypatch.setitem(registry.AREAS, fake.AREA, registry.Area("tests.fakes.box", "Notes"))
    return fake.make_box(tmp_path)


def person(**more: Any) -> Call:
    async def yes(_question: str) -> bool:
        return True

    return Call(**{"actor": "human:rosa", "via": "cli", "consent": yes, **more})


async def write(box: Appliance, name: str, **more: Any) -> None:
    await dispatch(box, fake.WRITE, fake.WriteNote(name, f"about {name}"), person(**more))


async def listed(box: Appliance, **wish: Any) -> list[int]:
    found = await dispatch(box, LIST, ListRecords(**wish), person())
    return [record.seq for record in found.records]


async def some(box: Appliance) -> None:
    """1-2: Rosa. 3-4: a script of a supporter. 5: an agent is refused. 6-7: Rosa over the network fails."""
    await write(box, "a")
    await write(box, "b", actor="support:key1")
    with pytest.raises(Refused):
        await dispatch(box, fake.BURN, fake.WhichNote("a"), person(actor="agent:luna"))
    far = fake.make_box(box.places.user_home)
    far.env = {**far.env, "SSH_CONNECTION": "192.0.2.7 50122 192.0.2.1 22"}
    with pytest.raises(NotFound):
        await dispatch(far, fake.ACT, fake.Act("NotFound"), person())


@pytest.mark.parametrize(
    ("wish", "seqs"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"limit": 2}, [6, 7]),
        ({"actor": "human"}, [1, 2, 6, 7]),
        ({"actor": "support:key1"}, [3, 4]),
        ({"actor": "*:l*"}, [5]),
        ({"operation": "notes.burn"}, [5]),
        ({"operation": "notes"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"operation": "*.act"}, [6, 7]),
        ({"phase": "outcome"}, [2, 4, 7]),
        ({"refused": True}, [5, 7]),
        ({"outside": True}, [3, 4, 5, 6, 7]),
        ({"first": 3, "last": 5}, [3, 4, 5]),
        ({"first": 6}, [6, 7]),
        ({"since": "1h"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"until": "1h"}, []),
        ({"since": "2001-01-01", "until": "2001-01-02T10:00"}, []),
        ({"actor": "human", "phase": "outcome", "limit": 1}, [7]),
    ],
)
async def test_a_part_of_the_record(box: Appliance, wish: dict[str, Any], seqs: list[int]) -> None:
    await some(box)
    assert await listed(box, **wish) == seqs


async def test_who_came_over_the_network_is_told_with_the_address(box: Appliance) -> None:
    await some(box)
    found = await dispatch(box, LIST, ListRecords(), person())
    assert {record.via for record in found.records} == {"cli", "cli ssh:192.0.2.7"}


@pytest.mark.parametrize("peer", ["evil\x1b[2J", "a b", "x" * 200, "é", "", "2001:db8::1%eth0/../x"])
async def test_an_address_that_is_none_stays_out_of_the_record(box: Appliance, peer: str) -> None:
    box.env = {**box.env, "SSH_CONNECTION": peer}
    await write(box, "a")
    assert {record["via"] for record in box.audit.records()} <= {"cli", "cli ssh:a"}


@pytest.mark.parametrize("text", ["soon", "12", "2026-13-01", "5y", "-1h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Usage) as caught:
        moment(text)
    assert caught.value.code == "audit-when"


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert moment("2026-11-30T12:00") == moment("2026-11-30T13:00+01:00") == 1796040000 * 10**9
    assert abs((moment("2d") or 0) - (time.time_ns() - 2 * 86_400 * 10**9)) < 60 * 10**9
    assert moment("") is None


async def test_one_record_is_shown_whole_with_its_other_half(box: Appliance) -> None:
    await some(box)
    for seq, other in ((1, 2), (2, 1), (6, 7), (7, 6)):
        one = await dispatch(box, SHOW, WhichRecord(seq), person())
        assert (one.record.seq, one.other.seq if one.other else 0) == (seq, other)
    one = await dispatch(box, SHOW, WhichRecord(5), person())
    assert one.other is None
    assert json.loads(one.more["policy"])["rule"] == "danger-needs-a-person"
    assert json.loads(one.raw)["seq"] == 5
    one = await dispatch(box, SHOW, WhichRecord(1), person())
    assert json.loads(one.asked)["name"] == "a"
    with pytest.raises(NotFound) as caught:
        await dispatch(box, SHOW, WhichRecord(99), person())
    assert caught.value.code == "audit-unknown"


async def test_a_check_is_on_record_and_says_what_it_does_not_prove(box: Appliance) -> None:
    await some(box)
    report = await dispatch(box, VERIFY, Nothing(), person())
    assert (report.records, report.witnessed_up_to) == (7, 0)
    assert "no head of it is kept elsewhere" in report.proves
    (last,) = box.audit.newest(1)
    assert (last["op"], last["result"], last["actor"]) == ("audit.verify", "whole up to 7", "human:rosa")
    looks = person(read_only=True)
    assert (await dispatch(box, VERIFY, Nothing(), looks)).records == 8
    assert len(list(box.audit.records())) == 8


async def test_a_check_that_finds_harm_lets_the_record_go_on_behind_it(box: Appliance) -> None:
    await some(box)
    (segment,) = box.audit.segments()
    segment.write_bytes(segment.read_bytes().replace(b"rosa", b"rose", 1))
    with pytest.raises(LunaError) as caught:
        await dispatch(box, VERIFY, Nothing(), person(read_only=True))
    assert len(box.audit.segments()) == 1
    for _ in range(2):
        with pytest.raises(LunaError) as caught:
            await dispatch(box, VERIFY, Nothing(), person())
        assert (caught.value.code, caught.value.facts["whole_from"]) == ("audit-broken", "8")
        assert "from 8 on are whole" in str(caught.value.hint)
    assert [record["op"] for record in box.audit.newest(3)] == ["audit.gap", "audit.verify", "audit.verify"]
    await write(box, "c")
    assert len(box.audit.segments()) == 2


async def test_a_check_that_cannot_be_recorded_still_answers(box: Appliance) -> None:
    await some(box)
    (box.places.audit_dir / "append.lock").unlink()
    (box.places.audit_dir / "append.lock").mkdir()
    told: list[Event] = []
    report = await dispatch(box, VERIFY, Nothing(), person(emit=told.append))
    assert report.records == 7
    assert "could not be put on record" in told[0].text


async def test_a_head_goes_out_and_comes_back(box: Appliance, tmp_path: Path) -> None:
    await some(box)
    paper = tmp_path / "paper.txt"
    head = await dispatch(box, HEAD, HeadWish(str(paper)), person())
    assert (head.records, stat.S_IMODE(paper.stat().st_mode)) == (8, 0o600)
    assert paper.read_text() == head.line + "\n"
    await write(box, "c")
    for given in (head.line, str(paper)):
        seen = await dispatch(box, WITNESS, WitnessHead(given, "my phone"), person())
        assert (seen.records, seen.own_key, seen.by) == (8, True, "my phone")
    report = await dispatch(box, VERIFY, Nothing(), person())
    assert (report.witnessed_up_to, report.witnessed_by, report.witnessed_at) == (8, "my phone", head.at)
    assert "witnessed up to record 8" in report.proves
    with pytest.raises(Conflict):
        await dispatch(box, HEAD, HeadWish(str(paper)), person())


async def test_a_record_shorter_than_its_head_is_told_from_an_altered_one(box: Appliance) -> None:
    await some(box)
    head = await dispatch(box, HEAD, HeadWish(), person())
    (segment,) = box.audit.segments()
    data = segment.read_bytes()
    segment.write_bytes(b"".join(data.splitlines(keepends=True)[:4]))
    for name in ("checkpoints.jsonl", "settled.json"):
        (box.places.audit_dir / name).unlink(missing_ok=True)
    with pytest.raises(LunaError) as caught:
        await dispatch(box, WITNESS, WitnessHead(head.line), person())
    assert caught.value.code == "audit-shorter"
    segment.write_bytes(data.replace(b"rosa", b"rose", 1))
    with pytest.raises(LunaError) as caught:
        await dispatch(box, WITNESS, WitnessHead(head.line), person())
    assert (caught.value.code, caught.value.facts["kind"]) == ("audit-broken", "flip")


async def test_a_head_of_another_record_says_that_this_one_may_have_been_replaced(
    box: Appliance, tmp_path: Path
) -> None:
    await some(box)
    other = AuditLog(tmp_path / "other")
    other.append({"phase": "note", "via": "cli", "op": "x"})
    with pytest.raises(LunaError) as caught:
        await dispatch(box, WITNESS, WitnessHead(other.head().line()), person())
    assert (caught.value.code, caught.value.facts["kind"]) == ("audit-broken", "replaced")


@pytest.mark.parametrize("given", ["", "nothing.txt", "no head at all", "lunatui-head-1 00 1 2 3 4 5"])
async def test_what_is_no_head_is_refused(box: Appliance, given: str) -> None:
    await some(box)
    with pytest.raises(Invalid) as caught:
        await dispatch(box, WITNESS, WitnessHead(given), person())
    assert caught.value.code == "audit-head"


async def test_a_session_that_only_looks_writes_no_head(box: Appliance, tmp_path: Path) -> None:
    await some(box)
    await dispatch(box, HEAD, HeadWish(), person())
    before = fake.tree(box.places.home)
    looks = person(read_only=True)
    assert (await dispatch(box, HEAD, HeadWish(), looks)).records == 8
    for operation, params in (
        (HEAD, HeadWish(str(tmp_path / "x"))),
        (EXPORT, ExportRecords(tmp_path / "x")),
        (PRUNE, PruneRecords("1h")),
    ):
        with pytest.raises(Refused):
            await dispatch(box, operation, params, looks)  # type: ignore[arg-type]  # each with its own
    assert fake.tree(box.places.home) == before


async def test_the_export_proves_itself_to_whoever_has_nothing_but_the_file(
    box: Appliance, tmp_path: Path
) -> None:
    await some(box)
    await dispatch(box, HEAD, HeadWish(), person())
    to = tmp_path / "record.jsonl"
    told = await dispatch(box, EXPORT, ExportRecords(to), person())
    assert (told.whole, told.bytes, stat.S_IMODE(to.stat().st_mode)) == (True, to.stat().st_size, 0o600)
    first, *lines = to.read_bytes().splitlines(keepends=True)
    proof, prev = json.loads(first), GENESIS
    assert hashlib.sha256(b"".join(lines)).hexdigest() == proof["segments"][0]["sha256"]
    for line in lines:
        parts = split(line[:-1])
        assert parts is not None
        assert digest(parts[0], prev) == parts[1]
        prev = parts[1]
    assert (proof["head"], proof["records"], proof["whole"]) == (prev, len(lines), True)
    assert proof["checkpoints"][0].split()[2] == "8"
    with pytest.raises(Conflict) as caught:
        await dispatch(box, EXPORT, ExportRecords(to), person())
    assert caught.value.code == "file-exists"


async def test_an_export_is_on_record_before_it_is_written(box: Appliance, tmp_path: Path) -> None:
    await some(box)
    to = tmp_path / "record.csv"
    await plan(box, EXPORT, ExportRecords(to, "csv"), person())
    assert not to.exists()
    await dispatch(box, EXPORT, ExportRecords(to, "csv"), person())
    assert "audit.export" in to.read_text()
    with pytest.raises(Refused):
        await dispatch(box, EXPORT, ExportRecords(tmp_path / "y"), person(actor="agent:luna"))
    gone = tmp_path / "no" / "folder" / "z"
    with pytest.raises(LunaError) as caught:
        await dispatch(box, EXPORT, ExportRecords(gone), person())
    assert caught.value.code == "export-unwritable"


async def test_no_cell_of_a_table_can_act(box: Appliance, tmp_path: Path) -> None:
    texts = (*FORMULAS, *MARKS, 'he said "no"', "a\x1b]0;x\x07b\x9bm\u202ex", "line\none")
    for text in texts:
        box.audit.append({"phase": "note", "via": "cli", "op": text, "actor": text, "changes": [text]})
    await dispatch(box, EXPORT, ExportRecords(tmp_path / "x.csv", "csv", last=len(texts)), person())
    data = (tmp_path / "x.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == len(texts) + 1
    assert re.fullmatch(rb'(?:"(?:[^"]|"")*"(?:,|\r\n))+', data)
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert len(rows[1:]) == len(texts)
    for row, text in zip(rows[1:], texts, strict=True):
        assert not any(cell.lstrip()[:1] and cell.lstrip()[0] in "=+-@＝＋－＠" for cell in row), row
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", "".join(row))
        assert row[2].startswith("'") is (text in FORMULAS)


async def test_a_table_in_markdown_has_no_mark_of_its_content(box: Appliance, tmp_path: Path) -> None:
    for text in (*FORMULAS, *MARKS, "a\x1b[31mb", "line\n# one", "\\| x"):
        box.audit.append({"phase": "note", "via": "cli", "op": text, "changes": [text]})
    await dispatch(box, EXPORT, ExportRecords(tmp_path / "x.md", "markdown"), person())
    _title, _, _told, _, head, _rule, *rows = (tmp_path / "x.md").read_text().splitlines()
    for row in rows:
        bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", row)
        assert bare.count("|") == head.count("|"), row
        assert not re.search(r"[<>!\[\]()`*_#@\\:/.]", bare), row
        assert "\x1b" not in row


async def test_old_records_go_only_in_whole_files_and_when_confirmed(
    box: Appliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.__dict__["audit"] = AuditLog(box.places.audit_dir, segment_bytes=1500)
    for number in range(12):
        await write(box, str(number))
    names = [path.name for path in box.audit.segments()]
    assert (await dispatch(box, PRUNE, PruneRecords("1d"), person())).files == ()
    soon = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 120))
    with pytest.raises(Refused):
        await dispatch(box, PRUNE, PruneRecords(soon), Call("human:rosa", "cli"))
    gone = await dispatch(box, PRUNE, PruneRecords(soon), person())
    assert set(gone.files) >= set(names[:-1])
    report = await dispatch(box, VERIFY, Nothing(), person())
    assert report.first == gone.up_to + 1
    (box.audit.segments()[0]).write_bytes(b"{}\n")
    with pytest.raises(LunaError) as caught:
        await dispatch(box, PRUNE, PruneRecords(soon), person())
    assert caught.value.code == "audit-broken"


async def test_a_read_that_has_to_be_known_of_is_on_record_before_it_happens(box: Appliance) -> None:
    seen: list[list[tuple[str, str]]] = []

    async def look(box: Appliance, params: fake.WhichNote, _call: Call) -> fake.Note:
        seen.append([(record["phase"], record["op"]) for record in box.audit.records()])
        if params.name == "missing":
            raise NotFound("It is not there.")
        return fake.Note(params.name, "secret")

    operation = replace(fake.SHOW, name="notes.peek", run=look, recorded=True)
    await dispatch(box, operation, fake.WhichNote("a"), person())
    with pytest.raises(NotFound):
        await dispatch(box, operation, fake.WhichNote("missing"), person())
    assert seen[0] == [("intent", "notes.peek")]
    assert [record.get("result") for record in box.audit.records()] == [None, "done", None, "failed"]
    with pytest.raises(Refused):
        await dispatch(box, operation, fake.WhichNote("a"), person(read_only=True))
    (box.places.audit_dir / "append.lock").unlink()
    (box.places.audit_dir / "append.lock").mkdir()
    with pytest.raises(LunaError) as caught:
        await dispatch(box, operation, fake.WhichNote("a"), person())
    assert (caught.value.code, len(seen)) == ("audit-unavailable", 2)


def test_every_name_in_the_record_is_that_of_an_operation_or_listed() -> None:
    """No module writes an `op` of its own making: it names one of `events`, or an operation."""
    operations = {operation.name for operation in every_operation()}
    assert not {event for event in EVENTS if not re.fullmatch(r"[a-z]+\.[a-z-]+", event)}
    root = Path(__file__).parents[4] / "appliance"
    for path in root.rglob("*.py"):
        for name in _literal_ops(path, lambda key: key == "op"):
            assert name in operations | EVENTS, f"{path}: {name}"
        for phase in _literal_ops(path, lambda key: key == "phase"):
            assert phase in PHASES, f"{path}: {phase}"


def _literal_ops(path: Path, wanted: Callable[[str], bool]) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                is_wanted = isinstance(key, ast.Constant) and wanted(str(key.value))
                if is_wanted and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.append(value.value)
    return found


def test_reading_the_record_is_no_change() -> None:
    assert [each.name for each in (LIST, SHOW, VERIFY, HEAD) if each.risk is not Risk.READ] == []
