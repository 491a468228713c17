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
    # An organisation that sits at a house. No case lies in one: it comes to a case by its work.
    PARTNER = "partner"


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
    REPORT_EVENT = "report_event"
    MANAGE_ACCOUNTS = "manage_accounts"
    DEPLOY_PROCESS = "deploy_process"
    READ_AUDIT = "read_audit"
    MANAGE_ROSTER = "manage_roster"


class Tie(StrEnum):
    """What must tie a person to a case before a right counts."""

    PLACE = "place"  # the case lies in the scope of the role
    TASK = "task"  # and the person has, or had, a task in it
    NOW = "now"  # and the role has a task in it now


# Parts of a case that are no form data, but are seen like a section.
CASE_STATE = "case_state_only"
TASK_LIST = "task_list"
TIMELINE = "timeline"
SEARCH_HIT = "search_hit"
REPORTER_IDENTITY = "reporter_identity"
SAFE_CONTACT = "safe_contact"
SECRET_ADDRESS = "secret_address"  # noqa: S105  it names a section
POLICE_EXTRACT = "zvh_enrichment_police"

# What is looked at one case at a time: where somebody can be found, and what the police gave for
# one purpose, stand in no list.
NEVER_LISTED = frozenset({SAFE_CONTACT, SECRET_ADDRESS, POLICE_EXTRACT})


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


PIKET = "piket"

_OPEN = Right()
_EDIT = Right(may_edit=True)
_ALWAYS = Right(when_closed=True)
_TASK = Right(tie=Tie.TASK)
_TASK_EDIT = Right(tie=Tie.TASK, may_edit=True)
# Who leads a file keeps it after it was closed, to read.
_FILE = Right(tie=Tie.TASK, when_closed=True)
_FILE_EDIT = Right(tie=Tie.TASK, when_closed=True, may_edit=True)
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
                SAFE_CONTACT: _EDIT,
                SECRET_ADDRESS: Right(needs_step_up=True),
                "advice": _OPEN,
                "feedback_text": Right(when_closed=True, may_edit=True),
                "documents": _OPEN,
                "contact_log": _OPEN,
                # the minimum set and the question are their own; afterwards only what follows
                "triage_item": Right(
                    when_closed=True,
                    only=("core", "question", "routes"),
                    only_when_closed=("routes",),
                ),
                CASE_STATE: _ALWAYS,
                TASK_LIST: _ALWAYS,
                TIMELINE: _ALWAYS,
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
                "triage_item": _TASK_EDIT,
                "triage_minutes": _TASK_EDIT,
                "feedback_text": _TASK_EDIT,
                CASE_STATE: _TASK,
                TASK_LIST: _TASK,
                TIMELINE: _TASK,
            }
        },
    ),
    Role(
        "partner_screeningsoverleg",
        "Partner screeningsoverleg",
        Level.PARTNER,
        actions=_WORKER,
        sections={
            # the minimum set that is asked about, and not what other partners answer
            Regime.SIGNAL: {"triage_item": Right(tie=Tie.TASK, only=("core",))}
        },
    ),
    Role(
        "procesregisseur",
        "Procesregisseur",
        Level.HOUSE,
        actions=_WORKER,
        sections={
            Regime.SAFETY_HOUSE: {
                "zvh_case": _FILE_EDIT,
                "zvh_plan": _FILE_EDIT,
                # given for the purpose of this case: not changed, and shut with it
                POLICE_EXTRACT: _TASK,
                "person_identity": _FILE,
                SECRET_ADDRESS: Right(tie=Tie.TASK, needs_step_up=True),
                "contact_log": _FILE,
                "documents": _FILE,
                CASE_STATE: _FILE,
                TASK_LIST: _FILE,
                TIMELINE: _FILE,
                SEARCH_HIT: _FILE,
            }
        },
    ),
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
            },
            Regime.CARE: {
                "care_intake": _FILE_EDIT,
                "care_plan": _FILE_EDIT,
                "life_domains": _FILE_EDIT,
                "consents": _FILE_EDIT,
                "shelter_log": _FILE_EDIT,
                "comensha_notification": _FILE,
                "aftercare_plan": _FILE_EDIT,
                "criminal_track": _FILE,
                "person_identity": _FILE,
                SAFE_CONTACT: _FILE_EDIT,
                SECRET_ADDRESS: Right(tie=Tie.TASK, when_closed=True, needs_step_up=True),
                "contact_log": _FILE_EDIT,
                "documents": _FILE,
                "time_spent": _FILE_EDIT,
                CASE_STATE: _FILE,
                TASK_LIST: _FILE,
                TIMELINE: _FILE,
                SEARCH_HIT: _FILE,
            },
        },
    ),
    Role(
        "casusregisseur",
        "Casusregisseur",
        Level.MUNICIPALITY,
        actions=_WORKER,
        # Their own part, while it lasts: whom it is about, how to reach them safely, and what the
        # team was asked. The names of the tasks of others tell too much of the rest.
        sections={
            Regime.SAFETY_HOUSE: {
                "zvh_plan": Right(tie=Tie.TASK, only=("goal", "local")),
                "person_identity": Right(tie=Tie.TASK, only=("name",)),
                CASE_STATE: _TASK,
            },
            Regime.CARE: {
                "care_plan": Right(tie=Tie.TASK, only=("local", "safety_agreements")),
                "aftercare_plan": Right(tie=Tie.TASK, only=("agreement", "handover")),
                "person_identity": Right(tie=Tie.TASK, only=("name",)),
                SAFE_CONTACT: Right(
                    tie=Tie.TASK, only=("phone", "safe_to_call", "times", "unsafe_channels")
                ),
                "contact_log": Right(tie=Tie.TASK, only=("bridge",)),
                "documents": Right(tie=Tie.TASK, only=("shared",)),
                CASE_STATE: _TASK,
            },
        },
    ),
    Role(
        PIKET,
        "Piketdienst",
        Level.HOUSE,
        actions=_WORKER,
        # On call by turns, for one question about a file that may run for years: whom a place is
        # needed for, how to reach that person safely, what was asked where. It ends with the task.
        sections={
            Regime.CARE: {
                "person_identity": Right(
                    tie=Tie.NOW, only=("name", "age_group", "birth_year", "gender")
                ),
                SAFE_CONTACT: Right(
                    tie=Tie.NOW, only=("phone", "safe_to_call", "times", "unsafe_channels")
                ),
                "care_intake": Right(tie=Tie.NOW, only=("urgent", "language", "interpreter")),
                "shelter_log": Right(tie=Tie.NOW, only=("requests", "wishes", "unsafe_regions")),
                "contact_log": Right(tie=Tie.NOW, only=("piket", "urgent_called", "urgent_police")),
                CASE_STATE: Right(tie=Tie.NOW),
            },
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
    Role(
        "manager_zvh",
        "Manager Zorg- en Veiligheidshuis",
        Level.HOUSE,
        actions=_WORKER | {Action.REASSIGN_TASK, Action.MANAGE_ROSTER},
        sections={
            # a signal is its municipality's, until something of it is asked of the house
            Regime.SIGNAL: {CASE_STATE: _TASK, TASK_LIST: _TASK},
            Regime.SAFETY_HOUSE: {
                # what they are asked to decide, written for them without names
                "zvh_case": Right(tie=Tie.TASK, only=("dilemma",)),
                CASE_STATE: Right(when_closed=True, may_edit=True),
                TASK_LIST: _ALWAYS,
            },
            Regime.CARE: {CASE_STATE: _ALWAYS, TASK_LIST: _ALWAYS},
        },
    ),
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
