"""A throw-away box and what must be true of it after any kill."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from appliance.places import Places
from appliance.store.config import ConfigStore
from appliance.store.names import owner_of
from tests.safety import json5_oracle as oracle

FIRST = """// written by hand
{
  gateway: { mode: "local", port: 18789 }, // loopback
  env: {
    vars: {
      // one line for each save
      FIRST: "0",
    },
  },
}
"""


@dataclass(frozen=True)
class Box:
    """A home with a commented configuration."""

    home: Path
    places: Places

    @classmethod
    def make(cls, home: Path) -> Box:
        """Everything below `home`."""
        places = Places.from_environment({"HOME": str(home), "LUNATUI_HOME": str(home / "ours")})
        home.chmod(0o700)
        places.state_dir.mkdir(mode=0o700)
        places.config_path.touch(mode=0o600)
        places.config_path.write_text(FIRST)
        return cls(home, places)

    def variables(self) -> dict[str, str]:
        """What the saves have written, read by the second reader; raises when the file is torn."""
        text = self.places.config_path.read_text()
        assert text.startswith("// written by hand\n")
        assert "// one line for each save" in text
        found = oracle.find(oracle.read(text).root, ("env", "vars"))
        assert found is not None
        assert isinstance(found.value, dict)
        return found.value

    def leftovers(self) -> list[str]:
        """Locks and temporary files anywhere in the home."""
        return [
            str(path)
            for path in self.home.rglob("*")
            if owner_of(path.name) is not None or path.name.endswith((".json.lock", ".reclaim"))
        ]

    def check_backups(self, at_least: int) -> None:
        """Every listed backup reads back as noted; there are enough of them."""
        backups = ConfigStore(self.places, env={}).backups
        listed = backups.list()
        assert len(listed) >= at_least, [entry.id for entry in listed]
        for entry in listed:
            assert hashlib.sha256(backups.read(entry.id)).hexdigest() == entry.sha256
        manifest = self.places.backups_dir / "config" / "manifest.json"
        if manifest.exists():
            json.loads(manifest.read_text())

    def check_modes(self) -> None:
        """Nobody else can read anything of it."""
        for path in self.home.rglob("*"):
            assert not path.lstat().st_mode & 0o077, f"{path} {path.lstat().st_mode:o}"
