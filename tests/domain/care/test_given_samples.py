from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.domain.care.given_samples import fitted, given_sample
from scheduler.domain.care.protocols import Fact, FactType
from scheduler.domain.care.samples import Sample, plain_sample
from scheduler.domain.errors import Invalid
from tests.catalog.config_folder import microneedling
from tests.domain.care.builders import a_protocol

LATE = datetime(2026, 3, 28, 23, 50)  # noqa: DTZ001  a wall clock
FLAGS = ("melasma", "herpes")


def given(facts: dict[str, object], ended: datetime | None = None) -> Sample:
    return given_sample(microneedling(), facts, ended=ended, flags=FLAGS)


def test_a_sample_has_the_facts_flags_and_end_that_were_given() -> None:
    found = given({"needle_mm": 1, "modality": "rf", "flags": ["melasma", "herpes"]}, LATE)

    assert found.facts == {"needle_mm": 1.0, "modality": "rf", "areas": (), "adjuncts": (), "weeping": False}
    assert (found.flags, found.ended, found.number) == (("melasma", "herpes"), LATE, 1)


def test_without_facts_it_is_the_plain_one_at_another_time() -> None:
    assert given({}, LATE).facts == plain_sample(microneedling()).facts


def test_days_since_the_last_session_make_it_the_second() -> None:
    found = given({"modality": "pen", "days_since_last": 30, "flags": "melasma"})

    assert (found.number, found.days_since_last, found.flags) == (2, 30, ("melasma",))
    assert given({"modality": "pen", "days_since_last": 30, "session_number": 5}).number == 5
    assert given({"modality": "pen", "days_since_last": 30, "session_number": 12}).number == 12


@pytest.mark.parametrize(
    ("facts", "field", "mend"),
    [
        ({"needle_mm": 0.5}, "facts.modality", "is required"),
        ({"modality": "pn"}, "facts.modality", "give one of: roller, pen, rf"),
        ({"modality": "pen", "flags": "melasm"}, "facts.flags", "did you mean melasma?"),
        ({"modality": "pen", "session_number": 2}, "facts.days_since_last", "is missing"),
        (
            {"modality": "pen", "session_number": 1, "days_since_last": 3},
            "facts.session_number",
            "leave one of the two",
        ),
        ({"modality": "pen", "session_number": 13}, "facts.session_number", "from 1 to 12"),
        ({"modality": "pen", "days_since_last": True}, "facts.days_since_last", "must be a whole number"),
        ({"modality": "pen", "days_since_last": -1}, "facts.days_since_last", "from 0 to 3660"),
    ],
)
def test_what_cannot_be_says_which_fact_and_the_mend(facts: dict[str, object], field: str, mend: str) -> None:
    with pytest.raises(Invalid) as error:
        given(facts)

    assert error.value.problems[0].field == field
    assert mend in error.value.problems[0].message


@pytest.mark.parametrize("year", [1999, 2101])
def test_an_end_outside_the_years_of_zone_data_is_refused(year: int) -> None:
    with pytest.raises(Invalid, match="2000 to 2100"):
        given({}, LATE.replace(year=year))


def test_a_sample_fits_another_protocol_without_facts_that_it_does_not_ask_for() -> None:
    needed = Fact(id="depth", type=FactType.CHOICE, label="Depth", choices=("light", "deep"), required=True)
    other = a_protocol(facts=[needed, microneedling().facts["modality"]])

    assert fitted(given({"modality": "rf"}), other).facts == {"depth": "light", "modality": "rf"}


def test_what_another_protocol_asks_for_and_does_not_need_stays_unrecorded() -> None:
    extra = Fact(id="weeping-now", type=FactType.YES_NO, label="Weeping", if_missing=False)
    loose = Fact(id="depth", type=FactType.CHOICE, label="Depth", choices=("light", "deep"))

    assert fitted(given({"modality": "rf"}), a_protocol(facts=[extra, loose])).facts == {}
