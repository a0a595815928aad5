"""What an owner is offered has a title, labels and sentences in words; the rest is for supporters."""

from __future__ import annotations

from dataclasses import MISSING, fields
from string import Template
from typing import Any

import pytest

from appliance.errors import Note
from appliance.ops.core import Change, Event, Operation, Question, Risk
from appliance.ops.registry import every_operation
from screens import deeds
from screens.palette import is_asked, is_offered
from screens.widgets.questions import questions
from screens.words import Words, read_words
from tests.unit.screens.words.codes import every_note

WORDS = Words()
OPERATIONS = {operation.name: operation for operation in every_operation()}
OFFERED = [item for item in OPERATIONS.values() if is_offered(item, WORDS, advanced=False)]
FOR_SUPPORTERS = {
    "agents.bindings", "agents.list", "agents.sandbox", "agents.show", "agents.skills",
    "agents.subagents", "agents.text", "agents.tools", "approvals.list", "audit.export", "audit.head",
    "audit.list", "audit.prune", "audit.show", "audit.verify", "audit.witness", "backup.due",
    "backup.list", "backup.prune", "backup.settings", "chat.draft",
    "chat.follow", "chat.history", "config.get", "config.path", "config.revert", "config.set",
    "config.unlock", "config.unset", "config.validate", "demo.run", "engine.status",
    "channels.add", "channels.list", "channels.login", "channels.logout", "channels.manifest",
    "channels.policy", "channels.remove", "channels.show", "channels.start", "channels.stop",
    "channels.test", "gateway.configure", "gateway.status",
    "health.glance", "profiles.apply", "profiles.check",
    "profiles.export", "profiles.plan", "providers.list", "providers.show",
    "providers.kinds", "providers.detect", "models.list", "models.estimate",
    "secrets.accept", "secrets.add-way", "secrets.connect", "secrets.copies", "secrets.delete",
    "secrets.give-back", "secrets.list", "secrets.remove-way", "secrets.resolve", "secrets.restore",
    "secrets.revert", "secrets.rotate", "secrets.rotate-master", "secrets.scan", "secrets.set",
    "secrets.chain", "secrets.status", "secrets.use", "settings.brand", "settings.choices",
    "settings.keys", "settings.show", "setup.brains", "setup.draft", "setup.plan", "setup.status",
    "setup.summary", "setup.try-brain", "templates.list", "templates.show",
    "approvals.history", "devices.approve", "devices.list", "devices.reject", "devices.remove",
    "devices.rename", "devices.revoke", "devices.rotate", "people.allow", "people.allowed",
    "people.approve", "people.block", "people.enforce", "people.list", "people.reject", "people.revoke",
    "people.unblock",
    "agents.restore", "config.backups", "history.list", "history.preview", "history.recover", "history.show",
}  # fmt: skip
"""Reads that a place of their own shows, and what an owner never sees (L-142 to L-148)."""


def test_every_operation_is_either_for_owners_or_for_supporters() -> None:
    untitled = {name for name in OPERATIONS if not deeds.is_for_owners(WORDS, name)}
    assert untitled == FOR_SUPPORTERS


def test_an_owner_is_not_offered_what_is_never_shown() -> None:
    offered = {operation.name for operation in OFFERED}
    assert not {name for name in offered if name.startswith(("config.", "audit.", "profiles.", "setup."))}
    assert "agents.create" in offered


def test_a_supporter_is_offered_everything_that_can_be_asked() -> None:
    assert is_offered(OPERATIONS["config.get"], WORDS, advanced=True)


@pytest.mark.parametrize("operation", OFFERED, ids=lambda operation: operation.name)
def test_what_an_owner_has_to_answer_has_a_label(operation: Operation[Any, Any]) -> None:
    asked = [item for item in fields(operation.params) if is_asked(operation, item.name, WORDS)]
    needed = {item.name for item in fields(operation.params) if item.default is MISSING}
    places = ("agents", "backup", "providers")
    assert needed <= {item.name for item in asked} or operation.area in places
    for item in questions(operation, WORDS):
        if item.name in {each.name for each in asked}:
            assert item.label == WORDS(f"field.{operation.area}.{item.name}")


