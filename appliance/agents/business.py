"""The business an appliance works for, and the sentences that templates make of it."""

from __future__ import annotations

from dataclasses import fields

from appliance.agents.wording import FIELD_LIMIT, one_line
from appliance.errors import Usage
from appliance.values import dataclass


@dataclass(frozen=True)
class BusinessProfile:
    """What the owner says about the business; every field may be empty."""

    name: str = ""
    what: str = ""
    """What it does or sells, in a sentence."""
    hours: str = ""
    """Opening hours as people say them."""
    tone: str = ""
    """How to sound, such as “warm, informal”."""
    language: str = ""
    """The language to write in, such as “English” or “German”."""
    owner: str = ""
    """What the owner is called."""
    timezone: str = ""
    """IANA name, such as `Europe/London`."""

    def cleaned(self) -> BusinessProfile:
        """The same on single lines, without control or invisible characters.

        Raises:
            Usage: `business-too-long`, a field is over 400 characters; `business-timezone`, no such zone.
        """
        tidy = {
            field.name: one_line(
                str(getattr(self, field.name)),
                limit=FIELD_LIMIT,
                what=f"The business profile's “{field.name}”",
                code="business-too-long",
            )
            for field in fields(self)
        }
        _check_timezone(tidy["timezone"])
        return BusinessProfile(**tidy)


def placeholders(business: BusinessProfile) -> dict[str, str]:
    """What the templates' `$business`, `$owner`, `$hours_rule` and so on stand for; never empty."""
    known = business.cleaned()
    owner = known.owner or "the owner"
    name = known.name or "the business"
    return {
        "business": name,
        "owner": owner,
        "Owner": owner[0].upper() + owner[1:],
        "business_facts": _facts(known),
        "tone_rule": _tone(known.tone),
        "language_rule": _language(known.language),
        "hours_rule": _hours(known),
    }


def _facts(known: BusinessProfile) -> str:
    lines = [
        f"- Business: {known.name}"
        if known.name
        else "- The name of the business is not written down here. Say “we”, and do not make one up.",
        f"- What it does: {known.what}"
        if known.what
        else "- What the business does is not written down here. Do not describe goods or services.",
        f"- Opening hours: {known.hours}"
        if known.hours
        else "- The opening hours are not written down here. Do not guess them.",
    ]
    if known.timezone:
        lines.append(f"- Time zone: {known.timezone}")
    if known.owner:
        lines.append(f"- Owner: {known.owner}")
    return "\n".join(lines)


def _tone(tone: str) -> str:
    if tone:
        return f"Always keep to this tone: {_ended(tone)}"
    return "Always write plainly and warmly, as a good member of staff would."


def _language(language: str) -> str:
    if language:
        return f"Always write {language}, or the language the other person writes in if you know it well."
    return "Always answer in the language the other person writes in."


def _hours(known: BusinessProfile) -> str:
    if known.hours:
        zone = f" The time zone is {known.timezone}." if known.timezone else ""
        return f"The business is open: {_ended(known.hours)}{zone}"
    return (
        "The opening hours are not known. If they matter, say that you will ask, and write the question down."
    )


def _ended(text: str) -> str:
    return text if text[-1] in ".!?" else f"{text}."


def _check_timezone(name: str) -> None:
    if not name:
        return
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise Usage(
            f"“{name}” is not a time zone.",
            hint="Write it like Europe/London or America/New_York.",
            code="business-timezone",
            facts={"name": name},
        ) from error
