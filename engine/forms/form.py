"""A form: what a page shows, what a post sets, and what a deployment must check."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.errors import FieldProblem, InvalidInputError, Problem
from engine.forms import answers, showing
from engine.forms.answers import Answer, Post
from engine.forms.fields import Field, Raw, RawValues, evaluate
from engine.forms.showing import Shown
from engine.model import Value, Variables


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form of a deployment; it never changes.

    Attributes:
        id: its key, by which a user task or start form names it.
        file: path of the file inside its set.
        title: name of the form, "" when the file has none.
        fields: its elements in order; groups and dynamic lists hold theirs.
    """

    id: str
    file: str
    title: str
    fields: tuple[Field, ...]

    def read(self, post: Post, *, reserved: Collection[str] = ()) -> dict[str, Raw]:
        """What was posted, by field, as it was typed.

        Names that are no field of the form are kept, so that `check` can refuse them.

        Args:
            reserved: names that belong to the page, such as the CSRF token.
        """
        return answers.read(self.fields, post, reserved)

    def draft(self, post: Post) -> dict[str, Raw]:
        """What was typed so far, right or wrong, in a shape that JSON can hold."""
        return answers.known_only(self.fields, self.read(post))

    def initial(
        self, variables: Variables, case: Mapping[str, Variables] | None = None
    ) -> dict[str, Value]:
        """What stands in the fields before anybody touched them.

        Args:
            variables: the process variables that defaults may use.
            case: what the case file holds already, by section and path; it goes before a default.
        """
        values: dict[str, Value] = {}
        for field in _prefilled(self.fields):
            stored = (case or {}).get(field.target.section, {}) if field.target else {}
            if field.target and field.target.path in stored:
                values[field.key] = stored[field.target.path]
            else:
                values[field.key] = evaluate(field.default, {**variables, **values})
        return values

    def check(self, values: RawValues, variables: Variables) -> Answer:
        """Check every answer and sort it by where it goes.

        A field that does not apply is neither required nor stored; one that was left empty is
        stored as empty, so that it clears what stood there.

        Args:
            values: what `read` gave, or typed values by field.
            variables: the process variables that conditions, options and expressions may use.

        Raises:
            InvalidInputError: with a FieldProblem for everything that is wrong.
        """
        checked = answers.check(self.fields, values, variables)
        if checked.problems:
            raise InvalidInputError(checked.problems)
        return answers.answer(self.fields, checked)

    def show(
        self,
        values: RawValues,
        variables: Variables,
        problems: tuple[FieldProblem, ...] = (),
        *,
        rows: Mapping[str, int] | None = None,
    ) -> tuple[Shown, ...]:
        """The elements with their values, for a page; see `engine.forms.showing.show`."""
        return showing.show(self.fields, values, variables, problems, rows=rows)

    def warnings(self, values: RawValues) -> tuple[FieldProblem, ...]:
        """What may be a slip and does not stop anybody: a BSN in a free text."""
        return answers.bsn_in_text(self.fields, values)

    def problems(self, *, sections: Collection[str] | None = None) -> list[Problem]:
        """What a deployment must refuse that the file alone cannot show.

        Args:
            sections: keys of the sections of the case file that the process names; None when
                there is no manifest to compare with.
        """
        if sections is None:
            return []
        return [
            _unknown_section(self.file, field, field.target.section, sections)
            for field in _all_fields(self.fields)
            if field.target is not None
            and field.target.kind == "case"
            and field.target.section not in sections
        ]


def _prefilled(fields: tuple[Field, ...]) -> list[Field]:
    return [field for field in _all_fields(fields) if field.key and field.type != "expression"]


def _all_fields(fields: tuple[Field, ...]) -> list[Field]:
    found: list[Field] = []
    for field in fields:
        found.append(field)
        if field.type == "group":
            found.extend(_all_fields(field.children))
    return found


def _unknown_section(file: str, field: Field, section: str, sections: Collection[str]) -> Problem:
    known = ", ".join(sorted(sections)) or "none"
    return Problem(
        file,
        field.id,
        "unknown_section",
        "error",
        f"The section {section!r} of the case file is not one of this process.",
        f"Add [case.sections.{section}] to process.toml, or use one of: {known}.",
        field.line,
    )
