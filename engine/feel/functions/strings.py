"""Functions of texts. A position counts from 1, and from the end when it is negative.

Patterns are run by RE2, whose time grows with the text and not with the pattern: no back
references and no looking around.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Protocol, cast

from engine.feel.functions.registry import builtin
from engine.feel.values import Run

_LONGEST_PATTERN = 1_000
_PATTERN_MEMORY = 1 << 20


@builtin("substring", "string: string", "start position: number", "length?: number")
def _substring(run: Run, text: str, start: Decimal, length: Decimal | None = None) -> object:
    first = _index(start, len(text))
    if first is None:
        return None
    if length is None:
        return text[first:]
    if length < 1:
        return None
    return text[first : first + int(min(length, Decimal(len(text))))]


def _index(position: Decimal, length: int) -> int | None:
    """Offset of a FEEL position; None when it lies outside."""
    if not position or abs(position) > length:
        return None
    whole = int(position)
    return whole - 1 if whole > 0 else length + whole


@builtin("string length", "string: string")
def _length(run: Run, text: str) -> object:
    return Decimal(len(text))


@builtin("upper case", "string: string")
def _upper(run: Run, text: str) -> object:
    return run.text(text.upper())


@builtin("lower case", "string: string")
def _lower(run: Run, text: str) -> object:
    return run.text(text.lower())


@builtin("substring before", "string: string", "match: string")
def _before(run: Run, text: str, match: str) -> object:
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string: string", "match: string")
def _after(run: Run, text: str, match: str) -> object:
    return text.partition(match)[2] if match else text


@builtin("contains", "string: string", "match: string")
def _contains(run: Run, text: str, match: str) -> object:
    return match in text


@builtin("starts with", "string: string", "match: string")
def _starts_with(run: Run, text: str, match: str) -> object:
    return text.startswith(match)


@builtin("ends with", "string: string", "match: string")
def _ends_with(run: Run, text: str, match: str) -> object:
    return text.endswith(match)


@builtin("string join", "list: list", "delimiter?: string")
def _join(run: Run, items: tuple[object, ...], delimiter: str | None = None) -> object:
    texts = [item for item in items if isinstance(item, str)]
    if any(item is not None and not isinstance(item, str) for item in items):
        return None
    between = delimiter or ""
    run.spend(len(texts) // 16)
    run.room_for_text(sum(map(len, texts)) + len(between) * max(0, len(texts) - 1))
    return between.join(texts)


class _Match(Protocol):
    def span(self) -> tuple[int, int]: ...
    def group(self, number: int = 0) -> str | None: ...


class _Pattern(Protocol):
    groups: int

    def search(self, text: str) -> _Match | None: ...
    def finditer(self, text: str) -> Iterator[_Match]: ...


def _pattern(run: Run, text: str, pattern: str, flags: str | None) -> _Pattern | None:
    run.spend(1 + len(text) // 100 + len(pattern) // 10)
    return _compiled(pattern, flags or "")


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> _Pattern | None:
    import re2  # 10 ms, and few expressions need it

    if len(pattern) > _LONGEST_PATTERN or set(flags) - set("smixq"):
        return None
    if "q" in flags:
        pattern = re.escape(pattern)
    elif "x" in flags:
        pattern = _without_space(pattern)
    inline = "".join(flag for flag in "smi" if flag in flags)
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY
    options.log_errors = False
    try:
        return cast(_Pattern, re2.compile(f"(?{inline}){pattern}" if inline else pattern, options))
    except re2.error:
        return None


def _without_space(pattern: str) -> str:
    """The pattern as flag x means it: spaces count only between square brackets."""
    kept, inside = [], 0
    for sign in pattern:
        inside += (sign == "[") - (sign == "]")
        if inside or not sign.isspace():
            kept.append(sign)
    return "".join(kept)


@builtin("matches", "input: string", "pattern: string", "flags?: string")
def _matches(run: Run, text: str, pattern: str, flags: str | None = None) -> object:
    compiled = _pattern(run, text, pattern, flags)
    return None if compiled is None else compiled.search(text) is not None


@builtin("replace", "input: string", "pattern: string", "replacement: string", "flags?: string")
def _replace(
    run: Run, text: str, pattern: str, replacement: str, flags: str | None = None
) -> object:
    compiled = _pattern(run, text, pattern, flags)
    if compiled is None:
        return None
    parts: list[str] = []
    length = at = 0
    template = [replacement] if "q" in (flags or "") else _template(replacement, compiled.groups)
    for found in compiled.finditer(text):
        start, end = found.span()
        new = "".join(
            part if isinstance(part, str) else (found.group(part) or "") for part in template
        )
        parts += (text[at:start], new)
        length += start - at + len(new)
        run.room_for_text(length)
        at = end
    run.spend(len(parts) // 8)
    return run.text("".join(parts) + text[at:])


def _template(replacement: str, groups: int) -> list[str | int]:
    parts: list[str | int] = []
    for found in re.finditer(r"\\(.)|\$(\d)|([^\\$]+|.)", replacement, re.DOTALL):
        if found[2] is not None:
            parts.append(int(found[2]) if int(found[2]) <= groups else "")
        else:
            parts.append(found[1] or found[3])
    return parts


@builtin("split", "string: string", "delimiter: string")
def _split(run: Run, text: str, delimiter: str) -> object:
    compiled = _pattern(run, text, delimiter, None)
    if compiled is None:
        return None
    parts: list[str] = []
    at = 0
    for found in compiled.finditer(text):
        start, end = found.span()
        if start == end:
            continue
        parts.append(text[at:start])
        run.room_for_items(len(parts))
        at = end
    return (*parts, text[at:])
