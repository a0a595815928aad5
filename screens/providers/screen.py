"""Providers: the brains, how each is reached, and which one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content

from appliance.ops.core import Nothing
from appliance.ops.provider_kinds import DETECT, Detect
from appliance.ops.provider_remove import REMOVE
from appliance.ops.provider_show import SHOW, OneProvider, ProviderRow
from appliance.ops.provider_test import TEST, TestProvider
from appliance.ops.provider_update import UPDATE
from appliance.ops.providers import ADD, LIST, SET, SetDefault
from appliance.text import safe_line
from screens.form_screen import FormScreen
from screens.list_place import ListPlace
from screens.operation_screen import OperationScreen
from screens.problems import Problem, problem_of
from screens.providers.sheet import (
    add_wishes,
    edit_wishes,
    instead_wish,
    models_of,
    record_of,
    sheet_of,
    title_of,
)
from screens.providers.trial_lines import test_lines, verdict_line
from screens.result_text import outcome
from screens.widgets.columns import Column
from screens.widgets.questions import Choice, Wish
from screens.widgets.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from appliance.ops.provider_kinds import FoundServer
    from appliance.ops.provider_show import ProviderDetail
    from screens.widgets.columns import Record

_OF_KEY = ("auth", "bad-key", "billing", "clock", "key", "no-credit", "not-allowed", "wrong-key")
_OF_ADDRESS = (
    "address",
    "dns",
    "not-https",
    "not-json",
    "protocol",
    "redirect",
    "refused",
    "tls",
    "wrong-path",
)
_OF_MODEL = ("model-not-found", "models", "no-model", "no-tools", "small-context")
BLAME: Mapping[str, str] = {
    "insecure-address": "base_url",
    "key-missing": "key",
    **{f"provider-{code}": "key" for code in _OF_KEY},
    **{f"provider-{code}": "base_url" for code in _OF_ADDRESS},
    **{f"provider-{code}": "model" for code in _OF_MODEL},
}
"""Which question an error of adding a brain is about."""


class ProvidersScreen(ListPlace):
    """The brains, read from the files: it opens with the engine up or down."""

    place = "providers"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id=ADD.name, tooltip=ADD.summary),
        Binding("t", "test", "Test", id=TEST.name, tooltip=TEST.summary),
        Binding("e", "edit", "Change", id=UPDATE.name, tooltip=UPDATE.summary),
        Binding("x", "remove", "Remove", id=REMOVE.name, tooltip=REMOVE.summary),
        Binding(
            "m", "models", "Models", id="models.list", tooltip="Who answers, who steps in, what it costs"
        ),
        Binding("space", "use", "Use it", id=SET.name, tooltip=SET.summary),
        Binding("f", "find", "On this box", id=DETECT.name, tooltip="Ollama and LM Studio running here"),
        Binding("z", "undo", "Undo", id="undo.last", tooltip="Take back the last change"),
    ]
    columns: ClassVar[Sequence[tuple[str, Column]]] = (
        ("name", Column(priority=0, least=20, most=30)),
        ("models", Column(priority=4, most=24, muted=True)),
        ("key", Column(priority=3, most=26, muted=True)),
        ("tested-at", Column(priority=2, most=24, muted=True)),
        ("state", Column(priority=1, most=16)),
    )
    _default_model = ""
    _here: Sequence[FoundServer] = ()
    """What was found running on the box."""
    _detail: ProviderDetail | None = None

    def look(self) -> None:
        self.start(LIST, Nothing(), quiet=True)

    def picked(self, record: Record | None) -> None:  # noqa: ARG002 - its row is `brain`
        """What its row says at once, and who uses it when that has been read."""
        if self.brain is not None:
            known = self._detail if self._detail and self._detail.provider.id == self.brain.id else None
            self.detail.show(sheet_of(self.brain, self._default_model, self.words, known), top=True)
            self.start(SHOW, OneProvider(self.brain.id), quiet=True)

    @property
    def brain(self) -> ProviderRow | None:
        """The selected brain."""
        record = self.records.selected
        return record.value if record else None  # type: ignore[return-value]  # record_of puts it there

    @on(RecordRows.Opened)
    def use_opened(self, message: RecordRows.Opened) -> None:
        """Beside its details, enter on a brain is the wish to use it; elsewhere it opens them."""
        if self.has_class("-wide") or self.in_full:
            message.prevent_default()
            self.action_use()

    def action_new(self) -> None:
        """Which brain, where it is, its key; tested before it is kept; then which of its models."""
        last = Wish("default", default=False) if self._default_model else None
        wishes, title = add_wishes(self.words, self._here), self.words("providers.new")
        form = FormScreen(self.desk, ADD, wishes, title=title, last=last, blame=BLAME)

        def choose_models(_left: None) -> None:
            if form.saved is not None:
                self._choose_models(form.saved.provider)

        self.app.push_screen(form, choose_models)

    def action_find(self) -> None:
        """Look for brains that run on this box; those found are offered first."""
        self.start(DETECT, Detect())

    def action_edit(self) -> None:
        """Another address, other models, a new key; what is left as it is stays."""
        if self.brain is not None:
            title = self.words("providers.edit", name=safe_line(title_of(self.brain, self.words)))
            fixed = {"provider": self.brain.id}
            wishes = edit_wishes(self.brain)
            self.app.push_screen(FormScreen(self.desk, UPDATE, wishes, fixed=fixed, title=title, blame=BLAME))

    def action_remove(self) -> None:
        """It goes; who uses it gets another one."""
        brain = self.brain
        if brain is None:
            return
        fixed = {"provider": brain.id}
        detail = self._detail
        if detail is not None and detail.provider.id == brain.id and not detail.used_by:
            fixed["instead"] = ""
        title = self.words("providers.remove", name=safe_line(title_of(brain, self.words)))
        others = [record.value for record in self.records.rows.records]
        wish = instead_wish(brain, (row for row in others if isinstance(row, ProviderRow)), self.words)
        self.app.push_screen(FormScreen(self.desk, REMOVE, (wish,), fixed=fixed, title=title))

    def action_models(self) -> None:
        """All models: who answers, who steps in, what they cost."""
        self._choose_models()

    def _choose_models(self, of: str = "") -> None:
        """`of`: those of a brain that was just added."""
        from screens.providers.models_screen import ModelsScreen

        self.app.push_screen(ModelsScreen(self.desk, of))

    def action_test(self) -> None:
        """Have the engine ask the selected brain for a word."""
        if self.brain is not None:
            self.start(TEST, TestProvider(self.brain.id), quiet=True)
            self.waits(TEST, self.words("providers.asking", name=safe_line(title_of(self.brain, self.words))))
            self.bring_detail()

    def action_use(self) -> None:
        """Make the selected brain the one that answers; of several models the owner chooses."""
        brain = self.brain
        if brain is None:
            return
        models = models_of(brain)
        if len(models) == 1 and f"{brain.id}/{models[0]}" == self._default_model:
            self.notice(self.words("providers.already", name=safe_line(title_of(brain, self.words))))
        elif len(models) == 1:
            self.start(SET, SetDefault(f"{brain.id}/{models[0]}"))
        elif models:
            wish = Wish(
                "model", tuple(Choice(f"{brain.id}/{name}", name) for name in models), self._default_model
            )
            self.app.push_screen(FormScreen(self.desk, SET, (wish,), title=self.words("providers.choose")))
        else:
            self.app.push_screen(FormScreen(self.desk, SET, title=self.words("providers.choose")))

    @on(OperationScreen.Succeeded)
    def show_result(self, message: OperationScreen.Succeeded) -> None:
        """Fill the list; say how a test or a choice ended."""
        result: Any = message.result
        if message.operation == LIST.name:
            self._default_model = result.default_model
            self.records.show([record_of(row, self.words) for row in result.providers])
        elif message.operation == SHOW.name:
            self._detail = result
            if self.brain is not None and self.brain.id == result.provider.id:
                self.detail.show(sheet_of(self.brain, self._default_model, self.words, result))
        elif message.operation == TEST.name:
            title = self._title_of(result.provider)
            said = test_lines(result, title, self.words)
            away = verdict_line(result, title, self.words)
            self.waits_no_longer(result.provider, said, away, "good" if result.ok else "bad")
            self.look()
        elif message.operation == DETECT.name:
            self._here = result.found
            if self._here:
                self.action_new()
            else:
                self.notice(self.words("providers.none-here"), "look")
        elif message.operation == SET.name:
            self.notice(outcome(self.words, result))
            self.look()

    @on(OperationScreen.Failed)
    def show_trouble(self, message: OperationScreen.Failed) -> None:
        """What went wrong, where it was asked for."""
        if message.operation == LIST.name:
            self.records.fail(message.error)
        elif message.operation == TEST.name:
            told = problem_of(self.words, message.error, self.place)
            tested = message.params.provider
            away = f"{safe_line(self._title_of(tested))}: {told.text}"
            self.waits_no_longer(tested, _trouble(told), away, "bad")

    def _title_of(self, provider_id: str) -> str:
        rows = (record.value for record in self.records.rows.records if record.key == provider_id)
        return next((title_of(row, self.words) for row in rows if isinstance(row, ProviderRow)), provider_id)


def _trouble(told: Problem) -> Content:
    return Content.assemble(("✗ ", "$bad"), told.text, "\n" if told.next else "", (told.next, "$muted"))
