"""The schema of a release: split, mended, cached, and said in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from appliance.store.checking import Checks
from appliance.store.disk import Disk
from appliance.store.schema import SHIPPED, InstalledSchema, ShippedSchema, mend, read_folder, write_folder
from appliance.store.validation import Problem, Validator

if TYPE_CHECKING:
    from appliance.places import Places

SMALL: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "a": {
            "type": "object",
            "$defs": {"name": {"type": "string", "pattern": "^[^\\0]+$"}},
            "properties": {
                "x": {"$ref": "#/$defs/name"},
                "inner": {
                    "type": "object",
                    "$defs": {"name": {"type": "integer"}},
                    "properties": {"y": {"$ref": "#/$defs/name"}},
                },
            },
        },
        "b": {
            "type": "object",
            "properties": {"d": {"type": "string", "default": "x"}, "e": {"type": "string"}},
            "required": ["d", "e"],
        },
    },
}


def validator_of(schema: dict[str, Any], folder: Path) -> Validator:
    """A validator over `schema`, split into `folder`."""
    folder.mkdir()
    write_folder(schema, "1", folder)
    return Validator(read_folder(folder, "installed"))


def test_every_shipped_section_compiles() -> None:
    schema = ShippedSchema().load()
    assert schema.origin == "shipped 2026.9.6"
    assert schema.splits
    assert {"gateway", "agents", "channels", "plugins", "models"} <= schema.sections
    for name in schema.sections:
        jsonschema_rs.Draft7Validator(schema.section(name))


def test_the_shipped_schema_as_a_whole_says_the_same_as_its_sections() -> None:
    schema = ShippedSchema().load()
    whole = jsonschema_rs.Draft7Validator(schema.whole())
    value = {
        "gateway": {"port": "x"},
        "plugins": {"entries": {"imap": {"config": {"accounts": {"a": {"host": 1}}}}}},
        "messages": {"responsePrefix": "hi"},
    }
    assert len(list(whole.iter_errors(value))) == len(Validator(schema).problems(value))


def test_references_and_patterns_are_mended(tmp_path: Path) -> None:
    validator = validator_of(SMALL, tmp_path / "s")
    assert validator.problems({"a": {"x": "ok", "inner": {"y": 1}}}) == ()
    assert validator.problems({"a": {"x": 1}}) == (Problem("a.x", "must be a text"),)
    assert validator.problems({"a": {"inner": {"y": "1"}}}) == (
        Problem("a.inner.y", "must be a whole number"),
    )
    (problem,) = validator.problems({"a": {"x": "\0"}})
    assert "required form" in problem.message


def test_what_has_a_default_is_not_required(tmp_path: Path) -> None:
    """OpenClaw 2026.9.6 accepts `channels.telegram` without `groupPolicy`; its schema requires it."""
    validator = validator_of(SMALL, tmp_path / "s")
    assert validator.problems({"b": {"e": "x"}}) == ()
    assert validator.problems({"b": {}}) == (Problem("b.e", "is missing"),)
    assert (
        Validator(ShippedSchema().load()).problems({"channels": {"telegram": {"dmPolicy": "pairing"}}}) == ()
    )


def test_rules_across_sections_make_it_one_piece(tmp_path: Path) -> None:
    schema = {**SMALL, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    validator = validator_of(schema, tmp_path / "s")
    assert not validator.schema.splits
    assert validator.problems({"a": {"x": "t", "inner": {"y": 1}}}) == ()
    assert validator.problems({"a": {"inner": {"y": "t"}}})
    assert validator.problems({})


def test_the_original_is_not_touched_by_mending() -> None:
    before = json.dumps(SMALL)
    mend(SMALL)
    assert json.dumps(SMALL) == before


def test_only_changed_sections_are_compiled() -> None:
    validator = Validator(ShippedSchema().load())
    value = {"gateway": {"port": "x"}, "messages": {"responsePrefix": 1}}
    found = validator.problems(value, [("messages", "responsePrefix")])
    assert [problem.path for problem in found] == ["messages.responsePrefix"]
    assert set(validator._compiled) == {"messages"}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"gateway": {"port": 1.5}}, "gateway.port: must be a whole number"),
        ({"gateway": {"bind": "x"}}, "gateway.bind: must be “auto” or “lan” or “loopback”"),
        ({"gateway": {"port": 0}}, "gateway.port: must be at least 1"),
        ({"gateway": {"auth": {"token": 5}}}, "gateway.auth.token: must be a text or a section"),
        (
            {"models": {"providers": {"x": {"baseUrl": "u", "models": [{}]}}}},
            "models.providers.x.models.0.id: is missing",
        ),
        (
            {"gateway": {"auth": {"token": {"source": "store", "provider": "default", "id": "low"}}}},
            "gateway.auth.token.id: does not have the required form",
        ),
        ({"env": {"vars": {"A": 1}}}, "env.vars.A: must be a text"),
    ],
)
def test_problems_are_said_in_words(value: dict[str, Any], problem: str) -> None:
    found = Validator(ShippedSchema().load()).problems(value)
    assert any(str(item).startswith(problem) for item in found), [str(item) for item in found]


def test_words_never_hold_the_value() -> None:
    value = {"gateway": {"auth": {"mode": "sk-very-secret-value"}, "port": "sk-very-secret-value"}}
    assert "secret" not in "".join(map(str, Validator(ShippedSchema().load()).problems(value)))


def test_the_installed_schema_is_asked_for_once(places: Places) -> None:
    asked: list[int] = []

    def fetch() -> dict[str, Any]:
        asked.append(1)
        return SMALL

    source = InstalledSchema(places, "2026.9.9", "abc", fetch)
    for _ in range(3):
        schema = source.load()
        assert schema is not None
        assert schema.origin == "installed 2026.9.9"
    assert len(asked) == 1
    InstalledSchema(places, "2026.9.9", "other plugins", fetch).load()
    assert len(asked) == 2
    folder = places.cache_dir / "schema"
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}


def test_without_an_answer_the_shipped_schema_is_used(places: Places) -> None:
    source = InstalledSchema(places, "2026.9.9", "abc", lambda: None)
    assert source.load() is None
    assert Checks(places, Disk(), source).origin == "shipped 2026.9.6"
    assert Checks(places, Disk(), None).origin == "shipped 2026.9.6"


def test_two_programs_may_fill_the_cache_at_once(places: Places) -> None:
    other = InstalledSchema(places, "2026.9.9", "abc", lambda: SMALL)

    def fetch() -> dict[str, Any]:
        other.load()
        return SMALL

    schema = InstalledSchema(places, "2026.9.9", "abc", fetch).load()
    assert schema is not None
    assert schema.section("b")
    assert [path.name for path in (places.cache_dir / "schema").iterdir()] == ["2026.9.9-abc"]


def test_the_same_schema_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_folder(SMALL, "1", tmp_path / name, ["a.x"])
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_the_shipped_folder_holds_nothing_else() -> None:
    index = json.loads((SHIPPED / "index.json").read_text())
    expected = {f"{name}.json.gz" for name in index["sections"]} | {"index.json", "sensitive.json"}
    assert {path.name for path in Path(SHIPPED).iterdir()} == expected


def test_an_old_release_reads_the_list_as_a_list(places: Places, tmp_path: Path) -> None:
    agents = {"type": "object", "properties": {"list": {"type": "array"}}, "additionalProperties": False}
    old = {**SMALL, "properties": {"agents": agents}}
    checks = Checks(places, Disk(), InstalledSchema(places, "2026.7.35", "x", lambda: old))
    assert checks.problems({"agents": {"list": [{"id": "a"}]}}, tmp_path) == ()
    assert [item.path for item in checks.problems({"agents": {"entries": {}}}, tmp_path)] == [
        "agents.entries"
    ]
