"""The wizard's draft: a profile half filled in, and where its reader was. Our own file, never a key in it."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from appliance.agents.business import BusinessProfile
from appliance.agents.catalog import TEMPLATE_IDS
from appliance.errors import Invalid, Refused, Usage
from appliance.parsing import small_file, toml_table
from appliance.places import readable, write_private
from appliance.redact import redact
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.places import Places
    from appliance.profile.models import Profile

STAGES = ("welcome", "brain", "staff", "lines", "memory", "finish")
"""In the order in which the wizard asks."""
PEOPLE = ("owner", "installer", "support")
"""Who may sit at the screen."""
TYPED_LIMIT = 4096
"""Characters of an unfinished answer that are kept."""
STDIN = "stdin"
"""The reference of a key that whoever applies the draft hands over."""
_BUSINESS = ("name", "what", "hours", "tone", "language", "owner")
_POSITION = ("stage", "field", "typed")


@dataclass(frozen=True)
class Draft:
    """What was answered so far, and the question that comes next."""

    stage: str = STAGES[0]
    field: str = ""
    """The question inside the stage; empty for its first."""
    language: str = ""
    name: str = ""
    what: str = ""
    hours: str = ""
    tone: str = ""
    owner: str = ""
    kind: str = ""
    """The kind of brain; empty until it was chosen."""
    base_url: str = ""
    model: str = ""
    """Its model; empty for the one suggested."""
    keyed: bool = False
    """A key was given and tested. Where it is not stored yet, it has to be given again."""
    staff: tuple[str, ...] = TEMPLATE_IDS[1:]
    """Templates that are put to work beside the first agent."""
    skipped: tuple[str, ...] = ()
    """Questions put off until later."""
    agreed: bool = False
    """What the staff may do and what it costs was read and agreed to."""
    port: int = 0
    """Where the engine listens; 0 for the usual place."""
    who: str = "owner"
    """Who sits at the screen, one of `PEOPLE`."""
    short: bool = False
    """Only what nobody can guess is asked; the rest is as most people want it."""
    weak: bool = False
    """The brain could not use tools, and was wanted all the same."""
    typed: str = ""
    """What stands in the field of the present question and is no answer yet; of a key only that it does."""


def draft_path(places: Places) -> Path:
    """Where it stands."""
    return places.home / "profiles" / "draft.toml"


def read_draft(places: Places) -> Draft | None:
    """The draft; None when there is none.

    Raises:
        Invalid: `draft-damaged`.
        LunaError: it cannot be read.
    """
    path = draft_path(places)
    try:
        with readable(path):
            document = toml_table(small_file(path))
        return _checked(document)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise Invalid(
            f"What was answered before cannot be read any more ({path}: {error}).",
            hint="Answer again; the first answer replaces the file.",
            code="draft-damaged",
        ) from error


def write_draft(places: Places, draft: Draft) -> None:
    """Replace the file in one step."""
    import tomlkit

    write_private(draft_path(places), tomlkit.dumps(asdict(draft)).encode())


def clear_draft(places: Places) -> None:
    """Remove it, if it is there."""
    draft_path(places).unlink(missing_ok=True)


def with_answers(draft: Draft, answers: Mapping[str, str]) -> Draft:
    """The draft with some answers as text: lists with commas, yes or no.

    Raises:
        Usage: `draft-answer`, there is no such question or the answer cannot be one.
        Refused: `secret-inline`, an answer is a key.
        NotFound: no such brain or template.
    """
    for name, text in answers.items():
        if redact(text) != text:
            raise Refused(
                f"The answer to “{name}” holds a key, and keys are not kept in a draft.",
                hint="Give the key when it is asked for.",
                code="secret-inline",
            )
    return _meaningful(replace(draft, **{name: _value(name, text) for name, text in answers.items()}))


def with_typed(draft: Draft, text: str) -> Draft:
    """The draft with what stands in the field; nothing of a text that holds a key or is far too long."""
    kept = text if len(text) <= TYPED_LIMIT and redact(text) == text else ""
    return replace(draft, typed=kept)


def as_answers(draft: Draft, names: tuple[str, ...]) -> dict[str, str]:
    """Answers as the text that `with_answers` reads."""
    return {name: _text(getattr(draft, name)) for name in names}


def to_profile(draft: Draft, *, keyed: bool) -> Profile:
    """The profile that the draft describes; `keyed`: its brain has a key, handed over at the time."""
    from appliance.profile.desired import FIRST_AGENT
    from appliance.profile.models import AgentPart, BusinessPart, GatewayPart, Profile, ProviderPart

    brain = ProviderPart(
        kind=draft.kind,
        base_url=draft.base_url,
        key=STDIN if keyed else "",
        models=(draft.model,) if draft.model else (),
    )
    return Profile(
        default_model=f"{brain.provider_id}/{model}" if (model := _model(draft)) else "",
        gateway=GatewayPart(port=draft.port) if draft.port else GatewayPart(),
        business=BusinessPart(**{name: getattr(draft, name) for name in _BUSINESS}),
        provider=brain,
        agents=tuple(AgentPart(id=each) for each in (FIRST_AGENT, *draft.staff)),
    )


def _model(draft: Draft) -> str:
    from appliance.providers.catalog import kind_named

    return draft.model or kind_named(draft.kind).default_model


def _meaningful(draft: Draft) -> Draft:
    from appliance.agents.catalog import template
    from appliance.providers.catalog import kind_named

    tidy = BusinessProfile(**{name: getattr(draft, name) for name in _BUSINESS}).cleaned()
    for template_id in draft.staff:
        template(template_id)
    if draft.kind:
        kind_named(draft.kind)
    if draft.who not in PEOPLE:
        raise Usage(
            f"“{draft.who}” is nobody the setup knows.",
            hint=f"One of: {', '.join(PEOPLE)}.",
            code="draft-answer",
        )
    return replace(draft, **{name: getattr(tidy, name) for name in _BUSINESS})


def _value(name: str, text: str) -> Any:
    """An answer of the type that its field has."""
    kinds = {item.name: type(item.default) for item in fields(Draft) if item.name not in _POSITION}
    kind = kinds.get(name)
    if kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool and text in ("yes", "no"):
        return text == "yes"
    if kind is int and text.isdecimal():
        return int(text)
    if kind is str:
        return text
    raise Usage(
        f"“{name}={text}” is no answer to a question of the setup.",
        hint=f"Questions: {', '.join(kinds)}.",
        code="draft-answer",
    )


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _checked(document: dict[str, Any]) -> Draft:
    """A draft from a file that somebody may have touched: each field of its own type."""
    empty = Draft()
    for name, value in document.items():
        if isinstance(value, list):
            document[name] = value = tuple(map(str, value))
        if type(value) is not type(getattr(empty, name, None)):
            raise ValueError(f"{name} is not understood")
    draft = Draft(**document)
    if draft.stage not in STAGES:
        raise ValueError(f"there is no stage {draft.stage}")
    return draft
