"""The wizard behind its pages: what was answered so far, one answer more, and bringing the box to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.errors import Invalid, NotFound, Usage
from appliance.ops.core import Call, Change, Consent, Done, Nothing, Operation, Prepared, Risk, Undo, param
from appliance.ops.profiles import Applied, prepare_profile
from appliance.ops.provider_trial import NO_TOOLS
from appliance.profile.draft import Draft
from appliance.secret import Secret
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance

OVER = "done"
"""The stage behind the last one: the wizard was read to its end and its draft goes."""
CONSENT = (
    "The staff will answer people in the name of the business and remember what they are told, "
    "and the brain's account is charged for every answer."
)


@dataclass(frozen=True)
class AnswerSetup:
    """Answers of one stage, and the question that comes next."""

    stage: str = param("Where the wizard is then: welcome, brain, staff, lines, memory, finish or done.",
                       positional=True)  # fmt: skip
    field: str = param("The question inside the stage; its first when left out.", default="")
    answer: tuple[str, ...] = param("One answer as name=value; repeat the flag for more.", default=())


@dataclass(frozen=True)
class TypeSetup:
    """What stands in the field of a question and is no answer yet."""

    stage: str = param("The stage of the question.", positional=True)
    field: str = param("The question.", positional=True)
    text: str = param("What was typed so far.", default="", private=True)


@dataclass(frozen=True)
class PlannedStep:
    """One step that would be taken."""

    operation: str
    subject: str
    """What it is about, as people call it; may be empty."""
    target: str
    summary: str
    """For supporters."""


@dataclass(frozen=True)
class SetupPlan:
    """Everything that is missing; nothing when the box is as it was answered."""

    steps: tuple[PlannedStep, ...]
    needs_key: bool
    """One of the steps needs the brain's key."""


@dataclass(frozen=True)
class ApplySetup:
    """What the draft itself does not hold."""

    key: Secret | None = param("The key of the brain, where it needs one.", default=None)


async def show(box: Appliance, _params: Nothing, _call: Call) -> Draft:
    """The draft; an empty one when nothing was answered yet."""
    from appliance.profile.draft import read_draft

    return read_draft(box.places) or Draft()


async def answer(box: Appliance, params: AnswerSetup, _call: Call) -> Prepared[Draft]:
    """Check the answers and compare them with what was answered before.

    Where only the place in the wizard differs, that is a bookmark and no change.

    Raises:
        Usage: there is no such stage, or an answer cannot be one.
        Refused: an answer holds a key.
    """
    from appliance.profile.draft import STAGES, as_answers, clear_draft, with_answers, write_draft

    if params.stage not in (*STAGES, OVER):
        raise Usage(f"The setup has no stage “{params.stage}”.", hint=f"Stages: {', '.join(STAGES)}, {OVER}.")
    before = _before(box)
    given = dict(map(_pair, params.answer))
    names = tuple(given)
    wanted = replace(with_answers(before, given), stage=params.stage, field=params.field, typed="")
    old, new = as_answers(before, names), as_answers(wanted, names)
    changes = tuple(
        Change(f"setup.{name}", f"{old[name] or '–'} → {new[name] or '–'}")
        for name in names
        if old[name] != new[name]
    )

    async def commit() -> Done[Draft]:
        if params.stage == OVER:
            clear_draft(box.places)
            return Done(Draft())
        write_draft(box.places, wanted)
        back = tuple(f"{name}={text}" for name, text in old.items())
        undo = Undo("setup.answer", {"stage": before.stage, "field": before.field, "answer": back})
        return Done(wanted, undo)

    return Prepared(changes, commit)


async def type_(box: Appliance, params: TypeSetup, _call: Call) -> Prepared[Draft]:
    """Keep an unfinished answer: a bookmark and no change. Text that holds a key is not written down.

    Raises:
        Usage: there is no such stage.
    """
    from appliance.profile.draft import STAGES, with_typed, write_draft

    if params.stage not in STAGES:
        raise Usage(f"The setup has no stage “{params.stage}”.", hint=f"Stages: {', '.join(STAGES)}.")
    before = _before(box)
    wanted = with_typed(replace(before, stage=params.stage, field=params.field), params.text)

    async def commit() -> Done[Draft]:
        if wanted != before:
            write_draft(box.places, wanted)
        return Done(wanted)

    return Prepared((), commit)


