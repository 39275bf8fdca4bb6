from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from scheduler.web.body_limit import LONGEST_BODY
from tests.web.api_client import PREVIEW, REMINDERS, SESSIONS, Api, a_body, a_patient, problem, problems

GOOD = json.dumps(a_body())
NO_JSON = {
    "cut off": (GOOD[:40].encode(), "not JSON: line 1"),
    "single quotes": (b"{'procedure': 'microneedling'}", "not JSON: line 1"),
    "two values": (b"{}{}", "not JSON: line 1"),
    "NaN": (GOOD.replace("0.5", "NaN").encode(), "NaN is no number"),
    "Infinity": (GOOD.replace("0.5", "Infinity").encode(), "Infinity is no number"),
    "minus Infinity": (GOOD.replace("0.5", "-Infinity").encode(), "-Infinity is no number"),
    "endless number": (GOOD.replace("0.5", "9" * 5000).encode(), "too many digits"),
    "deep nesting": (b"[" * 30_000 + b"]" * 30_000, "nested too deeply"),
    "nesting of 30": (b'{"facts":' * 30 + b"1" + b"}" * 30, "nested too deeply"),
    "Latin-1": ('{"procedure": "Aknefläche"}'.encode("latin-1"), "not UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "not UTF-8"),
}


@pytest.fixture
def api(untouched_api: Api) -> Api:
    return untouched_api


@pytest.mark.parametrize(("body", "words"), NO_JSON.values(), ids=NO_JSON)
def test_a_body_that_is_not_json_is_a_bad_request(api: Api, body: bytes, words: str) -> None:
    before = api.rows()

    answer = api.post_raw(SESSIONS, body)

    assert answer.status_code == 400
    assert words in problem(answer)["detail"]
    assert api.rows() == before


def test_a_number_beyond_all_bounds_is_refused_by_its_fact(api: Api) -> None:
    before = api.rows()

    found = problems(api.post_raw(SESSIONS, GOOD.replace("0.5", "1e999").encode()))

    assert "up to 3.5 mm" in found["facts.needle_mm"]
    assert api.rows() == before


def test_of_a_name_that_stands_twice_the_last_counts(api: Api) -> None:
    body = GOOD.replace('"needle_mm": 0.5', '"needle_mm": 0.5, "needle_mm": 1.5').encode()

    answer = api.post_raw(PREVIEW, body)

    assert answer.json()["band"] == "D3"


def test_a_byte_order_mark_is_no_obstacle(api: Api) -> None:
    assert api.post_raw(PREVIEW, b"\xef\xbb\xbf" + GOOD.encode()).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_a_body_that_is_not_said_to_be_json_is_refused(api: Api, content_type: str) -> None:
    before = api.rows()

    answer = api.post_raw(SESSIONS, GOOD.encode(), content_type=content_type)

    assert answer.status_code == 415
    assert "Content-Type: application/json" in problem(answer)["detail"]
    assert api.rows() == before


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_be_written_in_any_way(api: Api, content_type: str) -> None:
    assert api.post_raw(PREVIEW, GOOD.encode(), content_type=content_type).status_code == 200


@pytest.mark.parametrize("path", [SESSIONS, "/api/v1/nowhere", "/healthz"])
def test_a_body_over_the_limit_is_refused_unread(api: Api, path: str) -> None:
    before = api.rows()

    answer = api.post_raw(path, b" " * (LONGEST_BODY + 1))

    assert answer.status_code == 413
    assert "64 KiB" in problem(answer)["detail"]
    assert api.rows() == before


def test_a_body_that_turns_out_over_the_limit_is_refused(api: Api) -> None:
    before = api.rows()

    def chunks() -> Iterator[bytes]:
        yield GOOD.encode()
        for _ in range(LONGEST_BODY // 1024):
            yield b" " * 1024

    answer = api.client.post(SESSIONS, content=chunks(), headers={"Content-Type": "application/json"})

    assert "content-length" not in answer.request.headers
    assert answer.status_code == 413
    assert "64 KiB" in problem(answer)["detail"]
    assert api.rows() == before


def test_a_body_at_the_limit_is_read(api: Api) -> None:
    assert api.post_raw(PREVIEW, GOOD.encode().ljust(LONGEST_BODY)).status_code == 200


def test_text_of_any_script_is_kept_as_it_is(api: Api) -> None:
    body = a_body(patient=a_patient(name="Łucja 明美 👩🏽‍🦰"))

    assert api.post(PREVIEW, body).status_code == 200


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("staus=sent", "staus", "did you mean status?"),
        ("status=gone", "status", "use one of: 'scheduled'"),
        ("status=sent&status=failed", "status", "give this once"),
        ("limit=0", "limit", "a number from 1 up"),
        ("limit=201", "limit", "a number up to 200"),
        ("limit=many", "limit", "a whole number"),
        ("limit=1.5", "limit", "a whole number"),
        ("limit=" + "9" * 5000, "limit", "a whole number"),
        ("due_from=2026-03-03T14:30:00", "due_from", "with its zone"),
        ("due_from=2026-03-03T14:30:00+00:00", "due_from", "write + as %2B"),
        ("due_before=0001-01-01T00:00:00%2B14:00", "due_before", "a year from 1900"),
        ("patient_id=%00", "patient_id", "NUL"),
        ("session_id=" + "x" * 1001, "session_id", "at most 1000 characters"),
        ("after=x", "after", "no list gave this"),
        ("after=%C3%A4", "after", "no list gave this"),
        ("after=MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCB4", "after", "no list gave this"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(api: Api, query: str, field: str, words: str) -> None:
    assert words in problems(api.client.get(f"{REMINDERS}?{query}"))[field]


def test_an_id_with_nul_is_not_found(api: Api) -> None:
    answer = api.get(f"{SESSIONS}/%00")

    assert answer.status_code == 404
    assert problem(answer)
