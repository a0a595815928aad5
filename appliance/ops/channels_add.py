"""`channels.add`: a bot's line, its token checked at the service, stored, and seen connected by OpenClaw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from appliance.channels.wish import Who
from appliance.errors import NotFound, Usage
from appliance.ops.channels_check import check_tokens
from appliance.ops.channels_save import OPERATION, ChannelAdded, Wanted, save
from appliance.ops.core import Call, Change, Done, Operation, Prepared, Risk, param
from appliance.secret import Secret
from appliance.store.edits import Edit
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.channels.settings import Account
    from appliance.channels.tokens import Kind


@dataclass(frozen=True)
class AddChannel:
    """A line as somebody wants it."""

    channel: str = param("telegram or slack; WhatsApp is linked: channels login.", positional=True)
    token: Secret = param("The bot's token.")
    app_token: Secret | None = param("Slack's token for its socket (xapp-…).", default=None)
    account: str = param("A name for one more bot of the same kind.", default="")
    who: Who = param("Who gets an answer: listed, code, everybody or nobody.", default="code")
    allow: tuple[str, ...] = param("An id on the list; repeat it for more.", default=())
    groups: Who = param("The same for groups.", default="nobody")
    api_root: str = param("Another address of the service, for a proxy or a test.", default="")


async def add(box: Appliance, params: AddChannel, call: Call) -> Prepared[ChannelAdded]:
    """Ask the service who the token belongs to, before anything is saved.

    Raises:
        NotFound: `channel-kind`, no such channel is set up with a token here.
        Usage: `channel-token`, it cannot be a token, or one is missing.
        Refused: `channel-token-refused`, `channel-scope`.
        Conflict: `second-poller`, another program answers for the bot.
        Unreachable: the service, or the Gateway that has to store the token.
    """
    from appliance.ops.channels_policy import consequences, opening
    from appliance.ops.provider_trial import require_gateway

    tokens = _cleaned(params)
    config = box.config.read().value
    await require_gateway(box)
    wanted = await _wanted(box, config, params, tokens, call)
    prepared = await asyncio.to_thread(
        box.config.prepare, wanted.edits, may_remove=tuple(edit.name for edit in wanted.edits)
    )
    changes = [Change(item.name, "set") for item in prepared.changes]
    changes += [
        Change(f"secret {name}", "store in OpenClaw's secret store") for name in wanted.slots.values()
    ]
    if wanted.needs_plugin:
        changes.insert(0, Change(f"plugin {params.channel}", "install"))
    after, notes = consequences(config, wanted.edits, wanted.account.channel, wanted.account.id)

    async def commit() -> Done[ChannelAdded]:
        return await save(box, wanted, prepared, call)

    return Prepared(
        tuple(changes),
        commit,
        (*prepared.warnings, *notes),
        opening(after),
    )


def _cleaned(params: AddChannel) -> dict[Kind, str]:
    from appliance.channels.tokens import FIELDS, clean_token

    if params.channel == "whatsapp":
        raise Usage(
            "WhatsApp has no token: it is linked with a phone.",
            hint="lunatui channels login whatsapp",
            code="channel-kind",
        )
    if params.channel not in FIELDS:
        raise NotFound(
            f"“{params.channel}” is not set up with a token here.",
            hint="telegram and slack are; others: openclaw channels add --channel NAME",
            code="channel-kind",
        )
    given: dict[Kind, Secret | None] = {"bot": params.token, "app": params.app_token}
    tokens: dict[Kind, str] = {}
    for kind in FIELDS[params.channel]:
        secret = given[kind]
        if secret is None:
            raise Usage(
                "Slack needs two tokens: the bot's (xoxb-…) and the app's (xapp-…).",
                hint="Give the second with --app-token-stdin or --app-token-file FILE.",
                code="channel-token",
            )
        with secret.expose() as text:
            tokens[kind] = clean_token(params.channel, kind, text)
    return tokens


async def _wanted(
    box: Appliance, config: dict[str, Any], params: AddChannel, tokens: dict[Kind, str], call: Call
) -> Wanted:
    from appliance.channels.facts import plugin_ready
    from appliance.channels.settings import expected_account
    from appliance.channels.slots import free_slot, slot_in_use
    from appliance.channels.tokens import FIELDS
    from appliance.gateway.channel_calls import plugins_list

    account = expected_account(config, params.channel, params.account)
    keys = FIELDS[params.channel]
    had_token = bool(account.settings.get(keys["bot"]))
    steps = await check_tokens(params.channel, tokens, params.api_root, call, in_use_here=had_token)
    async with box.gateway() as client:
        plugins = (await plugins_list(client)).plugins
    taken: dict[Kind, str] = {kind: free_slot(config, account, kind, key) for kind, key in keys.items()}
    old = tuple(filter(None, (slot_in_use(config, account, kind, key) for kind, key in keys.items())))
    edits = _edits(config, account, params, taken)
    sentence = _sentence(config, edits, account)
    missing = not plugin_ready(params.channel, plugins)
    return Wanted(account, tokens, taken, old, edits, steps, missing, sentence)


def _edits(
    config: dict[str, Any], account: Account, params: AddChannel, slots: dict[Kind, str]
) -> tuple[Edit, ...]:
    from appliance.channels.slots import reference
    from appliance.channels.tokens import FIELDS
    from appliance.channels.wish import Wish, wish_edits
    from appliance.store.edits import lookup

    values: dict[str, Any] = {"enabled": True}
    if account.channel == "slack":
        values["mode"] = "socket"
    if params.api_root and account.channel == "telegram":
        values["apiRoot"] = params.api_root.rstrip("/")
    for kind, key in FIELDS[account.channel].items():
        values[key] = reference(slots[kind])
    own = tuple(
        Edit((*account.path, key), value, lookup(config, (*account.path, key)))
        for key, value in values.items()
        if lookup(config, (*account.path, key)) != value
    )
    has_rules = "dmPolicy" in account.settings
    if has_rules and params.who == "code" and not params.allow:
        return own
    return (
        *own,
        *wish_edits(config, account.channel, account.id, Wish(params.who, params.allow, params.groups)),
    )


def _sentence(config: dict[str, Any], edits: tuple[Edit, ...], account: Account) -> str:
    from appliance.agents.moves import edited
    from appliance.channels.policy import policy_of
    from appliance.channels.settings import expected_account

    value = edited(config, edits)
    return policy_of(value, expected_account(value, account.channel, account.id)).sentence


ADD = Operation(
    OPERATION,
    "Add a bot's line; its token is checked before and after it is saved",
    Risk.DANGER,
    AddChannel,
    ChannelAdded,
    prepare=add,
    consequence=lambda params: (
        f"People who write to this bot on {params.channel} reach your assistant from now on."
    ),
)
