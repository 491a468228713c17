"""The built-in functions of FEEL.

Source: DMN 1.5 (OMG formal/2024-01-01), 10.3.4 Built-in functions. `now` and `today` are not among
them: FEEL has no clock here, whoever evaluates lends them.
"""

from engine.feel.functions import contexts, conversion, dates, lists, numbers, ranges, strings
from engine.feel.functions.registry import (
    as_function,
    builtin_names,
    call_builtin,
    call_by_name,
    is_builtin,
)

__all__ = ["as_function", "builtin_names", "call_builtin", "call_by_name", "is_builtin"]

# Importing the modules declares their functions.
_MODULES = (contexts, conversion, dates, lists, numbers, ranges, strings)
