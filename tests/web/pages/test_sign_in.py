from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.people.roles import Person
from scheduler.services.wrong_passwords import MOST_PASSWORDS, WAIT
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, stored_rows
from tests.people import EMAIL, PASSWORD, PIN, a_colleague
from tests.web.pages.strangers import Stranger, words

PRIYA = "priya@willow.example"
WRONG = "wrong but long enough"


@pytest.fixture
def stranger(database: Database) -> Stranger:
    return Stranger(database, a_clinic(database))


@pytest.fixture
def sam(stranger: Stranger) -> Person:
    return a_colleague(stranger.database, stranger.clinic)


@pytest.mark.usefixtures("sam")
def test_who_signs_in_comes_to_the_page_they_wanted(stranger: Stranger) -> None:
    away = stranger.get("/account")
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/account")
    page = stranger.get(away.headers["location"])
    assert '<input type="hidden" name="next" value="/account">' in page.text

    answer = stranger.sign_in()

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    account = stranger.get("/account")
    assert account.status_code == 200
    assert "Sam Reed" in account.text


@pytest.mark.parametrize(
    "going",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil",
        "/a\nb",
        "",
        "/x" * 400,
        "\u202e/today",
    ],
)
@pytest.mark.usefixtures("sam")
def test_nobody_is_sent_away_from_this_service(stranger: Stranger, going: str) -> None:
    shown = stranger.client.get("/sign-in", params={"next": going})

    assert '<input type="hidden" name="next" value="/">' in shown.text
    assert stranger.sign_in(going=going).headers["location"] == "/"


@pytest.mark.usefixtures("sam")
def test_the_cookies_are_no_scripts_and_no_other_sites(stranger: Stranger) -> None:
    answer = stranger.sign_in()

    given = {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    for name in ("aftercare-sign-in", "aftercare-device"):
        assert "HttpOnly" in given[name]
        assert "SameSite=lax" in given[name]
        assert "Path=/" in given[name]
        assert "Secure" not in given[name]
    assert "Max-Age" not in given["aftercare-sign-in"]  # ends with the browser
    assert f"Max-Age={180 * 24 * 3600}" in given["aftercare-device"]


@pytest.mark.parametrize(("secure", "base"), [(True, "http://testserver"), (False, "https://testserver")])
def test_with_https_the_cookies_are_bound_to_this_host(database: Database, *, secure: bool, base: str) -> None:
    stranger = Stranger(database, a_clinic(database), secure_cookies=secure, base=base)
    a_colleague(database, stranger.clinic)

    given = stranger.sign_in().headers.get_list("set-cookie")

    kept = [one for one in given if "sign-in" in one or "device" in one]
    assert len(kept) == 2
    assert all(one.startswith("__Host-aftercare-") and "Secure" in one and "Domain" not in one for one in kept)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ["Write your email address.", "Write your password."]),
        ({"email": "  ", "password": "\t"}, ["Write your email address.", "Write your password."]),
        ({"email": EMAIL}, ["Write your password."]),
        ({"email": "x" * 5000, "password": PASSWORD}, ["Write at most 254 characters; this has 5,000."]),
        ({"email": "sam\0@willow.example", "password": PASSWORD}, ["Take out the characters that can't be seen"]),
        ({"email": "\u202esam@willow.example", "password": PASSWORD}, ["Take out the characters that can't be seen"]),
        ({"email": "<script>alert(1)</script>", "password": "🦦" * 5}, ["don't belong together."]),
        ({"email": "🦦@🦦.example", "password": "\0"}, ["don't belong together."]),
        ({"email": EMAIL, "password": "x" * 10_000}, ["don't belong together."]),
        ({"email": EMAIL, "password": f"{PASSWORD}\u202e"}, ["don't belong together."]),
        ({"email": EMAIL, "password": PASSWORD, "clinic": "' OR 1=1"}, ["don't belong together."]),
        ({"email": "ada' OR 1=1 --@x", "password": PASSWORD}, ["don't belong together."]),
    ],
)
@pytest.mark.usefixtures("sam")
def test_what_can_not_be_used_is_told_and_nobody_is_signed_in(
    stranger: Stranger, fields: dict[str, str], told: list[str]
) -> None:
    answer = stranger.post("/sign-in", fields)

    assert answer.status_code == 422
    assert "<title>Error: Sign in" in answer.text
    for words_told in told:
        assert words(answer).count(words_told) == 2  # in the summary and at the field
    assert "<script>alert" not in answer.text
    assert "set-cookie" not in answer.headers
    assert PASSWORD not in answer.text


