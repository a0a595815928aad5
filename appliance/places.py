"""Where things live on the box: OpenClaw's own folders and ours (design: one module knows all paths)."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import LunaError, Usage
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONFIG_NAME = "openclaw.json"


@dataclass(frozen=True)
class Places:
    """Every root folder one appliance uses. All paths are absolute."""

    user_home: Path
    """The home of the person (or the throw-away home of a demo)."""
    state_dir: Path
    """OpenClaw's state folder, `~/.openclaw` unless overridden."""
    config_path: Path
    """OpenClaw's config file, as OpenClaw itself would name it (may be a symlink)."""
    home: Path
    """Our own folder, `LUNATUI_HOME`."""
    engine_dir: Path
    """Holds `openclaw-<version>/` and `node-<version>/`; shared by demos and tests."""
    cache_dir: Path
    """Downloads; never inside a throw-away home."""

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, state_dir: str = "") -> Places:
        """Resolve as OpenClaw does: explicit folder, `OPENCLAW_STATE_DIR`, `OPENCLAW_PROFILE`, `~/.openclaw`.

        Raises:
            Usage: there is no home folder to start from.
        """
        user_home = _user_home(env)
        state = _state_dir(env, user_home, state_dir)
        own_config = "" if state_dir else env.get("OPENCLAW_CONFIG_PATH", "").strip()
        config = _absolute(own_config, user_home) if own_config else state / CONFIG_NAME
        home = _our_home(env, user_home)
        cache = _cache_dir(env, user_home)
        engine = env.get("LUNATUI_ENGINE_DIR", "")
        engine_dir = _absolute(engine, user_home) if engine else home / "engine"
        return cls(user_home, state, config, home, engine_dir, cache)

    def with_engine_dir(self, engine_dir: Path) -> Places:
        """The same places with another engine folder."""
        return replace(self, engine_dir=engine_dir)

    @property
    def audit_dir(self) -> Path:
        return self.home / "audit"

    @property
    def backups_dir(self) -> Path:
        return self.home / "backups"

    @property
    def history_dir(self) -> Path:
        return self.home / "history"

    @property
    def identity_dir(self) -> Path:
        return self.home / "identity"

    @property
    def journal_dir(self) -> Path:
        return self.home / "journal"

    @property
    def known_dir(self) -> Path:
        return self.home / "known"

    @property
    def locks_dir(self) -> Path:
        return self.home / "locks"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def trash_dir(self) -> Path:
        return self.home / "trash"

    def own_folders(self) -> tuple[Path, ...]:
        """Our folder and those in it that are there; what is deeper has parts that look after themselves.

        Raises:
            LunaError: it cannot be read.
        """
        below = (self.home / name for name in names_in(self.home))
        return (self.home, *(path for path in below if path.is_dir() and not path.is_symlink()))


def private_dir(path: Path) -> Path:
    """Create `path` (and missing parents) as 0700 and narrow it when it is wider; returns it.

    What a link leads to is used as it is: nobody asked us to close a folder that is not our own.
    What is made here lasts: a file in it is lost with the folder, however often the file is synced.

    Raises:
        OSError: something else stands there, or it cannot be made.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not path.parent.exists():
            private_dir(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        sync_folder(path.parent)
        return path
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, "something that is no folder stands there", str(path))
    if mode & 0o077 and not path.is_symlink():
        path.chmod(0o700)
    return path


def names_in(folder: Path) -> list[str]:
    """The names in `folder`, one of our own; none when it does not exist.

    Raises:
        LunaError: it cannot be read.
    """
    with readable(folder):
        try:
            return os.listdir(folder)  # noqa: PTH208 - names, not paths
        except FileNotFoundError:
            return []


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Says in words why a file or folder of ours cannot be read; one that is missing is for the caller.

    Raises:
        LunaError: it cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LunaError(
            f"{path} cannot be read ({error.strerror or error}).",
            hint=f"Repair the rights of {path}; perhaps another user ran lunatui here.",
            code="home-unreadable",
        ) from error


def write_private(path: Path, data: bytes) -> None:
    """Put `data` in place of one of our own files: all or nothing, synced, 0600.

    Raises:
        LunaError: it could not be written and what stood there still stands, or the disk did not confirm it.
    """
    with _staged(path, data) as temporary:
        temporary.replace(path)
        sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> bytes:
    """Create one of our own files, complete from its first moment; returns what stands there in the end.

    Raises:
        LunaError: it could not be written.
    """
    with _staged(path, data) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return path.read_bytes()
        sync_folder(path.parent)
    return data


def sync_folder(folder: Path) -> None:
    """Make the names that were created, replaced or removed in `folder` last; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
        through_the_drive(descriptor)
    finally:
        os.close(descriptor)


def through_the_drive(descriptor: int) -> bool:
    """On macOS, wait until the drive has written what it took, as fsync does not; whether that was done.

    Raises:
        OSError: the drive failed; not for a file system that does not know the call.
    """
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
        else:
            return True
    return False


@contextmanager
def _staged(path: Path, data: bytes) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.lunatui.{os.getpid()}.{os.urandom(6).hex()}")
    try:
        private_dir(path.parent)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
                through_the_drive(descriptor)
            finally:
                os.close(descriptor)
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise LunaError(
            f"{path} could not be written ({error.strerror or error}).",
            hint=f"Free some space or repair the rights of {path.parent}.",
            code="home-unwritable",
        ) from error


def _user_home(env: Mapping[str, str]) -> Path:
    text = env.get("HOME", "")
    if text.startswith("/"):
        return Path(text)
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError as error:
        raise Usage("There is no home folder (HOME is not set).", hint="Set HOME and try again.") from error


def _absolute(text: str, user_home: Path) -> Path:
    if text == "~" or text.startswith("~/"):
        return user_home / text[2:]
    return Path(os.path.abspath(text))  # noqa: PTH100 - resolve() would follow the symlink we must see


def _state_dir(env: Mapping[str, str], user_home: Path, given: str) -> Path:
    text = given or env.get("OPENCLAW_STATE_DIR", "").strip()
    if text:
        return _absolute(text, user_home)
    openclaw_home = env.get("OPENCLAW_HOME", "").strip()
    base = _absolute(openclaw_home, user_home) if openclaw_home else user_home
    profile = env.get("OPENCLAW_PROFILE", "").strip()
    if profile and profile.lower() != "default":
        return base / f".openclaw-{profile}"
    return base / ".openclaw"


def _our_home(env: Mapping[str, str], user_home: Path) -> Path:
    if given := env.get("LUNATUI_HOME", ""):
        return _absolute(given, user_home)
    if sys.platform == "darwin":
        return user_home / "Library" / "Application Support" / "lunatui"
    data = env.get("XDG_DATA_HOME", "")
    return (Path(data) if data.startswith("/") else user_home / ".local" / "share") / "lunatui"


def _cache_dir(env: Mapping[str, str], user_home: Path) -> Path:
    if given := env.get("LUNATUI_CACHE", ""):
        return _absolute(given, user_home)
    if sys.platform == "darwin":
        return user_home / "Library" / "Caches" / "lunatui"
    cache = env.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache.startswith("/") else user_home / ".cache") / "lunatui"
