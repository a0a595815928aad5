"""`config`: openclaw.json read and edited without losing anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.errors import Conflict, NotFound, Refused, Usage
from appliance.ops.config_backups import BACKUPS
from appliance.ops.config_edit import Saved, prepare_edits
from appliance.ops.core import Call, Change, Done, Nothing, Operation, Prepared, Risk, Verdict, param
from appliance.parsing import json_value
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class GetSetting:
    """Which setting to show."""

    path: str = param(
        "Dotted path, such as gateway.port; the whole configuration when left out.",
        default="",
        positional=True,
    )


@dataclass(frozen=True)
class Setting:
    """One setting as it stands in the file, secrets masked."""

    path: str
    value: Any


@dataclass(frozen=True)
class SetSetting:
    """Which setting gets which value."""

    path: str = param("Dotted path, such as gateway.port.", positional=True)
    value: str | None = param("The value: JSON, or plain text.", default=None, positional=True)
    secret: Secret | None = param(
        "The value, where it must not stand on the command line.", default=None, flag="value"
    )


@dataclass(frozen=True)
class UnsetSetting:
    """Which setting is removed."""

    path: str = param("Dotted path.", positional=True)


@dataclass(frozen=True)
class RevertSettings:
    """Which settings go back to what a backup holds."""

    backup: str = param("The backup's id; empty for the time before there was a file.", positional=True)
    paths: tuple[str, ...] = param("The settings; repeat the flag for more.", default=(), flag="path")
    expect: tuple[str, ...] = param(
        "Fingerprints of what must stand there now, one a path; none to replace whatever stands there.",
        default=(),
    )


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in the file."""

    path: str
    message: str


@dataclass(frozen=True)
class Validity:
    """Whether OpenClaw would accept the file."""

    valid: bool
    path: str
    validated_against: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConfigFile:
    """Where the file is."""

    path: str
    real_path: str
    """Differs from `path` when that is a symlink."""
    exists: bool


@dataclass(frozen=True)
class Unlocked:
    """What stood in the way and is gone."""

    cleared: bool
    detail: str


async def get(box: Appliance, params: GetSetting, _call: Call) -> Setting:
    """The value at a path; secrets are masked."""
    from appliance.store.edits import MISSING, lookup, parse_path
    from appliance.store.masking import masked

    path = parse_path(params.path) if params.path else ()
    value = lookup(box.config.read().value, path)
    if value is MISSING:
        raise NotFound(f"There is no setting “{params.path}” in the configuration.", code="setting-missing")
    return Setting(params.path, masked(value, path))


async def set_(box: Appliance, params: SetSetting, call: Call) -> Prepared[Saved]:
    """Check one new value against the file, the schema and our rules."""
    from appliance.store.edits import Edit, parse_path

    path = parse_path(params.path)
    return prepare_edits(
        box, [Edit(path, _new_value(params, path))], "config.set", call, why=f"set {params.path}"
    )


async def unset(box: Appliance, params: UnsetSetting, call: Call) -> Prepared[Saved]:
    """Check that the file is still valid without a setting."""
    from appliance.store.edits import MISSING, Edit, lookup, parse_path

    path = parse_path(params.path)
    if lookup(box.config.read().value, path) is MISSING:
        raise NotFound(f"There is no setting “{params.path}” in the configuration.", code="setting-missing")
    return prepare_edits(
        box,
        [Edit(path, MISSING)],
        "config.unset",
        call,
        why=f"unset {params.path}",
        may_remove=(params.path,),
    )


async def revert(box: Appliance, params: RevertSettings, call: Call) -> Prepared[Saved]:
    """Check that settings can go back to what a backup holds.

    Raises:
        Conflict: `undo-moved`, one of them was changed again since; `names-gone`.
    """
    from appliance.agents.ghosts import refuse_new_ghosts
    from appliance.agents.moves import edited
    from appliance.store.changes import value_fingerprint
    from appliance.store.document import Document
    from appliance.store.edits import Edit, lookup, parse_path

    old = Document.parse(box.config.backups.read(params.backup)).value if params.backup else {}
    now = box.config.read().value
    paths = tuple(map(parse_path, params.paths))
    for path, fingerprint in zip(paths, params.expect, strict=False):
        if value_fingerprint(lookup(now, path)) != fingerprint:
            raise Conflict(
                f"{'.'.join(path)} was changed again since, so it is not put back.",
                hint="lunatui config get shows what stands there now.",
                code="undo-moved",
            )
    edits = [Edit(path, lookup(old, path)) for path in paths]
    refuse_new_ghosts(now, edited(now, edits))
    return prepare_edits(
        box, edits, "config.revert", call, why=f"back to {params.backup}", may_remove=params.paths
    )


