"""The one entry: `lunatui` and `python -m lunatui`."""

from __future__ import annotations

import gc
import sys

_NEW_OBJECTS = 50_000
"""Of these the collector starts: a command makes fewer, and nearly all of them to stay."""


def main() -> None:
    """Answer `--version` and `--help` at once; hand everything else to the command line."""
    argv = sys.argv[1:]
    if argv == ["--version"]:
        from lunatui import __version__

        print(f"lunatui {__version__}")
        return
    if argv in (["--help"], ["-h"]):
        from lunatui.overview import overview

        print(overview(), end="")
        return
    if sys.getfilesystemencoding() != "utf-8":
        _begin_again_in_utf8()
    gc.set_threshold(_NEW_OBJECTS)
    try:
        from lunatui.cli import main as run
    except KeyboardInterrupt:
        sys.exit(_stopped_early(as_json="--json" in argv))
    code = run(argv)
    gc.freeze()  # it all goes with the process: searching it for cycles first would cost a tenth of the time
    sys.exit(code)


def _begin_again_in_utf8() -> None:
    """A locale that knows ASCII alone, forced on Python, would lose every other letter that is typed."""
    import os

    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def _stopped_early(*, as_json: bool) -> int:
    """Ctrl-C before the command line is there: the same words, from nothing that still has to be loaded."""
    words = "Stopped before it was finished."
    if as_json:
        error = f'{{"code": "interrupted", "message": "{words}", "hint": ""}}'
        print(f'{{"ok": false, "error": {error}}}', flush=True)
    print(words, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    main()
