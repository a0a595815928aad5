"""Models in the owner's words: their rows, in the order in which they answer, and what one costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.models import ModelFound
from appliance.values import dataclass
from screens.prices import money
from screens.providers.trial_lines import WORDS_A_TOKEN
from screens.widgets.columns import Cell, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.ops.provider_show import ProviderRow
    from screens.words import Words


@dataclass(frozen=True)
class Roles:
    """Who answers for everyone, who steps in, who does small tasks; `provider/model` each."""

    default: str = ""
    reserve: tuple[str, ...] = ()
    utility: str = ""

    def place_of(self, model: str) -> tuple[int, str]:
        """Where it stands: the default first, then who steps in, in their order, then the rest by name."""
        if model == self.default:
            return 0, ""
        return (1 + self.reserve.index(model), "") if model in self.reserve else (1_000, model)


@dataclass(frozen=True)
class ModelLine:
    """One model as far as it is known."""

    model: str
    brain: str
    """What its brain is called."""
    found: ModelFound | None = None
    """What was found out about it; None until somebody was asked."""


def known_models(brains: Iterable[ProviderRow], names: Mapping[str, str]) -> dict[str, ModelLine]:
    """Those that stand in the settings, before anybody was asked."""
    from screens.providers.sheet import models_of

    pairs = ((brain.id, name) for brain in brains for name in models_of(brain))
    return {f"{brain}/{name}": ModelLine(f"{brain}/{name}", names.get(brain, brain)) for brain, name in pairs}


def records_of(lines: Mapping[str, ModelLine], roles: Roles, words: Words) -> list[Record]:
    """Rows in the order in which they answer."""
    ordered = sorted(lines.values(), key=lambda line: roles.place_of(line.model))
    return [_record(line, roles, words) for line in ordered]


def _record(line: ModelLine, roles: Roles, words: Words) -> Record:
    name = line.model.partition("/")[2]
    found = line.found
    cells = (
        name,
        line.brain,
        _memory(found, words),
        _tools(found, words),
        _price(found, words),
        _state(line, roles, words),
    )
    return Record(line.model, cells, line)


def _memory(found: ModelFound | None, words: Words) -> Cell:
    if found is None or not found.context_window:
        return Cell("", "muted")
    return Cell(words("models.words", count=max(1, round(found.context_window * WORDS_A_TOKEN / 1000))))


def _tools(found: ModelFound | None, words: Words) -> Cell:
    if found is None or found.tools is None:
        return Cell("", "muted")
    return (
        Cell(words("models.with-tools"), "", "✓")
        if found.tools
        else Cell(words("models.without-tools"), "look", "▲")
    )


def _price(found: ModelFound | None, words: Words) -> Cell:
    if found is None or found.input_price is None or found.output_price is None:
        return Cell("", "muted")
    if not (found.input_price or found.output_price):
        return Cell(words("models.free"))
    return Cell(
        words(
            "models.dollars", input=money(found.input_price, words), output=money(found.output_price, words)
        )
    )


def _state(line: ModelLine, roles: Roles, words: Words) -> Cell:
    small = words("models.utility") if line.model == roles.utility else ""
    if line.model == roles.default:
        return Cell(_both(words("models.default"), small, words), "good", "●")
    if line.model in roles.reserve:
        number = roles.reserve.index(line.model) + 1
        return Cell(_both(words("models.reserve", number=number), small, words), "", "✓")
    if small:
        return Cell(small, "", "✓")
    kept = line.found is None or line.found.configured
    return Cell(words("models.kept" if kept else "models.offered"), "muted", "✓" if kept else "◌")


def _both(first: str, second: str, words: Words) -> str:
    return words("models.both", first=first, second=second) if second else first
