"""How the screens look: remembered per user, in small private files, damaged ones said plainly."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from appliance.api import Appliance
from appliance.errors import Invalid
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.settings_look import BRAND, CHOICES, KEYS, LOOK, Look, OwnKey
from appliance.ops.undo import LAST
from appliance.profile.brand import Brand, brand_path
from appliance.profile.choices import Choices, choices_path
from appliance.profile.keymap import keys_path
from screens.words import languages
from tests.fakes.box import make_box

ROSA, SAM = Call("human:rosa", "tui"), Call("support:sam", "cli")


@pytest.fixture
def box(tmp_path: Path) -> Appliance:
    return make_box(tmp_path)


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text, encoding="utf-8")


async def test_each_user_has_choices_of_their_own(box: Appliance) -> None:
    assert await dispatch(box, LOOK, Look(theme="day"), ROSA) == Choices(theme="day")
    await dispatch(box, LOOK, Look(advanced="on"), SAM)
    assert await dispatch(box, LOOK, Look(mouse="off"), ROSA) == Choices(theme="day", mouse="off")
    assert await dispatch(box, CHOICES, Nothing(), SAM) == Choices(advanced="on")
    path = choices_path(box.places, ROSA.actor)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent.parent == box.places.home


async def test_a_choice_is_taken_back_by_undo(box: Appliance) -> None:
    await dispatch(box, LOOK, Look(theme="day"), ROSA)
    await dispatch(box, LOOK, Look(theme="clear", language="de"), ROSA)
    await dispatch(box, LAST, Nothing(), ROSA)
    assert await dispatch(box, CHOICES, Nothing(), ROSA) == Choices(theme="day")


async def test_the_same_choice_again_changes_nothing(box: Appliance) -> None:
    await dispatch(box, LOOK, Look(theme="day"), ROSA)
    assert (await plan(box, LOOK, Look(theme="day"), ROSA)).changes == ()
    assert len((await plan(box, LOOK, Look(theme="night", mouse="off"), ROSA)).changes) == 2


async def test_damaged_choices_are_said_and_replaced_by_the_next(box: Appliance) -> None:
    put(choices_path(box.places, ROSA.actor), 'theme = "purple"')
    with pytest.raises(Invalid, match="theme = 'purple' is not understood"):
        await dispatch(box, CHOICES, Nothing(), ROSA)
    assert await dispatch(box, LOOK, Look(mouse="off"), ROSA) == Choices(mouse="off")


async def test_a_brand_is_ours_until_a_file_says_otherwise(box: Appliance) -> None:
    assert await dispatch(box, BRAND, Nothing(), ROSA) == Brand()
    put(
        brand_path(box.places),
        'name = "Shopkeeper"\nglyph = "◆"\naccent_dark = "#80e0c0"\nsupport = "0800 1"',
    )
    assert await dispatch(box, BRAND, Nothing(), ROSA) == Brand("Shopkeeper", "◆", "#80e0c0", "", "0800 1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name = ", "Invalid value"),
        ('name = "A name that nobody could fit anywhere"', "name is longer than 24 characters"),
        ('glyph = "abc"', "glyph is longer than 2 characters"),
        ('accent_dark = "purple"', "accent_dark is not a colour such as"),
        ('colour = "#ffffff"', "“colour” is no part of a brand"),
        ("name = 3", "name is not a text"),
        ('name = "\\u001b[31mred"', "characters that cannot be shown"),
        ('name = ""', "name is empty"),
    ],
)
async def test_a_brand_that_cannot_be_worn_is_refused_plainly(box: Appliance, text: str, why: str) -> None:
    put(brand_path(box.places), text)
    with pytest.raises(Invalid, match=why) as refused:
        await dispatch(box, BRAND, Nothing(), ROSA)
    assert refused.value.code == "brand-damaged"


async def test_own_keys_stand_under_the_names_of_actions(box: Appliance) -> None:
    assert (await dispatch(box, KEYS, Nothing(), ROSA)).keys == ()
    put(keys_path(box.places), '"agents.create" = "a,ctrl+n"\n[app]\nquit = "Q"\n')
    assert (await dispatch(box, KEYS, Nothing(), ROSA)).keys == (
        OwnKey("agents.create", ("a", "ctrl+n")),
        OwnKey("app.quit", ("Q",)),
    )


@pytest.mark.parametrize("text", ["x = 1", 'x = ""', 'x = "a b"', "x"])
async def test_keys_that_are_none_are_refused_plainly(box: Appliance, text: str) -> None:
    put(keys_path(box.places), text)
    with pytest.raises(Invalid) as refused:
        await dispatch(box, KEYS, Nothing(), ROSA)
    assert refused.value.code == "keys-damaged"


def test_every_language_there_are_words_for_can_be_chosen() -> None:
    from typing import get_args

    from appliance.profile.choices import Language

    assert {*languages(), "auto"} == set(get_args(Language))
