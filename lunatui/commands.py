"""Builds the command line from the operation registry; areas load only when named."""

from __future__ import annotations

from dataclasses import MISSING, fields
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from appliance.errors import Usage
from appliance.ops.core import Operation
from appliance.ops.registry import AREAS, operations
from appliance.secret import Secret
from appliance.values import dataclass
from lunatui.secret_source import flag_of, read_secret, secret_options
from lunatui.text_source import read_text, text_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field

    from click.shell_completion import CompletionItem

_BARE_WORDS = {
    "completion": "The completion script of a shell",
    "spec": "Every operation as JSON Schema",
}


@dataclass(frozen=True)
class Invocation:
    """One parsed command line."""

    operation: Operation[Any, Any]
    params: Any
    as_json: bool
    yes: bool
    dry_run: bool
    idempotency_key: str
    state_dir: str
    read_only: bool


class RootGroup(click.Group):
    """`lunatui`: one sub-command an area, found by name without loading the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(AREAS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if name not in AREAS:
            return None
        area = AREAS[name]
        if area.plain:
            return _command(operations(name)[0], name)
        return AreaGroup(name, help=area.summary + ".", no_args_is_help=True)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Areas from their table: no module of theirs is loaded to complete a name."""
        from click.shell_completion import CompletionItem

        words = {name: area.summary for name, area in AREAS.items()} | _BARE_WORDS
        found = [
            CompletionItem(name, help=words[name]) for name in sorted(words) if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


class AreaGroup(click.Group):
    """One area: its verbs in the order of the module that declares them, each made when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [operation.verb for operation in operations(self.name or "")]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        found = (each for each in operations(self.name or "") if each.verb == name)
        return next((_command(operation, name) for operation in found), None)


def root() -> click.Group:
    """The whole command line, empty until areas are asked for."""
    return RootGroup(
        "lunatui",
        params=[
            click.Option(
                ["--state-dir"], default="", metavar="DIR", help="OpenClaw's folder (default ~/.openclaw)."
            ),
            click.Option(["--read-only"], is_flag=True, help="Only look: every change is refused."),
        ],
        callback=lambda **_: None,
        help="Sets up, runs, explains and repairs an OpenClaw appliance.",
    )


def parse(argv: list[str]) -> Invocation | None:
    """The invocation behind `argv`; None when help was printed.

    Raises:
        click.ClickException: the line cannot be understood.
        Usage: a secret cannot be read from where the line says.
    """
    answer = root().main(args=argv, prog_name="lunatui", standalone_mode=False)
    return answer if isinstance(answer, Invocation) else None


def usage_of(error: click.ClickException) -> Usage:
    """What is wrong with a command line, in our words."""
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context else "lunatui --help"
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and context:
        verbs = ", ".join(context.command.list_commands(context))
        return Usage(f"{context.command_path} needs one of: {verbs}.", hint=hint)
    if isinstance(error, click.NoSuchOption) and context:
        known = [name for item in context.command.get_params(context) for name in item.opts]
        if f"{error.option_name}-stdin" in known:
            return Usage(
                f"{error.option_name} would show the secret to every process on this machine.",
                hint=f"{error.option_name}-stdin, or {error.option_name}-file FILE",
                code="secret-in-argument",
            )
    return Usage(error.format_message(), hint=hint)


def _command(operation: Operation[Any, Any], name: str) -> click.Command:
    hints = get_type_hints(operation.params)
    own = [option for item in fields(operation.params) for option in _parameters(item, hints[item.name])]
    common: list[click.Parameter] = [
        click.Option(["--json", "as_json"], is_flag=True, help="Answer as JSON.")
    ]
    if operation.prepare is not None:
        common += [
            click.Option(["--yes"], is_flag=True, help="Confirm what would be asked."),
            click.Option(
                ["--dry-run"], is_flag=True, help="Check everything, say what would change, touch nothing."
            ),
            click.Option(
                ["--idempotency-key"], default="", metavar="KEY", help="Answer a repeated request once."
            ),
        ]
    return click.Command(
        name, params=[*own, *common], callback=_invocation(operation, hints), help=operation.summary + "."
    )


def _invocation(operation: Operation[Any, Any], hints: dict[str, Any]) -> Callable[..., Invocation]:
    def build(**given: Any) -> Invocation:
        flags = {key: given.pop(key, "") for key in ("as_json", "yes", "dry_run", "idempotency_key")}
        top = click.get_current_context().find_root().params
        values = {
            item.name: _read(item, _bare(hints[item.name]), given, may_ask=not flags["as_json"])
            for item in fields(operation.params)
        }
        return Invocation(
            operation,
            operation.params(**values),
            bool(flags["as_json"]),
            bool(flags["yes"]),
            bool(flags["dry_run"]),
            flags["idempotency_key"] or "",
            top["state_dir"],
            top["read_only"],
        )

    return build


def _read(item: Field[Any], kind: Any, given: dict[str, Any], *, may_ask: bool) -> Any:
    if kind is Secret:
        return read_secret(item, given, may_ask=may_ask)
    return read_text(item, given) if item.metadata.get("long") else _value(kind, given[item.name])


def _parameters(item: Field[Any], hint: Any) -> list[click.Parameter]:
    kind = _bare(hint)
    if kind is Secret:
        return secret_options(item)
    if item.metadata.get("long"):
        return text_options(item)
    flag, many = flag_of(item), get_origin(kind) is tuple
    given: dict[str, Any] = {"help": item.metadata.get("help", "")}
    if item.default is MISSING:
        given["required"] = True
    elif item.default is not None:
        given["default"] = item.default.value if isinstance(item.default, Enum) else item.default
    if item.metadata.get("positional"):
        given["required"] = item.default is MISSING
        return [click.Argument([item.name], type=_click_type(kind), nargs=-1 if many else 1, **given)]
    if kind is bool:
        names = f"--{flag}" if item.default is False else f"--{flag}/--no-{flag}"
        given.setdefault("default", None)  # click would take a flag that is not given for a no
        return [click.Option([names, item.name], is_flag=True, **given)]
    return [click.Option([f"--{flag}", item.name], type=_click_type(kind), multiple=many, **given)]


def _click_type(kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return _click_type(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return click.Choice([str(choice) for choice in get_args(kind)])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return click.Choice([str(choice.value) for choice in kind])
    return kind if kind in (str, int, float) else str


def _bare(hint: Any) -> Any:
    """`X` of `X | None`."""
    if get_origin(hint) in (Union, UnionType):
        return next(kind for kind in get_args(hint) if kind is not NoneType)
    return hint


def _value(kind: Any, given: Any) -> Any:
    """What click hands over, as the field's own type."""
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], item) for item in given or ())
    if given is None or not isinstance(kind, type):
        return given
    if issubclass(kind, Enum):
        return kind(given)
    return kind(given) if issubclass(kind, Path) else given
