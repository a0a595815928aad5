"""Which screen shows a place; its module is loaded when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from screens.desk import Desk
    from screens.operation_screen import OperationScreen


def screen_of(desk: Desk, place: str) -> OperationScreen:
    """A new screen for one of the places."""
    return PLACE_SCREENS[place](desk) if place in PLACE_SCREENS else _later(desk, place)


def _dashboard(desk: Desk) -> OperationScreen:
    from screens.dashboard.screen import DashboardScreen

    return DashboardScreen(desk)


def _agents(desk: Desk) -> OperationScreen:
    from screens.agents.screen import AgentsScreen

    return AgentsScreen(desk)


def _providers(desk: Desk) -> OperationScreen:
    from screens.providers.screen import ProvidersScreen

    return ProvidersScreen(desk)


def _channels(desk: Desk) -> OperationScreen:
    from screens.channels.screen import ChannelsScreen

    return ChannelsScreen(desk)


def _audit(desk: Desk) -> OperationScreen:
    from screens.audit.screen import AuditScreen

    return AuditScreen(desk)


def _history(desk: Desk) -> OperationScreen:
    from screens.history.screen import HistoryScreen

    return HistoryScreen(desk)


def _routing(desk: Desk) -> OperationScreen:
    from screens.routing.screen import RoutingScreen

    return RoutingScreen(desk)


def _later(desk: Desk, place: str) -> OperationScreen:
    from screens.places.screen import LaterScreen

    return LaterScreen(desk, place)


def _backups(desk: Desk) -> OperationScreen:
    from screens.backups.screen import BackupsScreen

    return BackupsScreen(desk)


def _settings(desk: Desk) -> OperationScreen:
    from screens.places.settings import SettingsScreen

    return SettingsScreen(desk)


def _keys(desk: Desk) -> OperationScreen:
    from screens.keys.screen import KeysScreen

    return KeysScreen(desk)


def _advanced(desk: Desk) -> OperationScreen:
    from screens.places.advanced import AdvancedScreen

    return AdvancedScreen(desk)


PLACE_SCREENS: dict[str, Callable[[Desk], OperationScreen]] = {
    "dashboard": _dashboard,
    "agents": _agents,
    "routing": _routing,
    "providers": _providers,
    "channels": _channels,
    "settings": _settings,
    "keys": _keys,
    "history": _history,
    "backups": _backups,
    "advanced": _advanced,
    "audit": _audit,
}
