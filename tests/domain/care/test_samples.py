from __future__ import annotations

from datetime import date, datetime

from scheduler.domain.care.conditions import Missing, Within
from scheduler.domain.care.protocols import Band, Fact, FactType
from scheduler.domain.care.samples import Reach, plain_sample, samples, variations
from tests.catalog.config_folder import microneedling
from tests.domain.care.builders import LONDON, a_protocol, a_rule, when


def names(zone: str = LONDON) -> list[str]:
    return [sample.name for sample in samples(microneedling(), zone)]


def test_samples_of_the_shipped_protocol_stand_around_each_of_its_boundaries() -> None:
    found = names()

    assert found[0] == "plain"
    for name in ("longest needle 0.29 mm", "longest needle 0.3 mm", "longest needle 0.31 mm", "longest needle 1.51 mm",
                 "no longest needle", "device rf", "areas: neck", "put on the skin: prp", "flag melasma",
                 "ended 15:59", "ended 16:00", "session 2, 180 days after the last",
                 "session 2, 181 days after the last",
                 "ended 23:50", "the day before the clocks go forward", "the day before the clocks go back", "no phone",
                 "stopped"):  # fmt: skip
        assert found.count(name) == 1, name


def test_a_zone_that_never_changes_its_clocks_has_no_samples_of_it() -> None:
    assert not [name for name in names("Asia/Kolkata") if "clocks" in name]


def test_clock_samples_end_on_the_day_before_the_change() -> None:
    ends = {sample.name: sample.ended.date() for sample in samples(microneedling(), LONDON)}

    assert ends["the day before the clocks go forward"] == date(2026, 3, 28)
    assert ends["the day before the clocks go back"] == date(2026, 10, 24)


def test_a_protocol_without_conditions_has_the_samples_of_the_calendar_and_of_reach_only() -> None:
    found = samples(a_protocol(a_rule()), "Asia/Kolkata")

    assert [sample.name for sample in found] == ["plain", "ended 23:50", "no phone", "stopped"]
    assert [sample.reach for sample in found[2:]] == [Reach.NO_PHONE, Reach.STOPPED]


def test_the_plain_sample_leaves_nothing_required_out() -> None:
    plain = plain_sample(microneedling())

    assert plain.facts == {"needle_mm": 0.5, "modality": "pen", "areas": (), "adjuncts": (), "weeping": False}
    assert plain.ended == datetime(2026, 3, 3, 14, 30)  # noqa: DTZ001  a wall clock


def test_a_sample_without_a_fact_has_no_record_of_it() -> None:
    found = {sample.name: sample.facts for sample in samples(microneedling(), LONDON)}

    assert found["no longest needle"] == {"modality": "pen", "areas": (), "adjuncts": (), "weeping": False}


def test_a_later_session_comes_once_for_each_number_that_a_rule_asks_for_and_never_by_the_hundred() -> None:
    protocol = a_protocol(
        a_rule(condition=when(session_number=Within(min=4))), a_rule("b", condition=when(session_number=90.0))
    )
    twelfth = a_protocol(a_rule(condition=when(session_number=12.0)))

    found = [(sample.number, sample.days_since_last) for sample in variations(protocol, plain_sample(protocol))]

    assert found == [(2, 28), (2, 0), (3, 28), (4, 28), (5, 28)]
    assert [sample.number for sample in variations(twelfth, plain_sample(twelfth))] == [2, 2, 11, 12]


def test_an_end_that_is_the_plain_one_is_no_other_sample() -> None:
    protocol = a_protocol(
        a_rule(condition=when(ended_time=Missing(missing=False))),
        facts=[Fact(id="x", type=FactType.CHOICE, label="X", choices=("a",), required=True)],
        bands=[Band(id="deep")],
    )

    assert list(variations(protocol, plain_sample(protocol))) == []
