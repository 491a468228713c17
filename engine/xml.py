"""Read the XML of strangers: no document type, no entity, no network, and not without end.

lxml's and libxml2's own limits stand behind these.
"""

import re
from typing import NoReturn

from lxml import etree

from engine.errors import InvalidInputError, Problem

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 5_000
MAX_DEPTH = 32
# lxml looks up each attribute among those before it.
MAX_ATTRIBUTES = 100
# A drawing has some elements for each one it draws; they are not counted as elements.
DRAWING = (
    "http://www.omg.org/spec/BPMN/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/",
    "http://www.omg.org/spec/DMN/20180521/D",
    "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "https://www.omg.org/spec/DMN/20230324/DMNDI/",
)
_DRAWING_TAGS = tuple(f"{{{namespace}" for namespace in DRAWING)
_MAX_TAGS = 100_000
# In these, markup is written in the bytes of ASCII; in others it could be hidden.
_ENCODINGS = {"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([^"'>]{1,40})["']""")


def parse(content: bytes, *, file: str) -> etree._Element:
    """The root element of an XML file, with line numbers, without comments.

    Args:
        file: path of the file in its set, for the problems.

    Raises:
        InvalidInputError: too large, with a document type, not well-formed, too deep, or with too
            many elements or attributes.
    """
    if len(content) > MAX_BYTES:
        _refuse(file, "file_too_large", "The file is larger than 2 MB.", "Split it.")
    _check_markup(content, file)
    root = _parsed(content, file)
    tree = root.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        _refuse_doctype(file)
    _check_size(root, file)
    return root


def _check_markup(content: bytes, file: str) -> None:
    """Look at the bytes before any parser does; NULs go, so UTF-16 and UTF-32 read as ASCII."""
    text = content.replace(b"\0", b"")
    start = text.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    if not start.lstrip().startswith(b"<"):
        _refuse(file, "not_xml", "The file is not XML.", "Export the diagram again.")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        _refuse_doctype(file)
    declared = _DECLARED.match(start)
    if declared and declared[1].decode("ascii", "replace").lower() not in _ENCODINGS:
        _refuse(file, "encoding", "The file is in an unusual encoding.", "Save it as UTF-8.")
    if text.count(b"<") > _MAX_TAGS:
        _refuse_elements(file)


def _parsed(content: bytes, file: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in error.msg.lower():
            _refuse_depth(file)
        _refuse(
            file,
            "not_well_formed",
            f"The file is not well-formed XML: {error.msg[:200]}",
            "Correct it, or export the diagram again.",
            error.lineno,
        )


def _check_size(root: etree._Element, file: str) -> None:
    counted, depth = 0, 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            _refuse_depth(file, element.sourceline)
        if len(element.attrib) > MAX_ATTRIBUTES:
            _refuse_attributes(file, element.sourceline)
        if event == "start" and not _is_drawing(element):
            counted += 1
    if counted > MAX_ELEMENTS:
        _refuse_elements(file)


def _is_drawing(element: etree._Element) -> bool:
    return str(element.tag).startswith(_DRAWING_TAGS)


def _refuse_doctype(file: str) -> NoReturn:
    _refuse(
        file,
        "document_type",
        "The file has a document type declaration; it can hide or fetch content.",
        "Remove the <!DOCTYPE …> from the file.",
    )


def _refuse_depth(file: str, line: int | None = None) -> NoReturn:
    _refuse(
        file,
        "too_deep",
        f"The elements are nested more than {MAX_DEPTH} deep.",
        "Move a part to a process of its own.",
        line,
    )


def _refuse_attributes(file: str, line: int | None) -> NoReturn:
    _refuse(
        file,
        "too_many_attributes",
        f"An element has more than {MAX_ATTRIBUTES} attributes.",
        "Remove the attributes that say nothing.",
        line,
    )


def _refuse_elements(file: str) -> NoReturn:
    _refuse(
        file,
        "too_many_elements",
        f"The file has more than {MAX_ELEMENTS} elements.",
        "Split it into several processes.",
    )


def _refuse(file: str, rule: str, message: str, remedy: str, line: int | None = None) -> NoReturn:
    raise InvalidInputError([Problem(file, None, rule, "error", message, remedy, line)])
