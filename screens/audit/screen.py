"""Record: who did what and what was refused, whether anything of it was altered, and a copy to take away."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from appliance.ops.audit import LIST, SHOW, VERIFY, ListRecords, WhichRecord
from appliance.ops.audit_keep import EXPORT
from appliance.ops.core import Nothing
from appliance.text import safe_line
from screens.ages import age_of
from screens.audit.deeds import Deed, deeds_of, record_of, sheet_of, who
from screens.list_place import OWN_CSS, WIDGETS_CSS, ListPlace
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.widgets.columns import Column
from screens.widgets.hanging import Hanging, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.errors import LunaError
    from appliance.ops.audit import AuditRecord, AuditReport
    from screens.desk import Desk
    from screens.widgets.columns import Record

RECORDS = 400
"""So many of the newest are shown; the command line shows all."""
VIEWS = ("all", "refused", "outside", "who")
"""What can be shown, in the order of the key: all, what was refused or failed, what no person here did, and
what the one did whose deed was selected first."""


class Checked(NamedTuple):
    """What the last check has found."""

    at: float
    text: Content


class AuditScreen(ListPlace):
    """The record, read from the files: it opens with the engine up or down."""

    place = "audit"
    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS, OWN_CSS, Path(__file__).parent / "audit.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "narrow", "What to show", id="audit.narrow", tooltip="All, refused, outside, one"),
        Binding("v", "check", "Check", id=VERIFY.name, tooltip=VERIFY.summary),
        Binding("e", "export", "Save a copy", id=EXPORT.name, tooltip=EXPORT.summary),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("when", Column(priority=2, most=13, muted=True)),
        ("who", Column(priority=3, most=18)),
        ("what", Column(priority=0, least=24, most=60)),
        ("ended", Column(priority=1, most=16)),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._view = "all"
        self._whose = ""
        self._checked: Checked | None = None
        self._found: tuple[AuditRecord, ...] = ()

    def body(self) -> ComposeResult:
        with Vertical():
            yield Hanging(id="audit-status")
            yield from super().body()

    def on_mount(self) -> None:
        self._say()

    def look(self) -> None:
        wanted = ListRecords(
            limit=RECORDS,
            actor=self._whose if self._view == "who" else "",
            refused=self._view == "refused",
            outside=self._view == "outside",
        )
        self.start(LIST, wanted, quiet=True)

    def picked(self, record: Record | None) -> None:
        """Read the selected deed whole."""
        if record is not None:
            self.start(SHOW, WhichRecord(int(record.key)), quiet=True)

    @property
    def deed(self) -> Deed | None:
        """The selected deed."""
        record = self.records.selected
        return record.value if record else None  # type: ignore[return-value]  # record_of puts it there

    def action_narrow(self) -> None:
        """The next kind of deeds."""
        if self._view == "all" and self.deed is not None:
            self._whose = self.deed.actor
        wanted = [view for view in VIEWS if view != "who" or self._whose]
        self._view = wanted[(wanted.index(self._view) + 1) % len(wanted)]
        self._say()
        self.look()

    def action_check(self) -> None:
        """Have every record checked against the one before, and against what is kept elsewhere."""
        if self.start(VERIFY, Nothing(), quiet=True):
            self._checked = Checked(0.0, Content.styled(f"… {self.words('audit.checking')}", "$moon"))
            self._say()

    def action_export(self) -> None:
        """Where to and in which form; what is written can be read by its owner alone."""
        from screens.form_screen import FormScreen
        from screens.widgets.questions import Choice, Wish

        day = time.strftime("%Y-%m-%d", time.localtime(time.time()))
        forms = tuple(
            Choice(name, self.words(f"audit.form.{name}"), self.words(f"audit.form.{name}-note"))
            for name in ("csv", "markdown", "jsonl")
        )
        wishes = (Wish("format", choices=forms, default="csv"), Wish("to", default=f"~/lunatui-{day}"))
        title = self.words("audit.export")
        self.app.push_screen(FormScreen(self.desk, EXPORT, wishes, title=title, blame={"file-exists": "to"}))

    @on(Looked)
    def name_them(self) -> None:
        """The names of the agents are known, or have changed."""
        if self._found:
            self._fill()

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill list and detail; say what a check has found."""
        if message.operation == LIST.name:
            self._found = message.result.records
            self._fill()
        elif message.operation == SHOW.name:
            item = self.deed
            if item is not None and item.seq == message.result.record.seq:
                self.detail.show(sheet_of(item, message.result, self.words, self._names))
        elif message.operation == VERIFY.name:
            self._checked = Checked(time.time(), self._good(message.result))
            self._say()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """A look that failed is said where the rows are, a check above them."""
        if message.operation == LIST.name:
            self.records.fail(message.error)
        elif message.operation == SHOW.name:
            self.detail.show(None)
        elif message.operation == VERIFY.name:
            self.told = message.error
            self._checked = Checked(time.time(), self._bad(message.error))
            self._say()

    def count_age(self) -> None:
        """The check becomes older."""
        if self._checked is not None and self._checked.at:
            self._say()

    @property
    def _names(self) -> Mapping[str, str]:
        seen = self.desk.lookout.sight.glance
        return {agent.id: agent.name for agent in seen.agents} if seen else {}

    def _fill(self) -> None:
        now, names = time.time(), self._names
        self.records.show([record_of(item, self.words, names, now) for item in deeds_of(self._found)])
        self._say()

    def _say(self) -> None:
        """What is shown, and what the last check has found and when."""
        whose = safe_line(who(self._whose, self.words, self._names)) if self._whose else ""
        lines = []
        if self._view != "all":
            lines.append(Content.styled(self.words(f"audit.view.{self._view}", who=whose), "$muted"))
        if self._checked is not None:
            at = self._checked.at
            age = Content.styled(f" · {age_of(self.words, at)}" if at else "", "$muted")
            first, *rest = self._checked.text.split("\n")
            lines += [Content.assemble(first, age), *rest]
        status = self.query_one("#audit-status", Hanging)
        status.display = bool(lines)
        status.show(rows_of(Content("\n").join(lines)))

    def _good(self, report: AuditReport) -> Content:
        """What the check proves, and in the same breath what it does not."""
        words = self.words
        if report.witnessed_up_to:
            seen = words("audit.witnessed", count=report.witnessed_up_to, by=safe_line(report.witnessed_by))
        else:
            seen = words("audit.no-witness")
        whole = words("audit.whole", count=report.records)
        return Content.assemble(("✓ ", "$good"), whole, "\n", (f"  {seen}", "$muted"))

    def _bad(self, error: LunaError) -> Content:
        words, facts = self.words, error.facts
        key = f"audit.bad.{error.code}"
        if key not in words:
            from screens.problems import problem_of

            return Content.assemble(("✗ ", "$bad"), str(problem_of(words, error, self.place)))
        told = words(key, seq=facts.get("seq", "?"), records=facts.get("records", "?"))
        since = facts.get("whole_from")
        more = (words("audit.bad.since", whole=since),) if since else ()
        rest = "".join(f"\n  {line}" for line in (*more, words("audit.bad.next")))
        return Content.assemble(("✗ ", "$bad"), told, (rest, "$muted"))
