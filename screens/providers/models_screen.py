"""The models: who answers for everyone, who steps in and when, who does small tasks, what each costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from appliance.ops.core import Nothing
from appliance.ops.models import FALLBACKS, LIST, UTILITY, ListModels, SetFallbacks, SetUtility
from appliance.ops.models_estimate import ESTIMATE, EstimateModel
from appliance.ops.provider_update import UPDATE, UpdateProvider
from appliance.ops.providers import LIST as BRAINS
from appliance.ops.providers import SET, SetDefault
from appliance.text import safe_line
from screens.list_place import WIDGETS_CSS
from screens.lookout import Looked
from screens.operation_screen import OperationScreen
from screens.prices import costs
from screens.problems import sentence
from screens.providers.model_rows import ModelLine, Roles, known_models, records_of
from screens.providers.sheet import title_of
from screens.result_text import outcome
from screens.widgets.columns import Column
from screens.widgets.hanging import Hanging, rows_of
from screens.widgets.key_line import KeyLine
from screens.widgets.record_list import RecordList
from screens.widgets.record_rows import RecordRows
from screens.widgets.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from appliance.ops.models import ModelList
    from appliance.ops.models_estimate import ModelEstimate
    from appliance.ops.providers import ProviderList
    from screens.desk import Desk

_COLUMNS: Sequence[tuple[str, Column]] = (
    ("model", Column(priority=0, least=16, most=34)),
    ("brain", Column(priority=5, most=20, muted=True)),
    ("memory", Column(priority=4, most=16, right=True, muted=True)),
    ("tools", Column(priority=3, most=10, muted=True)),
    ("price", Column(priority=2, most=16, right=True, muted=True)),
    ("state", Column(priority=1, most=28)),
)


class ModelsScreen(OperationScreen):
    """What stands in the settings is shown at once; what the brains say themselves comes when it comes."""

    CSS_PATH: ClassVar[Any] = [WIDGETS_CSS]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "use", "Use it", id=SET.name, tooltip=SET.summary),
        Binding("f", "reserve", "Steps in", id=FALLBACKS.name, tooltip=FALLBACKS.summary),
        Binding("plus", "earlier(-1)", "Earlier", id="models.earlier", key_display="+"),
        Binding("minus", "earlier(1)", "Later", id="models.later", key_display="-"),
        Binding("u", "utility", "Small tasks", id=UTILITY.name, tooltip=UTILITY.summary),
        Binding("o", "keep", "Keep ready", id="models.keep", tooltip="Whether it can be chosen for an agent"),
        Binding("escape", "leave", "Back", id="models.back"),
        Binding("question_mark,f1", "app.help", "Help", id="app.help"),
    ]

    def __init__(self, desk: Desk, of: str = "") -> None:
        """`of`: only the models of this brain, which was just added."""
        super().__init__(desk)
        self._of = of
        self._roles = Roles()
        self._brains: dict[str, str] = {}
        self._ready: dict[str, tuple[str, ...]] = {}
        """Names of the models that stand in the settings, by brain."""
        self._lines: dict[str, ModelLine] = {}
        self._estimates: dict[str, ModelEstimate] = {}
        self._reckoning = False

    def compose(self) -> ComposeResult:
        titled = [column.titled(self.words(f"models.{key}")) for key, column in _COLUMNS]
        yield TopLine(self.desk)
        with Container(id="body"):
            if self._of:
                yield Static(self.words("models.last-step"), classes="list-scope", markup=False)
            yield RecordList(self.words, titled, "models")
            yield Hanging(id="form-status")
        yield KeyLine(self.words)

    def on_mount(self) -> None:
        self.records.rows.focus()
        self._look()

    def _look(self) -> None:
        self.start(BRAINS, Nothing(), quiet=True)
        self.start(LIST, ListModels(self._of), quiet=True)

    @property
    def records(self) -> RecordList:
        """The rows."""
        return self.query_one(RecordList)

    @property
    def line(self) -> ModelLine | None:
        """The selected model."""
        record = self.records.selected
        return record.value if record else None  # type: ignore[return-value]  # records_of puts it there

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Earlier and later are keys of those who step in."""
        if action == "keep":
            return self.line is not None and self.line.found is not None
        if action == "earlier":
            return self.line is not None and self.line.model in self._roles.reserve
        return super().check_action(action, parameters)

    def action_leave(self) -> None:
        """Back to the brains."""
        self.dismiss()

    def action_use(self) -> None:
        """The selected model answers for everyone."""
        if self.line is not None and self.line.model != self._roles.default:
            self.start(SET, SetDefault(self.line.model))

    def action_reserve(self) -> None:
        """The selected model steps in after the others, or no longer."""
        line, roles = self.line, self._roles
        if line is None:
            return
        if not roles.default:
            self.notice(self.words("models.needs-default"), "look")
        elif line.model == roles.default:
            self.notice(self.words("models.is-default", name=safe_line(line.model)), "look")
        elif line.model in roles.reserve:
            self._step_in(tuple(model for model in roles.reserve if model != line.model))
        else:
            self._step_in((*roles.reserve, line.model))

    def action_earlier(self, by: int) -> None:
        """The selected model is asked one place earlier or later."""
        line, reserve = self.line, list(self._roles.reserve)
        if line is None or line.model not in reserve:
            return
        at = reserve.index(line.model)
        to = min(max(0, at + by), len(reserve) - 1)
        if to != at:
            reserve.insert(to, reserve.pop(at))
            self._step_in(tuple(reserve))

    def action_utility(self) -> None:
        """The selected model does small tasks, or the engine chooses again."""
        if self.line is not None:
            mine = self.line.model == self._roles.utility
            self.start(UTILITY, SetUtility("" if mine else self.line.model))

    def action_keep(self) -> None:
        """The selected model can be chosen for an agent from now on, or no longer."""
        line = self.line
        if line is None or line.found is None:
            return
        brain, _, name = line.model.partition("/")
        ready = self._ready.get(brain, ())
        wanted = [each for each in ready if each != name] if name in ready else [*ready, name]
        if not wanted:
            self.notice(self.words("models.one-stays"), "look")
        elif self.start(UPDATE, UpdateProvider(brain, model=tuple(wanted))):
            self.notice(self.words("models.keeping"), "moon")

    def _step_in(self, models: tuple[str, ...]) -> None:
        self.start(FALLBACKS, SetFallbacks(models))

    @on(Looked)
    def see(self) -> None:
        """The shop is not as it was."""
        self.query_one(TopLine).outlook = self.desk.lookout.sight.outlook

    @on(RecordRows.Opened)
    def use_opened(self, message: RecordRows.Opened) -> None:
        """Enter on a model is the wish to use it."""
        message.stop()
        self.action_use()

    @on(RecordRows.Highlighted)
    def tell_costs(self, _message: RecordRows.Highlighted) -> None:
        """What the selected model costs, under the list."""
        self.refresh_bindings()
        line = self.line
        if line is None:
            self._say("")
            return
        self._say(costs(line.model, self._estimates.get(line.model), self.words))
        self.call_after_refresh(self._reckon)

    def _reckon(self) -> None:
        """What the selected model costs, one after the other: not what the cursor only passed."""
        line = self.line
        if line is None or line.model in self._estimates or self._reckoning:
            return
        self._reckoning = True
        found = line.found
        known = found is not None and found.input_price is not None and found.output_price is not None
        price = (found.input_price, found.output_price) if found is not None and known else (-1.0, -1.0)
        self.start(ESTIMATE, EstimateModel(line.model, "", 0, 0, *price), quiet=True)  # type: ignore[arg-type]  # neither is None where known

    @on(RecordList.Retry)
    def try_again(self) -> None:
        """Look again because the owner wants it."""
        self.records.loading_again()
        self._look()

    @on(OperationScreen.Succeeded)
    def take(self, message: OperationScreen.Succeeded) -> None:
        """Fill the rows; say what became of a change."""
        if message.operation == BRAINS.name:
            self._take_brains(message.result)
        elif message.operation == LIST.name:
            self._take_models(message.result)
        elif message.operation == ESTIMATE.name:
            self._reckoning = False
            self._estimates[message.params.model] = message.result
            if self.line is not None and self.line.model == message.params.model:
                self._say(costs(self.line.model, message.result, self.words))
            self._reckon()
        elif message.operation in (SET.name, FALLBACKS.name, UTILITY.name):
            self.notice(outcome(self.words, message.result))
            self.start(BRAINS, Nothing(), quiet=True)
        elif message.operation == UPDATE.name:
            self.notice(outcome(self.words, message.result))
            self._look()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """Where nothing is known, it is said in the stead of the rows."""
        if message.operation == ESTIMATE.name:
            self._reckoning = False
        if message.operation in (BRAINS.name, LIST.name) and not self._lines:
            self.records.fail(message.error)

    def _take_brains(self, found: ProviderList) -> None:
        self._roles = Roles(found.default_model, found.fallbacks, found.utility_model)
        self._ready = {row.id: row.models for row in found.providers}
        self._brains = {row.id: title_of(row, self.words) for row in found.providers}
        shown = [row for row in found.providers if self._of in ("", row.id)]
        self._lines = known_models(shown, self._brains) | self._lines
        self._show()

    def _take_models(self, found: ModelList) -> None:
        for row in found.models:
            brain = row.model.partition("/")[0]
            if self._of not in ("", brain):
                continue
            self._lines[row.model] = ModelLine(row.model, self._brains.get(brain, brain), row)
            self._estimates.pop(row.model, None)
        for silent in (each for each in found.not_listed if self._of in ("", each.provider)):
            name = safe_line(self._brains.get(silent.provider, silent.provider))
            why = sentence(self.words, f"provider-{silent.code}")
            self.notice(self.words("models.silent", name=name, why=why), "look")
        self._show()

    def _show(self) -> None:
        self.records.show(records_of(self._lines, self._roles, self.words))
        self.refresh_bindings()

    def _say(self, text: str) -> None:
        name, _, rest = text.partition("\n")
        said = Content.assemble(name, (f"\n{rest}" if rest else "", "$muted"))
        self.query_one("#form-status", Hanging).show(rows_of(said))
