from __future__ import annotations

import re

import pytest

from scheduler.domain.people.roles import Role
from tests.web.pages.desk_client import HTMX, Browser

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def test_what_was_done_is_said_once_with_its_undo(browser: Browser) -> None:
    done = browser.post("/gallery/save", {"name": "<b>Zoë</b>"}, page="/gallery")

    first, second = browser.get("/gallery").text, browser.get("/gallery").text

    assert done.headers["location"] == "/gallery"
    assert "Saved &lt;b&gt;Zoë&lt;/b&gt;." in first
    assert 'action="/gallery/undo"' in first
    assert "Saved" not in second


def test_what_was_said_to_somebody_else_at_this_browser_is_not_shown(browser: Browser) -> None:
    browser.post("/gallery/save", {"name": "Zoë"}, page="/gallery")
    other = browser.as_role(Role.FRONT_DESK)
    other.client.cookies.set("aftercare-flash", browser.client.cookies["aftercare-flash"])

    assert "Saved" not in other.get("/gallery").text


def test_a_form_with_problems_comes_back_as_it_was_typed(browser: Browser) -> None:
    answer = browser.post("/gallery/save", {"name": " ", "phone": "0321", "procedure": "peel"}, page="/gallery?x=1")
    page = answer.text.replace("&#39;", "'")

    assert answer.status_code == 422
    assert "<title>Error: Gallery – Willow Skin</title>" in page
    assert re.search(r'<a href="#gallery-save-name">Write the patient\'s name\.</a>', page)
    assert re.search(
        r'id="gallery-save-name-error"><span class="vh">Error: </span>Write the patient\'s name\.</p>', page
    )
    assert 'value="0321"' in page
    assert 'value="peel" checked' in page
    assert './gallery?x=1"' in page  # the form still stands on the page where it was shown first


def test_a_page_has_no_script_or_style_of_its_own(browser: Browser) -> None:
    answer = browser.get("/gallery")

    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "style=" not in answer.text
    assert "<style" not in answer.text
    assert not re.search(r"\son[a-z]+=|hx-on|javascript:", answer.text)
    assert set(re.findall(r'(?:src|href)="(https?:)?//', answer.text)) == set()


def test_every_file_of_a_page_is_there_and_may_be_kept(browser: Browser) -> None:
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.get("/gallery").text)

    answers = [browser.get(file) for file in files]

    assert len(files) == 4
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=31536000, immutable"}
    assert {answer.headers["content-type"] for answer in answers} == {
        "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
        "image/svg+xml",
    }


@pytest.mark.parametrize("path", ["/static/000000000000/app.css", "/static/x/manifest.toml", "/static/../app.py"])
def test_no_other_file_is_given(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_the_next_page_of_htmx_is_a_whole_one(browser: Browser) -> None:
    answer = browser.post("/gallery/save", {"name": "Zoë"}, page="/gallery", htmx=True)

    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/gallery")
    assert "Saved Zoë." in browser.get("/gallery").text


def test_a_part_is_a_piece_of_its_page(browser: Browser) -> None:
    answer = browser.get("/gallery/board", headers={**HTMX, "HX-Current-URL": "http://testserver/gallery?x=1"})

    assert answer.text.startswith("<section")
    assert answer.headers["content-security-policy"] == POLICY


def test_the_page_that_somebody_is_on_is_marked(browser: Browser) -> None:
    assert "aria-current" not in browser.get("/gallery").text
