"""A TOML file that is read strictly: what is wrong with it is collected, each with its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from engine.errors import InvalidInputError, Problem

# A file that people write is a page or two; what is far larger costs long to read and to judge.
MAX_BYTES = 64 * 1024
LONGEST_LINE = 1_000
MOST_PROBLEMS = 100

Table: TypeAlias = Mapping[str, object]

_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class Reader:
    """A TOML document that is read strictly; what is wrong is collected in `problems`."""

    def __init__(self, file: str, document: Table, text: str) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.file = file
        self._lines = text.splitlines()

    @classmethod
    def of(cls, content: bytes, file: str) -> "Reader":
        """The reader of a file.

        Raises:
            InvalidInputError: it is no TOML, or too much of it.
        """
        return cls(file, _parse(content, file), content.decode("utf-8", "replace"))

    def report(self, path: str, rule: str, message: str, remedy: str) -> None:
        """Keep an error about the table or key at *path*, unless there are plenty already."""
        if len(self.problems) >= MOST_PROBLEMS:
            return
        self.problems.append(
            Problem(self.file, path or None, rule, "error", message, remedy, self._line_of(path))
        )

    def table(self, parent: Table, key: str, path: str, allowed: frozenset[str] | None) -> Table:
        """The sub-table *key*, empty when it is not there; *allowed* None takes every key."""
        table = parent.get(key, {})
        if not isinstance(table, dict):
            self.report(path, "wrong_type", f"{path} is not a table.", f"Write it as [{path}].")
            return {}
        for name in table:
            if allowed is not None and name not in allowed:
                known = ", ".join(sorted(allowed))
                self.report(
                    f"{path}.{name}" if path else name,
                    "unknown_key",
                    f"{name!r} is not known here.",
                    f"Remove it, or use one of: {known}.",
                )
        return table

    def messages(
        self, parent: Table, key: str, allowed: frozenset[str]
    ) -> Iterator[tuple[str, str, Table]]:
        """Each sub-table that bears the name of a message, as name, path and table."""
        group = self.table(parent, key, key, None)
        for name, entry in group.items():
            here = f'{key}."{name}"'
            if not name.strip():
                self.report(here, "bad_key", "A message has a name.", "Write its name in quotes.")
            elif _is_part_of_name(name, entry, allowed):
                self.report(
                    here,
                    "name_without_quotes",
                    f"{here} holds nothing that is known.",
                    f'Put the whole name in quotes, such as [{key}."Zorg.Gestart"].',
                )
            else:
                yield name, here, self.table(group, name, here, allowed)

    def entries(
        self, parent: Table, key: str, path: str, allowed: frozenset[str]
    ) -> Iterator[tuple[str, str, Table]]:
        """Each named sub-table, as key, path and table."""
        group = self.table(parent, key, path, None)
        for name in group:
            here = f"{path}.{name}"
            if not is_key(name):
                self.report(
                    here,
                    "bad_key",
                    f"{name!r} cannot be a key.",
                    "Use lower case letters, digits and underscores, a letter first.",
                )
            yield name, here, self.table(group, name, here, allowed)

    def text(self, table: Table, key: str, path: str, *, required: bool = False) -> str | None:
        """The text under *key*, without spaces around it; None when it is not there or no text."""
        value = table.get(key)
        if value is None:
            if required:
                self.report(path, "missing_key", f"{path} has no {key!r}.", f'Add {key} = "...".')
            return None
        if not isinstance(value, str) or not value.strip():
            self.report(
                f"{path}.{key}",
                "wrong_type",
                f"{path}.{key} is not a text.",
                f'Write it as {key} = "...".',
            )
            return None
        return value.strip()

    def texts(self, table: Table, key: str, path: str) -> tuple[str, ...]:
        """The list of texts under *key*, empty when it is not there."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report(
                f"{path}.{key}",
                "wrong_type",
                f"{path}.{key} is not a list of texts.",
                f'Write it as {key} = ["..."].',
            )
            return ()
        return tuple(value)

    def one_of(self, table: Table, key: str, path: str, known: tuple[str, ...]) -> str | None:
        """The text under *key*, which has to be there and be one of *known*."""
        value = self.text(table, key, path, required=True)
        if value is not None and value not in known:
            self.report(
                f"{path}.{key}",
                "unknown_value",
                f"{value!r} is not a {key}.",
                f"Use one of: {', '.join(known)}.",
            )
        return value

    def _line_of(self, path: str) -> int | None:
        """The line of the table or key at *path*, found by how it is usually written."""
        table, _, key = path.rpartition(".")
        within = not table
        for number, line in enumerate(self._lines, 1):
            stripped = line.strip()
            if stripped.startswith(f"[{path}]"):
                return number
            if stripped.startswith("["):
                within = stripped.startswith(f"[{table}]")
            elif within and re.match(rf"{re.escape(key)}\s*=", stripped):
                return number
        return None


def _is_part_of_name(name: str, entry: object, allowed: frozenset[str]) -> bool:
    """Whether TOML has taken a name with a full stop in it and no quotes for tables."""
    if not isinstance(entry, dict) or not entry or "." in name:
        return False
    return all(key not in allowed and isinstance(each, dict) for key, each in entry.items())


def is_key(name: str) -> bool:
    """Whether a text can be a key: lower case letters, digits and underscores, a letter first."""
    return _KEY.fullmatch(name) is not None


def _parse(content: bytes, file: str) -> Table:
    longest = max(map(len, content.splitlines()), default=0)
    if len(content) > MAX_BYTES or longest > LONGEST_LINE:
        message = f"The file is over {MAX_BYTES} bytes, or a line of it over {LONGEST_LINE}."
        problem = Problem(file, None, "file_too_large", "error", message, "Make it shorter.")
        raise InvalidInputError([problem], "invalid_manifest")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        problem = Problem(
            file, None, "not_utf8", "error", "The file is not UTF-8.", "Save it as UTF-8."
        )
    except (ValueError, RecursionError) as error:  # or a number, or a list, without end
        line = re.search(r"at line (\d+)", str(error))
        problem = Problem(
            file,
            None,
            "not_toml",
            "error",
            f"The file is not TOML: {error}.",
            "Mend the line named; a key that stands twice is one cause.",
            int(line[1]) if line else None,
        )
    raise InvalidInputError([problem], "invalid_manifest")
