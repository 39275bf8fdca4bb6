from __future__ import annotations

import re

import pytest

from scheduler.web.errors import TABLE
from scheduler.web.pages.error_pages import WORDS
from tests.web.pages.desk_client import HTMX, Browser

FORBIDDEN = re.compile(r"\b(please|sorry|invalid|oops|required)\b", re.IGNORECASE)


def heading(text: str) -> str:
    (found,) = re.findall(r"<h1>(.*)</h1>", text)
    return str(found).replace("&#39;", "'")


@pytest.mark.parametrize("path", ["/nowhere", "/docs", "/redoc", "/today/", "/gallery/%00", "/apian", "/static/x"])
def test_an_address_that_leads_nowhere_is_a_page(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert heading(answer.text) == "There is nothing here"
    assert '<a class="btn" href="/today">' in answer.text


def test_a_form_address_that_is_opened_says_what_it_is_for(browser: Browser) -> None:
    answer = browser.get("/gallery/save")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert heading(answer.text) == "This address can't be opened"


def test_what_cannot_be_done_now_says_why(browser: Browser) -> None:
    answer = browser.post("/gallery/undo")

    assert answer.status_code == 409
    assert "It went out already, Sam Reed." in answer.text


def test_too_much_is_refused_as_a_page(browser: Browser) -> None:
    answer = browser.post("/gallery/save", {"name": "x" * 70_000})

    assert answer.status_code == 413
    assert heading(answer.text) == "That is too much at once"


def test_what_nobody_expected_tells_nothing(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    answer = browser.get("/gallery/broken")

    assert answer.status_code == 500
    assert heading(answer.text) == "Something went wrong here"
    assert "Sam Reed" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_a_fault_takes_the_place_of_the_page_where_htmx_asked(browser: Browser) -> None:
    answer = browser.client.get("/nowhere", headers=HTMX)

    assert answer.headers["hx-retarget"] == "#main"
    assert answer.headers["hx-reselect"] == "#main"


def test_every_status_of_an_error_has_words_of_its_own() -> None:
    machines_only = {401, 502}

    assert {status for status, _ in TABLE.values()} - machines_only <= set(WORDS)


def test_no_error_blames_or_begs() -> None:
    for words in WORDS.values():
        assert not FORBIDDEN.search(f"{words.title} {words.said} {words.mend}")
