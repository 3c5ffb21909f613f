"""A strict reading of markup: unbalanced tags, repeated attributes and repeated ids are errors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"input", "meta", "link", "img", "br", "circle", "path"})


@dataclass
class Element:
    tag: str
    attrs: dict[str, str | None]
    content: "list[Element | str]" = field(default_factory=list)
    parent: "Element | None" = field(default=None, repr=False)

    def walk(self) -> "Iterator[Element]":
        yield self
        for child in self.content:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", **attrs: str) -> "list[Element]":
        """Elements within, by tag and attributes; `data_field="email"` asks for data-field."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            each
            for each in self.walk()
            if (not tag or each.tag == tag) and all(each.attrs.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attrs: str) -> "Element":
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} elements are {tag} {attrs}"
        return found[0]

    @property
    def own_text(self) -> str:
        return "".join(each for each in self.content if isinstance(each, str))

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.content:
            yield from [each] if isinstance(each, str) else each._texts()

    @property
    def is_hidden(self) -> bool:
        """Itself, or what it stands in."""
        return "hidden" in self.attrs or (self.parent is not None and self.parent.is_hidden)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", {})
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> says an attribute twice: {names}"
        element = Element(tag, dict(attrs), parent=self.at)
        identity = element.attrs.get("id")
        assert identity is None or identity not in self.ids, f"two elements have the id {identity}"
        self.ids |= {identity} if identity else set()
        self.at.content.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag}/> closes itself"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.content.append(data)


def read_markup(html: str) -> Element:
    """Raises AssertionError where the markup isn't well formed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is never closed"
    return reader.root


def controls(form: Element) -> dict[str, list[str]]:
    """What a browser without JavaScript would post, hidden parts included, but for the buttons."""
    posted: dict[str, list[str]] = {}
    for element in form.walk():
        name = element.attrs.get("name")
        if name and element.tag in {"input", "select", "textarea"}:
            posted.setdefault(name, []).extend(_values(element))
    return {name: values for name, values in posted.items() if values}


def _values(element: Element) -> list[str]:
    if element.tag == "textarea":
        return [element.own_text.removeprefix("\n")]
    if element.tag == "select":
        options = element.all("option")
        chosen = [each for each in options if "selected" in each.attrs] or options[:1]
        return [str(each.attrs["value"]) for each in chosen]
    if element.attrs.get("type") in {"radio", "checkbox"} and "checked" not in element.attrs:
        return []
    return [element.attrs.get("value") or ""]
