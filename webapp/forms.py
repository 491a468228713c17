"""A form of a process as a page shows it: `engine.forms` decides, this words it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import TypeAlias, cast

from flask import request
from flask_babel import gettext

from engine import tasks
from engine.errors import FieldProblem, Problem
from engine.forms import Form, Shown
from engine.forms.fields import Raw
from engine.forms.types import FIELD_TYPES
from engine.model import Variables
from webapp.words import Moment, date_hint, dutch_date, refusal

Pairs: TypeAlias = tuple[tuple[str, str], ...]

# Names in a post that belong to the page; fields of a form start with a letter.
SUBMISSION, REVISION, ADD_ROW, AGAIN = "_submission", "_revision", "_add_row", "_again"
FORM_ID = "form"
RESERVED = frozenset({"csrf_token", SUBMISSION, REVISION, ADD_ROW, AGAIN})


@dataclass(frozen=True, slots=True)
class OptionView:
    """One choice of a field."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One element of a form with its words; `templates/components/fields/<type>.html` shows it.

    Attributes:
        type: name of the macro.
        id: id in the page, also the name by which a script shows and hides it.
        name: the name it is posted under.
        error: what is wrong and what to do, "" when nothing is.
    """

    type: str
    id: str
    name: str
    label: str
    help: str
    error: str
    value: str | tuple[str, ...]
    text: str
    subtype: str
    required: bool
    hidden: bool
    max_length: int | None
    options: tuple[OptionView, ...] = ()
    fields: tuple["FieldView", ...] = ()
    rows: tuple[tuple["FieldView", ...], ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def described_by(self) -> str:
        """Ids of the help and the error, for `aria-describedby`."""
        parts = ((self.help, "help"), (self.error, "error"))
        return " ".join(f"{self.id}-{part}" for text, part in parts if text)

    @property
    def target(self) -> str:
        """Id of the control that an error links to."""
        return self.options[0].id if self.options and self.type != "select" else self.id

    @property
    def checked(self) -> bool:
        """Whether a checkbox is ticked."""
        return self.value in ("true", "on")


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One line of the summary of errors: the field it links to, and what to do."""

    id: str
    label: str
    text: str

    @property
    def words(self) -> str:
        """Both together: a question keeps its mark, anything else gets a colon."""
        return (
            f"{self.label} {self.text}"
            if self.label[-1:] in "?!."
            else f"{self.label}: {self.text}"
        )


