"""Every operation keeps the contract of the door, whatever area it belongs to."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import click
import pytest
from jsonschema_rs import meta

from appliance.ops.core import Operation, Risk
from appliance.ops.registry import AREAS, every_operation, find, operations
from appliance.secret import Secret
from lunatui.commands import parse, root
from lunatui.secret_source import flag_of
from lunatui.spec import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS = tuple(every_operation())
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
CHANGES = pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.risk is not Risk.READ],
    ids=lambda operation: operation.name,
)
COMMON_FLAGS = {"json", "yes", "dry-run", "idempotency-key", "help", "state-dir", "read-only", "host"}


def models(model: Any, seen: set[Any] | None = None) -> Iterator[type[Any]]:
    """`model` and every dataclass inside it."""
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    if is_dataclass(model) and isinstance(model, type):
        yield model
        for hint in get_type_hints(model).values():
            yield from models(hint, seen)
    for inner in get_args(model):
        yield from models(inner, seen)


def leaves(model: Any) -> set[Any]:
    """Every type that a field of `model`, or of a model inside it, can have."""
    found: set[Any] = set()
    waiting = [hint for inner in models(model) for hint in get_type_hints(inner).values()]
    while waiting:
        hint = waiting.pop()
        found.add(hint)
        waiting.extend(get_args(hint))
    return found


def command_of(operation: Operation[Any, Any]) -> click.Command:
    group = root()
    command = group.get_command(click.Context(group), operation.area)
    assert command is not None
    if AREAS[operation.area].plain:
        return command
    assert isinstance(command, click.Group)
    verb = command.get_command(click.Context(command), operation.verb)
    assert verb is not None
    return verb


def test_names_are_unique_and_belong_to_their_area() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for area in AREAS:
        found = operations(area)
        assert found
        assert {operation.area for operation in found} == {area}
        assert len(found) == 1 or not AREAS[area].plain


def test_summaries_and_dangers_tell_operations_apart() -> None:
    summaries = [operation.summary for operation in OPERATIONS]
    assert len(set(summaries)) == len(summaries)


@EVERY
def test_its_name_is_a_path_of_plain_words(operation: Operation[Any, Any]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", operation.name)
    assert find(operation.name) is operation
    assert re.fullmatch(r"[A-Z][^\n.]{5,100}", operation.summary)


@EVERY
def test_it_either_reads_or_prepares_a_change(operation: Operation[Any, Any]) -> None:
    reads = operation.risk is Risk.READ
    assert (operation.run is not None, operation.prepare is None) == (reads, reads)
    for function in filter(None, (operation.run, operation.prepare)):
        assert inspect.iscoroutinefunction(function)
        assert inspect.getdoc(function)


@EVERY
def test_its_parameters_and_results_are_frozen_plain_data(operation: Operation[Any, Any]) -> None:
    for model in (*models(operation.params), *models(operation.result)):
        assert model.__dataclass_params__.frozen, model
        assert inspect.getdoc(model), model
    assert is_dataclass(operation.params)
    assert is_dataclass(operation.result)
    assert Secret not in leaves(operation.result)
    assert not {kind for kind in leaves(operation.result) if kind in (set, frozenset, bytes, object)}


@EVERY
def test_every_parameter_has_a_help_line_and_a_flag_of_its_own(operation: Operation[Any, Any]) -> None:
    hints = get_type_hints(operation.params)
    flags = []
    for item in fields(operation.params):
        assert re.fullmatch(r"\S[^\n]+\.", item.metadata.get("help", "")), item.name
        is_secret = Secret in (hints[item.name], *get_args(hints[item.name]))
        forms = ("-stdin", "-file", "-fd") if is_secret else ("",)
        if not item.metadata.get("positional"):
            flags += [flag_of(item) + form for form in forms]
        if hints[item.name] is bool:
            assert item.default is not MISSING, item.name
    assert len(set(flags)) == len(flags)
    assert not set(flags) & COMMON_FLAGS


def sample(hint: Any) -> str:
    """A word that a parameter of this kind takes."""
    if get_origin(hint) is Literal:
        return str(get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str(next(iter(hint)).value)
    return "7" if hint in (int, float) else "something"


@EVERY
def test_what_a_command_line_leaves_out_is_the_default(operation: Operation[Any, Any]) -> None:
    """A flag that is not given must not count as a no."""
    hints = get_type_hints(operation.params)
    needed = [item for item in fields(operation.params) if item.default is MISSING]
    if any(Secret in (hints[item.name], *get_args(hints[item.name])) for item in needed):
        return  # it is asked for, or read from where the line says
    argv = [operation.area] if AREAS[operation.area].plain else [operation.area, operation.verb]
    for item in needed:
        flag = () if item.metadata.get("positional") else (f"--{flag_of(item)}",)
        argv += [*flag, sample(hints[item.name])]
    invocation = parse(argv)
    assert invocation is not None
    for item in fields(operation.params):
        if item not in needed:
            assert getattr(invocation.params, item.name) == item.default, item.name


def test_a_switch_that_may_be_left_as_it_is_has_a_yes_and_a_no() -> None:
    for flag, wanted in (("--daily", True), ("--no-daily", False)):
        invocation = parse(["backup", "settings", flag])
        assert invocation is not None
        assert invocation.params.daily is wanted


@EVERY
def test_no_parameter_is_a_secret_in_disguise(operation: Operation[Any, Any]) -> None:
    hints = get_type_hints(operation.params)
    for name, hint in hints.items():
        if re.search(r"(?i)api_?key|^key$|_key$|token$|secret|password", name) and name != "idempotency_key":
            assert Secret in (hint, *get_args(hint)), name


@EVERY
def test_it_has_a_command_with_help(
    operation: Operation[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    plain = AREAS[operation.area].plain
    argv = [operation.area] if plain else [operation.area, operation.verb]
    assert root().main(args=[*argv, "--help"], prog_name="lunatui", standalone_mode=False) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert operation.summary in shown
    assert "--json" in shown
    assert ("--dry-run" in shown) is (operation.risk is not Risk.READ)
    parameters = {parameter.name for parameter in command_of(operation).params}
    for item in fields(operation.params):
        assert {item.name, f"{item.name}__stdin"} & parameters


@EVERY
def test_its_schemas_are_published_and_valid(operation: Operation[Any, Any]) -> None:
    for model, mode in ((operation.params, "validation"), (operation.result, "serialization")):
        schema = schema_of(model, mode=mode)
        meta.validate(schema)
        assert schema["type"] == "object"
        assert set(schema.get("properties", {})) == {item.name for item in fields(model)}


@CHANGES
def test_a_danger_says_what_it_costs(operation: Operation[Any, Any]) -> None:
    assert (operation.consequence is not None) is (operation.risk is Risk.DANGER)


@CHANGES
def test_a_change_returns_an_undo_or_says_why_not(operation: Operation[Any, Any]) -> None:
    if operation.no_undo:
        assert re.fullmatch(r"[A-Z][^\n]+\.", operation.no_undo)
        return
    assert operation.prepare is not None
    undone_by = set(undo_targets(operation.prepare))
    assert undone_by, f"{operation.name} has no no_undo, and nothing that it calls makes an Undo"
    for name in undone_by:
        opposite = find(name)
        assert opposite.prepare is not None, name


def undo_targets(function: Any, seen: set[Any] | None = None) -> Iterator[str]:
    """Names of the operations in every `Undo(...)` that `function`, or what of ours it names, makes."""
    seen = set() if seen is None else seen
    if function in seen:
        return
    seen.add(function)
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    scope = vars(inspect.getmodule(function))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Undo":
            yield _name_of(node, scope)
        elif isinstance(node, ast.Name):
            named = scope.get(node.id)
            if (inspect.isfunction(named) or inspect.isclass(named)) and named.__module__.startswith(
                "appliance.ops"
            ):
                yield from undo_targets(named, seen)


def _name_of(undo: ast.Call, scope: dict[str, Any]) -> str:
    """The operation that an `Undo(...)` names: a literal, or `OPERATION.name`."""
    given = [*undo.args, *(item.value for item in undo.keywords if item.arg == "operation")][0]
    if isinstance(given, ast.Constant):
        return str(given.value)
    return str(eval(compile(ast.Expression(given), "undo", "eval"), scope))  # noqa: S307 - our own source
