"""What the README promises is so: its examples can be used, and every area is in its table."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from appliance.ops.registry import every_operation
from lunatui.scopes import every_scope
from screens.keymap import usable

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
VERBS = README.partition("## Verbs")[2].partition("\n## ")[0]
INTERNAL = {"demo"}
"""Areas that are told of elsewhere."""
ALSO = {"spec.--json", "completion.bash"}
"""Commands that are no operations."""


def test_the_example_of_own_keys_can_be_used() -> None:
    texts = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    example = next(tomllib.loads(text) for text in texts if "look.theme" in text)
    assert usable(example, every_scope()) == (example, ())


def test_every_verb_of_the_table_is_there_and_no_area_is_missing() -> None:
    there = {operation.name for operation in every_operation()} | {"undo"}
    told: list[str] = []
    area = ""
    for row in re.findall(r"^\| (`.*?`) \|", VERBS, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", row):
            area = name.partition(" ")[0] if " " in name else area
            told.append(name.replace(" ", ".") if " " in name or name in there else f"{area}.{name}")
    assert sorted({*told} - there - ALSO) == []
    areas = {name.partition(".")[0] for name in told}
    assert sorted({name.partition(".")[0] for name in there} - areas - INTERNAL) == []