@pytest.mark.usefixtures("sam")
def test_an_unknown_address_is_answered_like_a_wrong_password(stranger: Stranger) -> None:
    known = stranger.sign_in(password=WRONG)
    unknown = stranger.sign_in(email="ian@willow.example", password=WRONG)

    assert known.text.replace(EMAIL, "") == unknown.text.replace("ian@willow.example", "").replace(
        _key(unknown.text), _key(known.text)
    )


@pytest.mark.parametrize("email", [EMAIL, "nobody@willow.example"])
@pytest.mark.usefixtures("sam")
def test_thirty_wrong_passwords_are_not_all_looked_at_and_the_time_is_told(stranger: Stranger, email: str) -> None:
    said = [words(stranger.sign_in(email=email, password=f"{WRONG} {number}")) for number in range(30)]

    told = "Try again at 2:50pm (London time)."
    assert [told in one for one in said] == [False] * (MOST_PASSWORDS - 1) + [True] * (31 - MOST_PASSWORDS)
    assert "There were too many wrong passwords. Try again at 2:50pm (London time)." in said[-1]
    right = stranger.sign_in(email=email)
    assert (right.status_code, "set-cookie" in right.headers) == (422, False)
    stranger.clock.now = NOW + WAIT
    assert stranger.sign_in(email=email).status_code == (303 if email == EMAIL else 422)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.usefixtures("sam")
def test_another_site_signs_nobody_in_or_over(stranger: Stranger, headers: dict[str, str]) -> None:
    before = stored_rows(stranger.database)
    fields = {"email": EMAIL, "password": PASSWORD, "person": "x", "pin": PIN}

    for path in ("/sign-in", "/switch", "/welcome/x"):
        answer = stranger.client.post(path, data=fields, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    assert stored_rows(stranger.database) == before


@pytest.mark.usefixtures("sam")
def test_a_forged_form_changes_nothing_of_who_is_signed_in(stranger: Stranger) -> None:
    stranger.enter()

    for path in ("/sign-out", "/account/password", "/account/pin", "/account/sign-out-everywhere"):
        for csrf in ("", "0" * 64):
            assert stranger.post(path, {"_csrf": csrf, "pin": "802461", "forget": "yes"}).status_code == 403

    assert stranger.get("/account").status_code == 200


@pytest.mark.usefixtures("sam")
def test_a_half_filled_form_is_still_there_after_signing_in_again(stranger: Stranger) -> None:
    stranger.enter()
    hidden = stranger.hidden("/gallery")
    stranger.clock.now = NOW + timedelta(hours=9)

    away = stranger.post("/gallery/save", {**hidden, "name": "Zoë Łucja", "phone": "07700 900123"})
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/gallery")
    switch = stranger.get(away.headers["location"])
    assert "What you typed is kept." in words(stranger.get(switch.headers["location"]))
    back = stranger.sign_in(going="/gallery")

    page = stranger.get(back.headers["location"])
    assert 'value="Zoë Łucja"' in page.text
    assert 'value="07700 900123"' in page.text


def test_signing_out_leaves_nothing_but_the_names_on_the_tablet(stranger: Stranger, sam: Person) -> None:
    stranger.enter()

    out = stranger.submit("/account", "/sign-out")

    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert stranger.get("/account").status_code == 303
    assert stranger.get("/sign-in").headers["location"] == "/switch?next=/"
    assert stranger.post("/switch", {"person": sam.id, "pin": PIN}).status_code == 303


@pytest.mark.usefixtures("sam")
def test_a_device_can_be_forgotten(stranger: Stranger) -> None:
    stranger.enter()

    stranger.submit("/account", "/sign-out", {"forget": "yes"})

    assert "aftercare-device" not in stranger.client.cookies
    assert "Email address" in stranger.get("/sign-in").text


def test_looking_at_the_pages_signs_nobody_out_or_in(stranger: Stranger, sam: Person) -> None:
    stranger.enter()
    before = stored_rows(stranger.database)

    for path in ("/sign-in", "/sign-in?way=password", "/switch", "/sign-out", "/account", "/welcome/x"):
        stranger.get(path)
        stranger.client.head(path)

    assert stored_rows(stranger.database) == before
    assert sam.name in stranger.get("/account").text


def _key(page: str) -> str:
    return page.partition('name="_key" value="')[2].partition('"')[0]
