"""Who may do what: one pure question, asked once per act. What nothing allows is denied.

A refusal looks like "not found" to whoever may not know that the thing exists; the acts call
`require`, which raises the right error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.errors import NotAllowedError, NotFoundError
from engine.manifest import EVERYONE
from engine.model import Actor
from webapp.casework.roles import (
    CASE_STATE,
    NEVER_LISTED,
    REPORTER,
    ROLES,
    TASK_LIST,
    Action,
    Level,
    Right,
    Role,
    Tie,
)

__all__ = ["Action", "Decision", "Grant", "Person", "Subject", "may", "person_group", "require"]


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role within a scope, as the role demands: a municipality, house, region or partner."""

    role: str
    scope: str

    @property
    def group(self) -> str:
        """As the candidate of a task names it."""
        return f"{self.role}@{self.scope}"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an account.

    Attributes:
        id: id of the account.
        display_name: for colleagues.
        grants: the roles they have, each with its scope.
    """

    id: str
    display_name: str
    grants: frozenset[Grant] = frozenset()

    @property
    def groups(self) -> frozenset[str]:
        """The candidate groups they stand in: "role@scope", and the one that is theirs alone."""
        return frozenset({grant.group for grant in self.grants} | {person_group(self.id)})

    @property
    def actor(self) -> Actor:
        """As the engine knows them."""
        return Actor(self.id, self.groups)

    def has_role(self, role: str) -> bool:
        """Whether they have the role, in whatever scope."""
        return any(grant.role == role for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the question is about: a case, a section or task of it, or a form that begins one.

    Attributes:
        regime: A, B, C or D; "" when no case is meant.
        region, house, municipality: where the case lies; "" for what it does not have, which is
            nobody's scope. A meeting of a house has no municipality.
        reporter: account of who brought it; "" when nobody did.
        groups: candidate groups that have a task in the case now.
        workers: accounts that have a task in the case now, or had one, each with the candidate
            group that the task was for: who reported and answered a question is not at work in it.
        section: the section that is looked at or written.
        candidate: who may take the task: "role@scope" or "person:<account>".
        assignee: who has the task now.
        starters: roles that may open the form, `EVERYONE` for all; or that may report the event.
    """

    regime: str = ""
    region: str = ""
    house: str = ""
    municipality: str = ""
    is_open: bool = True
    reporter: str = ""
    groups: frozenset[str] = frozenset()
    workers: frozenset[tuple[str, str]] = frozenset()
    section: str = ""
    candidate: str = ""
    assignee: str = ""
    starters: tuple[str, ...] = ()

    def of_section(self, section: str) -> "Subject":
        """The same case, one section of it."""
        return replace(self, section=section)

    def place(self, level: Level) -> str:
        """The part of the case's place that a role of this level is compared with."""
        places = {
            Level.MUNICIPALITY: self.municipality,
            Level.HOUSE: self.house,
            Level.REGION: self.region,
        }
        return places.get(level, "")


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer.

    Attributes:
        because: stable name of the rule that decided.
        is_visible: for a denial, whether the person may know that the thing exists.
        only: begins of the paths that may be shown; empty for all.
    """

    allowed: bool
    because: str
    is_visible: bool = False
    only: tuple[str, ...] = ()


_NO = Decision(False, "no_right")
_SECTION_ACTIONS = frozenset({Action.VIEW_SECTION, Action.LIST_SECTION, Action.EDIT_SECTION})
# Rights that concern the installation and not a case; their scope is not compared with one.
_OFFICE_ACTIONS = frozenset({Action.MANAGE_ACCOUNTS, Action.DEPLOY_PROCESS, Action.READ_AUDIT})


def may(person: Person, action: Action, subject: Subject) -> Decision:
    """Whether *person* may do *action* with *subject*."""
    if action is Action.START_SIGNAL:
        return _may_start(person, subject)
    if action is Action.VIEW_REPORT:
        is_own = bool(subject.reporter) and subject.reporter == person.id
        return Decision(True, "own_report") if is_own else _NO
    if action in _OFFICE_ACTIONS:
        has = any(action in _role(grant).actions for grant in person.grants)
        return Decision(True, "role") if has else _NO
    if action in _SECTION_ACTIONS:
        return _may_section(person, action, subject)
    if action is Action.VIEW_CASE:
        return _may_case(person, subject)
    if action is Action.REPORT_EVENT:
        return _may_report(person, subject)
    if action is Action.REASSIGN_TASK:
        return _may_reassign(person, subject)
    if action is Action.MANAGE_ROSTER:
        return _may_at_place(person, action, subject)
    return _may_task(person, action, subject)


def require(person: Person, action: Action, subject: Subject) -> Decision:
    """The decision, when it is yes.

    Raises:
        NotFoundError: no, and the person may not know that it exists.
        NotAllowedError: no, and the person sees that it exists.
    """
    decision = may(person, action, subject)
    if decision.allowed:
        return decision
    if decision.is_visible:
        raise NotAllowedError("not_allowed", action=action.value, because=decision.because)
    raise NotFoundError("not_found")


def person_group(account_id: str) -> str:
    """The candidate group of one person alone."""
    return f"person:{account_id}"


def _may_start(person: Person, subject: Subject) -> Decision:
    if EVERYONE in subject.starters:
        return Decision(True, "open_to_everyone")
    for grant in person.grants:
        # asked without a place it is about the form, and with one about where the case would lie
        is_there = not subject.region or _counts(person, grant, subject)
        if grant.role in subject.starters and is_there:
            return Decision(True, "role")
    return _NO


def _may_case(person: Person, subject: Subject) -> Decision:
    """Whoever may see where a case stands and with whom; a reporter's status word is less."""
    state = _may_section(person, Action.VIEW_SECTION, subject.of_section(CASE_STATE))
    return _NO if state.only else state


