"""The published contract: `lunatui spec --json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance.ops import registry
from appliance.redact import redact_value
from lunatui.cli import main
from lunatui.spec import schema_of, spec
from tests.fakes import box as fake

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def notes_alone() -> Iterator[None]:
    """One area; afterwards all of them, in their order, by which screens list what they do."""
    whole = dict(registry.AREAS)
    registry.AREAS.clear()
    registry.AREAS[fake.AREA] = registry.Area("tests.fakes.box", "Notes")
    yield
    registry.AREAS.clear()
    registry.AREAS.update(whole)


@pytest.mark.usefixtures("notes_alone")
def test_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spec", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["result"]
    assert set(result) >= {"operations", "envelope", "exit_codes"}
    by_name = {item["name"]: item for item in result["operations"]}
    assert set(by_name) == {operation.name for operation in fake.OPERATIONS}
    write = by_name["notes.write"]
    assert (write["summary"], write["risk"], write["streams"]) == ("Write a note", "change", False)
    properties = write["params"]["properties"]
    assert write["params"]["required"] == ["name"]
    assert properties["name"]["description"] == "Its name."
    assert properties["size"]["enum"] == ["small", "large"]
    assert properties["tag"]["items"] == {"type": "string"}
    assert "planted" not in json.dumps(result)
    assert by_name["notes.show"]["result"]["properties"]["text"]["type"] == "string"


def test_a_secret_is_write_only_in_the_schema() -> None:
    key = schema_of(fake.SealNote, mode="validation")["properties"]["key"]
    assert (key["type"], key["writeOnly"], key["format"]) == ("string", True, "password")


def test_the_redactor_leaves_the_contract_alone() -> None:
    document = spec()
    assert redact_value(document, by_name=False) == json.loads(json.dumps(document))
