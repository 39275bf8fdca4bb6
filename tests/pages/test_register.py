"""Registering a session in a browser: ux checks 1 to 5."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.roles import Role
from scheduler.services.people import ConsentGiven
from scheduler.services.views import SessionView, session_view
from scheduler.storage.consents import add_consent, history_of
from tests.builders import a_person, a_session, register, stored_rows
from tests.pages.willow import NOW, Willow
from tests.pages.windows import Enter

_BANNED = re.compile("please|sorry|invalid|oops|required", re.IGNORECASE)
_BEFORE = NOW - timedelta(days=42)


def know_nadia(willow: Willow) -> None:
    """A patient whose last session is weeks ago, with nothing of it left to be sent."""
    nadia = a_person("Nadia Rahman", phone="+447700900222")
    given = a_session(replace(nadia, consent=ConsentGiven()), ended_at=_BEFORE)
    known = register(willow.database, willow.seeds.clinic, given, now=_BEFORE)
    with willow.database.write(willow.seeds.clinic.id) as db:
        agreed = Consent(channel="sms", purpose=Purpose.CARE, word=Word.GIVEN, source="desk", at=_BEFORE)
        add_consent(db, str(known.patient_id), agreed, recorded_by="Sam Reed")


def sessions(willow: Willow) -> int:
    return stored_rows(willow.database)["sessions"]


def session_on(willow: Willow, page: Page) -> SessionView:
    """The session whose page this is."""
    page.wait_for_url("**/sessions/*")
    with willow.database.read(willow.seeds.clinic.id) as db:
        return session_view(db, page.url.rpartition("/")[2], now=willow.clock.now)


def expect_said(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def choose(page: Page, *chips: str) -> None:
    """Tap chips, as a finger does."""
    for chip in chips:
        page.locator("label.chip").filter(has=page.get_by_text(chip, exact=True)).click()


def fill_treatment(page: Page) -> None:
    choose(page, "Microneedling")
    choose(page, "0.5 mm", "Pen", "Face")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_check_1_a_repeat_patient_is_registered_in_4_keys_and_2_taps(
    request: pytest.FixtureRequest, enter: Enter, database: str
) -> None:
    willow: Willow = request.getfixturevalue("willow" if database == "sqlite" else "postgresql_willow")
    know_nadia(willow)
    before = sessions(willow)
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()

    page.keyboard.type("0222")
    page.get_by_role("button", name="Use last settings").click()
    expect(page.get_by_text("texts will be planned, from")).to_be_visible()
    page.get_by_role("button", name="Save and start texts").click()

    session = session_on(willow, page)
    expect_said(page, "Saved. First text")
    assert (session.procedure, session.facts["needle_mm"], session.ended_at) == ("microneedling", 0.5, NOW)
    assert len(session.reminders) > 0
    assert sessions(willow) == before + 1


def test_check_2_a_new_patient_is_registered_with_three_facts(willow: Willow, enter: Enter) -> None:
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()

    page.keyboard.type("07700 900124")
    page.get_by_role("button", name="Add a new patient with this").click()
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_label("Mobile number")).to_have_value("07700 900124")
    page.keyboard.type("Bea Osei")
    choose(page, "Agrees")
    fill_treatment(page)
    expect(page.get_by_text("9 texts will be planned, from today 4:30pm to Wednesday 1 April")).to_be_visible()
    page.get_by_role("button", name="Save and start texts").click()

    session = session_on(willow, page)
    expect_said(page, "Saved. First text at 4:30pm.")
    with willow.database.read(willow.seeds.clinic.id) as db:
        [(word, told)] = history_of(db, str(session.patient_id))
    assert (word.word, word.at, told.recorded_by, told.wording) == (Word.GIVEN, NOW, "Sam Reed", "desk-1")


def test_check_3_registering_works_without_script(willow: Willow, enter: Enter) -> None:
    know_nadia(willow)
    before = sessions(willow)
    page = enter(willow, Role.FRONT_DESK, script=False)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()

    page.keyboard.type("0222")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Use last settings").click()
    expect(page.get_by_text("texts will be planned, from")).to_be_visible()
    page.get_by_role("button", name="Save and start texts").click()

    session = session_on(willow, page)
    expect_said(page, "Saved. First text")
    assert (session.facts["needle_mm"], sessions(willow)) == (0.5, before + 1)


def test_check_3_a_new_patient_is_registered_without_script(willow: Willow, enter: Enter) -> None:
    page = enter(willow, Role.FRONT_DESK, script=False)
    page.goto("/register")

    page.get_by_role("button", name="Add a new patient").click()
    page.get_by_label("Name").fill("Bea Osei")
    page.get_by_label("Mobile number").fill("07700 900124")
    choose(page, "Agrees", "Microneedling")
    page.get_by_role("button", name="Show what will be sent").click()
    choose(page, "0.5 mm", "Pen", "Face")
    page.get_by_role("button", name="Show what will be sent").click()
    expect(page.get_by_text("9 texts will be planned, from today 4:30pm")).to_be_visible()
    page.get_by_role("button", name="Save and start texts").click()

    assert len(session_on(willow, page).reminders) == 10


def test_check_4_a_double_tap_makes_one_plan(willow: Willow, enter: Enter) -> None:
    know_nadia(willow)
    before = sessions(willow)
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()
    page.keyboard.type("0222")
    page.get_by_role("button", name="Use last settings").click()

    page.get_by_role("button", name="Save and start texts").dblclick()

    session_on(willow, page)
    assert sessions(willow) == before + 1


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_check_4_bad_wifi_makes_one_plan_and_keeps_what_was_typed(willow: Willow, enter: Enter, lost: str) -> None:
    know_nadia(willow)
    before = sessions(willow)
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()
    page.keyboard.type("0222")
    page.get_by_role("button", name="Use last settings").click()
    expect(page.get_by_role("radio", name="0.5 mm")).to_be_checked()
    if lost == "request":
        page.context.set_offline(True)
    else:
        page.route("**/register", lambda route: (route.fetch(), route.abort()), times=1)

    page.get_by_role("button", name="Save and start texts").click()
    expect(page.get_by_text("Not saved: no connection.")).to_be_visible()
    expect(page.get_by_role("radio", name="0.5 mm")).to_be_checked()
    page.context.set_offline(False)

    session = session_on(willow, page)
    assert (sessions(willow), session.facts["needle_mm"]) == (before + 1, 0.5)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_check_5_errors_follow_the_pattern(willow: Willow, enter: Enter, *, script: bool) -> None:
    page = enter(willow, Role.FRONT_DESK, script=script)
    page.goto("/register")
    page.get_by_role("button", name="Add a new patient").click()
    expect(page.get_by_role("heading", name="New patient")).to_be_visible()
    page.get_by_label("Mobile number").fill("none")
    choose(page, "Microneedling")
    page.get_by_role("button", name="Save").click()

    expect(page).to_have_title(re.compile("^Error: Register a session"))
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_focused()
    expect(page.get_by_label("Mobile number")).to_have_value("none")
    links = summary.get_by_role("link").all()
    assert [link.inner_text() for link in links] == [
        "Enter the patient's name.",
        "Enter a mobile number, like 07700 900321.",
        "Select whether the patient agrees to texts.",
        "Select the longest needle.",
        "Select the device.",
    ]
    for link in links:
        id_ = str(link.get_attribute("href")).removeprefix("#")
        link.click()
        expect(page.locator(f"#{id_}")).to_be_focused()
        assert page.locator(f"#{id_}-error").text_content() == f"Error: {link.inner_text()}"
    assert not _BANNED.search(page.locator("body").inner_text())


def test_looking_while_typing_keeps_the_focus_and_says_whom_it_found(willow: Willow, enter: Enter) -> None:
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()

    page.keyboard.type("lea")
    expect(page.get_by_role("heading", name="Leah Price")).to_be_visible()
    page.keyboard.type("h x")

    expect(page.get_by_text("No one found for leah x.")).to_be_visible()
    expect(page.get_by_label("Mobile number or name")).to_be_focused()
    expect(page.get_by_label("Mobile number or name")).to_have_value("leah x")


def test_an_unlikely_needle_is_looked_at_twice_and_nothing_typed_is_lost(willow: Willow, enter: Enter) -> None:
    know_nadia(willow)
    before = sessions(willow)
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()
    page.keyboard.type("0222")
    page.get_by_role("button", name="Use last settings").click()
    expect(page.get_by_label("Longest needle in mm")).to_be_hidden()
    choose(page, "Other")
    page.get_by_label("Longest needle in mm").fill("3")

    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before saving")
    expect(page.get_by_text("Longest needle 3.0 mm: that is far from what is usual here")).to_be_visible()
    page.get_by_role("button", name="Go back and change it").click()
    expect(page.get_by_label("Longest needle in mm")).to_have_value("3")
    page.get_by_role("button", name=re.compile("^Save")).click()
    page.get_by_role("button", name="It is right: save").click()

    assert session_on(willow, page).facts["needle_mm"] == 3.0
    assert sessions(willow) == before + 1


def test_what_was_saved_is_undone_within_a_minute(willow: Willow, enter: Enter) -> None:
    know_nadia(willow)
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/register")
    expect(page.get_by_label("Mobile number or name")).to_be_focused()
    page.keyboard.type("0222")
    page.get_by_role("button", name="Use last settings").click()
    page.get_by_role("button", name="Save and start texts").click()

    page.get_by_role("button", name="Undo").click()

    expect_said(page, "Undone. Nothing was sent.")
    assert session_on(willow, page).voided
