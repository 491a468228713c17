"""Makes the pages of the studio: what is decided and worded stands here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import get_locale, gettext, ngettext

from engine.definitions import MANIFEST, SHARED_FOLDER
from engine.errors import ConflictError, InvalidInputError, Problem
from engine.folders import Files, FolderVersion
from webapp.casework.drafts import FolderLine
from webapp.casework.workbench import DIAGRAM, Change, Workbench, digest, element_names, kind_of
from webapp.studio.advice import in_words
from webapp.studio.pages import (
    Behind,
    ChangeLine,
    ChangePage,
    DiagramPage,
    DiscardPage,
    DraftPart,
    FileLine,
    FilePage,
    FindingLine,
    Findings,
    FolderCard,
    FolderPage,
    IndexPage,
    Pairs,
    Theirs,
)
from webapp.words import Badge, Link, moment

SHOWN_CHANGES = 50

# One question, with all that a question needs, in the language of forms.
FORM_TO_BEGIN_WITH = """{
  "type": "default",
  "schemaVersion": 19,
  "id": "nieuw_formulier",
  "name": "Nieuw formulier",
  "components": [
    {
      "id": "veld_gelukt",
      "key": "gelukt",
      "type": "radio",
      "label": "Is het gelukt?",
      "values": [
        { "value": "ja", "label": "Ja" },
        { "value": "nee", "label": "Nee" }
      ],
      "validate": { "required": true },
      "properties": { "target": "process:gelukt", "class": "-" }
    }
  ]
}
"""

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A folder with all that its pages tell of it.

    Attributes:
        shared: the files that it would run with beside its own.
        names: of accounts, by id.
        processes: what people call the processes of its newest version.
        problems: what the checks say of it as it would be published.
    """

    bench: Workbench
    shared: Files
    names: Names
    processes: tuple[str, ...]
    problems: Sequence[Problem]


def index(lines: Iterable[FolderLine], names: Names) -> IndexPage:
    """The list of all folders."""
    return IndexPage(tuple(_card(line, names) for line in lines))


def folder(seen: Seen, *, refusal: str = "") -> FolderPage:
    """The page of one folder."""
    bench = seen.bench
    return FolderPage(
        name=bench.folder,
        processes=", ".join(seen.processes),
        version=_version(bench.newest, seen.names),
        files=tuple(_file_line(bench, path) for path in bench.paths),
        new_file_url=url_for("studio.new_file", folder=bench.folder),
        draft=_draft(seen) if bench.changes else None,
        findings=findings(seen),
        refusal=refusal,
        about_shared=gettext(
            "Other folders keep the version of this one that they were published with, until they"
            " are published again."
        )
        if bench.folder == SHARED_FOLDER
        else "",
    )


def file(
    seen: Seen,
    path: str,
    *,
    typed: str | None = None,
    theirs: Theirs | None = None,
    refusal: str = "",
) -> FilePage:
    """The page of one file.

    Args:
        typed: what stood in the field when it was not taken.
    """
    bench = seen.bench
    content = bench.content(path)
    return FilePage(
        folder=bench.folder,
        folder_url=url_for("studio.folder", folder=bench.folder),
        path=path,
        title=path,
        is_new=False,
        last=last_change(seen, path),
        diagram_url=_diagram_url(bench, path) if content is not None else None,
        action=url_for("studio.save_file", folder=bench.folder, path=path),
        text=as_text(content) if typed is None else typed,
        seen=digest(content),
        theirs=theirs,
        refusal=refusal,
        remove_url=url_for("studio.remove_file", folder=bench.folder, path=path)
        if content is not None and path != MANIFEST
        else None,
        findings=findings(seen, path),
    )


def new_file(
    seen: Seen, *, path: str = "", typed: str = FORM_TO_BEGIN_WITH, refusal: str = ""
) -> FilePage:
    """The page to add a file with; most that is added is a form."""
    return FilePage(
        folder=seen.bench.folder,
        folder_url=url_for("studio.folder", folder=seen.bench.folder),
        path=path,
        title=gettext("Add a file"),
        is_new=True,
        last="",
        diagram_url=None,
        action=url_for("studio.add_file", folder=seen.bench.folder),
        text=typed,
        seen="",
        theirs=None,
        refusal=refusal,
        remove_url=None,
        findings=None,
    )


def change(seen: Seen, shown: Change, content: bytes) -> ChangePage:
    """The page of a file as it was after an earlier change."""
    bench = seen.bench
    return ChangePage(
        folder=bench.folder,
        folder_url=url_for("studio.folder", folder=bench.folder),
        path=shown.path,
        text=gettext(
            "As %(name)s saved it on %(moment)s.",
            name=_name(seen.names, shown.changed_by),
            moment=moment(shown.changed_at).text,
        ),
        content=as_text(content),
        action=url_for("studio.save_file", folder=bench.folder, path=shown.path),
        seen=digest(bench.content(shown.path)),
    )


