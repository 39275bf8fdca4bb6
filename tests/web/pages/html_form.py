"""A page as a browser without script has it: its words, and its form with what a press of a button would send."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


@dataclass
class _Reader(HTMLParser):
    """Reads what tests ask of a page."""

    action: str
    inside: bool = False
    hidden: int = 0
    open_tags: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    buttons: list[tuple[str, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    errors: list[tuple[str, str]] = field(default_factory=list)
    at_fields: dict[str, str] = field(default_factory=dict)
    title: str = ""
    words: str = ""
    selected: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self.open_tags.append(f"{tag}.{known.get('class', '')}#{known.get('id', '')}")
        self.ids.add(known.get("id", ""))
        if tag == "form":
            self.inside = known.get("action") == self.action
        if tag == "a" and any(one.startswith("div.errsum") for one in self.open_tags):
            self.errors.append((known["href"].removeprefix("#"), ""))
        if self.inside:
            self._field(tag, known)

    def _field(self, tag: str, known: dict[str, str]) -> None:
        name, value = known.get("name", ""), known.get("value", "")
        if tag == "button":
            self.buttons.append((name, value))
        elif tag == "select":
            self.selected = name
        elif tag == "option" and self.selected and "selected" in known:
            self.fields[self.selected].append(value)
        elif tag == "input" and (known.get("type") not in {"radio", "checkbox"} or "checked" in known):
            self.fields[name].append(value)

    def handle_endtag(self, tag: str) -> None:
        if self.open_tags:
            self.open_tags.pop()
        if tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        inside = self.open_tags[-1] if self.open_tags else ""
        if inside.startswith("title"):
            self.title += data
        if self.errors and inside.startswith("a.") and any(one.startswith("div.errsum") for one in self.open_tags):
            self.errors[-1] = (self.errors[-1][0], self.errors[-1][1] + data)
        if inside.startswith("p.err#"):
            self.at_fields[inside.partition("#")[2].removesuffix("-error")] = data.strip()
        self.words += f" {data}" if not inside.startswith(("script", "style", "title")) else ""


@dataclass(frozen=True)
class Page:
    """What a page says, and what its form would send."""

    title: str
    words: str
    fields: dict[str, list[str]]
    buttons: list[tuple[str, str]]
    errors: dict[str, str]
    """Of the summary: words by the id that they lead to."""
    at_fields: dict[str, str]
    """The same as it stands at the fields."""
    ids: set[str]

    def fill(self, button: str, **new: str | list[str]) -> dict[str, str | list[str]]:
        """What pressing a button of this value sends, after these fields were filled in."""
        assert button in {value for _, value in self.buttons}, f"no button {button} among {self.buttons}"
        named = {name.replace("__", "."): value for name, value in new.items()}
        return {**self.fields, **named, "act": button}


def read_page(html: str, action: str = "/register") -> Page:
    """The page, and its form that posts to this address."""
    reader = _Reader(action=action)
    reader.feed(html)
    return Page(
        title=reader.title.strip(),
        words=" ".join(reader.words.split()),
        fields=dict(reader.fields),
        buttons=reader.buttons,
        errors={id_: words.strip() for id_, words in reader.errors},
        at_fields=reader.at_fields,
        ids=reader.ids,
    )
