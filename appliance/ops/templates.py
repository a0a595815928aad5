"""`templates`: ready-made staff for a small business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.core import Call, Nothing, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.agents.models import Template
    from appliance.api import Appliance


@dataclass(frozen=True)
class ShowTemplate:
    """Which template."""

    template: str = param("Id of the template.", positional=True)


@dataclass(frozen=True)
class TemplateRow:
    """One role that can be put to work."""

    id: str
    name: str
    role: str
    emoji: str
    source: str = "lunatui"
    """Whose role it is: `lunatui`, or `openclaw` for those that OpenClaw brought."""


@dataclass(frozen=True)
class TemplateList:
    """All templates, in the order in which they are offered."""

    templates: tuple[TemplateRow, ...]


@dataclass(frozen=True)
class SuggestedSchedule:
    """A recurring task that suits the role; never set without being asked for."""

    words: str
    cron: str
    message: str


@dataclass(frozen=True)
class TemplateDetail:
    """One template with its suggestions, its placeholders (`$business` and so on) not filled in."""

    id: str
    name: str
    role: str
    tools: str
    """OpenClaw's tools profile."""
    skills: tuple[str, ...]
    test_question: str
    good_answer: str
    """What a good answer to it looks like."""
    schedules: tuple[SuggestedSchedule, ...]


async def list_(_box: Appliance, _params: Nothing, _call: Call) -> TemplateList:
    """All templates."""
    from appliance.agents.catalog import roles, templates

    ours = [TemplateRow(item.id, item.name, item.role, item.emoji) for item in templates()]
    theirs = [TemplateRow(item.id, item.name, item.role, item.emoji, "openclaw") for item in roles()]
    return TemplateList((*ours, *theirs))


async def show(_box: Appliance, params: ShowTemplate, _call: Call) -> TemplateDetail:
    """One template."""
    from appliance.agents.catalog import template

    return _detail(template(params.template))


def _detail(item: Template) -> TemplateDetail:
    schedules = tuple(SuggestedSchedule(each.words, each.cron, each.message) for each in item.schedules)
    return TemplateDetail(
        item.id,
        item.name,
        item.role,
        item.tools.profile,
        item.skills,
        item.trial.question,
        item.trial.shape,
        schedules,
    )


LIST = Operation(
    "templates.list",
    "The roles that can be put to work",
    Risk.READ,
    Nothing,
    TemplateList,
    run=list_,
    local=True,
)
SHOW = Operation(
    "templates.show",
    "One role with its suggestions",
    Risk.READ,
    ShowTemplate,
    TemplateDetail,
    run=show,
    local=True,
)

OPERATIONS = (LIST, SHOW)
