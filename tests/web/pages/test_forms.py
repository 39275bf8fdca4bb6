from __future__ import annotations

import unicodedata

import pytest

from scheduler.domain.errors import Invalid, Problem
from scheduler.web.pages.forms import Form, Forms
from tests.web.pages.desk_client import Browser

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def typed(text: str) -> Form:
    return Form(fields=(("name", text),), action="/save")


@pytest.mark.parametrize(
    "text", ["Zoë", "أميرة", "👩🏽‍⚕️", "<script>alert(1)</script>", "O'Neil & Co", "'; DROP TABLE x"]
)
def test_whatever_can_be_seen_is_taken_as_it_is(text: str) -> None:
    assert typed(f"  {text}\t").text("name") == unicodedata.normalize("NFC", text)


def test_letters_are_composed_so_that_a_name_is_found_again() -> None:
    assert typed("Zoe\u0308").text("name") == "Zoë"


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\nb", "a\u202eb", "a\u2066b", "a\ud800b", "a\ufffe"])
def test_what_cannot_be_seen_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        typed(text).text("name")

    assert [problem.field for problem in refused.value.problems] == ["name"]
    assert "can't be seen" in str(refused.value)


def test_lines_stand_where_a_field_has_several() -> None:
    assert typed("one\r\ntwo\n").text("name", lines=True) == "one\ntwo"


def test_what_is_too_long_says_by_how_much() -> None:
    assert typed("x" * 200).text("name") == "x" * 200
    with pytest.raises(Invalid, match="at most 200 characters; this has 1,201"):
        typed("x" * 1201).text("name")


def test_a_field_that_is_not_there_is_empty() -> None:
    form = Form(fields=(("areas", "face"), ("areas", "neck"), ("consent", "yes")))

    assert form.text("name") == ""
    assert form.key is None
    assert form.all("areas") == ("face", "neck")
    assert form.ticked("consent")
    assert not form.ticked("private")


def test_only_the_form_that_was_posted_comes_back() -> None:
    form = Form(fields=(("name", ""), ("areas", "neck")), action="/save")
    forms = Forms(back=form, problems=[Problem("name", "write a name")])

    save, skip = forms.at("/save"), forms.at("/skip")

    assert (save.comes_back, save.value("name", "Amira"), save.problem("name")) == (True, "", "write a name")
    assert (save.chosen("areas", "neck", ["face"]), save.chosen("areas", "face", ["face"])) == (True, False)
    assert (skip.comes_back, skip.value("name", "Amira"), skip.problem("name")) == (False, "Amira", None)
    assert (skip.chosen("areas", "face", "face"), skip.chosen("areas", "neck")) == (True, False)
    assert forms.wrong == [("save-name", "write a name")]


def test_a_field_of_one_form_has_another_id_than_that_of_the_next() -> None:
    assert Forms().at("/sessions/a1/skip?x=1").id("told.date") == "sessions-a1-skip-told-date"


def test_what_comes_back_holds_no_character_that_cannot_be_seen() -> None:
    assert typed("a\0b\u202e").as_typed("name") == ("ab",)


@pytest.mark.parametrize("body", [b"name=%ff", b"name=\xff", "&".join(["a=1"] * 301).encode()])
def test_a_form_that_cannot_be_read_is_told(browser: Browser, body: bytes) -> None:
    answer = browser.client.post("/gallery/save", content=body, headers=URLENCODED)

    assert answer.status_code == 400
    assert "<h1>This can't be read</h1>" in answer.text.replace("&#39;", "'")


def test_only_forms_are_taken(browser: Browser) -> None:
    assert browser.client.post("/gallery/save", json={"name": "Amira"}).status_code == 415
    assert browser.client.post("/gallery/save", files={"name": b"Amira"}).status_code == 415
