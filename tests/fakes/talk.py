"""Both sides of one conversation: what the gateway would say, and what the client was told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from appliance.gateway.chat import run
from appliance.gateway.chat_parts import ChatPart, ChatStarted
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from appliance.gateway.client import GatewayClient
    from tests.fakes.gateway import FakeGateway, Seen

KEY = "agent:luna:main"
RUN = "run-1"


class Talk:
    """One conversation of a test: the gateway's side of the history, and what the client was told."""

    def __init__(self, fake: FakeGateway, client: GatewayClient) -> None:
        self.fake = fake
        self.client = client
        self.parts: list[ChatPart] = []
        self.grown = asyncio.Condition()
        self.history: dict[str, Any] = {
            "sessionKey": KEY,
            "messages": [],
            "sessionInfo": {"hasActiveRun": True},
        }
        self.sent: list[dict[str, Any]] = []
        self.approvals: list[dict[str, Any]] = []
        fake.handlers |= {
            "chat.send": self._send,
            "chat.history": lambda _: self.history,
            "sessions.messages.subscribe": lambda params: {"subscribed": True, "key": params["key"]},
            "exec.approval.list": lambda _: self.approvals,
            "plugin.approval.list": lambda _: [],
        }

    def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(params)
        return {"runId": params["idempotencyKey"], "status": "started"}

    @property
    def connection(self) -> Seen:
        return self.fake.connections[-1]

    def begin(self, **options: Any) -> asyncio.Task[None]:
        async def follow() -> None:
            async for part in run(self.client, KEY, "hello", run_id=RUN, **options):
                async with self.grown:
                    self.parts.append(part)
                    self.grown.notify_all()

        return asyncio.create_task(follow())

    async def started(self, **options: Any) -> asyncio.Task[None]:
        task = self.begin(**options)
        await self.until(ChatStarted)
        return task

    async def until(self, kind: type[ChatPart], count: int = 1) -> None:
        async with asyncio.timeout(LIMIT_S), self.grown:
            await self.grown.wait_for(lambda: sum(isinstance(part, kind) for part in self.parts) >= count)

    async def chat(self, state: str, *, run_id: str = RUN, text: str | None = None, **more: Any) -> None:
        payload = {"runId": run_id, "sessionKey": KEY, "agentId": "luna", "state": state, **more}
        if text is not None:
            payload["message"] = {"role": "assistant", "content": [{"type": "text", "text": text}]}
        await self.connection.event("chat", payload)

    async def agent(self, stream: str, **data: Any) -> None:
        await self.connection.event(
            "agent", {"runId": RUN, "sessionKey": KEY, "stream": stream, "data": data}
        )

    async def approval(self, approval_id: str = "ap-1", run_id: str = RUN) -> None:
        await self.connection.event("exec.approval.requested", pending(approval_id, run_id))

    def kinds(self) -> list[str]:
        return [type(part).__name__ for part in self.parts]


def pending(approval_id: str, run_id: str = RUN) -> dict[str, Any]:
    request = {
        "command": "touch ~/x1",
        "allowedDecisions": ["allow-once", "deny"],
        "sessionKey": KEY,
        "runId": run_id,
    }
    return {"approvalKind": "exec", "id": approval_id, "request": request, "expiresAtMs": 1795165250351}


def asked_row() -> dict[str, Any]:
    return {"role": "user", "content": "hello", "__openclaw": {"idempotencyKey": f"{RUN}:user"}}


def answer_row(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": text}], "stopReason": "stop"}
