"""What a model costs, in sentences, with what was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.ops.models_estimate import EstimateModel
from appliance.text import safe_line

if TYPE_CHECKING:
    from appliance.ops.models_estimate import ModelEstimate
    from screens.words import Words


def priced(operation: str, params: Any) -> EstimateModel | None:
    """What to reckon before it is saved; None where no model is chosen."""
    if operation == "providers.set" and params.model:
        return EstimateModel(params.model)
    if operation == "agents.create":
        return EstimateModel(params.model, agent=params.copy, template=params.template)
    if operation == "agents.update" and params.model is not None:
        return EstimateModel(params.model, agent=params.agent if params.model else "")
    return None


def money(value: float, words: Words) -> str:
    """Dollars, as short as they can be said: `2`, `0.25`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".") if value >= 0.01 or not value else f"{value:.4f}"
    return text.replace(".", words("number.point"))


def costs(model: str, estimate: ModelEstimate | None, words: Words) -> str:
    """What it costs and what a day with it would, in sentences; what was assumed is part of them."""
    told = [safe_line(model)]
    if estimate is None:
        return told[0]
    price_in, price_out = estimate.input_price, estimate.output_price
    if price_in is None or price_out is None:
        return f"{told[0]}\n{words('models.unknown-day')}"
    if not (price_in or price_out):
        return f"{told[0]}\n{words('models.costs-nothing')}"
    told.append(words("models.million", input=money(price_in, words), output=money(price_out, words)))
    if estimate.dollars_a_day:
        day = money(estimate.dollars_a_day, words)
        told.append(
            words(
                "models.a-day",
                every=_span(estimate.every, words),
                day=day,
                parts=round(estimate.tokens_in / 1000),
            )
        )
    else:
        told.append(words("models.never"))
    if estimate.scheduled_dollars_a_day:
        told.append(words("models.scheduled", day=money(estimate.scheduled_dollars_a_day, words)))
    return "\n".join(told)


def _span(every: str, words: Words) -> str:
    """OpenClaw's `30m` as people write it; what is made of several parts stays as it is."""
    count, unit = every[:-1], {"m": "minutes", "h": "hours", "d": "days"}.get(every[-1:], "")
    return words(f"span.{unit}", count=int(count)) if unit and count.isdecimal() else safe_line(every)
