"""The pages of the studio, as their templates show them; `wording.py` makes them."""

from dataclasses import dataclass

from webapp.words import Badge, Link, Moment

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FolderCard:
    """A folder in the list.

    Attributes:
        processes: what people call what it holds.
        version: which version, when and by whom.
        draft: what is not published yet, "" when nothing is.
    """

    name: str
    url: str
    processes: str
    version: str
    diagrams: tuple[Link, ...]
    draft: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Every folder."""

    folders: tuple[FolderCard, ...]


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding.

    Attributes:
        url: where the element or the file can be seen; "" when it is in another folder.
        text: what is wrong and what to do, in the reader's language; "" when the checks' own
            English words are all there is.
        detail: those words.
    """

    file: str
    element: str
    url: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the checks say, errors and advice apart.

    Attributes:
        summary: both in a sentence.
        other_language: whether details are in another language than the page.
    """

    summary: str
    errors: tuple[FindingLine, ...]
    warnings: tuple[FindingLine, ...]
    other_language: bool


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file in the list of a folder; *diagram_url* is None for what is no diagram."""

    path: str
    kind: str
    url: str
    diagram_url: str | None
    state: Badge | None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change in the list of a draft; *url* is None when there is nothing to look at."""

    at: Moment
    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Behind:
    """Another version was published since the draft began.

    Attributes:
        text: which, by whom and when.
        comes_along: files that only that version changed.
        both: files that both changed, of which the draft's stays.
    """

    text: str
    comes_along: tuple[str, ...]
    both: tuple[str, ...]
    go_on_url: str


@dataclass(frozen=True, slots=True)
class DraftPart:
    """The draft of a folder.

    Attributes:
        changed: sentences about the files that differ.
        publish_label: None when it cannot be published as it is.
        hidden: what publishing and throwing away send along.
    """

    since: str
    changed: tuple[str, ...]
    changes: tuple[ChangeLine, ...]
    behind: Behind | None
    publish_url: str
    publish_label: str | None
    discard_url: str
    hidden: Pairs


@dataclass(frozen=True, slots=True)
class FolderPage:
    """One folder.

    Attributes:
        refusal: why what was asked did not happen; "" when nothing was refused.
        about_shared: what publishing means for other folders; "" for one that is not shared.
    """

    name: str
    processes: str
    version: str
    files: tuple[FileLine, ...]
    new_file_url: str
    draft: DraftPart | None
    findings: Findings
    refusal: str
    about_shared: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """What a colleague made of a file meanwhile."""

    text: str
    content: str


@dataclass(frozen=True, slots=True)
class FilePage:
    """One file as text, to change or to make.

    Attributes:
        is_new: whether it is to be added, under a name that is asked.
        last: who changed it last, and when.
        text: what stands in the field.
        seen: digest of the content that is changed.
        theirs: set when somebody else changed it meanwhile.
        refusal: why it was not taken.
        remove_url: None when it cannot be taken out.
    """

    folder: str
    folder_url: str
    path: str
    title: str
    is_new: bool
    last: str
    diagram_url: str | None
    action: str
    text: str
    seen: str
    theirs: Theirs | None
    refusal: str
    remove_url: str | None
    findings: Findings | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A file as it was after an earlier change."""

    folder: str
    folder_url: str
    path: str
    text: str
    content: str
    action: str
    seen: str


@dataclass(frozen=True, slots=True)
class DiagramPage:
    """A diagram in the editor."""

    folder: str
    folder_url: str
    path: str
    last: str
    data_url: str
    save_url: str
    file_url: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class DiscardPage:
    """Asks whether the draft may be thrown away."""

    name: str
    folder_url: str
    changed: tuple[str, ...]
    since: str
    action: str
    hidden: Pairs
