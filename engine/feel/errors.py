"""Why an expression cannot be read, or cannot be finished."""

from engine.errors import UitwegError


class FeelError(UitwegError):
    """An expression that cannot be read, or that goes beyond its budget.

    What FEEL itself calls an error (a wrong argument, a division by zero) is null, not this.

    Codes: syntax, too_long, too_deep, too_many_steps, text_too_long, list_too_long,
    value_too_large, unknown_function, external_function, no_value, function_failed.

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
