"""One text of an agent, to write: safe against others, shown before it is saved, kept when it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual import events, on
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static, TextArea

from appliance.ops.agents_texts import TEXT, WRITE, TextFound, WhichText, WriteText
from appliance.ops.chat_draft import DRAFT, KEEP, WhoseDraft
from appliance.text import safe, safe_line
from screens.agents.difference import Difference
from screens.agents.markdown_area import MarkdownArea
from screens.agents.sheet import readable
from screens.agents.text_choices import Conflicts, Versions
from screens.agents.text_draft import TextDraft
from screens.grace import Grace
from screens.list_place import WIDGETS_CSS
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.problems import problem_of
from screens.widgets.choices import ChoiceList
from screens.widgets.detail import Detail, Section, Sheet
from screens.widgets.hanging import Hanging, rows_of
from screens.widgets.key_line import KeyLine
from screens.widgets.record_rows import RecordRows
from screens.widgets.top_line import TopLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widget import Widget

    from appliance.ops.agents_texts import TextName
    from screens.desk import Desk

KEEP_S = 0.5
"""What is written within this time is kept together."""
MOVED = ("text-moved", "file-changed")
Stage = Literal["reading", "writing", "preview", "review", "conflict", "versions"]


class TextScreen(OperationScreen):
    """Write, look at it, see what changes, save."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS, "editor.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "check", "Save", id="text.save", key_display="ctrl+s"),
        Binding("enter", "save", "Save", id="text.confirm", key_display="enter"),
        Binding("f5", "preview", "Preview", id="text.preview"),
        Binding("f8", "versions", "Earlier texts", id="text.versions"),
        Binding("f9", "discard", "Drop my changes", id="text.discard"),
        Binding("escape", "back", "Back", id="text.back", key_display="esc"),
        Binding("f1", "app.help", "Help", id="app.help"),
    ]

    def __init__(self, desk: Desk, agent: str, name: str, file: TextName) -> None:
        """`name`: of the agent."""
        super().__init__(desk)
        self._agent, self._file = agent, file
        self._title = f"{safe_line(name)} · {self.words(f'agents.text.{file}')}"
        self._found: TextFound | None = None
        self._stage: Stage = "reading"
        self._params: WriteText | None = None
        self._grace = Grace()
        self._due: Timer | None = None
        self._saved = False
        """What is written is no draft any more."""
        self._draft = TextDraft(self, agent, file)

    def compose(self) -> ComposeResult:
        yield TopLine(self.desk)
        with Container(id="body"):
            yield Static(Content.styled(self._title, "bold"), id="form-title")
            yield MarkdownArea(soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
            yield Detail(self.words)
            yield Difference(self.words)
            yield Conflicts(self.words)
            yield Versions(self.words)
            yield Hanging(id="form-status")
        yield KeyLine(self.words)

    def on_mount(self) -> None:
        self._enter("reading")
        self.start(TEXT, WhichText(self._agent, self._file), quiet=True)

    @on(Looked)
    def see(self) -> None:
        """The shop is not as it was."""
        self.query_one(TopLine).outlook = self.desk.lookout.sight.outlook

    @property
    def _area(self) -> MarkdownArea:
        return self.query_one(MarkdownArea)

    @property
    def _changed(self) -> bool:
        return self._found is not None and self._area.text != safe(self._found.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something at this stage."""
        if action in ("check", "discard"):
            return self._stage in ("writing", "preview") and self._changed
        if action == "save":
            return self._stage == "review"
        if action == "preview":
            return self._stage in ("writing", "preview")
        if action == "versions":
            return (
                self._stage == "writing" and not self._changed and bool(self._found and self._found.versions)
            )
        return super().check_action(action, parameters)

    # what the person does

    def action_preview(self) -> None:
        """Without the marks of its notation, and back."""
        if self._stage == "preview":
            self._enter("writing")
            return
        self.query_one(Detail).show(
            Sheet(
                self.words("editor.text.preview"),
                sections=(Section("", readable(self._area.text, self._file)),),
            ),
            top=True,
        )
        self._enter("preview")

    def action_check(self) -> None:
        """Find out what saving would change."""
        found = self._found
        if found is not None:
            self._look_ahead(WriteText(self._agent, self._file, self._area.text, expected_hash=found.sha256))

    def action_save(self) -> None:
        """What was shown shall be."""
        if self._params is not None and self._grace.takes():
            self.start(WRITE, self._params, quiet=True)

    def action_versions(self) -> None:
        """The texts that stood here before."""
        if self._found is not None:
            self.query_one(Versions).show(self._found.versions)
            self._enter("versions")

    def action_discard(self) -> None:
        """What stands on the box, in place of what was written here."""
        if self._found is not None:
            self._area.load_text(self._found.text)
            self._draft.put("")
            self._enter("writing")

    def action_back(self) -> None:
        """To the text; from the text out, with what was written kept."""
        if self._stage not in ("writing", "reading"):
            self._enter("writing")
            return
        if self._changed:
            self._keep_draft()
            self.notice(self.words("editor.text.kept"))
        self.dismiss()

    @on(ChoiceList.Chosen)
    def settle(self, message: ChoiceList.Chosen) -> None:
        """Mine, theirs, or a look at both."""
        message.stop()
        if self._found is None:
            return
        if message.value == "theirs":
            self.action_discard()
        else:
            self.action_check()

    @on(RecordRows.Opened)
    def choose_version(self, message: RecordRows.Opened) -> None:
        """See what would change if it came back."""
        message.stop()
        if self._found is not None:
            back = WriteText(
                self._agent, self._file, version=message.record.key, expected_hash=self._found.sha256
            )
            self._look_ahead(back)

    @on(TextArea.Changed)
    def note_writing(self) -> None:
        """Keep what is written in a moment: a dropped line does not lose it."""
        self.refresh_bindings()
        if self._due is None and self._stage == "writing":
            self._due = self.set_timer(KEEP_S, self._keep_draft)

    async def put_by(self) -> None:
        """What was written in the last moment."""
        self._keep_draft()

    @on(events.ScreenSuspend)
    def keep_on_leaving(self) -> None:
        """Something stands above it, or it goes in another way than by its own keys."""
        self._keep_draft()

    # what the operations say

    @on(OperationScreen.Planned)
    def review(self, message: OperationScreen.Planned) -> None:
        """Show what would change; nothing is no change."""
        if not message.plan.changes:
            self._say(Content(self.words("form.nothing")))
            return
        self.query_one(Difference).show(message.plan)
        self._enter("review")
        self._grace = Grace()
        self.call_after_refresh(self._grace.begin)

    @on(OperationScreen.Succeeded)
    def go_on(self, message: OperationScreen.Succeeded) -> None:
        """It was read, or saved."""
        if message.operation == TEXT.name:
            self._read(message.result)
        elif message.operation == DRAFT.name:
            self._take_up(message.result.text)
        elif message.operation == WRITE.name:
            self._saved = True
            self._draft.put("")
            self.notice(self.words("editor.text.saved"))
            self.dismiss()

    @on(OperationScreen.Failed)
    def explain(self, message: OperationScreen.Failed) -> None:
        """Somebody else's text is offered beside this one; all else is told in words."""
        if message.operation in (DRAFT.name, KEEP.name):
            return
        if message.error.code in MOVED:
            self._enter("conflict")
            self.start(TEXT, WhichText(self._agent, self._file), quiet=True)
            return
        told = problem_of(self.words, message.error)
        self._enter("writing" if self._found else "reading")
        text = f"{told.text}\n{told.next}" if told.next else told.text
        self._say(Content.assemble(("✗ ", "$bad"), text))

    def _read(self, found: TextFound) -> None:
        first, self._found = self._found is None, found
        if first:
            self._area.load_text(found.text)
            self._enter("writing")
            if safe(found.text) != found.text:
                self._say(Content.styled(self.words("editor.text.marked"), "$look"))
            self.start(DRAFT, WhoseDraft(self._agent, self._file), quiet=True)
        self.refresh_bindings()

    def _take_up(self, draft: str) -> None:
        self._draft.known(draft)
        if draft and not self._changed and self._found is not None and draft != safe(self._found.text):
            self._area.load_text(draft)
            self._say(Content.styled(self.words("editor.text.taken-up"), "$need"))
            self.refresh_bindings()

    def _look_ahead(self, params: WriteText) -> None:
        self._params = params
        self.look_ahead(WRITE, params)

    def _keep_draft(self) -> None:
        if self._due is not None:
            self._due.stop()
            self._due = None
        if not self._saved and self._found is not None and self.query(MarkdownArea):
            self._draft.put(self._area.text if self._changed else "")

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        shown: dict[str, type[Widget]] = {
            "writing": MarkdownArea,
            "preview": Detail,
            "review": Difference,
            "conflict": Conflicts,
            "versions": Versions,
        }
        for name, kind in shown.items():
            self.query_one(kind).display = name == stage
        self._say(Content(self.words("editor.text.reading")) if stage == "reading" else Content())
        if stage in shown:
            self.query_one(shown[stage]).focus()
        self.refresh_bindings()

    def _say(self, status: Content) -> None:
        self.query_one("#form-status", Hanging).show(rows_of(status))
