"""Whatever is done to agents and rules in whatever order: nobody is left without an answer, nothing dangles.

What says so here is no part of the product: it reads the configuration with a few lines of its own. Few names
and channels, and steps that mean whoever is there, make changes meet: each of the five mistakes planted in
tests/safety/planted/of_routing.py was found by the random part at the size of `ci` (60 examples of 30 steps)
with each of five seeds.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.errors import Conflict, LunaError, NotFound, Refused
from appliance.ops.agents import ARCHIVE, CREATE, CreateAgent
from appliance.ops.agents_edit import UPDATE, UpdateAgent
from appliance.ops.agents_restore import ArchiveAgent
from appliance.ops.agents_routing import BIND, BINDINGS, UNBIND, Bind, Unbind
from appliance.ops.config import SET, SetSetting
from appliance.ops.core import Nothing
from appliance.ops.history import LIST, UNDO, ListChanges, OneChange
from appliance.ops.undo import LAST
from tests.safety.scale import LEVEL, scale
from tests.unit.appliance.ops.shops import shop_box

if TYPE_CHECKING:
    from appliance.ops.core import Operation

pytestmark = pytest.mark.timeout(7200)
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
AGENTS = st.sampled_from(["luna", "hr", "desk"])
CHANNELS = st.sampled_from(["telegram", "whatsapp"])
ACCOUNTS = st.sampled_from(["", "*", "shop"])
PERSONS = st.sampled_from(["", "", "7"])
HEIRS = st.sampled_from(["", "luna", "hr", "desk"])
WHICH_HEIR = st.integers(0, 3).map(lambda which: max(0, which - 1))
"""Nobody in particular every other time: then the box itself has to find who takes over."""
NAMES = ("Luna", "Hr", "Desk")
EXPECTED = (Conflict, NotFound, Refused)
"""What an operation may answer instead of doing it."""


def agents_of(value: dict[str, Any]) -> set[str]:
    return set(value["agents"]["entries"])


def accounts_of(value: dict[str, Any]) -> set[tuple[str, str]]:
    """Every account that people can write to."""
    found = set()
    for channel, settings_ in value.get("channels", {}).items():
        if settings_.get("enabled") is False:
            continue
        found |= {(channel, account) for account in settings_.get("accounts") or {"default": {}}}
    return found


def owned(value: dict[str, Any]) -> set[tuple[str, str]]:
    """Those that a rule for everybody gives to somebody."""
    found = set()
    for each in value.get("bindings", []):
        match = each["match"]
        if "peer" not in match:
            account = match.get("accountId", "default")
            found |= {
                (channel, name)
                for channel, name in accounts_of(value)
                if channel == match["channel"] and account in ("*", name)
            }
    return found


def named(value: object, key: str = "") -> set[str]:
    """Every agent that is named anywhere but in the list of agents."""
    if isinstance(value, dict):
        own = {value["agentId"]} if isinstance(value.get("agentId"), str) else set()
        return own.union(*(named(item, name) for name, item in value.items()))
    if isinstance(value, list):
        if key in ("allowAgents", "allow"):
            return {item for item in value if item != "*"}
        return set().union(*map(named, value))
    return set()


class Model(RuleBasedStateMachine):
    """One box; every step is a process of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="routing-", dir=MEMORY if MEMORY.is_dir() else None))
        self.shop = shop_box(self.home)
        self.strange: set[tuple[str, str]] = set()
        """Accounts without an owner that somebody else added, or had added when it was taken back."""
        self.added: set[tuple[str, str]] = set()
        self.spoke = ""
        """Who was named by the settings before the one that is."""
        self.shop.writes(json.dumps(self.shop.value | {"channels": {"telegram": {}}}, indent=2).encode())
        for agent in ("hr", "luna"):
            self.does(SET, SetSetting("talk.agentId", agent))

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    def does(self, operation: Operation[Any, Any], params: Any) -> bool:
        """Whether it was done; what it refuses it leaves as it was."""
        before = self.shop.value
        try:
            self.shop.run(operation, params)
        except EXPECTED:
            assert self.shop.value == before
            return False
        return True

    @property
    def staff(self) -> list[str]:
        return sorted(agents_of(self.shop.value))

    def heir_of(self, agent: str, which: int) -> str:
        """Nobody in particular, or one of the others."""
        others = ["", *(other for other in self.staff if other != agent)]
        return others[which % len(others)]

    @precondition(lambda self: len(self.staff) < len(NAMES))
    @rule()
    def take_on(self) -> None:
        name = next(name for name in NAMES if name.casefold() not in self.staff)
        if self.does(CREATE, CreateAgent(name)):
            self.strange.clear()

    @rule(agent=AGENTS)
    def copy(self, agent: str) -> None:
        if self.does(CREATE, CreateAgent("Desk", copy=agent)):
            self.strange.clear()

    @rule(which=st.integers(0, 2), heir=WHICH_HEIR)
    def somebody_goes(self, which: int, heir: int) -> None:
        agent = self.staff[which % len(self.staff)]
        self.let_go(agent, self.heir_of(agent, heir))

    @property
    def speaks(self) -> str:
        """Who is named by the settings."""
        return str(self.shop.value.get("talk", {}).get("agentId", ""))

    @precondition(lambda self: self.speaks)
    @rule(heir=WHICH_HEIR)
    def who_is_named_goes(self, heir: int) -> None:
        agent = self.speaks
        self.let_go(agent, self.heir_of(agent, heir))

    @precondition(lambda self: self.spoke in self.staff)
    @rule(heir=WHICH_HEIR)
    def who_was_named_goes_and_the_choice_of_another_is_undone(self, heir: int) -> None:
        self.let_go(self.spoke, self.heir_of(self.spoke, heir))
        self.undo_one(0, SET.name)

    def let_go(self, agent: str, heir: str) -> None:
        with suppress(LunaError):
            self.shop.plan(ARCHIVE, ArchiveAgent(agent, heir))
        if agent != heir and self.does(ARCHIVE, ArchiveAgent(agent, heir)):
            self.strange.clear()

    @rule(agent=AGENTS, name=st.sampled_from(["Anna", "Ben"]))
    def rename(self, agent: str, name: str) -> None:
        self.does(UPDATE, UpdateAgent(agent, name=name))

    @rule(which=st.integers(0, 2), channel=CHANNELS, account=ACCOUNTS, person=PERSONS)
    def somebody_answers(self, which: int, channel: str, account: str, person: str) -> None:
        self.bind(self.staff[which % len(self.staff)], channel, account, person)

    def bind(self, agent: str, channel: str, account: str, person: str) -> None:
        self.does(BIND, Bind(agent, channel, account, person))

    @rule(agent=AGENTS, channel=CHANNELS, account=ACCOUNTS, person=PERSONS, heir=HEIRS)
    def unbind_any(self, agent: str, channel: str, account: str, person: str, heir: str) -> None:
        self.unbind(agent, channel, account, person, heir)

    def unbind(self, agent: str, channel: str, account: str, person: str, heir: str) -> None:
        if agent != heir:
            self.does(UNBIND, Unbind(agent, channel, account, person, heir=heir))

    @rule(which=st.integers(0, 3), heir=WHICH_HEIR)
    def unbind_present(self, which: int, heir: int) -> None:
        rules = self.shop.value.get("bindings", [])
        if rules:
            self.unbind_one(which, self.heir_of(rules[which % len(rules)]["agentId"], heir))

    def unbind_one(self, which: int, heir: str) -> None:
        rules = self.shop.value.get("bindings", [])
        if rules:
            each = rules[which % len(rules)]
            match = each["match"]
            person = match.get("peer", {}).get("id", "")
            self.unbind(each["agentId"], match["channel"], match.get("accountId", ""), person, heir)

    @rule(which=st.integers(0, 2))
    def somebody_speaks(self, which: int) -> None:
        self.speak_as(self.staff[which % len(self.staff)])

    def speak_as(self, agent: str) -> None:
        before = self.speaks
        if agent in agents_of(self.shop.value) and agent != before:
            self.spoke = before
            self.does(SET, SetSetting("talk.agentId", agent))

    @rule()
    def undo(self) -> None:
        self.may_unown(lambda: self.does(LAST, Nothing()))

    @rule(which=st.integers(0, 3))
    def undo_any(self, which: int) -> None:
        self.undo_one(which)

    def undo_one(self, which: int, operation: str = "") -> None:
        """The newest is 0; of all changes, or of those of one operation."""
        changes = self.shop.run(LIST, ListChanges()).changes
        entries = [each for each in changes if each.state == "undoable" and operation in ("", each.operation)]
        if entries:
            entry = entries[which % len(entries)].id
            self.may_unown(lambda: self.does(UNDO, OneChange(entry)))

    def may_unown(self, undone: Any) -> None:
        """Taking back what gave somebody else's account an owner leaves it as it was: told of, not silent."""
        added = {each for each in accounts_of(self.shop.value) if each in self.added}
        if undone():
            self.strange |= added - owned(self.shop.value)

    @rule(channel=CHANNELS, account=st.sampled_from(["", "shop"]))
    def somebody_else_adds_a_line(self, channel: str, account: str) -> None:
        value = self.shop.value
        before = accounts_of(value)
        settings_ = value.setdefault("channels", {}).setdefault(channel, {})
        if account:
            settings_.setdefault("accounts", {})[account] = {}
        self.shop.writes(json.dumps(value, indent=2).encode())
        new = accounts_of(value) - before
        self.added |= new
        self.strange |= new - owned(value)

    @invariant()
    def everybody_gets_an_answer(self) -> None:
        value = self.shop.value
        without = accounts_of(value) - owned(value) if len(agents_of(value)) > 1 else set()
        assert without <= self.strange, (without, value.get("bindings"))
        told = self.shop.run(BINDINGS, Nothing())
        flagged = {(row.channel, row.account) for row in told.rows if row.flag in ("fallback", "nobody")}
        assert flagged == without
        assert told.serious == bool(without)

    @invariant()
    def nothing_names_who_is_not_there(self) -> None:
        value = self.shop.value
        assert named({**value, "agents": {**value["agents"], "entries": {}}}) <= agents_of(value), value
        for agent, entry in value["agents"]["entries"].items():
            assert named(entry) <= agents_of(value), agent


def test_no_sequence_leaves_anybody_without_an_answer() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Model,
        settings=settings(
            max_examples=scale(14, 60, 2_000),
            stateful_step_count=scale(16, 30, 50),
            deadline=None,
            derandomize=LEVEL == "quick",
            phases=[Phase.generate] if LEVEL == "quick" else list(Phase),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_day_of_changes_leaves_nobody_without_an_answer() -> None:
    """The same steps and the same judgement, in an order that each known mistake would show in."""
    model = Model()
    try:
        for step in (
            lambda: model.somebody_else_adds_a_line("whatsapp", ""),
            model.take_on,
            lambda: model.bind("desk", "telegram", "", "7"),
            lambda: model.speak_as("desk"),
            lambda: model.unbind_one(0, ""),
            lambda: model.let_go("desk", "luna"),
            model.undo,
            lambda: model.let_go("desk", ""),
            lambda: model.let_go("luna", "hr"),
            model.undo,
            lambda: model.copy("hr"),
        ):
            step()
            model.everybody_gets_an_answer()
            model.nothing_names_who_is_not_there()
        assert agents_of(model.shop.value) == {"luna", "hr", "desk"}
    finally:
        model.teardown()
