"""Reading the XML of DMN: elements of its namespaces, their texts and names."""

from collections.abc import Iterator

from lxml import etree

NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)


def names_in(root: etree._Element) -> Iterator[str]:
    """Every name that an expression may use: of data, decisions, members and outputs."""
    for element in root.iter(etree.Element):
        if local_name(element) in ("variable", "inputData", "decision", "itemComponent", "output"):
            name = element.get("name")
            if name:
                yield name


def allowed_values(root: etree._Element) -> Iterator[tuple[str, str]]:
    """The allowed values of every type that lists them, by its name."""
    for definition in children(root, "itemDefinition"):
        allowed = child(definition, "allowedValues")
        if allowed is not None:
            yield definition.get("name") or "", text_of(allowed)


def type_of(element: etree._Element, variable: etree._Element | None) -> str:
    """The type of what a decision comes to."""
    return (variable.get("typeRef") if variable is not None else element.get("typeRef")) or ""


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """The elements of these names directly inside another."""
    return [each for each in element if local_name(each) in names and namespace(each) in NAMESPACES]


def child(element: etree._Element, *names: str) -> etree._Element | None:
    """The first of them."""
    return next(iter(children(element, *names)), None)


def text_of(element: etree._Element) -> str:
    """What stands in the `text` of an expression or cell."""
    text = child(element, "text")
    return (text.text or "").strip() if text is not None else ""


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of an element."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")
