"""A brain's key on its way between OpenClaw's store and our vault, and back where it was if that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import LunaError
from appliance.ops.config_edit import put_back
from appliance.ops.core import Call, Event
from appliance.ops.drive import settled
from appliance.ops.secrets_open import note_state, open_or_create
from appliance.ops.secrets_refresh import answers

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.gateway.client import GatewayClient
    from appliance.ops.secrets_provider import KeyMoved
    from appliance.secret import Secret
    from appliance.store.prepared import PreparedSave
    from appliance.store.save import Saved

STAYS_FOR_A_WHILE = (
    "OpenClaw deletes the key from its own store only after 30 days; if that is too long, make a new key at "
    "the provider and give it to: lunatui secrets rotate"
)


class Transfer:
    """The steps of a move, each taken back when a later one fails."""

    def __init__(self, box: Appliance, call: Call, provider: str) -> None:
        self._box = box
        self._call = call
        self._provider = provider

    async def into_vault(
        self,
        prepared: PreparedSave,
        name: str,
        key: Secret | None,
        passphrase: Secret | None,
        *,
        before: object,
    ) -> tuple[KeyMoved, Saved]:
        """Keep the key, have the configuration refer to it, and let OpenClaw try.

        Raises:
            LunaError: what went wrong; the configuration is as it was.
        """
        from appliance.ops.secrets_provider import VAULT, KeyMoved
        from appliance.vault import shim

        box = self._box
        vault = open_or_create(box, self._call, passphrase)
        had = name in vault.names()
        if key is not None:
            vault.put(name, key)
            note_state(box, self._call, vault)
        try:
            shim.install(box.places, box.config.disk)
            saved, state = await self._saved(prepared, "secrets.use")
        except BaseException:
            if key is not None:
                vault.revert(name) if had else vault.delete(name)
                note_state(box, self._call, vault)
            raise
        notes = await self._old_slot_gone(before)
        return KeyMoved(self._provider, name, VAULT, state, notes), saved

    async def into_store(self, prepared: PreparedSave, slot: str, key: Secret) -> tuple[KeyMoved, Saved]:
        """Store the key in OpenClaw, have the configuration refer to it, and let OpenClaw try."""
        from appliance.gateway.calls import secrets_delete, secrets_set
        from appliance.ops.secrets_provider import STORE, KeyMoved

        async with self._box.gateway(keep=True) as client:
            with key.expose() as text:
                await secrets_set(client, slot, text)
            try:
                saved, state = await self._saved(prepared, "secrets.give-back", client)
            except BaseException as failed:
                try:
                    await secrets_delete(client, slot)
                except LunaError as error:  # what went before is what the caller has to hear of
                    failed.add_note(error.message)
                raise
        return KeyMoved(self._provider, slot, STORE, state), saved

    async def _saved(
        self, prepared: PreparedSave, operation: str, client: GatewayClient | None = None
    ) -> tuple[Saved, str]:
        from appliance.providers.trials import clear, note, untested

        places = self._box.places
        was_untested = self._provider in untested(places)
        note(places, self._provider)
        saved, state = await settled(self._save(prepared, operation), local=True)
        if state == "saved, gateway down":
            return saved, state
        try:
            await require_answer(self._box, self._call, self._provider, client)
        except BaseException:
            await settled(self._restore(prepared, operation), local=True)
            if not was_untested:
                clear(places, self._provider)
            raise
        clear(places, self._provider)
        return saved, state

    async def _save(self, prepared: PreparedSave, operation: str) -> tuple[Saved, str]:
        from appliance.ops.in_use import Watch

        with Watch(self._box) as watch:
            why = f"the key of {self._provider}"
            saved = self._box.config.save(prepared, operation=operation, actor=self._call.actor, why=why)
            return saved, watch.outcome().state

    async def _restore(self, prepared: PreparedSave, operation: str) -> None:
        put_back(self._box, prepared, operation, self._call, "OpenClaw's test failed")

    async def _old_slot_gone(self, before: object) -> tuple[str, ...]:
        """Remove the key from OpenClaw's store, where it came from there."""
        from appliance.gateway.calls import secrets_delete
        from appliance.providers.slots import slots

        slot = before.get("id") if isinstance(before, dict) and before.get("source") == "store" else None
        if slot not in slots(self._provider):
            in_clear = isinstance(before, str) and before and not before.startswith("${")
            words = (
                "Earlier copies of the configuration still hold the key: lunatui secrets move cleans them."
            )
            return (words,) if in_clear else ()
        if not await answers(self._box):
            return (f"The key is still in OpenClaw's own store as {slot}, because the Gateway does not run.",)
        try:
            async with self._box.gateway() as client:
                await secrets_delete(client, str(slot))
        except LunaError as error:
            return (f"The key is still in OpenClaw's own store as {slot}: {error.message}",)
        return (STAYS_FOR_A_WHILE,)


async def require_answer(
    box: Appliance, call: Call, provider: str, client: GatewayClient | None = None
) -> None:
    """OpenClaw's own test of a brain with what is configured now; where no Gateway runs, nothing is tested.

    Raises:
        LunaError: `provider-…`, it failed.
    """
    from appliance.ops.provider_trial import probe_through_openclaw

    if client is None:
        if not await answers(box):
            return
        async with box.gateway(keep=True) as own:
            await require_answer(box, call, provider, own)
        return
    call.emit(Event("progress", f"Asking {provider} through OpenClaw…"))
    step = await probe_through_openclaw(box, client, provider)
    if step.state == "failed":
        raise LunaError(
            f"{provider}: {step.detail} What was there before is back.",
            hint=step.hint,
            code=f"provider-{step.code}",
            facts={"brain": provider},
        )
