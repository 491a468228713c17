"""Files of strangers: refused before any parser expands, fetches or grows without end."""

import time

import pytest

from engine import xml
from engine.errors import InvalidInputError

BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 12))
    + "]><a>&a11;</a>"
)
EXTERNAL = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;]><a/>'


def refusal(content: bytes) -> tuple[str, int | None]:
    """Rule and line of why a file is refused."""
    with pytest.raises(InvalidInputError) as caught:
        xml.parse(content, file="a.bpmn")
    (problem,) = caught.value.problems
    return problem.rule, getattr(problem, "line", None)


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def test_a_plain_file_is_read_with_its_lines() -> None:
    root = xml.parse(b"\xef\xbb\xbf<a>\n<!-- a remark -->\n<b/></a>", file="a.bpmn")

    assert [(child.tag, child.sourceline) for child in root] == [("b", 3)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", ["<!DOCTYPE a><a/>", BOMB, EXTERNAL, PARAMETER])
def test_a_document_type_is_refused_in_any_encoding(text, encoding) -> None:
    begun = time.process_time()

    assert refusal(text.encode(encoding))[0] == "document_type"
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a []><a/>',
        '<?xml version="1.0"?><!DOCTYPE a []><a/>'.encode("cp037"),
    ],
)
def test_an_encoding_that_can_hide_markup_is_refused(content) -> None:
    assert refusal(content)[0] in ("encoding", "not_xml")


@pytest.mark.parametrize("content", [b"", b"   ", b"{}", b"a <a/>", b"\x00\x01\x02"])
def test_what_is_no_xml_is_refused(content) -> None:
    assert refusal(content)[0] == "not_xml"


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"<a>\n<b>\n</a>", 3), (b"<a/><b/>", 1), (b"<a>&nbsp;</a>", 1), (b"<a", 1)],
)
def test_a_file_that_is_not_well_formed_is_refused_with_the_line(content, line) -> None:
    assert refusal(content) == ("not_well_formed", line)


def test_a_file_is_at_most_two_megabytes() -> None:
    content = b"<a>" + b" " * xml.MAX_BYTES + b"</a>"

    assert refusal(content)[0] == "file_too_large"


@pytest.mark.parametrize("depth", [33, 300, 30_000])
def test_elements_are_nested_at_most_32_deep(depth) -> None:
    assert xml.parse(nested(32), file="a.bpmn").tag == "a"
    assert refusal(nested(depth))[0] == "too_deep"


@pytest.mark.parametrize("count", [5_000, 150_000])
def test_a_file_holds_at_most_5000_elements(count) -> None:
    assert xml.parse(b"<a>" + b"<b/>" * 4_999 + b"</a>", file="a.bpmn").tag == "a"
    assert refusal(b"<a>" + b"<b/>" * count + b"</a>")[0] == "too_many_elements"


def test_what_is_drawn_does_not_count_as_elements() -> None:
    shape = '<s:BPMNShape xmlns:s="http://www.omg.org/spec/BPMN/20100524/DI"/>'

    assert len(xml.parse(f"<a>{shape * 6_000}</a>".encode(), file="a.bpmn")) == 6_000


def test_d03_an_element_has_at_most_a_hundred_attributes() -> None:
    def element(count: int) -> bytes:
        return b"<a " + b" ".join(b'a%d="1"' % number for number in range(count)) + b"/>"

    begun = time.process_time()

    assert len(xml.parse(element(100), file="a.bpmn").attrib) == 100
    assert refusal(element(101))[0] == "too_many_attributes"
    assert refusal(element(90_000))[0] == "too_many_attributes"
    assert time.process_time() - begun < 1
