"""`demo`: the whole path in a practice home: engine, settings, staff, Gateway, brain, a first reply."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.api import Appliance
from appliance.errors import LunaError
from appliance.ops.core import Call, Change, Done, Event, Nothing, Operation, Prepared, Risk, param
from appliance.ops.gateway import STOP
from appliance.ops.profiles import APPLY, AppliedStep, ProfileFile
from appliance.places import CONFIG_NAME
from appliance.ports import free_port
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from appliance.places import Places
    from appliance.practice.server import PracticeServer
    from appliance.profile.draft import Draft

PREFIX = "lunatui-demo-"
REMOVAL_SECONDS = 10.0
QUESTION = "Hello Luna! Who are you, and who works here?"
_PROFILE = """\
# The practice shop of the demo: a throw-away home and a practice model, not a real AI.
default_model = "practice/practice"

[gateway]
port = {port}
announce = false

[business]
name = "Café Rosa"
what = "A neighbourhood café with home-made cakes and a small catering service."
hours = "Tuesday to Sunday, 8:00 to 18:00"
tone = "warm and brief"
language = "English"
owner = "Rosa"

[provider]
kind = "practice"
base_url = "{address}"
models = ["practice"]
key = "file:{key_file}"
{agents}"""
_AGENT = """
[[agents]]
id = "{id}"
"""


@dataclass(frozen=True)
class RunDemo:
    """How the demo runs."""

    headless: bool = param("Run the whole path without a screen and print what happened.", default=False)
    question: str = param("What Luna is asked.", default=QUESTION)
    keep: bool = param("Keep the practice home and say where it is.", default=False)


@dataclass(frozen=True)
class DemoGateway:
    """The Gateway that answered."""

    version: str
    port: int


@dataclass(frozen=True)
class DemoStep:
    """One step and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True)
class DemoReport:
    """What the demo did, end to end."""

    reply: str
    agents: tuple[str, ...]
    gateway: DemoGateway
    steps: tuple[DemoStep, ...]
    home: str = ""
    """Where the practice home is, when it was kept."""


async def run(box: Appliance, params: RunDemo, call: Call) -> Prepared[DemoReport]:
    """Nothing to check: the demo makes a box of its own."""

    async def commit() -> Done[DemoReport]:
        with _practice_home(keep=params.keep) as home:
            return Done(await _whole_path(box, home, params, call))

    return Prepared((Change("practice home", "set up, ask Luna, take down again"),), commit)


async def _whole_path(box: Appliance, home: Path, params: RunDemo, call: Call) -> DemoReport:
    from appliance.practice.server import PracticeServer

    practice_box = _practice_box(box, home)
    with PracticeServer() as practice:
        profile = _write_profile(home, practice)
        try:
            return await _apply_and_ask(practice_box, profile, params, call)
        finally:
            await _stop(practice_box, call)


@asynccontextmanager
async def practice_shop(
    box: Appliance, params: RunDemo, call: Call
) -> AsyncIterator[tuple[Appliance, Secret]]:
    """A practice shop that nobody has set up yet, to be tried by hand: its box, its brain's key.

    The wizard's draft has every answer in it already. At the end its Gateway is stopped and its home removed.

    Raises:
        Refused: this session only looks.
    """
    from appliance.ops.dispatch import check_policy
    from appliance.practice.server import PracticeServer
    from appliance.profile.draft import write_draft

    check_policy(box, RUN, call)
    with _practice_home(keep=params.keep) as home, PracticeServer() as practice:
        practice_box = _practice_box(box, home)
        write_draft(practice_box.places, _practice_draft(practice))
        try:
            yield practice_box, Secret(os.urandom(16).hex())
        finally:
            await _stop(practice_box, call)


def _practice_draft(practice: PracticeServer) -> Draft:
    import tomllib

    from appliance.profile.draft import Draft

    text = _PROFILE.format(port=free_port(), address=practice.base_url, key_file="/", agents="")
    profile = tomllib.loads(text)
    provider = profile["provider"]
    return Draft(
        **profile["business"],
        kind=provider["kind"],
        base_url=provider["base_url"],
        model=provider["models"][0],
        port=profile["gateway"]["port"],
    )