async def validate(box: Appliance, _params: Nothing, _call: Call) -> Validity:
    """Check the file as it is."""
    report = box.config.validate()
    problems = tuple(Problem(item.path, item.message) for item in report.problems)
    return Validity(
        report.valid, str(box.places.config_path), report.schema_origin, problems, report.warnings
    )


async def path_(box: Appliance, _params: Nothing, _call: Call) -> ConfigFile:
    """Where the file is, and where it really is."""
    path = box.places.config_path
    return ConfigFile(str(path), str(path.resolve()), path.exists())


async def unlock(box: Appliance, _params: Nothing, _call: Call) -> Prepared[Unlocked]:
    """Find out whether an orphaned lock stands in the way."""
    state = box.config.lock_state()
    found = (
        (Change(str(box.places.config_path) + ".lock", f"clear: {state.words}"),) if state.clearable else ()
    )

    async def commit() -> Done[Unlocked]:
        if not found:
            return Done(Unlocked(False, state.words))
        return Done(Unlocked(True, box.config.unlock()))

    return Prepared(found, commit)


def _new_value(params: SetSetting, path: tuple[str, ...]) -> Any:
    from appliance.store.masking import is_secret

    if params.secret is not None:
        if params.value is not None:
            raise Usage("Give the value once: as an argument or from a file, not both.")
        with params.secret.expose() as text:
            return text
    if params.value is None:
        raise Usage("There is no value.", hint=f"lunatui config set {params.path} VALUE")
    value = _parsed(params.value)
    if is_secret(value, path):
        raise Refused(
            f"{params.path} is a secret, and arguments are visible to every process on this machine.",
            hint=f"lunatui config set {params.path} --value-stdin",
            code="secret-in-argument",
        )
    return value


def _parsed(text: str) -> Any:
    try:
        return json_value(text)
    except ValueError:
        return text


def _shown(setting: Setting) -> str:
    if isinstance(setting.value, str):
        return setting.value
    return json.dumps(setting.value, indent=2, ensure_ascii=False)


GET = Operation(
    "config.get",
    "Show a setting, secrets masked",
    Risk.READ,
    GetSetting,
    Setting,
    run=get,
    local=True,
    render=_shown,
)
SET = Operation(
    "config.set",
    "Change a setting, checked before it is saved",
    Risk.CHANGE,
    SetSetting,
    Saved,
    prepare=set_,
    local=True,
)
UNSET = Operation(
    "config.unset", "Remove a setting", Risk.CHANGE, UnsetSetting, Saved, prepare=unset, local=True
)
REVERT = Operation(
    "config.revert",
    "Put settings back from a backup",
    Risk.CHANGE,
    RevertSettings,
    Saved,
    prepare=revert,
    local=True,
)
VALIDATE = Operation(
    "config.validate",
    "Check the file against the installed release",
    Risk.READ,
    Nothing,
    Validity,
    run=validate,
    local=True,
    verdict=lambda result: Verdict.DONE if result.valid else Verdict.INVALID,
)
PATH = Operation("config.path", "Where the file is", Risk.READ, Nothing, ConfigFile, run=path_, local=True)
UNLOCK = Operation(
    "config.unlock",
    "Clear a lock that nobody holds any more",
    Risk.DANGER,
    Nothing,
    Unlocked,
    prepare=unlock,
    local=True,
    consequence=lambda _params: (
        "Clears the lock beside openclaw.json; whoever still writes would not be noticed."
    ),
    no_undo="A lock that nobody holds protects nothing.",
)

OPERATIONS = (GET, SET, UNSET, VALIDATE, PATH, UNLOCK, REVERT, BACKUPS)
