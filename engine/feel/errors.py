"""Why an expression cannot be read, or cannot be finished."""

from engine.errors import Problem, UitwegError


class FeelError(UitwegError):
    """An expression that cannot be read, or that goes beyond its budget.

    What FEEL itself calls an error (a wrong argument, a division by zero) is null, not this.

    Codes: syntax, too_long, too_deep, too_many_steps, text_too_long, list_too_long,
    value_too_large, unknown_function, external_function, forbidden_name, no_value,
    function_failed.

    Attributes:
        message: what is wrong, in English; it may quote the expression, never a value.
        position: offset of the mistake in the text of the expression, where it is known.
    """

    def __init__(
        self, code: str, message: str, *, position: int | None = None, **values: object
    ) -> None:
        if position is not None:
            values["position"] = position
        super().__init__(code, **values)
        self.message = message
        self.position = position

    def problem(self, file: str, element_id: str | None, line: int | None = None) -> Problem:
        """The error as a finding about the element that holds the expression."""
        place = "" if self.position is None else f" (at character {self.position + 1})"
        remedy = _REMEDIES.get(self.code, "Mend the expression.")
        rule = self.code if self.code == "unknown_function" else f"feel_{self.code}"
        return Problem(file, element_id, rule, "error", f"{self.message}{place}", remedy, line)


def unknown_function(name: str, position: int) -> FeelError:
    """The error of a call that nobody can answer."""
    return FeelError(
        "unknown_function", f"There is no function {name}.", position=position, name=name
    )


_REMEDIES = {
    "syntax": "Mend the expression; a name with a hyphen is read as a minus.",
    "unknown_function": "Use a function of FEEL, or one that processes may call; see docs/feel.md.",
    "forbidden_name": "Use a plain name: letters, digits and underscores, a letter first.",
    "external_function": "Write it in FEEL, or leave it to a service task.",
}