def _practice_box(box: Appliance, home: Path) -> Appliance:
    return Appliance(_practice_places(box.places, home), _practice_environment(box, home), linger=False)


async def _apply_and_ask(box: Appliance, profile: Path, params: RunDemo, call: Call) -> DemoReport:
    from appliance.ops.chat import SEND, SendMessage
    from appliance.ops.dispatch import dispatch

    applied = await dispatch(box, APPLY, ProfileFile(str(profile)), call)
    started = time.monotonic()
    call.emit(Event("step", f"Asking Luna: {params.question}", {"name": SEND.name, "state": "running"}))
    reply = await dispatch(box, SEND, SendMessage("luna", params.question, approvals="deny"), _quiet(call))
    asked = DemoStep(SEND.name, round(time.monotonic() - started, 3))
    return DemoReport(
        reply.text,
        applied.agents,
        DemoGateway(applied.gateway_version, applied.gateway_port),
        (*map(_step, applied.steps), asked),
        str(profile.parent) if params.keep else "",
    )


async def _stop(box: Appliance, call: Call) -> None:
    from appliance.ops.dispatch import dispatch

    await dispatch(box, STOP, Nothing(), _quiet(call))


@contextmanager
def _practice_home(*, keep: bool) -> Iterator[Path]:
    """A throw-away home; those of demos that were killed are removed first."""
    _sweep(Path(tempfile.gettempdir()))
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield home
    finally:
        if not keep and not _removed(home):
            raise LunaError(
                f"The practice home {home} could not be removed.",
                hint="Remove it by hand; nothing of your own is in it.",
                code="demo-home-left",
            )


def _sweep(folder: Path) -> None:
    """Remove practice homes of our own whose demo is gone."""
    from launchd.identity import identify

    for path in folder.glob(f"{PREFIX}*-*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        seen = path.lstat()
        ours = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()
        if ours and pid.isdigit() and identify(int(pid)) is None:
            _removed(path)  # what cannot be removed now waits for the next demo


def _removed(home: Path) -> bool:
    """Remove a practice home; its Gateway may be on its way out and write a last time."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while True:
        shutil.rmtree(home, ignore_errors=True)
        if not home.exists():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)


def _practice_places(places: Places, home: Path) -> Places:
    """Everything of the practice shop is inside its home; only engine and downloads are the machine's."""
    return replace(
        places,
        user_home=home,
        state_dir=home / ".openclaw",
        config_path=home / ".openclaw" / CONFIG_NAME,
        home=home / "lunatui",
        engine_dir=places.cache_dir / "engine",
    )


def _practice_environment(box: Appliance, home: Path) -> dict[str, str]:
    """The caller's environment without what points at a real shop."""
    kept = {name: value for name, value in box.env.items() if not name.startswith(("OPENCLAW_", "LUNATUI_"))}
    return {**kept, "HOME": str(home)}


def _write_profile(home: Path, practice: PracticeServer) -> Path:
    """The practice shop as a profile, and the key of the practice model beside it."""
    from appliance.agents.catalog import TEMPLATE_IDS

    key_file = home / "practice-key"
    key_file.touch(mode=0o600)
    key_file.write_text(os.urandom(16).hex())
    profile = home / "practice.toml"
    agents = "".join(_AGENT.format(id=template_id) for template_id in TEMPLATE_IDS)
    profile.write_text(
        _PROFILE.format(port=free_port(), address=practice.base_url, key_file=key_file, agents=agents),
        encoding="utf-8",
    )
    return profile


def _quiet(call: Call) -> Call:
    """The same caller, without the details of this step."""
    return replace(call, emit=lambda _event: None, idempotency_key="")


def _step(step: AppliedStep) -> DemoStep:
    return DemoStep(step.name, step.seconds)


RUN = Operation(
    "demo.run",
    "The whole path in a practice home, with a practice model",
    Risk.CHANGE,
    RunDemo,
    DemoReport,
    prepare=run,
    no_undo="The practice home is gone when the demo ends.",
)

OPERATIONS = (RUN,)
