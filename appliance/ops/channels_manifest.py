"""`channels.manifest`: an app for Slack, ready to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.core import Call, Operation, Risk, param
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance


@dataclass(frozen=True)
class AppName:
    """How the app is called in Slack."""

    name: str = param("What people in Slack see.", default="Luna")


@dataclass(frozen=True)
class Manifest:
    """What to paste, and where."""

    where: str
    manifest: str


async def manifest(_box: Appliance, params: AppName, _call: Call) -> Manifest:
    """The app with all it needs for socket mode."""
    from appliance.channels.tokens import slack_manifest

    return Manifest("https://api.slack.com/apps/new, “From a manifest”", slack_manifest(params.name))


MANIFEST = Operation(
    "channels.manifest",
    "An app for Slack, ready to paste",
    Risk.READ,
    AppName,
    Manifest,
    run=manifest,
    local=True,
    render=lambda result: result.manifest,
)
