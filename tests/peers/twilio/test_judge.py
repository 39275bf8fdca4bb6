from __future__ import annotations

import json
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from werkzeug.datastructures import Headers

from tests.peers.twilio import records
from tests.peers.twilio.judge import FOLDER, Answered, Asked, faults_of_answer, faults_of_request, record
from tests.peers.twilio.stub import ACCOUNT, MESSAGES, NUMBER, SERVICE, Stub
from tests.senders.twilio_sms.postings import NOON, TO

KIND = {"Content-Type": "application/x-www-form-urlencoded"}
LOGIN = Headers({"Authorization": "Basic eDp5"})
FORM = LOGIN | KIND
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())


def a_post(path: str = MESSAGES, headers: Headers = FORM, **form: str) -> Asked:
    return Asked("post", path, headers, urlencode({"To": TO} | form).encode())


def wrong(asked: Asked) -> str:
    return " ".join(faults_of_request(asked))


def test_a_request_as_twilio_describes_it_has_no_fault() -> None:
    assert wrong(a_post(MessagingServiceSid=SERVICE, ValidityPeriod="60", MessageIntent="notifications")) == ""


@pytest.mark.parametrize(
    "asked",
    [
        a_post(MessagingServiceSid="MG1"),
        a_post(ValidityPeriod="soon"),
        a_post(SendAt="tomorrow"),
        a_post(ScheduleType="sometimes"),
        a_post(Validity="60"),
        a_post(MESSAGES.replace(ACCOUNT, "AC1")),
        a_post(MESSAGES.replace("Messages", "Letters")),
        a_post("/somewhere"),
        a_post(headers=Headers(KIND)),
        Asked("delete", MESSAGES, LOGIN),
        Asked("get", f"{MESSAGES}?PageSize=1001", LOGIN),
        Asked("get", f"{MESSAGES}?Status=sent", LOGIN),
        Asked("post", MESSAGES, FORM, b"Body=x"),
    ],
    ids=lambda asked: f"{asked.method} {asked.target} {asked.body}",
)
def test_a_request_that_twilio_does_not_describe_is_found(asked: Asked) -> None:
    assert wrong(asked) != ""


def test_an_answer_as_twilio_describes_it_has_no_fault() -> None:
    asked = a_post(From=NUMBER)
    said = json.dumps(records.message("SM" + "0" * 32, asked, NOON)).encode()

    assert list(faults_of_answer(asked, Answered(201, said))) == []


@pytest.mark.parametrize(
    "changed", [{"status": "nonsense"}, {"sid": "SM1"}, {"error_code": "30003"}, {"num_segments": 1}]
)
def test_an_answer_that_twilio_does_not_describe_is_found(changed: dict[str, object]) -> None:
    asked = a_post(From=NUMBER)
    said = json.dumps(records.message("SM" + "0" * 32, asked, NOON) | changed).encode()

    assert list(faults_of_answer(asked, Answered(201, said))) != []


@pytest.mark.parametrize("said", [{}, {"code": 1}, {"code": "1", "message": "", "more_info": "", "status": 400}])
def test_an_error_that_is_not_of_twilios_form_is_found(said: dict[str, object]) -> None:
    assert list(faults_of_answer(a_post(), Answered(400, json.dumps(said).encode()))) != []


def test_a_record_knows_only_the_names_of_the_description() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        record(MESSAGES, "api.v2010.account.message", nonsense=1)


def test_the_stub_keeps_what_it_took_in_order() -> None:
    stub = Stub()
    sids = [stub.take(a_post(From=NUMBER))["sid"] for _ in range(3)]

    assert list(stub.ledger) == sids


@pytest.mark.parametrize("name", MANIFEST["files"])
def test_the_slices_are_those_that_were_cut(name: str) -> None:
    assert sha256((FOLDER / name).read_bytes()).hexdigest() == MANIFEST["files"][name]["sha256"]


def test_every_file_of_twilios_is_in_the_manifest_beside_its_licence() -> None:
    assert {path.name for path in FOLDER.glob("twilio_*.json")} == set(MANIFEST["files"])
    assert (FOLDER / "LICENSE").read_text().startswith(f"{MANIFEST['licence']} License")
