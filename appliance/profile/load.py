"""Reading a profile file: syntax, unknown keys and wrong values, each said with its place."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from appliance.errors import Invalid, NotFound, Usage
from appliance.parsing import toml_table
from appliance.profile.models import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from appliance.profile.models import ProviderPart

SIZE_LIMIT = 256 * 1024


def load(path: Path) -> Profile:
    """The profile in a file.

    Raises:
        NotFound: there is no such file.
        Usage: it cannot be read, or is larger than 256 KiB.
        Invalid: it is not TOML, or says something a profile cannot say.
        Refused: it holds a key itself.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise NotFound(f"There is no profile at {path}.", code="profile-missing") from error
    except OSError as error:
        raise Usage(f"{path} cannot be read: {error.strerror}.", code="profile-unreadable") from error
    if len(data) > SIZE_LIMIT:
        raise Usage(f"{path} is too large for a profile.", code="profile-too-large")
    return parse(data, str(path))


def parse(data: bytes, name: str) -> Profile:
    """The profile in some bytes; `name` is for messages."""
    from pydantic import ValidationError

    try:
        document = toml_table(data)
    except UnicodeDecodeError as error:
        raise Invalid(f"{name} is not a profile: it is no text in UTF-8.", code="profile-syntax") from error
    except ValueError as error:
        raise Invalid(f"{name} is not a profile: {error}.", code="profile-syntax") from error
    try:
        profile = Profile.model_validate(document)
    except ValidationError as error:
        raise Invalid(
            f"{name}: {_words(error)}.", hint="lunatui profiles check FILE", code="profile-invalid"
        ) from None
    _check_meaning(profile, name)
    return profile


def _check_meaning(profile: Profile, name: str) -> None:
    """What only the areas know: templates, provider kinds, ids, the engine's release."""
    from appliance.agents.catalog import template
    from appliance.agents.ids import check_agent_id
    from appliance.engine.release import PINNED
    from appliance.profile.desired import agent_spec

    try:
        for agent in profile.agents:
            check_agent_id(agent.id)
            spec = agent_spec(agent)
            if spec.template:
                template(spec.template)
        profile.business.profile.cleaned()
        if profile.provider is not None:
            _check_provider(profile.provider)
    except (NotFound, Usage) as error:
        raise Invalid(f"{name}: {error.message}", hint=error.hint, code=error.code) from error
    if profile.engine.version != PINNED:
        raise Invalid(
            f"{name}: this lunatui installs OpenClaw {PINNED}, not {profile.engine.version}.",
            hint=f'Write version = "{PINNED}", or use the lunatui that goes with that release.',
            code="engine-version",
        )


def _check_provider(part: ProviderPart) -> None:
    from appliance.providers.address import clean_base_url
    from appliance.providers.catalog import check_provider_id, kind_named

    kind = kind_named(part.kind)
    check_provider_id(part.provider_id)
    if part.base_url:
        clean_base_url(part.base_url, kind.api)


def _words(error: ValidationError) -> str:
    return "; ".join(_problem(item) for item in error.errors(include_url=False, include_input=False)[:5])


def _problem(item: ErrorDetails) -> str:
    where = ".".join(str(part) for part in item["loc"]) or "the file"
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(item["loc"][-1]), _known_keys(item["loc"]), n=1)
        return f"{where} is not a key of a profile" + (f" (did you mean {near[0]}?)" if near else "")
    return f"{where}: {item['msg'].removeprefix('Value error, ')}"


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] | None = Profile
    for part in location[:-1]:
        if model is None or isinstance(part, int):
            continue
        model = _model_of(model, str(part))
    return list(model.model_fields) if model is not None else []


def _model_of(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    from typing import get_args

    from pydantic import BaseModel as Base

    field = model.model_fields.get(name)
    if field is None:
        return None
    candidates = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, Base)), None)
