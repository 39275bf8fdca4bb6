from __future__ import annotations

from html.parser import HTMLParser

import pytest

from scheduler.senders.smtp_email.markdown import as_page, as_text
from tests.builders import CATALOG


class Page(HTMLParser):
    """Every tag of a page with its attributes, and whether they close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "hr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(markdown: str, *, language: str = "en", title: str = "Care") -> Page:
    return Page(as_page(markdown, title=title, language=language))


SHIPPED = [words.email.markdown for words in CATALOG.messages.values() if words.email]


def test_every_message_has_words_to_try() -> None:
    assert len(SHIPPED) > 10


@pytest.mark.parametrize("markdown", SHIPPED)
def test_a_page_fetches_nothing_and_follows_nobody(markdown: str) -> None:
    tags = page(f"{markdown}\n\n![pixel](https://tracker.example/p.png)").tags

    assert {tag for tag, _ in tags} <= {
        "html", "head", "meta", "title", "body", "div", "p", "ul", "ol", "li", "strong", "em", "a", "br",
    }  # fmt: skip
    assert {name for _, attributes in tags for name in attributes} <= {
        "lang", "dir", "charset", "name", "content", "style", "href",
    }  # fmt: skip
    assert not any("url(" in (attributes.get("style") or "") for _, attributes in tags)


def test_a_page_is_one_column_that_a_phone_narrows() -> None:
    [column] = page("Hi").attributes("div")

    style = dict(rule.split(":") for rule in str(column["style"]).split(";"))
    assert style["max-width"] == "600px"
    assert style["font-size"] == "16px"
    assert "width" not in style


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("pl", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")])
def test_a_page_says_its_language_and_where_lines_begin(language: str, direction: str) -> None:
    assert page("Hi", language=language).attributes("html") == [{"lang": language, "dir": direction}]


@pytest.mark.parametrize("href", ["https://a.example/x", "HTTP://a.example", "tel:+442079460018", "mailto:a@b.example"])
def test_links_to_the_web_a_phone_and_a_mailbox_are_links(href: str) -> None:
    assert page(f"[us]({href})").attributes("a") == [{"href": href}]
    assert page(f"<{href}>").attributes("a") == [{"href": href}]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "data:text/html,hi",
        "file:///etc/passwd",
        "vbscript:x",
        "//a.example",
        "/plan",
        "ftp://a.example",
        "&#106;avascript:alert(1)",
    ],
)
def test_other_links_are_none(href: str) -> None:
    assert page(f"[us]({href}) [us][1]\n\n[1]: {href}").attributes("a") == []


def test_html_in_a_message_is_text() -> None:
    html = as_page("<script>x</script> <img src=y> a &lt; b\n\n<div>z</div>", title="<t>", language='e"n')

    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<div") == 1
    assert "<title>&lt;t&gt;</title>" in html
    assert '<html lang="e&quot;n"' in html


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Rest **today**, and *sleep*.", "Rest today, and sleep."),
        ("# Care\nOne\ntwo\n\nthree", "Care\n\nOne\ntwo\n\nthree"),
        ("One  \ntwo", "One\ntwo"),
        ("Not if\n\n- a\n- b\n\nEnd", "Not if\n\n- a\n- b\n\nEnd"),
        ("- a\n  - b\n    - c\n- d", "- a\n  - b\n    - c\n- d"),
        ("- a\n\n- b\n\n  c", "- a\n\n- b\n\n  c"),
        ("9. a\n10. b\n    - c", "9. a\n10. b\n    - c"),
        ("> said\n> so\n>\n> twice", "> said\n> so\n>\n> twice"),
        ("a\n\n---\n\nb", "a\n\n---\n\nb"),
        ("`x` and\n\n    y\n    z", "x and\n\ny\nz"),
        ("[us](tel:02079460018)", "us (tel:02079460018)"),
        ("[020](tel:020) <https://a.example> <a@b.example>", "020 https://a.example a@b.example"),
        ("[**us**](https://a.example)", "us (https://a.example)"),
        ("a &amp; b \\* c < d", "a & b * c < d"),
        ("", ""),
    ],
)
def test_a_text_reads_as_somebody_would_type_it(markdown: str, text: str) -> None:
    assert as_text(markdown) == f"{text}\n"