def diagram(seen: Seen, path: str) -> DiagramPage:
    """The page with the editor of a diagram."""
    folder = seen.bench.folder
    return DiagramPage(
        folder=folder,
        folder_url=url_for("studio.folder", folder=folder),
        path=path,
        last=last_change(seen, path),
        data_url=url_for("studio.diagram_data", folder=folder, path=path),
        save_url=url_for("studio.save_file", folder=folder, path=path),
        file_url=url_for("studio.file", folder=folder, path=path),
        findings=findings(seen, path),
    )


def discard(seen: Seen) -> DiscardPage:
    """The page that asks whether the draft may be thrown away."""
    bench = seen.bench
    return DiscardPage(
        name=bench.folder,
        folder_url=url_for("studio.folder", folder=bench.folder),
        changed=tuple(_changed(bench, path) for path in bench.changed),
        since=_draft_since(bench.changes, seen.names),
        action=url_for("studio.discard", folder=bench.folder),
        hidden=_hidden(bench),
    )


def findings(seen: Seen, path: str | None = None) -> Findings:
    """What the checks say of a folder, or of one file of it."""
    bench = seen.bench
    names = element_names(bench.files) if seen.problems else {}
    whole = f"{bench.folder}/{path}"
    about = [each for each in seen.problems if path is None or each.file == whole]
    lines = {
        severity: tuple(_finding(bench, each, names) for each in about if each.severity == severity)
        for severity in ("error", "warning")
    }
    return Findings(
        summary=_summary(len(lines["error"]), len(lines["warning"])),
        errors=lines["error"],
        warnings=lines["warning"],
        other_language=str(get_locale()) != "en",
    )


def last_change(seen: Seen, path: str) -> str:
    """Who changed a file last: in the draft, or with the version that is published."""
    found = seen.bench.last_change(path)
    if found is not None:
        text: str = gettext(
            "Draft: saved by %(name)s on %(moment)s.",
            name=_name(seen.names, found.changed_by),
            moment=moment(found.changed_at).text,
        )
        return text
    return _version(seen.bench.base, seen.names)


def conflict(error: ConflictError, names: Names) -> str:
    """What somebody else did meanwhile, and what that means now."""
    who = {
        "name": _name(names, str(error.values.get("by", ""))),
        "moment": _moment(error.values.get("at")),
    }
    texts: dict[str, str] = {
        "file_changed": gettext(
            "%(name)s changed this file on %(moment)s, after you opened it. Nothing was"
            " overwritten. Look at both and choose.",
            **who,
        ),
        "version_published": gettext(
            "%(name)s published another version on %(moment)s. Nothing was published now.", **who
        ),
        "draft_changed": gettext(
            "%(name)s changed this folder on %(moment)s, after you opened this page. Nothing was"
            " done. Look at it as it is now.",
            **who,
        ),
    }
    return texts[error.code]


def refused(count: int) -> str:
    """Why a draft was not published."""
    text: str = ngettext(
        "Not published: one error has to be put right first. Your draft is kept.",
        "Not published: %(num)s errors have to be put right first. Your draft is kept.",
        count,
    )
    return text


def published(version: int, changed: Sequence[str]) -> str:
    """What was published."""
    text: str = gettext(
        "Version %(version)s is published. Changed: %(files)s. Cases that are under way stay on"
        " their version; new cases run this one.",
        version=version,
        files=", ".join(changed) or gettext("nothing"),
    )
    return text


def unfit(error: InvalidInputError) -> str:
    """Why a file cannot be part of a folder."""
    return " ".join(in_words(each.rule) for each in error.problems if isinstance(each, Problem))


def is_there(path: str) -> str:
    """Why a file cannot be added."""
    text: str = gettext("There is a file %(file)s already. Choose another name.", file=path)
    return text


def as_text(content: bytes | None) -> str:
    """A file as text; what is no text cannot be in a folder."""
    return (content or b"").decode("utf-8", "replace")


def people_in(changes: Iterable[Change], *versions: FolderVersion) -> set[str]:
    """The accounts that a page names."""
    return {each.changed_by for each in changes} | {each.deployed_by for each in versions}


def _card(line: FolderLine, names: Names) -> FolderCard:
    name = line.newest.folder
    return FolderCard(
        name=name,
        url=url_for("studio.folder", folder=name),
        processes=", ".join(line.processes),
        version=_version(line.newest, names),
        diagrams=tuple(
            Link(url_for("studio.diagram", folder=name, path=path), path) for path in line.diagrams
        ),
        draft=_draft_since(line.changes, names) if line.changes else "",
    )


def _version(version: FolderVersion, names: Names) -> str:
    text: str = gettext(
        "Version %(version)s, published on %(moment)s by %(name)s.",
        version=version.version,
        moment=moment(version.deployed_at).text,
        name=_name(names, version.deployed_by),
    )
    return text


