"""The real command line with a bug in it, for tests that watch how it ends.

The first argument says where the bug is: `handler`, `worker`, `render`, `timer` or `mount`. It is raised when
F9 is pressed; `mount` raises before there is anything on the screen. How often it was raised does not matter:
a bug that comes again and again ends the program.
"""

from __future__ import annotations

import sys
from typing import Any

from textual.app import App

HIDDEN = "".join(("a-value-", "of-a-", "variable"))
"""Put together when it runs, so that a source line in a traceback never holds it."""


class Bug(Exception):
    """What goes wrong."""


def burst(*_: object) -> Any:
    """Fail with a value in a variable that nobody may see."""
    held = HIDDEN
    raise Bug(len(held))


async def burst_later() -> None:
    """The same in a worker."""
    burst()


def plant(where: str) -> None:
    """Have F9 raise it."""
    if where == "mount":
        from screens.place import Place

        Place.compose = burst  # type: ignore[method-assign]
        return
    whole = App.on_event

    async def on_event(self: App[Any], event: Any) -> None:
        if getattr(event, "key", "") == "f9":
            await _go_wrong(self, where)
            return
        await whole(self, event)

    App.on_event = on_event  # type: ignore[method-assign]


async def _go_wrong(app: App[Any], where: str) -> None:
    if where == "handler":
        app.screen.call_later(burst)
    elif where == "worker":
        app.screen.run_worker(burst_later(), exit_on_error=False)
        app.screen.call_later(burst)
    elif where == "timer":
        app.screen.set_timer(0.001, burst)
    elif where == "render":
        app.screen.render = burst  # type: ignore[method-assign]
        app.screen.refresh()


if __name__ == "__main__":
    from lunatui.cli import main

    plant(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
