"""Devices and people that ask, on a fake Gateway: the answers captured from OpenClaw 2026.9.6."""

from __future__ import annotations

from typing import Any

from tests.fakes.gateway import FakeGateway, WireError

PERSON = {
    "requestId": "8pggtF5yoAWIEhqvrGsusIamhPRB3L0m",
    "channel": "telegram",
    "channelLabel": "Telegram",
    "accountId": "default",
    "senderId": "555001",
    "senderLabel": "telegramUserId",
    "metadata": {"username": "ann1", "firstName": "Ann"},
    "createdAt": "2026-11-20T08:57:41.277Z",
    "lastSeenAt": "2026-11-20T08:57:41.277Z",
    "expiresAt": "2026-11-20T09:57:41.277Z",
    "notifySupported": True,
}
OTHER = PERSON | {
    "requestId": "71qv00l7haLqa5dEB",
    "senderId": "555002",
    "metadata": {"username": "bob1"},
    "createdAt": "2026-11-20T08:58:41.277Z",
}
SCOPES = ["operator.read", "operator.write", "operator.admin"]
PENDING = {
    "requestId": "183c9a26-c2f0-4140-a157-44c685cd8805",
    "deviceId": "3253f41f6852bb3c900f600f5fbd1515157c8020db5313cfe3d64b01fc26510d",
    "publicKey": "3G-1H1BFv-73O8WZidSpXaJ4k5evLE6Z8JNq3Pk6gDk",
    "displayName": "Laptop",
    "platform": "windows",
    "clientId": "cli",
    "clientMode": "cli",
    "role": "operator",
    "roles": ["operator"],
    "scopes": SCOPES,
    "silent": False,
    "isRepair": True,
    "ts": 1796039908208,
}
NODE = {
    "deviceId": "3ac0d33e3fd6c1c5e64291c877ba7548bad64b0198e5b223f11184bd1c265b4e",
    "publicKey": "8t8eXfoE1B9GzkSQ3tDaiWHsYG",
    "platform": "linux",
    "clientId": "node-host",
    "clientMode": "node",
    "role": "node",
    "roles": ["node"],
    "scopes": [],
    "approvedVia": "silent",
    "pendingNodeSurface": {
        "requestId": "1f6c4776-0d2e-4574-8464-278e8ce0a837",
        "platform": "linux",
        "caps": ["camera"],
        "commands": ["system.run"],
        "silent": True,
        "ts": 1795163738852,
    },
    "createdAtMs": 1795163738000,
    "approvedAtMs": 1795163738000,
    "tokens": [{"role": "node", "scopes": [], "createdAtMs": 1795163738000}],
}


class PairingGateway(FakeGateway):
    """Answers the calls about people and devices, and remembers what was decided."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[dict[str, Any]] = [PERSON, OTHER]
        self.pending: list[dict[str, Any]] = [PENDING]
        self.paired: list[dict[str, Any]] = [NODE]
        self.told: list[tuple[str, dict[str, Any]]] = []
        """Every call that changes something."""
        self.handlers |= {
            "exec.approval.list": lambda _: [],
            "plugin.approval.list": lambda _: [],
            "openclaw.approval.list": lambda _: [],
            "channels.pairing.list": self._list_people,
            "channels.pairing.approve": lambda params: self._person("channels.pairing.approve", params),
            "channels.pairing.dismiss": lambda params: self._person("channels.pairing.dismiss", params),
            "device.pair.list": lambda _: {"pending": self.pending, "paired": self.paired},
            "device.pair.approve": lambda params: self._device("device.pair.approve", params),
            "device.pair.reject": lambda params: self._device("device.pair.reject", params),
            **{method: self._noted(method) for method in OTHER_CALLS},
        }

    def _noted(self, method: str) -> Any:
        def answer(params: dict[str, Any]) -> dict[str, Any]:
            self.told.append((method, params))
            return dict(params)

        return answer

    def _list_people(self, _params: dict[str, Any]) -> dict[str, Any]:
        account = {"channel": "telegram", "channelLabel": "Telegram", "accountId": "default"}
        return {
            "accounts": [account | {"notifySupported": True}],
            "requests": self.people,
            "commandOwnerConfigured": False,
            "limits": {"pendingPerAccount": 3, "ttlMs": 3600000},
        }

    def _person(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        found = [item for item in self.people if item["requestId"] == params["requestId"]]
        if not found:
            raise WireError("INVALID_REQUEST", "pending DM access request no longer exists")
        self.people = [item for item in self.people if item not in found]
        self.told.append((method, params))
        answer = {"requestId": params["requestId"], "senderId": found[0]["senderId"]}
        if method.endswith("approve"):
            answer |= {
                "notification": "sent" if params.get("notify") else "not-requested",
                "commandOwnerBootstrap": "configured"
                if params.get("bootstrapCommandOwner")
                else "not-requested",
            }
        return answer

    def _device(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        found = [item for item in self.pending if item["requestId"] == params["requestId"]]
        if not found:
            raise WireError("INVALID_REQUEST", "unknown requestId")
        self.pending = [item for item in self.pending if item not in found]
        self.told.append((method, params))
        return {"requestId": params["requestId"], "deviceId": found[0]["deviceId"]}


OTHER_CALLS = (
    "device.pair.rename",
    "device.pair.remove",
    "device.token.rotate",
    "device.token.revoke",
    "node.pair.approve",
    "node.pair.reject",
)
