"""An agent's texts, written from its template for one business."""

from __future__ import annotations

import datetime
from string import Template as Text
from typing import TYPE_CHECKING

from appliance.agents.business import placeholders
from appliance.agents.catalog import BLANK, template, template_text
from appliance.agents.models import TEXT_NAMES, Trial

if TYPE_CHECKING:
    from appliance.agents.business import BusinessProfile
    from appliance.agents.models import AgentSpec, Template


def template_of(spec: AgentSpec) -> Template:
    """The template behind `spec`, the blank one when it names none."""
    return template(spec.template or BLANK)


def role_of(spec: AgentSpec) -> str:
    """What the agent does, in one sentence."""
    return " ".join(spec.description.split()) or template_of(spec).role


def render_texts(
    spec: AgentSpec, business: BusinessProfile, *, today: datetime.date | None = None
) -> dict[str, str]:
    """File name to text for a new workspace; `today` dates the directives in USER.md."""
    base = template_of(spec)
    values = _values(spec, business, today)
    house_rules = template_text("common", "customers.md" if base.answers_customers else "staff.md")
    values["house_rules"] = Text(house_rules).substitute(values).rstrip("\n")
    return {
        name: Text(template_text(base.id, name)).substitute(values)
        for name in (*TEXT_NAMES, *base.extra_files)
    }


def render_trial(spec: AgentSpec, business: BusinessProfile) -> Trial:
    """The test question of the agent's template, filled in."""
    trial = template_of(spec).trial
    values = _values(spec, business, None)
    return Trial(
        Text(trial.question).substitute(values),
        tuple(Text(word).substitute(values) for word in trial.expect),
        trial.max_words,
        trial.shape,
    )


def trial_problem(trial: Trial, answer: str) -> str:
    """Why `answer` does not fit the test question, in words; empty when it fits."""
    if not answer.strip():
        return "There was no answer."
    for word in trial.expect:
        if word.casefold() not in answer.casefold():
            return f"The answer does not mention “{word}”."
    count = len(answer.split())
    if count > trial.max_words:
        return f"The answer has {count} words; {trial.max_words} was the most expected."
    return ""


def _values(spec: AgentSpec, business: BusinessProfile, today: datetime.date | None) -> dict[str, str]:
    day = today or datetime.datetime.now(tz=datetime.UTC).astimezone().date()
    return placeholders(business) | {
        "agent_name": spec.name,
        "emoji": spec.emoji or template_of(spec).emoji,
        "role": role_of(spec),
        "observed": day.isoformat(),
    }