async def planned(box: Appliance, _params: Nothing, _call: Call) -> SetupPlan:
    """Compare the box with the draft; no key is needed for that.

    Raises:
        NotFound: no brain was chosen yet.
    """
    from appliance.ops.profiles import missing_steps, subject_of
    from appliance.profile.draft import to_profile

    draft = _answered(box)
    steps = await missing_steps(box, to_profile(draft, keyed=_is_keyed(draft)))
    rows = (PlannedStep(step.operation, subject_of(step), step.target, step.summary) for step in steps)
    return SetupPlan(tuple(rows), needs_key=any(step.needs_key for step in steps))


def _answered(box: Appliance) -> Draft:
    draft = _before(box)
    if not draft.kind:
        raise NotFound(
            "No brain was chosen yet, so there is nothing to set up.",
            hint="lunatui setup answer brain --answer kind=openai",
            code="setup-unanswered",
        )
    return draft


def _is_keyed(draft: Draft) -> bool:
    from appliance.providers.catalog import kind_named

    return kind_named(draft.kind).key == "required" or draft.keyed


async def apply(box: Appliance, params: ApplySetup, call: Call) -> Prepared[Applied]:
    """Make a profile of the draft and compare the box with it: a second time does only what is missing.

    Raises:
        NotFound: no brain was chosen yet.
        Usage: `key-missing`, the brain still needs its key.
    """
    from appliance.profile.draft import clear_draft, to_profile
    from appliance.profile.setup_note import note_of, write_note

    draft = _answered(box)
    profile = to_profile(draft, keyed=_is_keyed(draft) or params.key is not None)
    own = replace(call, consent=_asked_before(call.consent)) if draft.weak else call
    prepared = await prepare_profile(box, profile, own, read=lambda _where: _handed(params.key))

    async def commit() -> Done[Applied]:
        done = await prepared.commit()
        write_note(box.places, note_of(draft))
        clear_draft(box.places)
        return done

    asks = "" if draft.agreed or not prepared.changes else CONSENT
    return Prepared(prepared.changes, commit, prepared.warnings, asks)


def _asked_before(ask: Consent) -> Consent:
    """The one question that the draft holds the answer to is not asked again."""

    async def consent(question: str) -> bool:
        return question == NO_TOOLS or await ask(question)

    return consent


def _before(box: Appliance) -> Draft:
    """What was answered before; a damaged draft counts as none, the next answer replaces it."""
    from appliance.profile.draft import read_draft

    try:
        return read_draft(box.places) or Draft()
    except Invalid:
        return Draft()


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Usage(f"“{text}” is not written name=value.", code="draft-answer")
    return name, value


def _handed(key: Secret | None) -> Secret:
    if key is None:
        raise Usage(
            "The brain needs its key, and the key was not kept anywhere.",
            hint="Give the key again; what is done already stays.",
            code="key-missing",
        )
    return key


DRAFT = Operation(
    "setup.draft", "What the wizard was told so far", Risk.READ, Nothing, Draft, run=show, local=True
)
PLAN = Operation(
    "setup.plan",
    "What setting up would install, change and start",
    Risk.READ,
    Nothing,
    SetupPlan,
    run=planned,
)
ANSWER = Operation(
    "setup.answer",
    "Keep answers of the wizard until the box is set up",
    Risk.CHANGE,
    AnswerSetup,
    Draft,
    prepare=answer,
    local=True,
)
APPLY = Operation(
    "setup.apply",
    "Bring the box to what the wizard was told; a second time does only what is missing",
    Risk.CHANGE,
    ApplySetup,
    Applied,
    prepare=apply,
    no_undo="Each of its steps is in the history with its own way back.",
)
TYPE = Operation(
    "setup.type",
    "Keep what stands in a field of the wizard and is no answer yet",
    Risk.CHANGE,
    TypeSetup,
    Draft,
    prepare=type_,
    local=True,
    no_undo="Nothing is changed by it: the text waits where it was typed.",
)
