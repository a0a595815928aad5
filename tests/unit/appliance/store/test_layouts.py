"""The roster as a map and as a list."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appliance.errors import Conflict, NotFound
from appliance.store.document import Document
from appliance.store.layouts import ListLayout, MapLayout, roster_layout

MAP: dict[str, Any] = {"agents": {"entries": {"luna": {"name": "Luna"}, "desk": {}}}}
LIST: dict[str, Any] = {"agents": {"list": [{"id": "luna", "name": "Luna"}, {"id": "desk"}]}}


@pytest.mark.parametrize(
    ("value", "release", "layout"),
    [
        (MAP, "2026.6.35", MapLayout),
        (LIST, "2026.9.6", ListLayout),
        ({}, "2026.9.6", MapLayout),
        ({}, "2026.7.35", ListLayout),
        ({}, "2026.8.2", MapLayout),
        ({}, "", MapLayout),
        ({}, "2027.1.0-beta.1", MapLayout),
        ({}, "nightly", MapLayout),
    ],
)
def test_the_file_decides_and_the_release_where_the_file_is_silent(
    value: object, release: str, layout: type
) -> None:
    assert isinstance(roster_layout(value, release), layout)


@pytest.mark.parametrize("value", [MAP, LIST], ids=["map", "list"])
def test_both_layouts_do_the_same(value: dict[str, Any]) -> None:
    layout = roster_layout(value)
    assert layout.read(value) == {"luna": {"name": "Luna"}, "desk": {}}
    document = Document.parse(json.dumps(value).encode())
    added = document.apply(layout.add(value, "ada", {"name": "Ada"}))
    assert layout.read(added.value) == {"luna": {"name": "Luna"}, "desk": {}, "ada": {"name": "Ada"}}
    replaced = document.apply(layout.replace(value, "luna", {"name": "L"}))
    assert layout.read(replaced.value) == {"luna": {"name": "L"}, "desk": {}}
    removed = document.apply(layout.remove(value, "luna"))
    assert layout.read(removed.value) == {"desk": {}}
    with pytest.raises(Conflict):
        layout.add(value, "luna", {})
    with pytest.raises(NotFound):
        layout.remove(value, "nobody")
    with pytest.raises(NotFound):
        layout.replace(value, "nobody", {})


@pytest.mark.parametrize("layout", [MapLayout(), ListLayout()])
def test_an_empty_file_gets_its_first_agent(layout: MapLayout | ListLayout) -> None:
    document = Document.parse(b"{}").apply(layout.add({}, "luna", {"name": "Luna"}))
    assert layout.read(document.value) == {"luna": {"name": "Luna"}}


@pytest.mark.parametrize(
    "value", [{"agents": 1}, {"agents": {"entries": 1}}, {"agents": {"list": 1}}, {"agents": {"list": [1]}}]
)
def test_a_broken_roster_reads_as_empty(value: object) -> None:
    assert roster_layout(value).read(value) == {}
