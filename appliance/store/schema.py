"""The JSON Schema of one OpenClaw release, kept one file per top-level section.

A save of one setting then reads and compiles the section it touches, not the whole megabyte. Folder layout:
`index.json` (release, root keywords, names of sections), `<section>.json.gz` each, `sensitive.json`.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from appliance.parsing import json_value, small_file
from appliance.places import Places, private_dir
from appliance.store.disk import Disk, write_new
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


SHIPPED = Path(__file__).parent / "data" / "schema"
_GZIP = 16 + zlib.MAX_WBITS
_SECTION_DEPTH = len(("properties", "gateway"))
_PLAIN_ROOT = {"$schema", "title", "description", "type", "properties", "additionalProperties"}
_FILE = re.compile(r"[$A-Za-z0-9_-]+")

JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class Schema:
    """One release's schema, read from its folder piece by piece."""

    folder: Path
    origin: str
    """`installed 2026.9.6` or `shipped 2026.9.6`."""
    sections: frozenset[str]
    """Top-level keys the release knows."""
    root: JsonSchema
    """The root without its `properties`."""

    @property
    def splits(self) -> bool:
        """Whether sections can be checked one by one: the root says nothing that spans several."""
        return set(self.root) <= _PLAIN_ROOT

    def section(self, name: str) -> JsonSchema | bool:
        """The schema of one top-level section."""
        packed = (self.folder / f"{name}.json.gz").read_bytes()
        found: JsonSchema | bool = json.loads(zlib.decompress(packed, _GZIP))
        return found

    def whole(self) -> JsonSchema:
        """Everything as one schema, for a release whose root has rules that span several sections."""
        properties = {name: _moved(self.section(name), name) for name in sorted(self.sections)}
        return {**self.root, "properties": properties}


class SchemaSource(Protocol):
    """Where the schema of the release in use comes from."""

    def load(self) -> Schema | None:
        """The schema, or None when this source has none; the shipped one is used then."""
        ...


@dataclass(frozen=True)
class ShippedSchema:
    """The pinned release's schema, part of this package."""

    def load(self) -> Schema:
        """Never None."""
        return read_folder(SHIPPED, "shipped")


@dataclass(frozen=True)
class InstalledSchema:
    """The schema of the OpenClaw on this box, asked for once per release and set of plugins."""

    places: Places
    version: str
    """OpenClaw's release."""
    plugins_digest: str
    """Changes when plugins come or go; they bring settings of their own."""
    fetch: Callable[[], JsonSchema | None]
    """Asks OpenClaw, `openclaw config schema`: seconds. None when it cannot be asked now."""

    def load(self) -> Schema | None:
        """From the cache, else asked for and cached."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.version}-{self.plugins_digest}")
        folder = self.places.cache_dir / "schema" / name
        try:
            return read_folder(folder, "installed")
        except (OSError, ValueError, KeyError, TypeError):
            asked = self.fetch()
        if asked is None:
            return None
        _publish(asked, self.version, folder)
        return read_folder(folder, "installed")


def read_folder(folder: Path, kind: str) -> Schema:
    """The schema kept in `folder`."""
    index = json_value(small_file(folder / "index.json"))
    if not isinstance(index["root"], dict):
        raise TypeError("the root of a schema is no object")
    return Schema(folder, f"{kind} {index['release']}", frozenset(index["sections"]), index["root"])


def write_folder(schema: JsonSchema, release: str, folder: Path, sensitive: Sequence[str] = ()) -> None:
    """Split `schema` (as OpenClaw prints it) into `folder`, mended so that `jsonschema_rs` loads it."""
    mended = mend(schema)
    properties: Mapping[str, Any] = mended.pop("properties", {})
    disk = Disk()
    names = [name for name in properties if _FILE.fullmatch(name)]
    for name in names:
        text = json.dumps(properties[name], separators=(",", ":"), sort_keys=True)
        write_new(disk, folder / f"{name}.json.gz", _packed(text.encode()))
    if sensitive:
        write_new(disk, folder / "sensitive.json", json.dumps(sorted(sensitive), indent=0).encode() + b"\n")
    index = {"release": release, "root": mended, "sections": sorted(names)}
    write_new(disk, folder / "index.json", json.dumps(index, indent=1, sort_keys=True).encode() + b"\n")


def mend(schema: JsonSchema) -> JsonSchema:
    """Three repairs OpenClaw's schema needs; references are then relative to their section.

    In patterns `\\0` becomes `\\x00`; a `#/$defs/…` reference is rebased onto its nearest ancestor with
    `$defs`; what has a default is not required (the schemas of channels describe settings after defaults
    were filled in).
    """
    mended: JsonSchema = _mended(schema, (), ())
    return mended


def _mended(node: Any, path: tuple[str, ...], home: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_mended(item, (*path, str(index)), home) for index, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    if "$defs" in node:
        home = path
    result: JsonSchema = {}
    for key, value in node.items():
        if key == "pattern" and isinstance(value, str):
            result[key] = value.replace("\\0", "\\x00")
        elif key == "$ref" and isinstance(value, str) and value.startswith("#/$defs/"):
            result[key] = _pointer(home[_SECTION_DEPTH:]) + value[1:]
        elif key == "required" and isinstance(value, list) and isinstance(node.get("properties"), dict):
            result[key] = [name for name in value if "default" not in node["properties"].get(name, {})]
        else:
            result[key] = _mended(value, (*path, key), home)
    return result


def _moved(node: Any, section: str) -> Any:
    """A section's schema with its references as seen from the root."""
    if isinstance(node, list):
        return [_moved(item, section) for item in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(value, section) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        moved["$ref"] = node["$ref"].replace("#", _pointer(("properties", section)), 1)
    return moved


def _pointer(path: tuple[str, ...]) -> str:
    return "#" + "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def _packed(data: bytes) -> bytes:
    """Gzip without a time stamp, so that the same schema gives the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def _publish(schema: JsonSchema, release: str, folder: Path) -> None:
    """Fill a folder beside the final one and rename it: two programs may do this at once."""
    private_dir(folder.parent)
    building = folder.with_name(f".{folder.name}.{os.getpid()}.{os.urandom(6).hex()}")
    building.mkdir(mode=0o700)
    write_folder(schema, release, building)
    try:
        building.rename(folder)
    except OSError:
        if not _replaced(folder, building):
            raise


def _replaced(folder: Path, building: Path) -> bool:
    """Put the files of `building` into a folder that is there; the index, which counts, comes last."""
    if not folder.is_dir():
        return False
    for path in sorted(building.iterdir(), key=lambda path: path.name == "index.json"):
        path.replace(folder / path.name)
    building.rmdir()
    return True
