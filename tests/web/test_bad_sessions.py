from __future__ import annotations

import pytest

from tests.builders import a_clinic
from tests.web.api_client import LEFT_OUT, PREVIEW, SESSIONS, Api, a_body, a_patient, problem, problems

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
FACTS = {"needle_mm": 0.5, "modality": "pen"}
SPLIT_PAIR = "\ud800"

BAD_TIMES = {
    "naive": ("2026-03-03T14:30:00", "with its zone, as in 2026-03-03T14:30:00+00:00"),
    "future": ("2026-03-03T14:41:00+00:00", "in the future"),
    "over 60 days ago": ("2026-01-02T14:34:00+00:00", "over 60 days ago"),
    "number": (1772548200, "date, time and zone in quotes"),
    "number in quotes": ("1772548200", "date, time and zone in quotes"),
    "day": ("2026-03-03", "date, time and zone in quotes"),
    "words": ("yesterday", "date, time and zone in quotes"),
    "no such day": ("2026-02-30T14:30:00+00:00", "no such date or time"),
    "no such hour": ("2026-03-03T25:30:00+00:00", "no such date or time"),
    "first year": ("0001-01-01T00:00:00+14:00", "a year from 1900"),
    "last year": ("9999-12-31T23:59:59-14:00", "a year from 1900"),
    "null": (None, "date, time and zone in quotes"),
    "left out": (LEFT_OUT, "it is required"),
}
BAD_FACTS = {
    "unknown": ({**FACTS, "needel_mm": 1}, "facts.needel_mm", "did you mean needle_mm?"),
    "too small": ({**FACTS, "needle_mm": 0.05}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "too big": ({**FACTS, "needle_mm": 5}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "huge": ({**FACTS, "needle_mm": 10**400}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "text": ({**FACTS, "needle_mm": "0.5"}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "true": ({**FACTS, "needle_mm": True}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "list": ({**FACTS, "needle_mm": [0.5]}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "object": ({**FACTS, "needle_mm": {"value": 0.5}}, "facts.needle_mm", "a number from 0.1 mm up to 3.5 mm"),
    "no such word": ({**FACTS, "modality": "laser"}, "facts.modality", "give one of: roller, pen, rf"),
    "required": ({"needle_mm": 0.5}, "facts.modality", "Device is required"),
    "word for a list": ({**FACTS, "areas": "face"}, "facts.areas", "give a list of: face"),
    "number for true": ({**FACTS, "weeping": 1}, "facts.weeping", "give true or false"),
    "51 of them": ({f"fact_{number}": 1 for number in range(51)}, "facts", "at most 50 entries"),
    "list for all": ([], "facts", "an object in braces"),
}
BAD_PATIENTS = {
    "flag": ({"flags": ["pregnnt"]}, "patient.flags", "there is no flag pregnnt"),
    "51 flags": ({"flags": ["melasma"] * 51}, "patient.flags", "at most 50 entries"),
    "flag that is a number": ({"flags": [1]}, "patient.flags.0", "text in quotes"),
    "language": ({"language": "tlh"}, "patient.language", "the clinic does not send tlh"),
    "zone": ({"zone": "Europe/Londn"}, "patient.zone", "did you mean Europe/London?"),
    "premium number": ({"phone": "0909 879 0000"}, "patient.phone", "premium-rate"),
    "number that nobody can have": ({"phone": "+447700901000"}, "patient.phone", "can't be a real number"),
    "number without quotes": ({"phone": 447911123456}, "patient.phone", "text in quotes"),
    "number of 61 characters": ({"phone": "0" * 61}, "patient.phone", "at most 60 characters"),
    "address of 255 characters": ({"email": "x" * 255}, "patient.email", "at most 254 characters"),
    "email": ({"email": "amira@"}, "patient.email", "something after the @-sign"),
    "no name": ({"name": LEFT_OUT}, "patient.name", "it is required"),
    "blank name": ({"name": " \u200b"}, "patient.name", "give the patient's name"),
    "name of 201 letters": ({"name": "x" * 201}, "patient.name", "at most 200 characters"),
    "name on two lines": ({"name": "Amira\nKhan"}, "patient.name", "on one line"),
    "name with NUL": ({"name": "Amira\0"}, "patient.name", "can't be stored"),
    "name with half a pair": ({"name": SPLIT_PAIR}, "patient.name", "can't be stored"),
    "over 1000 characters": ({"email": "x" * 1001}, "patient.email", "at most 1000 characters"),
    "birth date in the future": ({"birth_date": "2026-03-05"}, "patient.birth_date", "in the future"),
    "birth date with a time": ({"birth_date": "1990-04-30T00:00:00Z"}, "patient.birth_date", "as in 1990-04-30"),
    "consent in quotes": ({"consent": {"sms": "yes"}}, "patient.consent.sms", "true or false, without quotes"),
    "consent as a word": ({"consent": True}, "patient.consent", "an object in braces"),
    "long source": ({"consent": {"source": "x" * 101}}, "patient.consent.source", "at most 100 characters"),
    "private as a number": ({"private": 1}, "patient.private", "true or false"),
    "unknown field": ({"phon": "+447700900123"}, "patient.phon", "did you mean phone?"),
    "unknown consent": ({"consent": {"smss": True}}, "patient.consent.smss", "did you mean sms?"),
    "field with NUL": ({"pho\0ne": "x"}, "patient.pho?ne", "no such field"),
}


@pytest.fixture
def api(untouched_api: Api) -> Api:
    return untouched_api


def assert_refused(api: Api, body: object, field: str, words: str) -> None:
    before = api.rows()

    found = problems(api.post(SESSIONS, body))

    assert words in found[field], found
    assert api.rows() == before


@pytest.mark.parametrize(("ended_at", "words"), BAD_TIMES.values(), ids=BAD_TIMES)
def test_a_time_that_cannot_be_meant_is_refused(api: Api, ended_at: object, words: str) -> None:
    assert_refused(api, a_body(ended_at=ended_at), "ended_at", words)


@pytest.mark.parametrize(("facts", "field", "words"), BAD_FACTS.values(), ids=BAD_FACTS)
def test_a_fact_that_the_protocol_does_not_take_is_refused(api: Api, facts: object, field: str, words: str) -> None:
    assert_refused(api, a_body(facts=facts), field, words)


@pytest.mark.parametrize(("changes", "field", "words"), BAD_PATIENTS.values(), ids=BAD_PATIENTS)
def test_a_patient_who_cannot_be_meant_is_refused(api: Api, changes: dict[str, object], field: str, words: str) -> None:
    assert_refused(api, a_body(patient=a_patient(**changes)), field, words)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        pytest.param({"patient_id": UNKNOWN_ID}, "patient", "not both and not neither", id="both"),
        pytest.param({"patient": LEFT_OUT}, "patient", "not both and not neither", id="neither"),
        pytest.param({"procedure": "microneedlng"}, "procedure", "did you mean microneedling?", id="procedure"),
        pytest.param({"procedure": "\0"}, "procedure", "can't be stored", id="NUL"),
        pytest.param({"ended": "x"}, "ended", "did you mean ended_at?", id="unknown field"),
        pytest.param({"x" * 5000: 1}, "x" * 100, "no such field", id="endless field"),
    ],
)
def test_a_session_that_cannot_be_meant_is_refused(
    api: Api, changes: dict[str, object], field: str, words: str
) -> None:
    assert_refused(api, a_body(**changes), field, words)


def test_every_problem_is_told_at_once(api: Api) -> None:
    before = api.rows()

    answer = api.post(SESSIONS, a_body(patient=a_patient(phone="1", flags=["x"]), facts={"modality": "laser"}))

    assert sorted(problems(answer)) == ["facts.modality", "patient.flags", "patient.phone"]
    assert api.rows() == before


@pytest.mark.parametrize("path", [SESSIONS, PREVIEW])
def test_a_patient_whom_the_clinic_does_not_have_is_not_found(api: Api, path: str) -> None:
    other = api.of_clinic(a_clinic(api.database, name="Other"))
    stranger = other.register()["patient_id"]
    before = api.rows()

    unknown = api.post(path, a_body(patient=LEFT_OUT, patient_id=UNKNOWN_ID))
    of_other_clinic = api.post(path, a_body(patient=LEFT_OUT, patient_id=stranger))

    assert unknown.status_code == of_other_clinic.status_code == 404
    assert problem(unknown)["detail"].replace(UNKNOWN_ID, stranger) == problem(of_other_clinic)["detail"]
    assert api.rows() == before


def test_a_live_clinic_refuses_numbers_that_nobody_has(api: Api) -> None:
    live = api.of_clinic(a_clinic(api.database, live=True))

    assert_refused(live, a_body(), "patient.phone", "set aside for films and tests")


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_that_is_no_object_is_refused(api: Api, body: object) -> None:
    before = api.rows()

    found = problems(api.post(SESSIONS, body))

    assert list(found) == ["body"]
    assert api.rows() == before


def test_no_body_is_refused(api: Api) -> None:
    assert problems(api.post(SESSIONS)) == {"body": "give this, it is required"}
