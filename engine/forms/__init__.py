"""Forms: form-js files as they are shown, checked and stored.

`load` reads a file into a `Form`; the form shows itself, reads a post, checks it and sorts the
answers into the case file and the process variables. Pure; docs/forms.md is the author's side.
"""

from engine.forms.answers import Answer, Post, is_bsn
from engine.forms.fields import Column, Field, Option, Raw, RawValues, Rules, Target
from engine.forms.form import Form
from engine.forms.reading import load, problems
from engine.forms.showing import Shown, as_text, as_words
from engine.forms.types import FIELD_TYPES, FieldType

__all__ = [
    "FIELD_TYPES",
    "Answer",
    "Column",
    "Field",
    "FieldType",
    "Form",
    "Option",
    "Post",
    "Raw",
    "RawValues",
    "Rules",
    "Shown",
    "Target",
    "as_text",
    "as_words",
    "is_bsn",
    "load",
    "problems",
]
