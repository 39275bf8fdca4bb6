from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.people.patients import Channel, Line
from scheduler.services.contact_points import ContactDraft, last_four, lookup_form, read_email, read_phone

either_way = pytest.mark.parametrize("strict", [True, False])


def problem_of(error: Invalid) -> Problem:
    (problem,) = error.problems
    return problem


def read_or_problem(read: Callable[[str], ContactDraft], text: str) -> ContactDraft | Problem:
    try:
        return read(text)
    except Invalid as error:
        return problem_of(error)


def refused_phone(text: str, *, country: str = "GB", strict: bool = True) -> str:
    with pytest.raises(Invalid) as caught:
        read_phone(text, country=country, strict=strict)
    assert problem_of(caught.value).field == "phone"
    return problem_of(caught.value).message


def refused_email(text: str, *, strict: bool = True) -> str:
    with pytest.raises(Invalid) as caught:
        read_email(text, strict=strict)
    assert problem_of(caught.value).field == "email"
    return problem_of(caught.value).message


@either_way
@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("+447911123456", "GB", "+447911123456"),  # a number of Guernsey, as far as the plan goes
        ("07911 123456", "GB", "+447911123456"),
        (" 07911\u00a0123\u2011456 ", "GB", "+447911123456"),
        ("\u202a+44 7911 123456\u202c", "GB", "+447911123456"),  # as copied from a phone's contacts
        ("0044 (0)7911/123.456", "GB", "+447911123456"),
        ("+44 (0)7911 123456", "US", "+447911123456"),
        ("٠٧٩١١١٢٣٤٥٦", "GB", "+447911123456"),
        ("\uff0b\uff14\uff147911123456", "GB", "+447911123456"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("0151 12345678", "DE", "+4915112345678"),
        ("333 123 4567", "IT", "+393331234567"),
        ("+1 500 555 0006", "US", "+15005550006"),  # Twilio's own test number counts as valid
        ("056 1234 5678", "GB", "+445612345678"),  # a number of an app
        ("070 1234 5678", "GB", "+447012345678"),  # a personal number
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, country: str, value: str, *, strict: bool) -> None:
    draft = read_phone(text, country=country, strict=strict)

    assert draft == ContactDraft(channel=Channel.SMS, line=Line.MOBILE, value=value)


@either_way
@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("030 12345678", "DE", "+493012345678"),
    ],
)
def test_a_landline_is_kept_for_calls(text: str, country: str, value: str, *, strict: bool) -> None:
    draft = read_phone(text, country=country, strict=strict)

    assert draft == ContactDraft(channel=Channel.SMS, line=Line.LANDLINE, value=value)


FICTIONAL = [
    ("07700 900000", "GB", "+447700900000", Line.MOBILE),
    ("+447700900999", "US", "+447700900999", Line.MOBILE),
    ("01632 960123", "GB", "+441632960123", Line.LANDLINE),
    ("(555) 555-0100", "US", "+15555550100", Line.MOBILE),
    ("+15550100123", "GB", "+15550100123", Line.MOBILE),
    ("+15005550006", "GB", "+15005550006", Line.MOBILE),
    ("+19995550199", "US", "+19995550199", Line.MOBILE),
]


@pytest.mark.parametrize(("text", "country", "value", "line"), FICTIONAL)
def test_numbers_for_drama_and_tests_pass_in_trial(text: str, country: str, value: str, line: Line) -> None:
    draft = read_phone(text, country=country, strict=False)

    assert draft == ContactDraft(channel=Channel.SMS, line=line, value=value)


@pytest.mark.parametrize("text", ["+447700900123", "01632 960123", "+15555550100", "+15550100123", "+19995550199"])
def test_numbers_for_drama_are_refused_by_a_live_clinic(text: str) -> None:
    assert "set aside for films and tests: ask the patient" in refused_phone(text)


@pytest.mark.parametrize("text", ["+447700901000", "01632 961000", "+19995550200", "+9715012345678"])
def test_other_numbers_that_nobody_can_have_are_refused_in_trial_too(text: str) -> None:
    assert refused_phone(text, strict=False) == "That can't be a real number: check the digits."
    assert refused_phone(text) == "That can't be a real number: check the digits."


@either_way
@pytest.mark.parametrize(
    ("text", "country", "what"),
    [
        ("0909 879 0000", "GB", "a premium-rate number"),
        ("+1 900 234 5678", "US", "a premium-rate number"),
        ("0800 600 0000", "GB", "a freephone number"),
        ("+1 800 444 4444", "US", "a freephone number"),
        ("0180 1234567", "DE", "a shared-cost number"),
        ("0333 200 0000", "GB", "a company's central number"),
        ("076 0012 3456", "GB", "a pager"),
        ("+41 860 79 123 45 67", "CH", "a voicemail box"),
    ],
)
def test_a_number_that_is_no_persons_is_refused_by_its_kind(
    text: str, country: str, what: str, *, strict: bool
) -> None:
    sentence = refused_phone(text, country=country, strict=strict)

    assert what in sentence
    assert sentence.endswith(": ask the patient for their own mobile number.")