def _draft(seen: Seen) -> DraftPart:
    bench = seen.bench
    has_errors = any(each.severity == "error" for each in seen.problems)
    may_publish = bool(bench.changed) and not bench.is_behind and not has_errors
    label = gettext("Publish version %(version)s", version=bench.newest.version + 1)
    return DraftPart(
        since=_draft_since(bench.changes, seen.names),
        changed=tuple(_changed(bench, path) for path in bench.changed),
        changes=tuple(_change_line(seen, each) for each in bench.changes[::-1][:SHOWN_CHANGES]),
        behind=_behind(seen) if bench.is_behind else None,
        publish_url=url_for("studio.publish", folder=bench.folder),
        publish_label=label if may_publish else None,
        discard_url=url_for("studio.ask_discard", folder=bench.folder),
        hidden=_hidden(bench),
    )


def _draft_since(changes: Sequence[Change], names: Names) -> str:
    who = dict.fromkeys(_name(names, each.changed_by) for each in changes)
    text: str = gettext(
        "Draft since %(moment)s by %(names)s.",
        moment=moment(changes[0].changed_at).text,
        names=", ".join(who),
    )
    return text


def _changed(bench: Workbench, path: str) -> str:
    whole = f"{bench.folder}/{path}"
    text: str
    if whole not in bench.began_with:
        text = gettext("%(file)s is new.", file=path)
    elif whole not in bench.files:
        text = gettext("%(file)s was taken out.", file=path)
    else:
        text = gettext("%(file)s was changed.", file=path)
    return text


def _change_line(seen: Seen, each: Change) -> ChangeLine:
    words = {"name": _name(seen.names, each.changed_by), "file": each.path}
    if each.is_removed:
        return ChangeLine(
            moment(each.changed_at), gettext("%(name)s took out %(file)s.", **words), None
        )
    url = url_for("studio.change", folder=seen.bench.folder, change_id=each.id)
    return ChangeLine(moment(each.changed_at), gettext("%(name)s saved %(file)s.", **words), url)


def _behind(seen: Seen) -> Behind:
    bench = seen.bench
    elsewhere = set(bench.changed_elsewhere)
    return Behind(
        text=gettext(
            "Since this draft began, another version was published: version %(version)s, on"
            " %(moment)s by %(name)s.",
            version=bench.newest.version,
            moment=moment(bench.newest.deployed_at).text,
            name=_name(seen.names, bench.newest.deployed_by),
        ),
        comes_along=tuple(sorted(elsewhere - set(bench.changed))),
        both=tuple(sorted(elsewhere & set(bench.changed))),
        go_on_url=url_for("studio.go_on", folder=bench.folder),
    )


def _hidden(bench: Workbench) -> Pairs:
    return (("seen", bench.draft_id),)


def _file_line(bench: Workbench, path: str) -> FileLine:
    state = None
    if path in bench.changed:
        is_new = f"{bench.folder}/{path}" not in bench.began_with
        state = Badge(gettext("new in the draft") if is_new else gettext("changed in the draft"))
    kinds = {
        ".bpmn": gettext("Diagram"),
        ".dmn": gettext("Decision table"),
        ".form": gettext("Form"),
    }
    return FileLine(
        path=path,
        kind=kinds.get(kind_of(path), gettext("Manifest")),
        url=url_for("studio.file", folder=bench.folder, path=path),
        diagram_url=_diagram_url(bench, path),
        state=state,
    )


def _diagram_url(bench: Workbench, path: str) -> str | None:
    is_diagram = path.endswith(DIAGRAM)
    return url_for("studio.diagram", folder=bench.folder, path=path) if is_diagram else None


def _finding(
    bench: Workbench, problem: Problem, names: Mapping[tuple[str, str], str]
) -> FindingLine:
    own = f"{bench.folder}/"
    path = problem.file.removeprefix(own)
    is_here = problem.file in bench.files
    element = problem.element_id or ""
    url = ""
    if is_here and path.endswith(DIAGRAM):
        url = url_for("studio.diagram", folder=bench.folder, path=path, _anchor=element or None)
    elif is_here:
        url = url_for("studio.file", folder=bench.folder, path=path)
    detail = f"{problem.message} {problem.remedy}"
    return FindingLine(
        file=path if is_here else problem.file,
        element=names.get((problem.file, element)) or element,
        url=url,
        text=in_words(problem.rule) if str(get_locale()) != "en" else "",
        detail=detail if problem.line is None else f"{detail} ({problem.line})",
    )


def _summary(errors: int, warnings: int) -> str:
    text: str
    if not errors and not warnings:
        text = gettext("The checks find nothing to put right.")
        return text
    found = []
    if errors:
        found.append(ngettext("one error", "%(num)s errors", errors))
    if warnings:
        found.append(ngettext("one piece of advice", "%(num)s pieces of advice", warnings))
    text = gettext("The checks found: %(what)s.", what=", ".join(found))
    return text


def _name(names: Names, account_id: str) -> str:
    text: str = names.get(account_id) or gettext("the administration of Uitweg")
    return text


def _moment(at: object) -> str:
    return moment(at).text if isinstance(at, datetime) else ""
