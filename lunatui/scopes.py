"""Which actions are alive together: every screen with one of the widgets that can have the keys on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.agents.choosing import ChoiceRows, SkillsPage, ToolsPage
from screens.agents.editor import EditorScreen
from screens.agents.markdown_area import MarkdownArea
from screens.agents.pages import AboutPage, LinesPage, SettingRows, ShownRows
from screens.agents.screen import AgentsScreen
from screens.agents.text_screen import TextScreen
from screens.agents.try_page import TryPage
from screens.audit.screen import AuditScreen
from screens.backups.screen import BackupsScreen
from screens.channels.kinds import KindPicker
from screens.channels.link import LinkScreen
from screens.channels.screen import ChannelsScreen
from screens.chat.decision import DecisionDialog
from screens.chat.picker import AgentPicker
from screens.chat.screen import ChatScreen
from screens.chat.widgets import Say
from screens.dashboard.notice import Notice
from screens.dashboard.screen import DashboardScreen
from screens.form_screen import FormScreen
from screens.help import HelpScreen
from screens.history.screen import HistoryScreen
from screens.keymap import Scope, scope_of
from screens.keys.screen import KeysScreen
from screens.modals.confirm import Confirm
from screens.modals.failure import Failure
from screens.modals.notice_list import NoticeList
from screens.place import Place
from screens.places.advanced import AdvancedScreen
from screens.places.screen import LaterScreen
from screens.places.settings import SettingsScreen
from screens.providers.models_screen import ModelsScreen
from screens.providers.screen import ProvidersScreen
from screens.routing.screen import RoutingScreen
from screens.widgets.choices import ChoiceList
from screens.widgets.detail import Detail
from screens.widgets.field import AnswerRows, LastAnswerRows, Line
from screens.widgets.qr_code import QrCode
from screens.widgets.record_list import Filter, RecordList
from screens.widgets.record_rows import RecordRows
from screens.wizard.again_page import AgainPage
from screens.wizard.choices import AnswerList, Toggles
from screens.wizard.finish import ApplyPage, PlanPage
from screens.wizard.key_question import KeyAnswer, KeyQuestion
from screens.wizard.questions import Answer
from screens.wizard.screen import WizardScreen
from screens.wizard.sheet import SheetPage
from screens.wizard.talk_page import TalkPage

if TYPE_CHECKING:
    from textual.dom import DOMNode

Alive = tuple[type["DOMNode"], ...]
LISTS = (
    AgentsScreen, AuditScreen, BackupsScreen, ChannelsScreen, HistoryScreen, KeysScreen, ProvidersScreen,
    RoutingScreen, SettingsScreen,
)  # fmt: skip


def alive_together() -> tuple[Alive, ...]:
    """Every screen, as often as there are widgets on it that can have the keys."""
    lists: tuple[Alive, ...] = ((RecordRows, RecordList), (Filter, RecordList), (Detail,))
    pages = (AnswerList, Toggles, Answer, SheetPage, PlanPage, ApplyPage, AgainPage)
    return (
        *((place, *has) for place in LISTS for has in lists),
        (AdvancedScreen, RecordRows),
        (LaterScreen, Detail),
        (ModelsScreen, RecordRows, RecordList),
        (ModelsScreen, Filter, RecordList),
        (DashboardScreen, Notice),
        (Place,),
        *((LinkScreen, has) for has in (QrCode, Line, AnswerRows)),
        *((FormScreen, has) for has in (Line, AnswerRows, LastAnswerRows)),
        (ChatScreen, Say),
        *((EditorScreen, page, ChoiceRows, RecordList) for page in (ToolsPage, SkillsPage)),
        (EditorScreen, AboutPage, SettingRows),
        (EditorScreen, LinesPage, ShownRows),
        (EditorScreen, TryPage, Say),
        *((TextScreen, has) for has in (MarkdownArea, Detail, ChoiceList, RecordRows)),
        *((WizardScreen, has) for has in pages),
        (WizardScreen, KeyQuestion, KeyAnswer),
        (WizardScreen, KeyQuestion, AnswerList),
        (WizardScreen, TalkPage, Say),
        *((dialog, ChoiceList) for dialog in (DecisionDialog, AgentPicker, KindPicker)),
        *((dialog,) for dialog in (HelpScreen, Confirm, Failure, NoticeList)),
    )


def every_scope() -> tuple[Scope, ...]:
    """What is alive at the same time, by ids and keys."""
    return tuple(scope_of(*alive) for alive in alive_together())
