"""The frame of a whole program: colours, language, advanced, own keys, brand, reports, only looking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.settings_look import CHOICES, LOOK, Look
from appliance.profile.brand import Brand
from appliance.profile.choices import Choices
from lunatui.news import turn
from lunatui.tui import LunaApp
from screens.desk import Desk
from screens.form_screen import FormScreen
from screens.lookout import Sight
from screens.modals.notice_list import NoticeList
from screens.palette import Palette
from screens.words import Words
from tests.fakes.box import make_box
from tests.fakes.shop import OPEN, STOPPED, read, shown, until

WHO = "human:test"


@asynccontextmanager
async def opened(
    home: Path, first: str = "settings", *, size: tuple[int, int] = (80, 24), **desk: Any
) -> AsyncIterator[tuple[LunaApp, Pilot[None]]]:
    """The program on a real box in a throw-away home; its look at the shop is a test's to give."""
    keys = desk.pop("keys", None)
    box = make_box(home, read_only=desk.get("read_only", False))
    box.env = {name: value for name, value in box.env.items() if name != "NO_COLOR"}
    app = LunaApp(Desk(box, WHO, Words(), **desk), first=first, keys=keys)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: getattr(app.screen, "place", "") == first)
        yield app, pilot


async def remembered(app: LunaApp) -> Choices:
    found: Choices = await dispatch(app.desk.box, CHOICES, Nothing(), Call(WHO, "tui"))
    return found


async def is_remembered(app: LunaApp, pilot: Pilot[None], choices: Choices) -> None:
    await until(pilot, lambda: not [each for each in app.workers if each.name == "settings.look"])
    assert await remembered(app) == choices


async def test_a_key_goes_through_the_colours_and_they_are_remembered(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        assert app.theme == "night"
        for theme in ("day", "clear", "ansi", "mono"):
            await pilot.press("ctrl+t")
            await until(pilot, lambda theme=theme: app.theme == theme)
        await is_remembered(app, pilot, Choices(theme="mono"))
        assert any("No colours" in notice.text for notice in app.desk.notices.kept)


async def test_without_colours_nothing_has_one(tmp_path: Path) -> None:
    async with opened(tmp_path, choices=Choices(theme="mono")) as (app, pilot):
        await until(pilot, lambda: "Name of the business" in shown(app))
        segments = [segment for strip in app.screen._compositor.render_strips() for segment in strip]
        styles = [segment.style for segment in segments if segment.style]
        assert styles
        assert all(style.color is None or style.color.is_default for style in styles)
        assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)
        assert any(
            style.reverse and "Name of" in segment.text for segment in segments if (style := segment.style)
        )


async def test_who_only_looks_wears_it_for_now(tmp_path: Path) -> None:
    async with opened(tmp_path, read_only=True) as (app, pilot):
        assert "only looking" in shown(app).splitlines()[0]
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "not remembered" in shown(app))
        assert app.theme == "day"
        assert await remembered(app) == Choices()


async def test_advanced_shows_the_places_of_supporters_and_hides_them_again(tmp_path: Path) -> None:
    async with opened(tmp_path, "skills") as (app, pilot):
        await until(pilot, lambda: "More" not in shown(app))
        await pilot.press("8")
        await pilot.press("A")
        await until(pilot, lambda: "8 More" in shown(app))
        await until(pilot, lambda: "lunatui agents show luna" in shown(app))
        await pilot.press("8")
        await until(pilot, lambda: "Governance" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.screen.place == "governance")  # type: ignore[attr-defined]
        await is_remembered(app, pilot, Choices(advanced="on"))
        await pilot.press("3")
        await until(pilot, lambda: app.screen.place == "skills")  # type: ignore[attr-defined]
        await pilot.press("A")
        await until(pilot, lambda: "More" not in shown(app).splitlines()[1])
        await until(pilot, lambda: "lunatui" not in shown(app))


