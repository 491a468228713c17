"""The roles of the application, one row each: what a role may see and do.

Access is decided on regime first, role second, region third, and on the tie to the case last. Role
keys are Dutch content: a manifest names them for its lanes. Section keys are those of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Regime(StrEnum):
    """The legal regime that a file falls under. Source: domeinonderzoek 1."""

    SIGNAL = "A"
    SAFETY_HOUSE = "B"
    CARE = "C"
    ENFORCEMENT = "D"


class Level(StrEnum):
    """What the scope of a role is: which part of a case's place it is compared with."""

    MUNICIPALITY = "municipality"
    HOUSE = "house"
    REGION = "region"


class Action(StrEnum):
    """What someone may want to do."""

    START_SIGNAL = "start_signal"
    VIEW_REPORT = "view_report"
    VIEW_CASE = "view_case"
    VIEW_SECTION = "view_section"
    LIST_SECTION = "list_section"
    EDIT_SECTION = "edit_section"
    VIEW_TASK = "view_task"
    CLAIM_TASK = "claim_task"
    RELEASE_TASK = "release_task"
    COMPLETE_TASK = "complete_task"
    REASSIGN_TASK = "reassign_task"
    MANAGE_ACCOUNTS = "manage_accounts"
    DEPLOY_PROCESS = "deploy_process"
    READ_AUDIT = "read_audit"


class Tie(StrEnum):
    """What must tie a person to a case before a right counts."""

    PLACE = "place"  # the case lies in the scope of the role
    TASK = "task"  # and the person has, or had, a task in it


# Parts of a case that are no form data, but are seen like a section.
CASE_STATE = "case_state_only"
TASK_LIST = "task_list"
SEARCH_HIT = "search_hit"
REPORTER_IDENTITY = "reporter_identity"
SECRET_ADDRESS = "secret_address"  # noqa: S105  it names a section


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do with one section.

    Attributes:
        tie: what must tie the person to the case.
        when_closed: whether it still counts after the case was closed.
        needs_step_up: only after a second permission and signing in again.
        only: begins of the paths that are shown; empty for the whole section.
        only_when_closed: the same, once the case was closed.
        may_edit: whether the section may be written outside a task.
    """

    tie: Tie = Tie.PLACE
    when_closed: bool = False
    needs_step_up: bool = False
    only: tuple[str, ...] = ()
    only_when_closed: tuple[str, ...] = ()
    may_edit: bool = False


Sections = Mapping[str, Right]


@dataclass(frozen=True, slots=True)
class Role:
    """One role.

    Attributes:
        key: as grants, lanes and candidates name it.
        title: in Dutch, for people.
        level: what its scope is compared with.
        actions: what it may do besides looking at sections.
        sections: by regime, what it may look at; a regime that is not here is shut.
    """

    key: str
    title: str
    level: Level
    actions: frozenset[Action] = frozenset()
    sections: Mapping[Regime, Sections] = field(default_factory=dict)

    def right(self, regime: str, section: str) -> Right | None:
        """Its right to one section under a regime, None when it has none."""
        return self.sections.get(Regime(regime), {}).get(section)


_OPEN = Right()
_EDIT = Right(may_edit=True)
_ALWAYS = Right(when_closed=True)
_TASK = Right(tie=Tie.TASK)
_WORKER = frozenset({Action.CLAIM_TASK, Action.RELEASE_TASK, Action.COMPLETE_TASK})

# What everybody may do with what they brought themselves, whatever their roles are.
REPORTER = Role(
    "signaleerder",
    "Signaleerder",
    Level.MUNICIPALITY,
    actions=_WORKER | {Action.START_SIGNAL, Action.VIEW_REPORT},
    sections={
        Regime.SIGNAL: {
            "signal_core": _ALWAYS,
            REPORTER_IDENTITY: _ALWAYS,
            "advice": Right(when_closed=True, only=("question",)),
            "feedback_text": _ALWAYS,
            CASE_STATE: Right(when_closed=True, only=("stage",)),
        }
    },
)

_ROLES = (
    REPORTER,
    Role(
        "aandachtsfunctionaris",
        "Aandachtsfunctionaris",
        Level.MUNICIPALITY,
        actions=_WORKER,
        sections={
            Regime.SIGNAL: {
                "signal_core": _EDIT,
                REPORTER_IDENTITY: _OPEN,
                "person_identity": _EDIT,
                "safe_contact": _EDIT,
                SECRET_ADDRESS: Right(needs_step_up=True),
                "advice": _OPEN,
                "feedback_text": Right(when_closed=True, may_edit=True),
                "documents": _OPEN,
                "contact_log": _OPEN,
                "triage_item": Right(when_closed=True, only=("core", "routes")),
                CASE_STATE: _ALWAYS,
                TASK_LIST: _ALWAYS,
                SEARCH_HIT: Right(when_closed=True, only_when_closed=("number", "stage")),
            }
        },
    ),
    Role(
        "voorzitter_screeningsoverleg",
        "Voorzitter screeningsoverleg",
        Level.HOUSE,
        actions=_WORKER,
        sections={
            Regime.SIGNAL: {
                "signal_core": _TASK,
                "person_identity": _TASK,
                "triage_item": Right(tie=Tie.TASK, may_edit=True),
                "triage_minutes": Right(tie=Tie.TASK, may_edit=True),
                "feedback_text": Right(tie=Tie.TASK, may_edit=True),
                CASE_STATE: _TASK,
                TASK_LIST: _TASK,
            }
        },
    ),
    Role("procesregisseur", "Procesregisseur", Level.HOUSE, actions=_WORKER),
    Role(
        "zorgcoordinator",
        "Zorgcoördinator",
        Level.REGION,
        actions=_WORKER,
        sections={
            Regime.SIGNAL: {
                # advice is asked and given without personal data. Source: domeinonderzoek 2.6
                "advice": _TASK,
                "contact_log": Right(tie=Tie.TASK, only=("advice",)),
                CASE_STATE: _TASK,
                TASK_LIST: _TASK,
            }
        },
    ),
    Role(
        "handhaver",
        "Handhaver",
        Level.MUNICIPALITY,
        actions=_WORKER,
        sections={
            Regime.SIGNAL: {
                "signal_core": Right(tie=Tie.TASK, only=("address", "place", "company", "kvk")),
                "contact_log": Right(tie=Tie.TASK, only=("enforcement",)),
                CASE_STATE: _TASK,
                TASK_LIST: _TASK,
            }
        },
    ),
    Role(
        "teammanager",
        "Teammanager",
        Level.MUNICIPALITY,
        actions=_WORKER | {Action.REASSIGN_TASK},
        sections={Regime.SIGNAL: {CASE_STATE: _ALWAYS, TASK_LIST: _ALWAYS}},
    ),
    Role("manager_zvh", "Manager Zorg- en Veiligheidshuis", Level.HOUSE),
    Role("beleidsmaker", "Beleidsmaker", Level.MUNICIPALITY),
    Role(
        "privacy_officer",
        "Privacy officer",
        Level.REGION,
        actions=frozenset({Action.READ_AUDIT}),
    ),
    Role(
        "proceseigenaar",
        "Proceseigenaar",
        Level.REGION,
        actions=frozenset({Action.DEPLOY_PROCESS}),
    ),
    Role(
        "beheerder",
        "Beheerder",
        Level.REGION,
        actions=frozenset({Action.MANAGE_ACCOUNTS}),
    ),
)

ROLES: Mapping[str, Role] = MappingProxyType({role.key: role for role in _ROLES})
