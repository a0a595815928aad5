"""Backups: archives of the whole box and versions of the settings; make, prove and put back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from appliance.ops.backup import LIST, Backups, SettingsVersion
from appliance.ops.backup_create import CREATE, CreateBackup
from appliance.ops.backup_drill import DRILL, DrillBackup
from appliance.ops.backup_parts import Archive
from appliance.ops.backup_restore import RESTORE
from appliance.ops.core import Nothing
from screens.backups.sheet import archive_sheet, records_of, size, summary, version_sheet
from screens.deeds import doing
from screens.list_place import ListPlace
from screens.operation_screen import OperationScreen
from screens.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.core import Event, Operation
    from screens.widgets.columns import Record


class BackupsScreen(ListPlace):
    """What could be put back, from files alone: it opens with the engine up or down."""

    place = "backups"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "make", "Back up", id=CREATE.name, tooltip=CREATE.summary),
        Binding("p", "prove", "Prove", id=DRILL.name, tooltip=DRILL.summary),
        Binding("r", "put_back", "Put back", id=RESTORE.name, tooltip=RESTORE.summary),
        Binding("z", "undo", "Undo", id="undo.last"),
    ]
    CSS_PATH: ClassVar[Any] = [*ListPlace.CSS_PATH, Path(__file__).parent / "screen.tcss"]
    forms: ClassVar[Mapping[str, str]] = {RESTORE.name: "put_back"}
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("what", Column(priority=0, least=14, most=24)),
        ("made", Column(priority=1, least=12, most=22, muted=True)),
        ("size", Column(priority=3, most=10, right=True, muted=True)),
        ("state", Column(priority=2, least=18, most=40)),
    )
    _found: Backups | None = None
    _doing = ""

    def body(self) -> ComposeResult:
        yield Static(id="backup-line", markup=False)
        yield from super().body()

    def look(self) -> None:
        self.start(LIST, Nothing(), quiet=True)

    def picked(self, record: Record | None) -> None:
        """Show it in full; everything is known already."""
        found = self._found
        if record is None or found is None:
            return
        now = time.time()
        if isinstance(record.value, Archive):
            self.detail.show(archive_sheet(record.value, found, self.words, now))
        elif isinstance(record.value, SettingsVersion):
            self.detail.show(version_sheet(record.value, self.words, now))

    @property
    def archive(self) -> Archive | None:
        """The selected backup of the whole box."""
        record = self.records.selected
        return record.value if record and isinstance(record.value, Archive) else None

    @property
    def version(self) -> SettingsVersion | None:
        """The selected version of the settings."""
        record = self.records.selected
        return record.value if record and isinstance(record.value, SettingsVersion) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a whole backup is proven; what is away, or says the same, is not put back."""
        if action == "prove":
            return self.archive is not None and self.archive.there
        if action == "put_back":
            return (self.archive is not None and self.archive.there) or bool(
                self.version and self.version.differs
            )
        return super().check_action(action, parameters)

    def action_make(self) -> None:
        """Back up the whole box now; it goes on when this place is left."""
        if self.start(CREATE, CreateBackup()):
            self._tell_doing(CREATE.name)

    def action_prove(self) -> None:
        """Restore the selected one on trial."""
        archive = self.archive
        if archive is None:
            return
        if archive.key == "passphrase":
            self._offer(DRILL, self.words("backups.prove"), archive=archive.path, key_file="")
        elif self.start(DRILL, DrillBackup(archive.path)):
            self._tell_doing(DRILL.name)

    def action_put_back(self) -> None:
        """See first what would change, then put it back."""
        archive, version = self.archive, self.version
        if archive is not None:
            known: dict[str, Any] = {"archive": archive.path, "key_file": "", "start": True}
            if archive.key != "passphrase":
                known["passphrase"] = None
            self._offer(RESTORE, self.words("backups.restore"), **known)
        elif version is not None:
            from appliance.ops.history_restore import RESTORE as PUT_BACK

            self._offer(PUT_BACK, self.words("backups.restore-settings"), version=version.id)

    def _offer(self, operation: Operation[Any, Any], title: str, **known: Any) -> None:
        """Show what it would change, and do it on a yes; what is not known is asked first."""
        from screens.form_screen import FormScreen

        self.app.push_screen(FormScreen(self.desk, operation, fixed=known, title=title))

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the list; say what was made or proven."""
        if message.operation == LIST.name:
            self._fill(message.result)
        elif message.operation == CREATE.name:
            made = message.result
            self._done(self.words("backups.made-one", size=size(self.words, made.archive.size)))
            if made.key_note:
                self.notice(self.words("backups.keep-key"), "look")
        elif message.operation == DRILL.name:
            self._done(self.words("backups.proven-one"))

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A look that failed is said where the rows are."""
        if message.operation == LIST.name:
            self.records.fail(message.error)
        elif message.operation in (CREATE.name, DRILL.name):
            self._doing = ""
            self.look()

    @on(OperationScreen.Progressed)
    def show_progress(self, message: OperationScreen.Progressed) -> None:
        """How far it is."""
        event: Event = message.event
        if message.operation in (CREATE.name, DRILL.name) and event.kind == "progress":
            self._tell_doing(message.operation, event)

    def _tell_doing(self, operation: str, event: Event | None = None) -> None:
        phase = str(event.data.get("phase", "")) if event else ""
        key = f"backups.phase.{phase}"
        words = self.words(key) if key in self.words else doing(self.words, operation)
        data = event.data if event else {}
        done, total, left = data.get("done") or 0, data.get("total") or 0, data.get("left_s")
        far = (
            self.words("backups.far", done=size(self.words, done), total=size(self.words, total))
            if 0 < done <= total
            else ""
        )
        more = self.words("backups.left", seconds=int(left)) if left else ""
        self._doing = f"… {words}{far}{more}"
        self._say(self._doing, "moon")

    def _done(self, text: str) -> None:
        self._doing = ""
        self.notice(text)
        self.look()
        self.desk.lookout.look_now()

    def _fill(self, found: Backups) -> None:
        self._found = found
        self.records.show(records_of(found, self.words, time.time()))
        late = "look" if found.overdue else "muted"
        self._say(self._doing or summary(found, self.words), "moon" if self._doing else late)

    def _say(self, text: str, meaning: str) -> None:
        self.query_one("#backup-line", Static).update(Content.styled(text, f"${meaning}"))