@pytest.mark.parametrize("operation", OFFERED, ids=lambda operation: operation.name)
def test_a_long_change_has_words_for_its_wait(operation: Operation[Any, Any]) -> None:
    assert operation.risk is Risk.READ or operation.local or deeds.doing(WORDS, operation.name)


def test_a_danger_asks_in_words() -> None:
    dangers = [item for item in OFFERED if item.risk is Risk.DANGER]
    assert dangers
    for operation in dangers:
        assert f"operation.asks.{operation.name}" in WORDS


def test_the_words_of_operations_belong_to_operations() -> None:
    for key in read_words("en", "operation"):
        section, _, name = key.removeprefix("operation.").partition(".")
        if section not in ("doing", "will", "asks", "setting", "deed", "caution"):
            section, name = "", key.removeprefix("operation.")
        known = any(name == known or name.rpartition(".")[0] == known for known in OPERATIONS)
        assert section in ("setting", "caution") or name in ("other", "somebody") or known, key


def test_each_warning_has_words_and_no_words_are_left_over() -> None:
    told = {key for key in read_words("en", "operation") if key.startswith("operation.caution.")}
    assert told == {f"operation.caution.{code}" for code in every_note()}


def test_a_warning_names_its_line_and_one_without_words_is_left_to_a_supporter() -> None:
    on = Note("answers-on", "“luna” answers on whatsapp where no other rule says so.", channel="whatsapp")
    assert deeds.caution(WORDS, on) == "On WhatsApp one of your staff answers whatever nobody else does."
    assert deeds.caution(WORDS, "bindings[0] is odd") == WORDS("form.warned")


FOUND_OUT = {
    "agents.tools-set": {"tools"},
    "secrets.move": {"keys", "files", "settings", "engine", "own", "other"},
}
"""Values of a question that only the preparation of an operation knows."""


def test_their_values_are_parameters() -> None:
    for kind in ("will", "asks"):
        for key, text in read_words("en", "operation").items():
            name = key.removeprefix(f"operation.{kind}.")
            if name in OPERATIONS:
                known = {item.name for item in fields(OPERATIONS[name].params)}
                assert set(Template(text).get_identifiers()) <= known | FOUND_OUT.get(name, set()), key


def test_how_far_a_wait_is_stands_behind_it() -> None:
    half = Event("progress", "Copying the engine.", {"done": 5, "total": 10})
    assert deeds.doing(WORDS, "engine.install", half) == "Installing the engine · 50 %"


def test_the_question_names_the_agent_and_not_its_id() -> None:
    params = OPERATIONS["agents.archive"].params("hr-1")
    asked = deeds.question(WORDS, "agents.archive", params, {"hr-1": "Helga\x1b[2J"}, "")
    assert "Helga" in asked
    assert "hr-1" not in asked
    assert "\x1b" not in asked


def test_a_changed_setting_is_told_by_its_name_and_values() -> None:
    change = Change("agents.entries.luna.model", '"openai/gpt-5" → not set')
    assert deeds.setting(WORDS, change) == ("Brain", "gpt-5 → empty")
    assert deeds.setting(WORDS, Change("agents.entries.luna.sandbox", "1 → 2"))[1] == ""


def test_a_decision_shows_the_whole_command_and_how_long_the_yes_holds() -> None:
    asked = Question("x", agent="hr-1", command="rm -r ~/notes\n--now\x1b[2J")
    decide = OPERATIONS["approvals.decide"].params
    once = deeds.question(WORDS, "approvals.decide", decide("ap-1", "allow-once"), {"hr-1": "Helga"}, asked)
    always = deeds.question(WORDS, "approvals.decide", decide("ap-1", "allow-always"), {}, asked)
    assert "Helga" in once
    assert "rm -r ~/notes\n--now" in once
    assert "\x1b" not in once
    assert once.partition(":")[0] != always.partition(":")[0]
