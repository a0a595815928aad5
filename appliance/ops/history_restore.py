"""`history.restore` and `history.dismiss`: a version put back, or a loss that was wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import LunaError, NotFound
from appliance.history.difference import Difference
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, Undo, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.history.entries import Entry


@dataclass(frozen=True)
class WhichVersion:
    """Which version comes back."""

    version: str = param(
        "A change, to go back to before it, or a backup; the last loss when left out.",
        default="",
        positional=True,
    )


@dataclass(frozen=True)
class WhichLoss:
    """Which loss was wanted."""

    entry: str = param(
        "The change that lost something; the oldest when left out.", default="", positional=True
    )


@dataclass(frozen=True)
class Preview:
    """What putting a version back would mean."""

    backup: str
    told: tuple[Difference, ...]
    """Empty when it is what is there now."""
    problem: str
    """What OpenClaw would say against that version."""


@dataclass(frozen=True)
class Restored:
    """What came back, and whether the Gateway uses it."""

    backup: str
    """Id of the version that was put back."""
    told: tuple[Difference, ...]
    """What that means."""
    state: str
    detail: str = ""
    kept: str = ""
    """Id of what it replaced."""


@dataclass(frozen=True)
class Dismissed:
    """What is not missed."""

    entry: str
    lost: tuple[Difference, ...]


async def preview(box: Appliance, params: WhichVersion, _call: Call) -> Preview:
    """Compare the version with the present file."""
    from appliance.history.loss import change_between
    from appliance.store.versions import prepare_restore

    backup = _version(box, params.version)
    data = box.config.backups.read(backup)
    prepared = prepare_restore(box.config, data)
    return Preview(backup, change_between(prepared.now.data, data), prepared.problem)


async def restore(box: Appliance, params: WhichVersion, call: Call) -> Prepared[Restored]:
    """Check a version against the installed release, and tell what putting it back means.

    Raises:
        NotFound: `change-unknown`, `backup-unknown`, `nothing-lost`.
        Invalid: `config-syntax`, `backup-damaged`.
    """
    from appliance.history.loss import change_between
    from appliance.store.versions import prepare_restore
    from appliance.store.versions import restore as put_back

    backup = _version(box, params.version)
    data = box.config.backups.read(backup)
    prepared = prepare_restore(box.config, data)
    told = change_between(prepared.now.data, data)
    target = str(box.places.config_path)

    async def commit() -> Done[Restored]:
        from appliance.ops.in_use import Watch

        if not told:
            return Done(Restored(backup, (), "unchanged"))
        with Watch(box) as watch:
            saved = put_back(
                box.config, prepared, operation=RESTORE.name, actor=call.actor, why=f"back to {backup}"
            )
            state = watch.outcome()
        _settle_restored(box, data)
        result = Restored(backup, told, state.state, state.detail, saved.backup or "")
        undo = Undo("history.restore", {"version": saved.backup}) if prepared.readable else None
        return Done(result, undo, saved.before_sha256, saved.after_sha256)

    asks = f"{prepared.problem} Restore it all the same?" if prepared.problem else ""
    return Prepared(tuple(Change(target, each.text) for each in told), commit, asks=asks)


async def dismiss(box: Appliance, params: WhichLoss, _call: Call) -> Prepared[Dismissed]:
    """Find the loss that was wanted."""
    entry = _loss(box, params.entry)
    changes = tuple(Change(f"change {entry.id}", f"not missed: {each.text}") for each in entry.lost)

    async def commit() -> Done[Dismissed]:
        from appliance.history.outside import settle

        settle(box.config, box.history, entry, "dismissed")
        return Done(Dismissed(entry.id, entry.lost))

    return Prepared(changes, commit)


def _version(box: Appliance, version: str) -> str:
    """Id of the backup that is meant."""
    if not version:
        return _loss(box, "").backup
    if found := box.config.backups.find(version):
        return found.id
    entry = box.history.find(version)
    if entry is None or not entry.backup:
        raise NotFound(
            f"There is no version “{version}” to go back to.",
            hint="lunatui config backups lists what is kept; lunatui history list, the changes.",
            code="backup-unknown",
        )
    return entry.backup


def _loss(box: Appliance, entry_id: str) -> Entry:
    """The oldest loss that nobody has decided on, or the one that is named."""
    losses = box.history.open_losses()
    if not losses:
        raise NotFound("Nothing is missing.", hint="lunatui history list", code="nothing-lost")
    found = [each for each in losses if each.id.startswith(entry_id)] if entry_id else losses[:1]
    if len(found) != 1:
        raise NotFound(
            f"There is no single loss “{entry_id}”.", hint="lunatui history list", code="change-unknown"
        )
    return found[0]


def _settle_restored(box: Appliance, data: bytes) -> None:
    """The losses of which that version brings everything back; the ring may have dropped it meanwhile."""
    from appliance.history.loss import loss_between
    from appliance.history.outside import settle

    for entry in box.history.open_losses():
        try:
            was = box.config.backups.read(entry.backup)
        except LunaError:  # nothing to compare with: it stays until a person says that it is not missed
            continue
        if not loss_between(was, data):
            settle(box.config, box.history, entry, "restored")


PREVIEW = Operation(
    "history.preview",
    "What putting an earlier version back would change",
    Risk.READ,
    WhichVersion,
    Preview,
    run=preview,
    local=True,
)
RESTORE = Operation(
    "history.restore",
    "Put the configuration back to an earlier version",
    Risk.CHANGE,
    WhichVersion,
    Restored,
    prepare=restore,
    local=True,
)
DISMISS = Operation(
    "history.dismiss",
    "Say that what is missing was meant to go",
    Risk.CHANGE,
    WhichLoss,
    Dismissed,
    prepare=dismiss,
    local=True,
    no_undo="The version before stays among the backups until five newer ones exist.",
)