@dataclass(frozen=True, slots=True)
class FormView:
    """A form on a page.

    Attributes:
        action: where it is sent.
        submit_label: says what happens.
        questions_url: where a change of answers is told, to learn which questions apply.
        draft_url: where a half-filled form is kept; None when it cannot be.
        hidden: what goes with it unseen: submission id and revision.
    """

    action: str
    submit_label: str
    questions_url: str
    fields: tuple[FieldView, ...]
    errors: tuple[ErrorLine, ...]
    hidden: Pairs
    draft_url: str | None = None
    draft_saved: Moment | None = None

    @property
    def islands(self) -> str:
        """The scripts that this form can use."""
        return "questions draft" if self.draft_url else "questions"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form was posted with.

    Attributes:
        values: by field, as typed, right or wrong.
        submission: random id of the rendered form; the idempotency key.
        revision: revision of the task when the form was shown.
        rows: how many rows each dynamic list should show.
        again: show the form with these answers and do not act on it: a question may have come up,
            a row is wanted, or it comes from the page after a new log-in.
    """

    values: dict[str, Raw] = field(default_factory=dict)
    submission: str = field(default_factory=lambda: token_urlsafe(18))
    revision: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    again: bool = False

    def as_new(self) -> "Typed":
        """The same answers in a form that was not sent yet."""
        return replace(self, submission=token_urlsafe(18))


NO_QUESTIONS = Form("", "", "", ())


def posted(form: Form | None) -> Typed:
    """The present request, read as a post of *form*; without one only of its buttons."""
    values = (form or NO_QUESTIONS).read(request.form, reserved=RESERVED)
    wanted = request.form.get(ADD_ROW, "")
    present = values.get(wanted)
    rows = {wanted: len(present) + 1} if isinstance(present, list) else {}
    return Typed(
        values=values,
        submission=request.form.get(SUBMISSION, "").replace("\0", "")[:64] or token_urlsafe(18),
        revision=request.form.get(REVISION, 0, type=int),
        rows=rows,
        again=bool(wanted) or AGAIN in request.form,
    )


def draft(form: Form | None) -> Mapping[str, tasks.Typed]:
    """What the present request typed so far, right or wrong, to be kept."""
    kept = (form or NO_QUESTIONS).draft(request.form)
    return cast("Mapping[str, tasks.Typed]", kept)


def applying(form: Form, variables: Variables) -> list[str]:
    """Ids of the elements that apply with what was posted."""
    views = field_views(form.show(posted(form).values, variables))
    return [view.id for view in flat(views) if not view.hidden]


def form_view(
    form: Form | None,
    typed: Typed,
    variables: Variables,
    *,
    action: str,
    submit_label: str,
    questions_url: str,
    problems: Sequence[Problem | FieldProblem] = (),
    draft_url: str | None = None,
    draft_saved: Moment | None = None,
) -> FormView:
    """A form as it stands on a page, with what was typed in it and what is wrong with that.

    Args:
        form: None for a task that is only confirmed.
        variables: the process variables that conditions and options may use.
    """
    refused = tuple(each for each in problems if isinstance(each, FieldProblem))
    shown = (form or NO_QUESTIONS).show(typed.values, variables, refused, rows=typed.rows)
    fields = field_views(shown)
    return FormView(
        action=action,
        submit_label=submit_label,
        questions_url=questions_url,
        fields=fields,
        errors=(*error_lines(fields), *_errors_elsewhere(fields, refused)),
        hidden=hidden_fields(typed),
        draft_url=draft_url,
        draft_saved=draft_saved,
    )


def hidden_fields(typed: Typed) -> Pairs:
    """What a rendered form carries unseen."""
    return ((SUBMISSION, typed.submission), (REVISION, str(typed.revision)))


def field_views(shown: Iterable[Shown], prefix: str = "") -> tuple[FieldView, ...]:
    """The elements of a form, worded."""
    return tuple(_view(one, prefix) for one in shown)


def error_lines(views: Iterable[FieldView]) -> tuple[ErrorLine, ...]:
    """Every refused answer in the order of the form."""
    return tuple(
        ErrorLine(view.target, view.label, view.error) for view in flat(views) if view.error
    )


def _errors_elsewhere(
    views: Iterable[FieldView], problems: Iterable[FieldProblem]
) -> Iterator[ErrorLine]:
    """What is wrong with something that the form does not show."""
    names = {view.name for view in flat(views)}
    for text in dict.fromkeys(refusal(each) for each in problems if each.field not in names):
        yield ErrorLine(FORM_ID, gettext("The form"), text)


def answers_in_words(views: Iterable[FieldView]) -> tuple[tuple[str, str], ...]:
    """What was filled in, as label and text, for a reader."""
    pairs = ((view.label, _in_words(view)) for view in flat(views) if view.name)
    return tuple((label, text) for label, text in pairs if text)


def flat(views: Iterable[FieldView]) -> Iterator[FieldView]:
    """Every element, those in groups and rows included."""
    for view in views:
        yield view
        yield from flat(view.fields)
        for row in view.rows:
            yield from flat(row)


def _view(shown: Shown, prefix: str) -> FieldView:
    one = shown.field
    ident = "field-" + prefix.replace(".", "-") + one.id
    chosen = shown.value if isinstance(shown.value, tuple) else (shown.value,)
    return FieldView(
        type=FIELD_TYPES[one.type].macro if one.is_input or not shown.text else "text",
        id=ident,
        name=shown.name,
        label=one.label,
        help=f"{one.help} {date_hint(one.subtype)}".strip(),
        error=" ".join(refusal(problem) for problem in shown.problems),
        value=dutch_date(shown.value) if one.subtype else shown.value,
        text=shown.text,
        subtype=one.subtype,
        required=one.required,
        hidden=shown.is_hidden,
        max_length=one.rules.max_length,
        options=tuple(
            OptionView(f"{ident}-{number}", option.text, option.label, option.text in chosen)
            for number, option in enumerate(shown.options)
        ),
        fields=field_views(shown.children, prefix),
        rows=tuple(
            field_views(row, f"{prefix}{one.key}.{number}.")
            for number, row in enumerate(shown.rows)
        ),
        columns=tuple(column.label for column in shown.columns),
        cells=shown.cells,
    )


def _in_words(view: FieldView) -> str:
    if view.options:
        return ", ".join(option.label for option in view.options if option.chosen)
    return view.value if isinstance(view.value, str) else ", ".join(view.value)