def _may_report(person: Person, subject: Subject) -> Decision:
    """Whoever sees an open case and has one of the roles where it lies."""
    if not _may_case(person, subject).allowed:
        return _NO
    if not subject.is_open:
        return Decision(False, "case_closed", is_visible=True)
    for grant in person.grants:
        if grant.role in subject.starters and _counts(person, grant, subject):
            return Decision(True, "role")
    return Decision(False, "not_to_report", is_visible=True)


def _may_section(person: Person, action: Action, subject: Subject) -> Decision:
    """The most that any of the person's rows allows."""
    answers = [_by_right(action, subject, right) for _, right in _rights(person, subject)]
    allowed = [answer for answer in answers if answer.allowed]
    if allowed:
        whole = [answer for answer in allowed if not answer.only]
        only = tuple(path for answer in allowed for path in answer.only)
        return whole[0] if whole else replace(allowed[0], only=only)
    return next((answer for answer in answers if answer.is_visible), _NO)


def _by_right(action: Action, subject: Subject, right: Right) -> Decision:
    if not subject.is_open and not right.when_closed:
        return Decision(False, "case_closed")
    if action is Action.LIST_SECTION and subject.section in NEVER_LISTED:
        return Decision(False, "never_in_a_list")
    if right.needs_step_up:
        return Decision(False, "needs_step_up", is_visible=True)
    if action is Action.EDIT_SECTION and not (right.may_edit and subject.is_open):
        return Decision(False, "not_to_edit", is_visible=True)
    return Decision(True, "role", only=right.only if subject.is_open else _only_closed(right))


def _only_closed(right: Right) -> tuple[str, ...]:
    return right.only_when_closed or right.only


def _rights(person: Person, subject: Subject) -> Iterator[tuple[Role, Right]]:
    """The rows that speak about this section: regime first, role second, place third, tie last."""
    if not subject.regime:
        return
    for grant in sorted(person.grants):
        role = _role(grant)
        right = role.right(subject.regime, subject.section)
        if role is REPORTER or right is None or not _counts(person, grant, subject):
            continue
        if _is_tied(person, grant, subject, right.tie):
            yield role, right
    if subject.reporter and subject.reporter == person.id:
        own = REPORTER.right(subject.regime, subject.section)
        if own:
            yield REPORTER, own


def _counts(person: Person, grant: Grant, subject: Subject) -> bool:
    """Whether a role counts in this case: it lies in the scope, or the partner is at work in it."""
    level = _role(grant).level
    if level is Level.PARTNER:
        return _is_at_work(person, grant, subject)
    return bool(grant.scope) and grant.scope == subject.place(level)


def _is_tied(person: Person, grant: Grant, subject: Subject, tie: Tie) -> bool:
    if tie is Tie.NOW:
        return grant.group in subject.groups
    return tie is Tie.PLACE or _is_at_work(person, grant, subject)


def _is_at_work(person: Person, grant: Grant, subject: Subject) -> bool:
    """Whether the role has a task in the case within this scope, or this person had one for it."""
    return grant.group in subject.groups or (person.id, grant.group) in subject.workers


def _may_task(person: Person, action: Action, subject: Subject) -> Decision:
    sees = may(person, Action.VIEW_SECTION, subject.of_section(TASK_LIST)).allowed
    if not _is_candidate(person, subject):
        if action is Action.VIEW_TASK and sees:
            return Decision(True, "sees_case")
        return Decision(False, "not_a_candidate", is_visible=sees)
    if action is Action.VIEW_TASK:
        return Decision(True, "candidate")
    if not any(action in role.actions for role in _roles_for(person, subject)):
        return Decision(False, "role_without_work", is_visible=True)
    return Decision(True, "candidate")


def _is_candidate(person: Person, subject: Subject) -> bool:
    """Whether the task is theirs to take, or was given to them while they have its role."""
    is_assigned = bool(subject.assignee) and subject.assignee == person.id
    role = subject.candidate.partition("@")[0]
    return subject.candidate in person.groups or (is_assigned and person.has_role(role))


def _roles_for(person: Person, subject: Subject) -> Iterator[Role]:
    """The rows that speak about a task of which they are a candidate."""
    if subject.candidate == person_group(person.id):
        yield REPORTER
    role = subject.candidate.partition("@")[0]
    if person.has_role(role):
        yield _role(Grant(role, ""))


def _may_reassign(person: Person, subject: Subject) -> Decision:
    by_role = _rights(person, subject.of_section(TASK_LIST))
    if any(Action.REASSIGN_TASK in role.actions for role, _ in by_role):
        return Decision(True, "role")
    sees = may(person, Action.VIEW_TASK, subject).allowed
    return Decision(False, "not_to_reassign", is_visible=sees)


def _may_at_place(person: Person, action: Action, subject: Subject) -> Decision:
    """What concerns a place and no case: a role that may do it, there."""
    for grant in person.grants:
        if action in _role(grant).actions and _counts(person, grant, subject):
            return Decision(True, "role")
    return _NO


def _role(grant: Grant) -> Role:
    """The row of a grant; a role that is not in the table any more allows nothing."""
    return ROLES.get(grant.role) or Role(grant.role, grant.role, Level.MUNICIPALITY)
