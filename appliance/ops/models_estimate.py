"""`models.estimate`: what a model costs, and what a heartbeat with it burns in a day, before it is chosen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from appliance.errors import Usage
from appliance.ops.core import Call, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.providers.models import Price

_SAID_TOKENS = 10_000_000
"""The most that is taken for one run; no model reads as much."""


@dataclass(frozen=True)
class EstimateModel:
    """Which model, how often, and how much it reads and says each time."""

    model: str = param("provider/model; the default when left out.", default="", positional=True)
    every: str = param("How often, such as 30m or 1h; the heartbeat's own when left out.", default="")
    tokens_in: int = param("Tokens it reads each time; 20,000 when left out.", default=0)
    tokens_out: int = param("Tokens it says each time; 300 when left out.", default=0)
    input_price: float = param("US dollars for a million tokens in, where you know it.", default=-1.0)
    output_price: float = param("US dollars for a million tokens out, where you know it.", default=-1.0)
    agent: str = param("An agent whose model and heartbeat are meant where they are left out.", default="")
    template: str = param("A template whose suggested schedules are reckoned too.", default="")


@dataclass(frozen=True)
class ModelEstimate:
    """What it costs, and what was assumed for that. US dollars."""

    model: str
    input_price: float | None
    """For a million tokens in; None when it is not published."""
    output_price: float | None
    """For a million tokens out; None when it is not published."""
    every: str
    runs_a_day: float
    tokens_in: int
    """Assumed for one run."""
    tokens_out: int
    """Assumed for one run."""
    dollars_a_day: float | None
    dollars_a_month: float | None
    """Of 30 days."""
    assumed: str
    """All of this in one sentence."""
    scheduled_runs_a_day: float = 0.0
    """Of the template's suggested schedules, over a year."""
    scheduled_dollars_a_day: float | None = None
    """None when the price is not published, or no template was named."""


async def estimate_(box: Appliance, params: EstimateModel, _call: Call) -> ModelEstimate:
    """From the price in the settings, or the one OpenClaw brings along; nobody is asked over the network.

    Raises:
        Usage: `no-model`, there is no default yet; `interval`, `tokens`, they are none.
        NotFound: `agent-unknown`, `template-unknown`.
    """
    from appliance.agents.roster import entry_of, model_of
    from appliance.providers.cost import DAY_S, TOKENS_IN, TOKENS_OUT, estimate
    from appliance.providers.models import Price

    value = box.config.read().value
    entry = entry_of(value, params.agent, box.places) if params.agent else {}
    model = params.model or model_of(value, entry)[0]
    if "/" not in model:
        raise Usage(
            "There is no model to reckon with.",
            hint="Name one: lunatui models estimate provider/model",
            code="model-reference",
        )
    every, seconds = _interval(value, params.every, entry)
    tokens_in, tokens_out = params.tokens_in or TOKENS_IN, params.tokens_out or TOKENS_OUT
    if not (0 < tokens_in <= _SAID_TOKENS and 0 < tokens_out <= _SAID_TOKENS):
        raise Usage("This is no number of tokens.", hint="Give one above zero.", code="usage")
    if params.input_price >= 0 and params.output_price >= 0:
        price: Price | None = Price(params.input_price, params.output_price)
    else:
        price = await asyncio.to_thread(_price, box, value, model)
    found = estimate(price, seconds, tokens_in, tokens_out)
    runs = _scheduled(params.template)
    scheduled = estimate(price, DAY_S / runs, tokens_in, tokens_out) if runs else None
    return ModelEstimate(
        model,
        price.input if price else None,
        price.output if price else None,
        every,
        found.runs_a_day,
        tokens_in,
        tokens_out,
        found.dollars_a_day,
        found.dollars_a_month,
        f"Every {every}, {tokens_in:,} tokens read and {tokens_out:,} written each time, no more.",
        round(runs, 3),
        scheduled.dollars_a_day if scheduled else None,
    )


def _scheduled(template_id: str) -> float:
    """How often a day what suits a role would run."""
    from appliance.agents.catalog import template
    from appliance.providers.cost import runs_a_day

    return sum(runs_a_day(each.cron) for each in template(template_id).schedules) if template_id else 0.0


def _interval(value: dict[str, object], said: str, entry: dict[str, Any]) -> tuple[str, float]:
    """The span as it is written, and in seconds; that of the agent's own `entry` first."""
    from appliance.providers.config import value_at
    from appliance.providers.cost import seconds_of

    beats = (("heartbeat", "every"), entry), (("agents", "defaults", "heartbeat", "every"), value)
    own = next((found for path, of in beats if isinstance(found := value_at(of, path), str)), None)
    every = said or (own if isinstance(own, str) and seconds_of(own) is not None else "30m")
    seconds = seconds_of(every)
    if seconds is None:
        raise Usage(f"“{every}” is no span of time.", hint="Write 30m, 1h or 1d.", code="usage")
    return every, seconds


def _price(box: Appliance, value: dict[str, object], model: str) -> Price | None:
    """What the settings say, nothing in the own network, else what OpenClaw brings along."""
    from appliance.providers.cost import FREE, is_free
    from appliance.providers.installed import installed_providers
    from appliance.providers.listing import list_providers, model_rows

    provider_id, _, name = model.partition("/")
    there = next((item for item in list_providers(value) if item.id == provider_id), None)
    if there is not None and is_free(there.base_url):
        return FREE
    rows = {row.id: row for row in model_rows(value, provider_id)}
    if name in rows and rows[name].price is not None:
        return rows[name].price
    engine = box.find_engine()
    known = installed_providers(engine.root).get(provider_id) if engine else None
    return next((row.price for row in known.models if row.id == name), None) if known else None


def as_text(result: ModelEstimate) -> str:
    """The price, the day, and what was assumed."""
    if result.dollars_a_day is None:
        return f"{result.model}: price not published. {result.assumed}"
    price = f"${result.input_price:g} in, ${result.output_price:g} out for a million tokens"
    day = f"about ${result.dollars_a_day:.2f} a day, ${result.dollars_a_month:.2f} a month"
    tasks = result.scheduled_dollars_a_day
    more = f" Its suggested schedules: about ${tasks:.2f} a day." if tasks is not None else ""
    return f"{result.model}: {price}; {day}. {result.assumed}{more}"


ESTIMATE = Operation(
    "models.estimate",
    "What a model costs, and what a heartbeat with it burns in a day",
    Risk.READ,
    EstimateModel,
    ModelEstimate,
    run=estimate_,
    local=False,
    render=as_text,
)
