"""A brain in the owner's words: its row, it in full, and the questions that add one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.ops.provider_remove import REMOVE, RemoveProvider
from appliance.ops.provider_test import TEST, TestProvider
from appliance.ops.provider_update import UPDATE, UpdateProvider
from appliance.ops.providers import SET, SetDefault
from appliance.providers.catalog import KINDS, kind_named, kind_of
from appliance.text import safe_line
from screens.ages import age_of, moment
from screens.command_line import command_line
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Sheet
from screens.widgets.questions import Choice, Wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.ops.provider_kinds import FoundServer
    from appliance.ops.provider_show import ProviderDetail, ProviderRow, Use
    from screens.words import Words

_LOOKS_BAD = ("clear",)
_HIDDEN_KINDS = ("practice",)


def record_of(row: ProviderRow, words: Words) -> Record:
    """Its row."""
    models = ", ".join(row.models) or words("providers.any-model")
    cells = (
        title_of(row, words),
        models,
        _key(row, words),
        _tested(row, words, short=True),
        _state(row, words),
    )
    return Record(row.id, cells, row)


def sheet_of(
    row: ProviderRow, default_model: str, words: Words, detail: ProviderDetail | None = None
) -> Sheet:
    """It in full, and turned over; `detail` where it has been read."""
    state = _state(row, words)
    key = _key(row, words)
    tested = _tested(row, words)
    models = ", ".join(row.models) or words("providers.any-model")
    chosen = default_model if row.default else f"{row.id}/{(models_of(row) or ('MODEL',))[0]}"
    return Sheet(
        title=title_of(row, words),
        subtitle=_note(row.id, words) if kind_of(row.id).id == row.id else "",
        facts=(
            Fact(words("providers.state"), state.text, state.meaning, state.glyph),
            Fact(words("providers.models"), models),
            Fact(words("providers.key"), key.text, key.meaning, key.glyph),
            Fact(words("providers.tested-at"), tested.text, tested.meaning, tested.glyph),
            *_users(detail, words),
        ),
        technical=(
            Fact("id", row.id),
            Fact("baseUrl", row.base_url),
            Fact("key", row.key),
            Fact("models", ", ".join(f"{row.id}/{name}" for name in row.models)),
        ),
        commands=(
            command_line(TEST, TestProvider(row.id)),
            command_line(SET, SetDefault(chosen)),
            command_line(UPDATE, UpdateProvider(row.id)),
            command_line(REMOVE, RemoveProvider(row.id)),
        ),
    )


def _users(detail: ProviderDetail | None, words: Words) -> tuple[Fact, ...]:
    """Who would miss it."""
    if detail is None:
        return ()
    who = dict.fromkeys(_user(use, words) for use in detail.used_by)
    return (Fact(words("providers.used-by"), ", ".join(who) or words("providers.unused")),)


def _user(use: Use, words: Words) -> str:
    if use.agent:
        return words("providers.used-as.agent", name=safe_line(use.agent))
    known = {
        "agents.defaults.model": "default",
        "agents.defaults.model.primary": "default",
        "agents.defaults.utilityModel": "utility",
    }
    reserve = use.setting.startswith("agents.defaults.model.fallbacks")
    return words(f"providers.used-as.{'fallback' if reserve else known.get(use.setting, 'other')}")


def edit_wishes(row: ProviderRow) -> tuple[Wish, ...]:
    """Its address, its models, a new key."""
    return (Wish("base_url", default=row.base_url), Wish("model", default=row.models), Wish("key"))


def instead_wish(row: ProviderRow, others: Iterable[ProviderRow], words: Words) -> Wish:
    """Who answers in its stead: every model of the other brains, or nobody."""
    nobody = Choice("", words("providers.nobody"), words("providers.nobody-note"))
    models = tuple(
        Choice(f"{other.id}/{name}", name, title_of(other, words))
        for other in others
        if other.id != row.id
        for name in models_of(other)
    )
    choices = (*models, nobody)
    return Wish("instead", choices, choices[0].value)


def title_of(row: ProviderRow, words: Words) -> str:
    """What a brain is called: in words where it is of a known kind, else as it was named."""
    key = f"wizard.brain.{row.id}.title"
    return words(key) if key in words else row.title


def models_of(row: ProviderRow) -> tuple[str, ...]:
    """The models to choose from: its own, else those that are known to suit."""
    return row.models or tuple(model.id for model in kind_of(row.id).models)


def add_wishes(words: Words, found: Sequence[FoundServer] = ()) -> tuple[Wish, ...]:
    """Which brain; where it is, when that is not known; its key, when it has one; its model, likewise.

    `found`: what runs on the box, which comes first and needs no address.
    """
    here = tuple(server.kind for server in found)
    kinds = (
        *(Choice(each.kind, words(f"providers.here.{each.kind}"), _ready(each, words)) for each in found),
        *(
            Choice(kind.id, words(f"wizard.brain.{kind.id}.title"), _note(kind.id, words))
            for kind in KINDS
            if kind.id not in (*_HIDDEN_KINDS, *here)
        ),
    )
    return (
        Wish("kind", kinds, here[0] if here else "openai"),
        Wish("base_url", when=lambda got: _kind(got).id in {"custom", "ollama"} - set(here)),
        Wish("key", when=lambda got: _kind(got).key == "required" or _kind(got).id == "custom"),
        Wish("model", when=lambda got: _kind(got).id == "custom"),
    )


def _ready(found: FoundServer, words: Words) -> str:
    return words("providers.here.note", count=len(found.models))


def _note(kind: str, words: Words) -> str:
    said = (words(f"wizard.brain.{kind}.{part}") for part in ("note", "price"))
    return " · ".join(text for text in said if text)


def _kind(got: Mapping[str, Any]) -> Any:
    return kind_named(str(got["kind"]))


def _key(row: ProviderRow, words: Words) -> Cell:
    text = words(f"providers.key-is.{row.key_kind}")
    if row.key_kind in _LOOKS_BAD:
        return Cell(text, "look", "▲")
    return Cell(text)


def _tested(row: ProviderRow, words: Words, *, short: bool = False) -> Cell:
    """How its last test ended, and how long ago that is; `short`: the sign says how."""
    if row.tested is None:
        return Cell(words(f"providers.never{'-short' if short else ''}"), "muted", "◌")
    age = age_of(words, moment(row.tested.at))
    meaning, glyph, key = ("", "✓", "well") if row.tested.ok else ("bad", "✗", "ill")
    return Cell(age if short else words(f"providers.tested-{key}", age=age), meaning, glyph)


def _state(row: ProviderRow, words: Words) -> Cell:
    if row.key_kind == "none" and kind_of(row.id).key == "required":
        return Cell(words("providers.no-key"), "look", "▲")
    if row.tested is not None and not row.tested.ok:
        return Cell(words("providers.fails"), "bad", "✗")
    if row.default:
        return Cell(words("providers.default"), "good", "●")
    return Cell(words("providers.spare"), "muted", "✓")
