"""Sources are parsed once, and anew when the variables are others."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css import stylesheet

from lunatui.stylesheet import KeptStylesheet

COLOURED = "Label { color: $ink; }"


def test_only_a_new_source_is_parsed_until_the_variables_change(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = stylesheet.parse

    def counted(scope: str, css: str, *arguments: Any, **named: Any) -> Any:
        parsed.append(css)
        return parse(scope, css, *arguments, **named)

    monkeypatch.setattr(stylesheet, "parse", counted)
    sheet = KeptStylesheet(variables={"ink": "red"})
    sheet.add_source(COLOURED)
    sheet.parse()
    sheet.add_source("Input { width: 3; }")
    sheet.reparse()
    assert len(parsed) == 2
    sheet.set_variables({"ink": "blue"})
    sheet.reparse()
    assert len(parsed) == 4
    assert sheet.rules[0].styles.color.hex == "#0000FF"


def test_more_sources_than_textual_keeps_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = KeptStylesheet()
    for number in range(100):
        sheet.add_source(f"Label.c{number} {{ width: {number}; }}")
    sheet.parse()
    monkeypatch.setattr(stylesheet, "parse", None)
    sheet.reparse()
    assert len(sheet.rules) == 100
