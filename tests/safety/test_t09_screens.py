"""T9, promise 6 on the screens: a key that stands in the files is on no page, turned over or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App

from appliance.api import Appliance
from appliance.hygiene import targets
from appliance.places import Places
from lunatui.tui import LunaApp
from screens.desk import Desk
from screens.place import INNER_PLACES, PLACES, Place
from screens.words import Words
from tests.fakes.keys import Planted, every_key, shapeless
from tests.fakes.shop import shown, until
from tests.safety.chance import chosen_seed
from tests.safety.planted_keys import files_with, holds, open_modes
from tests.safety.scale import scale
from tests.safety.test_t09_planted_secrets import CONFIG_COPIES, home_with

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

SEED = chosen_seed()
KEYS = [*tuple(every_key(SEED))[: scale(1, 4, 100)], Planted("random", shapeless(SEED))]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
async def test_no_page_shows_it(key: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    print(f"seed {SEED}")
    monkeypatch.setattr(targets, "SHARED_LOGS", tmp_path / "nobody")
    copied: list[str] = []
    monkeypatch.setattr(App, "copy_to_clipboard", lambda _app, text: copied.append(text))
    home, env = home_with(tmp_path, key.text)
    box = Appliance(Places.from_environment(env), env)
    app = LunaApp(Desk(box, "human:test", Words()), first="dashboard")
    async with app.run_test(size=(120, 36)) as pilot:
        for place in (*PLACES, *INNER_PLACES):
            app.action_go(place)
            await until(pilot, lambda place=place: getattr(app.screen, "place", "") == place)  # type: ignore[misc]
            await _still(app, pilot)
            _is_not_shown(app, key.text)
            if "technical" in {binding.binding.action for binding in app.screen.active_bindings.values()}:
                await pilot.press("d")
                await _still(app, pilot)
                _is_not_shown(app, key.text)
    assert copied == []
    assert files_with(home, key.text, but=(*CONFIG_COPIES, ".openclaw/")) == []
    assert open_modes(home) == []
    print(f"figure pages with a planted key: {len((*PLACES, *INNER_PLACES))}, 0 hits")


async def _still(app: LunaApp, pilot: Pilot[None]) -> None:
    """Every look of this page is back."""
    assert isinstance(app.screen, Place)
    await until(pilot, lambda: all(each.is_finished for each in app.workers if each.node is app.screen))
    await pilot.pause()


def _is_not_shown(app: LunaApp, key: str) -> None:
    seen = shown(app) + app.export_screenshot(simplify=True)
    assert not holds(seen.encode(), key), shown(app)
