"""One typed function per call; each takes a `GatewayClient` or a `OneShot` and sends only known fields.

All raise `GatewayError` (see `faults`); an answer of an unknown shape has `code="gateway-answer"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from appliance.gateway.faults import GatewayError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.gateway import chat_results as chat
    from appliance.gateway import health_results as health_of
    from appliance.gateway import results
    from appliance.gateway.results import Result
    from appliance.gateway.told import Told

    R = TypeVar("R", bound=Result)
    T = TypeVar("T", bound=Told)

PROBE_SECONDS = 100.0
"""A refused connection took `models.probe` 86 s whatever `timeoutMs` said (gateway-core §5.4)."""
SEND_SECONDS = 90.0
"""An acknowledgement took that long on 2026.4.29."""


class Caller(Protocol):
    """Something that asks the gateway one question."""

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float = ...,  # noqa: ASYNC109 - part of the question
        large: bool = False,
    ) -> Any:
        """The raw payload of the answer."""
        ...


def read(kind: type[R], payload: Any, method: str) -> R:
    """The payload as its type.

    Raises:
        GatewayError: it has another shape.
    """
    from pydantic import ValidationError

    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, problem["loc"])) or "all of it" for problem in error.errors()[:3])
        raise unknown_form(method, where) from None


def read_told(kind: type[T], payload: Any, method: str) -> T:
    """The same for the answers that are read without pydantic.

    Raises:
        GatewayError: it has another shape.
    """
    from appliance.gateway.told import WrongForm

    try:
        return kind.from_wire(payload)
    except WrongForm as error:
        raise unknown_form(method, error.where or "all of it") from None


def unknown_form(method: str, where: str) -> GatewayError:
    """An answer that is not what `method` answers; `where`: the fields in question."""
    return GatewayError(
        f"The gateway answered `{method}` in a form we do not know ({where}).",
        hint="Its release may be newer than this program: lunatui engine status",
        code="gateway-answer",
    )


async def config_state(caller: Caller) -> results.ConfigState:
    """`config.get`: hashes, validity, issues and warnings; the configuration texts are dropped unread."""
    from appliance.gateway.results import ConfigState

    payload = await caller.call("config.get", {}, large=True)
    return read(ConfigState, payload, "config.get")


async def agents_list(caller: Caller) -> results.AgentsList:
    """`agents.list`; needs `operator.read`."""
    from appliance.gateway.results import AgentsList

    return read(AgentsList, await caller.call("agents.list", {}), "agents.list")


async def models_list(
    caller: Caller,
    *,
    view: Literal["default", "configured", "provider-config", "all"] | None = None,
    refresh: bool = False,
) -> results.ModelsList:
    """`models.list`."""
    from appliance.gateway.results import ModelsList

    params = given(view=view, refresh=refresh or None)
    return read(ModelsList, await caller.call("models.list", params, large=True), "models.list")


async def models_probe(
    caller: Caller, provider: str, *, seconds: float = 15.0, agent_id: str | None = None
) -> results.ModelsProbe:
    """`models.probe`: a tiny completion with what is configured; up to 100 s to say that nothing answers."""
    from appliance.gateway.results import ModelsProbe

    params = given(provider=provider, timeoutMs=int(seconds * 1000), agentId=agent_id)
    return read(ModelsProbe, await caller.call("models.probe", params, timeout=PROBE_SECONDS), "models.probe")


async def models_auth_status(caller: Caller) -> results.AuthStatus:
    """`models.authStatus`."""
    from appliance.gateway.results import AuthStatus

    return read(AuthStatus, await caller.call("models.authStatus", {}), "models.authStatus")


async def secrets_list(caller: Caller) -> results.SecretStore:
    """`secrets.store.list`: names only."""
    from appliance.gateway.results import SecretStore

    return read(SecretStore, await caller.call("secrets.store.list", {}), "secrets.store.list")


async def secrets_set(caller: Caller, name: str, value: str) -> results.StoreChange:
    """`secrets.store.set` of kind `secret`; `name` matches `[A-Z][A-Z0-9_]{0,127}`."""
    from appliance.gateway.results import StoreChange

    params = {"name": name, "value": value, "kind": "secret"}
    return read(StoreChange, await caller.call("secrets.store.set", params), "secrets.store.set")


async def secrets_delete(caller: Caller, name: str) -> results.StoreChange:
    """`secrets.store.delete`; a missing name is fine too."""
    from appliance.gateway.results import StoreChange

    return read(
        StoreChange, await caller.call("secrets.store.delete", {"name": name}), "secrets.store.delete"
    )


async def secrets_reload(caller: Caller) -> results.SecretsReload:
    """`secrets.reload`: resolve every reference anew."""
    from appliance.gateway.results import SecretsReload

    return read(SecretsReload, await caller.call("secrets.reload", {}), "secrets.reload")


async def health(caller: Caller) -> health_of.Health:
    """`health`; answers on any authenticated connection."""
    from appliance.gateway.health_results import Health

    return read(Health, await caller.call("health", {}), "health")


async def status(caller: Caller) -> health_of.Status:
    """`status`."""
    from appliance.gateway.health_results import Status

    return read(Status, await caller.call("status", {}), "status")


async def system_info(caller: Caller) -> health_of.SystemInfo:
    """`system.info`."""
    from appliance.gateway.health_results import SystemInfo

    return read(SystemInfo, await caller.call("system.info", {}), "system.info")


async def setup_verify(caller: Caller, *, agent_id: str | None = None) -> results.SetupVerify:
    """`openclaw.setup.verify`: the configured default model, end to end; a failure is `ok=False`."""
    from appliance.gateway.results import SetupVerify

    payload = await caller.call("openclaw.setup.verify", given(agentId=agent_id), timeout=PROBE_SECONDS)
    return read(SetupVerify, payload, "openclaw.setup.verify")


async def restart_preflight(caller: Caller) -> health_of.RestartPreflight:
    """`gateway.restart.preflight`."""
    from appliance.gateway.health_results import RestartPreflight

    payload = await caller.call("gateway.restart.preflight", {})
    return read(RestartPreflight, payload, "gateway.restart.preflight")


async def restart_request(caller: Caller, *, reason: str = "") -> health_of.RestartRequest:
    """`gateway.restart.request`; the connection closes with 1012 soon after, sometimes before the answer."""
    from appliance.gateway.health_results import RestartRequest

    payload = await caller.call("gateway.restart.request", given(reason=reason or None))
    return read(RestartRequest, payload, "gateway.restart.request")


async def chat_send(
    caller: Caller, session_key: str, message: str, idempotency_key: str, *, thinking: str | None = None
) -> chat.ChatSent:
    """`chat.send`: accepted, not done; the run id is the idempotency key, the same key never runs twice."""
    from appliance.gateway.chat_results import ChatSent

    params = given(sessionKey=session_key, message=message, idempotencyKey=idempotency_key, thinking=thinking)
    return read_told(ChatSent, await caller.call("chat.send", params, timeout=SEND_SECONDS), "chat.send")


async def chat_abort(caller: Caller, session_key: str, run_id: str | None = None) -> chat.ChatAbort:
    """`chat.abort`: one run, or everything in the session, queued input included."""
    from appliance.gateway.chat_results import ChatAbort

    payload = await caller.call("chat.abort", given(sessionKey=session_key, runId=run_id))
    return read_told(ChatAbort, payload, "chat.abort")


async def chat_history(caller: Caller, session_key: str, *, limit: int | None = None) -> chat.ChatHistory:
    """`chat.history`: the newest `limit` rows, and the run that is answering now."""
    from appliance.gateway.chat_results import ChatHistory

    payload = await caller.call("chat.history", given(sessionKey=session_key, limit=limit), large=True)
    return read_told(ChatHistory, payload, "chat.history")


async def messages_subscribe(caller: Caller, session_key: str, *, approvals: bool = False) -> chat.Subscribed:
    """`sessions.messages.subscribe`: needed before `chat.send` with the cap `session-scoped-events`."""
    from appliance.gateway.chat_results import Subscribed

    params = given(key=session_key, includeApprovals=approvals or None)
    return read_told(
        Subscribed, await caller.call("sessions.messages.subscribe", params), "sessions.messages.subscribe"
    )


async def messages_unsubscribe(caller: Caller, session_key: str) -> chat.Subscribed:
    """`sessions.messages.unsubscribe`."""
    from appliance.gateway.chat_results import Subscribed

    payload = await caller.call("sessions.messages.unsubscribe", {"key": session_key})
    return read_told(Subscribed, payload, "sessions.messages.unsubscribe")


async def approvals_pending(caller: Caller) -> Sequence[chat.PendingApproval]:
    """`exec.approval.list` and `plugin.approval.list`: what waits; needs `operator.approvals`."""
    lists = [await _approvals(caller, method) for method in ("exec.approval.list", "plugin.approval.list")]
    return [row for rows in lists for row in rows]


async def setup_approvals_pending(caller: Caller) -> tuple[chat.PendingApproval, ...]:
    """`openclaw.approval.list`: steps of OpenClaw's own setup that wait; needs `operator.approvals`."""
    return await _approvals(caller, "openclaw.approval.list")


async def _approvals(caller: Caller, method: str) -> tuple[chat.PendingApproval, ...]:
    from appliance.gateway.chat_results import PendingApproval

    rows = await caller.call(method, {})
    if not isinstance(rows, list):
        raise unknown_form(method, "all of it")
    return tuple(read_told(PendingApproval, row, method) for row in rows)


async def approval_resolve(
    caller: Caller,
    approval_id: str,
    decision: Literal["allow-once", "allow-always", "deny"],
    *,
    kind: str = "exec",
) -> chat.ApprovalResolved:
    """`approval.resolve`: only a decision of `allowed_decisions`, any other is recorded as a deny."""
    from appliance.gateway.chat_results import ApprovalResolved

    params = {"id": approval_id, "kind": kind, "decision": decision}
    return read_told(ApprovalResolved, await caller.call("approval.resolve", params), "approval.resolve")


def given(**params: Any) -> dict[str, Any]:
    """The parameters that have a value: parameter objects are closed and know no null."""
    return {name: value for name, value in params.items() if value is not None}
