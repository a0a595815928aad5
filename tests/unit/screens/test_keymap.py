"""Own keys: what is unknown or taken is left out and named, the rest is used."""

from __future__ import annotations

import importlib
import pkgutil
from typing import ClassVar

from textual.binding import Binding
from textual.dom import DOMNode
from textual.widget import Widget

import screens
from lunatui.scopes import alive_together, every_scope
from screens.keymap import Problem, scope_of, usable


class Frame(Widget):
    """What every place has."""

    BINDINGS: ClassVar = [Binding("q", "quit", id="app.quit"), Binding("?,f1", "help", id="app.help")]


class Staff(Frame):
    """One place."""

    BINDINGS: ClassVar = [
        Binding("n", "new", id="agents.create"),
        Binding("x", "archive", id="agents.archive"),
    ]


class Brains(Frame):
    """Another one."""

    BINDINGS: ClassVar = [Binding("t", "test", id="providers.test")]


SCOPES = (scope_of(Staff), scope_of(Brains))


def test_a_key_that_is_free_is_used() -> None:
    assert usable({"agents.create": "a,ctrl+n"}, SCOPES) == ({"agents.create": "a,ctrl+n"}, ())


def test_a_key_that_does_something_elsewhere_only_is_free() -> None:
    assert usable({"agents.create": "t"}, SCOPES) == ({"agents.create": "t"}, ())


def test_what_nobody_knows_is_named_and_left_out() -> None:
    assert usable({"agents.fire": "f", "app.quit": "Q"}, SCOPES) == (
        {"app.quit": "Q"},
        (Problem("unknown", "agents.fire"),),
    )


def test_a_key_that_is_taken_keeps_doing_what_it_did() -> None:
    assert usable({"agents.create": "q"}, SCOPES) == ({}, (Problem("clash", "agents.create", "q"),))
    assert usable({"providers.test": "question_mark"}, SCOPES)[1][0].kind == "clash"


def test_keys_can_be_exchanged() -> None:
    swapped = {"agents.create": "x", "agents.archive": "n"}
    assert usable(swapped, SCOPES) == (swapped, ())


def test_a_key_that_two_share_from_the_start_may_stay_with_both() -> None:
    class Rows(Widget):
        BINDINGS: ClassVar = [Binding("q", "open", id="rows.open")]

    alive = (scope_of(Staff, Rows),)
    assert usable({"rows.open": "q,o"}, alive) == ({"rows.open": "q,o"}, ())
    assert usable({"rows.open": "n"}, alive)[1][0].kind == "clash"


def test_of_two_that_want_the_same_key_one_is_left_out() -> None:
    good, problems = usable({"agents.create": "c", "agents.archive": "c"}, SCOPES)
    assert len(good) == 1
    assert [problem.kind for problem in problems] == ["clash"]


def every_class_with_keys() -> set[type[DOMNode]]:
    for found in pkgutil.walk_packages(screens.__path__, "screens."):
        importlib.import_module(found.name)
    every = set[type[DOMNode]]()
    pending: list[type[DOMNode]] = [DOMNode]
    while pending:
        kind = pending.pop()
        pending += [each for each in kind.__subclasses__() if each not in every]
        if kind.__module__.startswith(("screens.", "lunatui.")) and kind.__dict__.get("BINDINGS"):
            every.add(kind)
    return every


def test_no_class_with_keys_is_left_out() -> None:
    """So that each of them can be changed, and what it would take away is seen."""
    known = {base for alive in alive_together() for kind in alive for base in kind.__mro__}
    assert sorted(str(kind) for kind in every_class_with_keys() - known) == []


def test_every_key_has_a_name() -> None:
    nameless = [
        (kind.__name__, item.key)
        for kind in every_class_with_keys()
        for item in kind.__dict__["BINDINGS"]
        if isinstance(item, Binding) and not item.id
    ]
    assert nameless == []


def test_what_a_class_says_of_a_key_counts_before_its_base() -> None:
    class Rows(Widget):
        BINDINGS: ClassVar = [Binding("enter", "open", id="rows.open")]

    class Answers(Rows):
        BINDINGS: ClassVar = [Binding("enter", "open", id="form.next")]

    assert scope_of(Answers) == {("form.next", "enter")}


def test_every_screen_has_names_for_its_keys() -> None:
    names = {name for scope in every_scope() for name, _ in scope}
    assert {
        "agents.create",
        "providers.test",
        "go.agents",
        "app.help",
        "list.down",
        "settings.change",
        "wizard.toggle",
        "wizard.print",
        "decision.back",
    } <= names
