"""`agents`: the texts that make an agent what it is, read with their hash, written whole, taken back."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal

from appliance.errors import Note, Usage
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, Undo, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.texts import FoundText
    from appliance.api import Appliance

TextName = Literal["IDENTITY.md", "SOUL.md", "AGENTS.md", "USER.md"]
NOTHING = "nothing"
"""The version of a text that was not there."""


@dataclass(frozen=True)
class WhichText:
    """Which text."""

    agent: str = param("Id of the agent.", positional=True)
    file: TextName = param("Which of its texts.", positional=True)
    version: str = param("An earlier version; the present text when left out.", default="")


@dataclass(frozen=True)
class WriteText:
    """What a text shall be."""

    agent: str = param("Id of the agent.", positional=True)
    file: TextName = param("Which of its texts.", positional=True)
    text: str | None = param("The whole new text.", default=None, private=True, long=True)
    version: str = param(
        "An earlier version that comes back, in place of a text; “nothing” takes it away.", default=""
    )
    expected_hash: str = param(
        "SHA-256 of what was read; anything else that stands there now is left alone.", default=""
    )


@dataclass(frozen=True)
class TextVersion:
    """An earlier text."""

    id: str
    at: str
    """UTC, ISO 8601: when it was replaced."""


@dataclass(frozen=True)
class TextFound:
    """One text, with all that is needed to change it safely."""

    agent: str
    file: str
    state: str
    """`present` or `missing`."""
    text: str
    sha256: str
    """Of its bytes: what `agents write --expected-hash` takes."""
    path: str
    versions: tuple[TextVersion, ...]
    """Newest first."""


@dataclass(frozen=True)
class TextWritten:
    """What was written."""

    agent: str
    file: str
    changed: bool
    sha256: str
    """Of what stands there now; empty where there is nothing."""
    kept: str = ""
    """The version that it replaced."""


async def text(box: Appliance, params: WhichText, _call: Call) -> TextFound:
    """One text with its hash and its earlier versions."""
    from appliance.agents.texts import find_text, version_content, versions

    found = find_text(box.config.read().value, params.agent, params.file, box.places)
    known = tuple(TextVersion(each.id, each.at) for each in versions(box.places, params.agent, params.file))
    shown = found.text
    if params.version:
        earlier = version_content(box.places, params.agent, params.file, params.version)
        shown = earlier.decode("utf-8", "replace")
    state = "missing" if found.content is None else "present"
    return TextFound(params.agent, params.file, state, shown, found.sha256, str(found.path), known)


async def write(box: Appliance, params: WriteText, call: Call) -> Prepared[TextWritten]:
    """Compare the new text with the one that stands there.

    Raises:
        Conflict: `text-moved`, it is not the one that was read.
        Invalid: `text-odd`.
        NotFound: `agent-unknown`, `text-version-unknown`.
        Usage: `text-unusable`, `text-missing`.
    """
    from appliance.agents.texts import find_text, refuse_moved, replace_steps

    found = find_text(box.config.read().value, params.agent, params.file, box.places)
    refuse_moved(found, params.expected_hash)
    content = _wanted(box, params)
    if content == found.content:
        return Prepared((), lambda: _unchanged(params, found))
    steps = replace_steps(box.places, params.agent, found, content)
    box.journal.check(steps)

    async def commit() -> Done[TextWritten]:
        return _write(box, params, call, found, content)

    return Prepared((_change(params, found, content),), commit, _warnings(content))


def _write(
    box: Appliance, params: WriteText, call: Call, found: FoundText, content: bytes | None
) -> Done[TextWritten]:
    from appliance.agents.texts import FoundText, kept_version, prune, replace_steps

    steps = replace_steps(box.places, params.agent, found, content)
    kept = kept_version(steps)
    box.journal.run(WRITE.name, steps, actor=call.actor)
    prune(box.places, params.agent, params.file)
    now = FoundText(found.path, content).sha256
    back = {
        "agent": params.agent,
        "file": params.file,
        "version": kept or NOTHING,
        "expected_hash": now,
    }
    return Done(TextWritten(params.agent, params.file, True, now, kept), Undo(WRITE.name, back))


async def _unchanged(params: WriteText, found: FoundText) -> Done[TextWritten]:
    return Done(TextWritten(params.agent, params.file, False, found.sha256))


def _wanted(box: Appliance, params: WriteText) -> bytes | None:
    from appliance.agents.texts import encoded, version_content

    if (params.text is None) is not bool(params.version):
        raise Usage(
            "Give the new text, or an earlier version that shall come back.",
            hint="--text-stdin, --text-file FILE, or --version ID",
            code="text-missing",
        )
    if params.version == NOTHING:
        return None
    if params.version:
        return version_content(box.places, params.agent, params.file, params.version)
    return encoded(params.text or "")


def _change(params: WriteText, found: FoundText, content: bytes | None) -> Change:
    before = found.text.splitlines()
    after = (content or b"").decode("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(before, after, "before", "after", lineterm=""))[2:]
    more = sum(line.startswith("+") for line in lines)
    less = sum(line.startswith("-") for line in lines)
    what = "take away" if content is None else "write" if found.content is None else "change"
    summary = f"{what}: {more} line(s) more, {less} line(s) less"
    return Change(f"{params.file} of {params.agent}", summary, "with its next conversation", "\n".join(lines))


def _warnings(content: bytes | None) -> tuple[str, ...]:
    from appliance.agents.texts import INJECTED

    length = len((content or b"").decode("utf-8", "replace"))
    if length <= INJECTED:
        return ()
    said = f"The text has {length:,} characters; OpenClaw hands the first {INJECTED:,} to the model."
    return (Note("text-long", said, length=f"{length:,}", limit=f"{INJECTED:,}"),)


TEXT = Operation(
    "agents.text",
    "One of the texts of an agent, with its hash and its earlier versions",
    Risk.READ,
    WhichText,
    TextFound,
    run=text,
    local=True,
)
WRITE = Operation(
    "agents.write",
    "Write one of the texts of an agent",
    Risk.CHANGE,
    WriteText,
    TextWritten,
    prepare=write,
    local=True,
)

OPERATIONS = (TEXT, WRITE)
