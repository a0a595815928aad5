"""Opens the screens: which one comes first, in which language, and what closes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.errors import Invalid, LunaError, NotFound
from appliance.ops.core import Call, Nothing
from appliance.ops.dispatch import dispatch
from appliance.ops.settings import SHOW
from appliance.ops.settings_look import BRAND, CHOICES, KEYS, OwnKeys
from appliance.profile.brand import Brand
from appliance.profile.choices import Choices
from lunatui import diagnostics
from lunatui.attire import listens
from lunatui.driver.linux import input_modes
from lunatui.driver.terminal import code_drawings
from lunatui.place_screens import PLACE_SCREENS
from lunatui.process import told_by_signals
from lunatui.signing import signed_ends
from lunatui.tui import WIZARD, LunaApp
from lunatui.wiring import actor, make_appliance
from screens.desk import Desk
from screens.place import INNER_PLACES, PLACES, POWER_PLACES
from screens.theme import pale
from screens.wizard.languages import LANGUAGES
from screens.words import FALLBACK, Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from appliance.api import Appliance
    from appliance.ops.demo import RunDemo
    from appliance.secret import Secret
    from lunatui.commands import Invocation

DASHBOARD = "dashboard"
_TALKS = ("finish/talk", "finish/sheet")
"""Pages of the wizard behind the set-up: it is opened there again although the box is ready."""


def open_tui(env: Mapping[str, str], *, first: str = "", state_dir: str = "", read_only: bool = False) -> int:
    """Show the screens until they are closed; returns the exit code.

    Raises:
        NotFound: there is no screen called `first`.
    """
    names = (*PLACES, *PLACE_SCREENS, *INNER_PLACES, *POWER_PLACES, WIZARD)
    if first and first not in names:
        raise NotFound(f"There is no screen “{first}”.", hint=f"Screens: {', '.join(dict.fromkeys(names))}.")
    box, who = make_appliance(env, state_dir=state_dir, read_only=read_only), actor(env)
    return asyncio.run(_opened(box, who, first))


def open_demo(env: Mapping[str, str], invocation: Invocation) -> int:
    """Show the screens of a practice shop, from its wizard on; afterwards nothing of it is left."""
    box = make_appliance(env, state_dir=invocation.state_dir, read_only=invocation.read_only)
    call = Call(actor(env), "tui", read_only=invocation.read_only)
    return asyncio.run(_demo(box, invocation.params, call))


async def _opened(box: Appliance, who: str, first: str) -> int:
    return await _until_closed(await _app(box, who, first=first or await first_screen(box, who)))


async def _demo(box: Appliance, params: RunDemo, call: Call) -> int:
    from appliance.ops.demo import practice_shop

    async with practice_shop(box, params, call) as (shop, key):
        return await _until_closed(await _app(shop, call.actor, first=WIZARD, key=key))


async def first_screen(box: Appliance, who: str) -> str:
    """The wizard until the box is set up and its last page was read, then the dashboard; files only."""
    from appliance.ops.setup_status import STATUS

    try:
        state = await _read(box, who, STATUS)
    except Invalid:
        return DASHBOARD  # which says what is wrong and how to mend it
    return DASHBOARD if state.finished and state.left_at not in _TALKS else WIZARD


async def language_of(box: Appliance, who: str, *, in_wizard: bool) -> str:
    """The code of the language that the business speaks, as far as there are words for it.

    In the wizard what was answered there comes first.
    """
    try:
        spoken = "" if in_wizard else (await _read(box, who, SHOW)).language
        if not spoken:
            from appliance.ops.setup_draft import DRAFT

            spoken = (await _read(box, who, DRAFT)).language or (await _read(box, who, SHOW)).language
    except LunaError:
        return FALLBACK  # what is damaged is said on the screen that needs it
    return dict(LANGUAGES).get(spoken, FALLBACK)


async def _read(box: Appliance, who: str, operation: Any) -> Any:
    return await dispatch(box, operation, Nothing(), Call(who, "tui"))


async def _app(box: Appliance, who: str, *, first: str, key: Secret | None = None) -> LunaApp:
    problems: list[str] = []
    spoken, choices, brand, keys = await asyncio.gather(
        language_of(box, who, in_wizard=first == WIZARD),
        _worn(box, who, CHOICES, Choices(), problems),
        _worn(box, who, BRAND, Brand(), problems),
        _worn(box, who, KEYS, OwnKeys(()), problems),
    )
    words = Words(spoken if choices.language == "auto" else choices.language)
    drawings = code_drawings(box.env, input_modes())
    desk = Desk(box, who, words, read_only=box.read_only, choices=choices, brand=brand, drawings=drawings)
    if pale(brand):
        problems.append("brand-pale")
    for code in problems:
        said = f"notice.{code}"
        desk.notices.tell(words(said if said in words else "notice.look-unread"), "look")
    own = {each.action: ",".join(each.keys) for each in keys.keys}
    return LunaApp(desk, first=first, key=key, keys=own, spoken=spoken)


async def _worn(box: Appliance, who: str, operation: Any, usual: Any, problems: list[str]) -> Any:
    """What was chosen for the look; where that is damaged the usual, and its code is kept to be said."""
    try:
        return await _read(box, who, operation)
    except LunaError as error:
        problems.append(error.code)
        return usual


async def _until_closed(app: LunaApp) -> int:
    """The exit code: not 0 only when a bug has ended the program."""
    async with signed_ends(app.desk.box):
        with told_by_signals(asyncio.get_running_loop(), app.exit):
            await app.run_async(mouse=listens(app.desk))
    if app.return_code == diagnostics.BUG:
        diagnostics.report_bug(app.desk.box.places.logs_dir / "crash.log")
    return app.return_code or 0