@either_way
@pytest.mark.parametrize(
    ("text", "country", "mend"),
    [
        ("", "GB", "is empty"),
        (" \t\r\n ", "GB", "is empty"),
        ("0" * 10_000, "GB", "more than 60 characters"),
        ("07911 123\r\nBcc: a@b.com", "GB", "line break"),
        ("07911\x00123456", "GB", "control character"),
        ("07911 123456 x12", "GB", "without it"),
        ("07911 123456 ext. 5", "GB", "without it"),
        ("07911123456;ext=5", "GB", "without it"),
        ("07911 123456#9", "GB", "without it"),
        ("1-800-FLOWERS", "US", "letters in the number"),
        ("07911 123456 (mum)", "GB", "letters in the number"),
        ("mum 07911 123456", "GB", "letters in the number"),
        ("tel:+447911123456", "GB", "letters in the number"),
        ("999", "GB", "too short"),
        ("+1415555267", "GB", "too short"),
        ("+44", "GB", "isn't a phone number"),
        ("+4479111234567", "GB", "too long"),
        ("07911 123456 07911 123457", "GB", "write one number"),
        ("07911 123456 / 07911 123457", "GB", "write one number"),
        ("+5215512345678", "MX", "too long"),
        ("555 0123", "US", "area code is missing"),
        ("+999 123 456 789", "GB", "after the +"),
        ("07911 123456", "XX", "with + and its country code"),
        ("+", "GB", "isn't a phone number"),
        ("1", "GB", "isn't a phone number"),
        ("amira", "GB", "isn't a phone number"),
        ("07911😀123456", "GB", "isn't a phone number"),
        ("\ud800", "GB", "isn't a phone number"),
        ("<script>", "GB", "isn't a phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_the_mend(text: str, country: str, mend: str, *, strict: bool) -> None:
    assert mend in refused_phone(text, country=country, strict=strict)


@given(text=st.text(st.characters(codec=None), max_size=80) | st.from_regex(r"[+0-9 ()x#;/.-]{1,40}", fullmatch=True))
def test_any_text_is_a_number_or_invalid(text: str) -> None:
    found = read_or_problem(partial(read_phone, country="GB", strict=False), text)

    if isinstance(found, Problem):
        assert found.field == "phone"
    else:
        assert found.value[1:].isascii()
        assert found.value[1:].isdigit()
        assert read_phone(found.value, country="US", strict=False) == found


@either_way
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("amira@clinic.co.uk", "amira@clinic.co.uk"),
        (" Amira.Khan+skin@Clinic.CO.UK ", "Amira.Khan+skin@clinic.co.uk"),
        ("o'brien@clinic.ie", "o'brien@clinic.ie"),
        ("amira@bücher.de", "amira@xn--bcher-kva.de"),
    ],
)
def test_an_address_keeps_the_case_of_its_first_part_only(text: str, value: str, *, strict: bool) -> None:
    draft = read_email(text, strict=strict)

    assert draft == ContactDraft(channel=Channel.EMAIL, line=Line.EMAIL, value=value)


RESERVED = ["a@example.com", "a@mail.example.org", "a@clinic.example", "a@clinic.test"]


@pytest.mark.parametrize("text", RESERVED)
def test_domains_for_examples_pass_in_trial(text: str) -> None:
    assert read_email(text, strict=False).value == text


@pytest.mark.parametrize("text", RESERVED)
def test_domains_for_examples_are_refused_by_a_live_clinic(text: str) -> None:
    assert "Nobody reads mail at" in refused_email(text)


def test_a_domain_that_only_ends_like_an_example_is_no_example() -> None:
    assert read_email("a@myexample.com", strict=True).value == "a@myexample.com"


@either_way
@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("x" * 10_000, "more than 254 characters"),
        ("x" * 10_000 + "@clinic.de", "more than 254 characters"),
        ("a" * 65 + "@clinic.de", "too long before the @-sign"),
        ("a@b.de\r\nBcc: c@d.de", "line break"),
        ("a\r\nBcc: c@d.de", "line break"),
        ("a\x00@b.de", "control character"),
        ("bad..addr@", "two periods"),
        ("bad..addr@b.de", "two periods"),
        ("amira", "must have an @-sign"),
        ("amira@", "something after the @-sign"),
        ("@b.de", "something before the @-sign"),
        ("a@b", "should have a period"),
        ("a@b.de, c@d.de", "invalid characters"),
        ("a b@c.de", "invalid characters"),
        ("a@b\u200b.de", "unsafe characters"),
        ("\u202ea@b.de", "not supported"),
        ("ämira@b.de", "not supported"),
        ("٣@b.de", "not supported"),
        ("\ud800@b.de", "not supported"),
        ("a\uff20b.de", "full-width"),
        ("Amira <a@b.de>", "display name"),
        ('"a b"@c.de', "not allowed"),
        ("a@[127.0.0.1]", "not allowed"),
        ("a@localhost", "period"),
        ("a@b.invalid", "special-use"),
        ("a@b.local", "special-use"),
    ],
)
def test_what_is_no_address_is_refused(text: str, mend: str, *, strict: bool) -> None:
    assert mend in refused_email(text, strict=strict)


@given(text=st.text(max_size=80) | st.emails())
def test_any_text_is_an_address_or_invalid(text: str) -> None:
    found = read_or_problem(partial(read_email, strict=False), text)

    if isinstance(found, Problem):
        assert found.field == "email"
    else:
        assert found.value.isascii()
        assert found.value.isprintable()
        assert read_email(found.value, strict=False) == found


def test_two_addresses_are_one_whatever_their_case() -> None:
    one, other = (read_email(text, strict=True) for text in ("Amira@Clinic.de", "amira@clinic.de"))

    assert one != other
    assert lookup_form(one.channel, one.value) == lookup_form(other.channel, other.value) == "amira@clinic.de"


def test_a_number_is_looked_up_as_it_is() -> None:
    assert lookup_form(Channel.SMS, "+447911123456") == "+447911123456"


def test_staff_say_the_last_four_digits() -> None:
    assert last_four("+447911123456") == "3456"
