"""What was set up and what was not: as facts, as a page to print, and as reminders for later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from appliance.errors import LunaError, NotFound
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.store.disk import Disk

NAME = "luna-setup"
_ENDINGS = {"html": ".html", "text": ".txt"}
_LABELS = {"lines": "a customer line", "what": "what the business does", "hours": "the opening hours"}


@dataclass(frozen=True)
class SetupSummary:
    """The box as its owner would tell it; no key and no token is in it."""

    business: str
    who: str
    """Who set it up: `owner`, `installer` or `support`."""
    brain: str
    """The provider's name; empty when there is none."""
    model: str
    staff: tuple[str, ...]
    engine: str
    channels: tuple[str, ...]
    later: tuple[str, ...]
    """What was put off and is still open: `lines`, `what`, `hours`."""
    set_up: str
    """When setup was last completed, UTC; empty when never."""


@dataclass(frozen=True)
class WriteSheet:
    """Where the page goes and what it says."""

    folder: Path | None = param("Where it goes; the desktop, or else the home folder.", default=None)
    format: Literal["html", "text"] = param("A page for a browser, or plain text.", default="html")
    line: tuple[str, ...] = param(
        "A line in the reader's own words; “# ” begins a heading. English when left out.", default=()
    )


@dataclass(frozen=True)
class WrittenSheet:
    """The page."""

    file: str
    lines: int


@dataclass(frozen=True)
class Reminder:
    """Something that was put off."""

    what: Literal["lines", "what", "hours"] = param("lines, what or hours.", positional=True)
    again: bool = param("Remind of it again.", default=False)


@dataclass(frozen=True)
class Reminders:
    """What somebody wants to be reminded of."""

    later: tuple[str, ...]


async def summary(box: Appliance, _params: Nothing, _call: Call) -> SetupSummary:
    """Read it from the files; nothing is asked over the network."""
    from appliance.agents.listing import list_agents
    from appliance.profile.business import read_business
    from appliance.profile.setup_note import read_note, still_open
    from appliance.providers.listing import default_model, list_providers
    from appliance.store.edits import MISSING, lookup

    value = box.config.read().value
    note, business, engine = read_note(box.places), read_business(box.places), box.find_engine()
    channels = channels_in(value)
    known = dict(business.__dict__) if business else {}
    when = lookup(value, ("wizard", "lastRunAt"))
    return SetupSummary(
        known.get("name", ""),
        note.who,
        next((item.title for item in list_providers(value) if item.is_default), ""),
        default_model(value),
        tuple(agent.name for agent in list_agents(value, box.places)),
        engine.version if engine else "",
        channels,
        still_open(note, known, channels),
        "" if when is MISSING else str(when),
    )


def channels_in(value: dict[str, object]) -> tuple[str, ...]:
    """The customer lines that a configuration sets up."""
    from appliance.store.edits import lookup

    channels = lookup(value, ("channels",))
    if not isinstance(channels, dict):
        return ()
    return tuple(name for name in channels if name not in ("defaults", "modelByChannel"))


async def write(box: Appliance, params: WriteSheet, call: Call) -> Prepared[WrittenSheet]:
    """Put the page together and find a name that is free.

    Raises:
        NotFound: there is no such folder.
    """
    lines = params.line or sheet_lines(await summary(box, Nothing(), call))
    desktop = box.places.user_home / "Desktop"
    folder = params.folder or (desktop if desktop.is_dir() else box.places.user_home)
    if not folder.is_dir():
        raise NotFound(
            f"There is no folder {folder}.", hint="Give another one with --folder.", code="no-folder"
        )
    path = _free(folder, _ENDINGS[params.format])
    text = _html(lines) if params.format == "html" else "\n".join(map(_plain, lines)) + "\n"

    async def commit() -> Done[WrittenSheet]:
        _create(path, text, box.config.disk)
        return Done(WrittenSheet(str(path), len(lines)))

    return Prepared((Change(str(path), "create"),), commit)


def sheet_lines(known: SetupSummary) -> tuple[str, ...]:
    """The page in English: what there is, what was put off, where help is."""
    rows = (
        ("Business", known.business),
        ("Brain", f"{known.brain} ({known.model})" if known.brain else ""),
        ("Staff", ", ".join(known.staff)),
        ("Lines", ", ".join(known.channels)),
        ("Engine", known.engine),
        ("Set up", known.set_up),
    )
    later = [_LABELS[name] for name in known.later]
    return (
        f"# {known.business or 'Your AI staff'}",
        *(f"{label}: {text}" for label, text in rows if text),
        *(("# For later", *later) if later else ()),
        "# Help",
        "Start lunatui: its first page says whether the shop is open, what needs you and how to mend it.",
        "F1 or ? explains every page. Keys are kept in the engine's own safe and are not on this page.",
    )


def _free(folder: Path, ending: str) -> Path:
    """A name nobody uses yet: an older page is never written over."""
    number = 1
    while (path := folder / f"{NAME}{f'-{number}' if number > 1 else ''}{ending}").exists():
        number += 1
    return path


def _create(path: Path, text: str, disk: Disk) -> None:
    """A new file that only its owner reads, complete or not there."""
    from appliance.redact import redact
    from appliance.store.disk import write_new

    try:
        write_new(disk, path, redact(text).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise LunaError(
            f"{path} could not be written ({error.strerror or error}).",
            hint="Give another folder with --folder.",
            code="sheet-unwritable",
        ) from error


def _plain(line: str) -> str:
    from appliance.text import safe_line

    text = safe_line(line)
    return f"\n{text[2:]}\n" if text.startswith("# ") else f"  {text}"


def _html(lines: tuple[str, ...]) -> str:
    from html import escape

    from appliance.text import safe_line

    rows = []
    for line in map(safe_line, lines):
        heading = line.startswith("# ")
        rows.append(f"<h2>{escape(line[2:])}</h2>" if heading else f"<p>{escape(line)}</p>")
    title = escape(safe_line(lines[0]).removeprefix("# ")) if lines else NAME
    style = (
        "body{font:16px/1.5 sans-serif;max-width:40em;margin:3em auto}p{margin:.2em 0}h2{margin-top:1.2em}"
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    return "\n".join([f"<!doctype html><html><head>{head}</head>", "<body>", *rows, "</body></html>", ""])


async def remind(box: Appliance, params: Reminder, _call: Call) -> Prepared[Reminders]:
    """Compare with what is remembered."""
    from appliance.profile.setup_note import read_note, with_again, without, write_note

    known = read_note(box.places)
    wanted = with_again(known, params.what) if params.again else without(known, params.what)
    word = "remind again" if params.again else "remind no more"
    changes = () if wanted == known else (Change(f"reminder of {params.what}", word),)

    async def commit() -> Done[Reminders]:
        if changes:
            write_note(box.places, wanted)
        return Done(
            Reminders(wanted.skipped), Undo("setup.remind", {"what": params.what, "again": not params.again})
        )

    return Prepared(changes, commit)


SUMMARY = Operation(
    "setup.summary",
    "What was set up, and what was put off",
    Risk.READ,
    Nothing,
    SetupSummary,
    run=summary,
    local=True,
)
SHEET = Operation(
    "setup.sheet",
    "Write a page to print: what was set up, what was put off, where help is",
    Risk.CHANGE,
    WriteSheet,
    WrittenSheet,
    prepare=write,
    local=True,
    no_undo="It is a file of its own: whoever does not want it throws it away.",
)
REMIND = Operation(
    "setup.remind",
    "Be reminded of something that was put off, or no more",
    Risk.CHANGE,
    Reminder,
    Reminders,
    prepare=remind,
    local=True,
)
