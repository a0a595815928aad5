"""Who answers whom, in the owner's words: a row, and it in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.ops.agents_routing import BIND, BINDINGS, WHO, AskWho, Bind
from appliance.ops.core import Nothing
from screens.command_line import command_line
from screens.lines import line_name
from screens.widgets.columns import Cell, Record
from screens.widgets.detail import Fact, Section, Sheet

if TYPE_CHECKING:
    from appliance.ops.agents_routing import BindingRow, DanglingMention
    from screens.words import Words

_FLAGS = {
    "nobody": ("bad", "✗"),
    "ghost": ("bad", "✗"),
    "fallback": ("look", "▲"),
    "unreached": ("muted", "◌"),
    "no-line": ("muted", "◌"),
}
_SENDER = {"person": "person", "people": "person", "group": "group", "groups": "group"}


def record_of(row: BindingRow, words: Words) -> Record:
    """Its row."""
    state = _state(row, words)
    agent = row.agent_name if row.agent else Cell(words("routing.nobody"), "bad")
    rule = "" if row.who == "everyone" else str(row.rule)
    key = "/".join((row.channel, row.account, row.who, row.id, rule))
    return Record(key, (f"{_line(row)}, {who_of(row, words)}", agent, state), row)


def dangling_record(item: DanglingMention, words: Words) -> Record:
    """The row of a setting that names somebody who is gone."""
    state = Cell(words("routing.flag.ghost"), "bad", "✗")
    cells = (words("routing.setting"), item.agent, state)
    return Record(f"setting/{item.path}/{item.agent}", cells, item)


def who_of(row: BindingRow, words: Words) -> str:
    """Whom it is about."""
    return words(f"routing.{row.who}", who=row.id)


def scope_of_row(row: BindingRow, *, alone: bool) -> dict[str, Any]:
    """The same senders as the parameters of a rule; `alone`: the channel has no other account."""
    account = "" if alone and row.who == "everyone" else row.account
    found = {"channel": row.channel, "account": account}
    if row.who in _SENDER:
        found[_SENDER[row.who]] = row.id or "*"
    return found


def sheet_of(row: BindingRow, words: Words) -> Sheet:
    """It in full, and turned over."""
    state = _state(row, words)
    agent = row.agent_name or words("routing.nobody")
    flag = f"routing.means.{row.flag}"
    means = words(flag, agent=row.agent_name, named=row.named) if row.flag else ""
    scope = scope_of_row(row, alone=False)
    account, person, group = (_one(scope.get(name, "")) for name in ("account", "person", "group"))
    return Sheet(
        title=f"{_line(row)}, {who_of(row, words)}",
        subtitle=agent,
        facts=(
            Fact(words("routing.agent"), agent, "" if row.agent else "bad"),
            Fact(words("routing.state"), state.text, state.meaning, state.glyph),
        ),
        sections=(Section(words("routing.meaning"), means),) if means else (),
        technical=(
            Fact("channel", row.channel),
            Fact("account", row.account),
            Fact("agent", row.agent or row.named),
            Fact("why", row.why),
            Fact("flag", row.flag),
            Fact("rule", "" if row.rule is None else f"bindings.{row.rule}"),
        ),
        commands=(
            command_line(BINDINGS, Nothing()),
            command_line(WHO, AskWho(row.channel, account, person, group)),
            command_line(BIND, Bind(row.agent or "AGENT", **scope)),
        ),
    )


def dangling_sheet(item: DanglingMention, words: Words) -> Sheet:
    """A setting that names somebody who is gone, in full."""
    return Sheet(
        title=words("routing.setting"),
        subtitle=words("routing.flag.ghost"),
        sections=(Section(words("routing.meaning"), words("routing.means.setting", named=item.agent)),),
        technical=(Fact("path", item.path), Fact("agent", item.agent)),
        commands=(f"lunatui config get {item.path}", f"lunatui config set {item.path} --help"),
    )


def _one(value: str) -> str:
    """A message is on one account and from one sender."""
    return "" if value == "*" else value


def _line(row: BindingRow) -> str:
    return line_name(row.channel, "" if row.account in ("*", "default") else row.account)


def _state(row: BindingRow, words: Words) -> Cell:
    """What is wrong with it, or why it is so."""
    if row.flag:
        meaning, glyph = _FLAGS[row.flag]
        return Cell(words(f"routing.flag.{row.flag}"), meaning, glyph)
    return Cell(words(f"routing.why.{row.why}"), "good", "✓")