async def test_a_setting_is_changed_in_a_form_worn_at_once_and_taken_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await until(pilot, lambda: "Language of the screens" in shown(app))
        await pilot.press(*["down"] * 8)
        await until(pilot, lambda: app.screen.selected_key == "look.language")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen) and "Deutsch" in shown(app))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "This will change" in shown(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Einstellungen" in shown(app))
        assert app.desk.words.language == "de"
        await pilot.press("z")
        await until(pilot, lambda: app.desk.words.language == "en")
        assert await remembered(app) == Choices()


async def test_what_is_known_of_the_business_is_changed_one_by_one(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(120, 36)) as (app, pilot):
        await until(pilot, lambda: "Your staff use it when they" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press(*"Rosa", "enter")
        await until(pilot, lambda: "This will change" in shown(app))
        await read(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "not said yet" in shown(app) and "Rosa" in shown(app))


async def test_own_keys_stand_in_sentences_in_every_language(tmp_path: Path) -> None:
    async with opened(tmp_path, "providers", keys={"providers.add": "ctrl+n"}) as (app, pilot):
        await until(pilot, lambda: "Press ctrl+n to add one" in shown(app))
        app.choose(Look(language="de"))
        await until(pilot, lambda: "Drücken Sie ctrl+n" in shown(app))


async def test_own_keys_work_and_stand_in_help_and_key_line(tmp_path: Path) -> None:
    keys = {"look.theme": "ctrl+l", "app.help": "q", "no.such": "w"}
    async with opened(tmp_path, size=(80, 70), keys=keys) as (app, pilot):
        await pilot.press("ctrl+l")
        await until(pilot, lambda: app.theme == "day")
        texts = [notice.text for notice in app.desk.notices.kept]
        assert any("nothing called “no.such”" in text for text in texts)
        assert any("The key q is taken already" in text for text in texts)
        await pilot.press("question_mark")
        await until(pilot, lambda: "Other colours" in shown(app))
        assert "ctrl+l  " in shown(app)


async def test_a_brand_stands_in_the_top_line_the_wizard_and_help(tmp_path: Path) -> None:
    brand = Brand("Shopkeeper", "◆", "#80e0c0", "", "call Sam on 0800 1")
    async with opened(tmp_path, brand=brand) as (app, pilot):
        assert shown(app).splitlines()[0].startswith(" ◆ Shopkeeper")
        assert app.get_css_variables()["moon"].lower() == "#80e0c0"
        await pilot.press("question_mark")
        await pilot.press(*["down"] * 60)
        await until(pilot, lambda: "More help: call Sam on 0800 1" in shown(app))
        await pilot.press("escape")
        app.action_go("wizard")
        await until(pilot, lambda: "◆ Set up Shopkeeper" in shown(app))


async def test_the_engine_lost_and_found_is_reported_once_each_and_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        app._seen = Sight(OPEN).outlook
        app._tell(Sight(STOPPED))
        await until(pilot, lambda: "does not answer any more" in shown(app))
        app._tell(Sight(replace(STOPPED, checked_at=1.0)))
        app._tell(Sight(OPEN))
        await until(pilot, lambda: "✓ The shop is open again." in shown(app).split("\n")[-2])
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, NoticeList))
        assert shown(app).count("does not answer any more") == 1
        await pilot.press("escape")
        await until(pilot, lambda: getattr(app.screen, "place", "") == "settings")


async def test_what_somebody_else_changes_is_reported_with_its_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await app._tell_of_others()
        for actor in (WHO, "support:sam"):
            await dispatch(app.desk.box, LOOK, Look(theme="day"), Call(actor, "cli"))
        await app._tell_of_others()
        await app._tell_of_others()
        await until(pilot, lambda: "By somebody else" in shown(app))
        assert len(app.desk.notices.kept) == 1


@pytest.mark.parametrize(("env", "rings"), [({}, 2), ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, 1)])
async def test_the_bell_rings_for_people_only_and_far_away_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], rings: int
) -> None:
    rung: list[bool] = []
    async with opened(tmp_path) as (app, _pilot):
        monkeypatch.setattr(app, "bell", lambda: rung.append(True))
        app.desk.box.env = {**app.desk.box.env, **env}
        for sight in (Sight(OPEN), Sight(STOPPED), Sight(OPEN), Sight(STOPPED)):
            app._tell(sight)
        assert len(rung) == rings


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("unknown", "closed", None),
        ("open", "closed", "closed"),
        ("starting", "closed", "closed"),
        ("closed", "open", "opened"),
        ("starting", "open", None),
        ("open", "starting", None),
    ],
)
def test_only_what_a_person_should_hear_of_is_reported(before: str, now: str, said: str | None) -> None:
    reported = turn(before, now)
    assert (reported[0] if reported else None) == said


@pytest.mark.parametrize(
    "place", ["dashboard", "agents", "skills", "providers", "channels", "health", "settings"]
)
@pytest.mark.parametrize("size", [(60, 20), (60, 18), (80, 24), (200, 60)])
async def test_every_place_names_all_places_and_its_keys_at_every_size(
    tmp_path: Path, place: str, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, place, size=size) as (app, _pilot):
        lines = shown(app).split("\n")
        where = "\n".join(lines) if size[0] >= 110 else lines[1]
        assert all(str(number) in where.replace("▎", " ").split() for number in range(1, 8))
        assert app.desk.words(f"place.{place}") in where
        assert "? Help" in lines[size[1] - 1]


async def test_the_palette_does_not_blink(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, Palette) and app.screen.focused)
        assert app.screen.focused.cursor_blink is False  # type: ignore[union-attr]
