"""argv → operation → output and exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from appliance.errors import LunaError, Usage
from appliance.redact import redact
from lunatui import diagnostics, output
from lunatui.process import asking, cancelled_by_signals, harden, interrupted_by_signals

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from appliance.ops.core import Event
    from lunatui.commands import Invocation


def main(argv: list[str]) -> int:
    """Run one command line; returns its exit code and never raises."""
    as_json = "--json" in (argv[: argv.index("--")] if "--" in argv else argv)
    with interrupted_by_signals():
        try:
            harden()
            return _answer(argv)
        except LunaError as error:
            return _failed(error, as_json=as_json)
        except KeyboardInterrupt:
            return _stopped(as_json=as_json)
        except output.ReaderLeft:
            output.discard()
            return 1
        except Exception as error:
            return _not_ours(error, as_json=as_json)


def _not_ours(error: Exception, *, as_json: bool) -> int:
    """What the parser says of the command line, or a bug; the screens open without the parser."""
    import click

    if isinstance(error, click.ClickException):
        from lunatui.commands import usage_of

        return _failed(usage_of(error), as_json=as_json)
    return _stopped(as_json=as_json) if isinstance(error, click.Abort) else _bug(error, as_json=as_json)


def _stopped(*, as_json: bool) -> int:
    return _failed(LunaError("Stopped before it was finished.", code="interrupted"), as_json=as_json)


def _answer(argv: list[str]) -> int:
    if argv[:1] == ["spec"]:
        return _spec(argv[1:])
    if argv[:1] == ["completion"]:
        return _completion(argv[1:])
    if argv[:1] == ["--version"]:
        from lunatui import __version__

        output.write_text(f"lunatui {__version__}")
        return 0
    if os.environ.get("_LUNATUI_COMPLETE"):
        from lunatui.completion import answer

        return answer(os.environ["_LUNATUI_COMPLETE"])
    if (opening := _opening(argv)) is not None:
        from lunatui.face import open_tui

        return open_tui(os.environ, **opening)
    if not argv:
        from lunatui.overview import overview

        output.write_text(overview(), end="")
        return 0
    from lunatui.commands import parse

    try:
        invocation = parse(argv)
    except BrokenPipeError as error:
        raise output.ReaderLeft from error
    return 0 if invocation is None else _run(invocation)


def _opening(argv: list[str]) -> dict[str, Any] | None:
    """How the screens are to be opened; None when that is not what the line asks for.

    `lunatui` alone on a terminal, or with the global flags only, or `--screen NAME` to begin elsewhere.
    """
    given: dict[str, Any] = {}
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        flag, equals, value = word.partition("=")
        if word == "--read-only":
            given["read_only"] = True
        elif flag in _VALUES and (equals or rest):
            given[_VALUES[flag]] = value if equals else rest.pop(0)
        elif flag == "--screen":
            raise Usage("--screen takes the name of one screen.", hint="lunatui --screen agents")
        else:
            return None
    if not _on_a_terminal():
        if "first" in given:
            raise Usage("The screens need a terminal.", hint="lunatui --help lists what works without one.")
        return None
    if not _can_show():
        raise Usage(
            f"This terminal cannot show screens (TERM is “{os.environ.get('TERM', '')}”).",
            hint="Use another terminal. lunatui --help lists what works in this one.",
        )
    return given


_VALUES = {"--screen": "first", "--state-dir": "state_dir"}


def _shows_demo(invocation: Invocation) -> bool:
    wanted = not (invocation.params.headless or invocation.as_json or invocation.dry_run)
    return wanted and _on_a_terminal() and _can_show()


def _on_a_terminal() -> bool:
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _can_show() -> bool:
    from lunatui.driver.terminal import shows_screens

    return shows_screens(os.environ.get("TERM", ""))


def _run(invocation: Invocation) -> int:
    from appliance.ops.core import Call, Verdict
    from appliance.ops.dispatch import dispatch, plan
    from lunatui.wiring import actor, make_appliance

    operation = invocation.operation
    if operation.name == "demo.run" and _shows_demo(invocation):
        from lunatui.face import open_demo

        return open_demo(os.environ, invocation)
    box = make_appliance(os.environ, state_dir=invocation.state_dir, read_only=invocation.read_only)
    call = Call(
        actor=actor(os.environ),
        via="cli",
        emit=_emitter(invocation),
        consent=_consent(invocation),
        idempotency_key=invocation.idempotency_key,
        read_only=invocation.read_only,
    )
    if invocation.dry_run:
        planned = _finish(plan(box, operation, invocation.params, call), local=operation.local)
        output.write_result(planned, as_json=invocation.as_json)
        return Verdict.WOULD_CHANGE if planned.changes else Verdict.DONE
    result = _finish(dispatch(box, operation, invocation.params, call), local=operation.local)
    _show(invocation, result)
    return int(operation.verdict(result))


def _show(invocation: Invocation, result: Any) -> None:
    render = invocation.operation.render
    if invocation.as_json:
        output.write_result(result, as_json=True)
    elif render is not None:
        output.write_text(redact(render(result)))
    elif not invocation.operation.streams:
        output.write_result(result, as_json=False)


def _finish(work: Coroutine[Any, Any, Any], *, local: bool) -> Any:
    """Run to the end; what touches only files needs no event loop (start-up time)."""
    from appliance.ops.drive import drive

    return drive(work) if local else _with_loop(work)


def _with_loop(work: Coroutine[Any, Any, Any]) -> Any:
    import asyncio

    async def guarded() -> Any:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("asyncio.run gives every coroutine a task")
        with cancelled_by_signals(asyncio.get_running_loop(), task):
            return await work

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


def _emitter(invocation: Invocation) -> Any:
    if invocation.as_json:
        return output.write_event if invocation.operation.streams else _ignore
    if invocation.operation.streams:
        return _speak
    return lambda event: diagnostics.say(event.text)


def _ignore(_event: Event) -> None:
    """With --json, stdout is exactly one document and progress is not part of it."""


def _speak(event: Event) -> None:
    if event.kind == "delta":
        output.write_text(event.text, end="")
    elif event.kind == "end":
        output.write_text(event.text)
    elif event.text:
        diagnostics.say(event.text)


def _consent(invocation: Invocation) -> Any:
    async def ask(sentence: str) -> bool:
        if invocation.yes:
            return True
        if invocation.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        import click

        diagnostics.say(sentence)
        with asking():
            return click.confirm("Go on?", default=False, err=True)

    return ask


def _spec(rest: list[str]) -> int:
    if rest not in ([], ["--json"]):
        raise Usage("spec takes only --json.", hint="lunatui spec --json")
    from lunatui.spec import spec

    output.write_result(spec(), as_json=True)
    return 0


def _completion(rest: list[str]) -> int:
    from lunatui.completion import script

    if len(rest) != 1:
        raise Usage("completion takes one shell.", hint="lunatui completion bash (or zsh, or fish)")
    output.write_text(script(rest[0]), end="")
    return 0


def _failed(error: LunaError, *, as_json: bool) -> int:
    if as_json:
        # Where nobody reads the answer, standard error and the exit code still tell.
        with suppress(output.ReaderLeft, LunaError):
            output.write_error(error)
    diagnostics.report(error)
    output.discard()
    return diagnostics.exit_code(error)


def _bug(bug: Exception, *, as_json: bool) -> int:
    import traceback

    from appliance.places import Places

    try:
        folder = Places.from_environment(os.environ).logs_dir
    except LunaError:
        folder = None
    log = diagnostics.keep_traceback(folder, "".join(traceback.format_exception(bug))) if folder else None
    if as_json:
        with suppress(output.ReaderLeft, LunaError):
            output.write_error(LunaError("This is a bug in lunatui.", code="bug"))
    diagnostics.report_bug(log)
    output.discard()
    return diagnostics.BUG
