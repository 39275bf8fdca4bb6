"""No text of one patient says the opposite of another text or of a window: the words are read, not the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest

from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.protocols import Advice, ToldBy
from scheduler.domain.care.timing import last_day
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import ContactLines
from scheduler.domain.delivery.parts import Encoding, parts
from scheduler.domain.delivery.reminders import Kind
from scripts.sample_texts import CLINIC, Sample, Text, Treatment, needling, peel, sample, shipped, texts_of
from scripts.texts import SAMPLES
from tests.catalog.reading import SPOKEN_OF, Reading, read

ZONE = CLINIC.zone
EACH = pytest.mark.parametrize("one", SAMPLES, ids=[one.title for one in SAMPLES])
LINE = "+44 (0) 7700 900000 - 1234 - 1234 - 1234"
LONGEST = replace(
    CLINIC,
    name="The Willow Skin Room at Abbotsleigh Gate",
    lines=ContactLines(phone=LINE, out_of_hours=LINE, urgent=LINE, emergency=LINE),
)
"""A name and lines as long as the settings let them be: 40 characters."""
TREATMENTS = (
    needling(0.25, "roller"), needling(0.5), needling(1.0), needling(1.5), needling(2.0), needling(1.0, "rf"),
    needling(2.0, "rf", weeping=True), needling(0.5, adjuncts=["prp"]), peel("superficial"), peel("medium"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """A text and what it says."""

    text: Text
    says: Reading

    @property
    def at(self) -> datetime:
        return self.text.at

    @property
    def day(self) -> date:
        return self.text.wall.date()

    def __str__(self) -> str:
        return f"{self.text.wall:%d %B} {self.text.members[0].identity.rule}"


PERMITTING = {"spf-sun", "resume-sunscreen", "resume-actives"}


def heard(one: Sample) -> list[Heard]:
    return [Heard(text, read(text.message.body, text.wall.date())) for text in texts_of(one)]


def restarted(text: Text) -> set[str]:
    return {topic for one in text.members if one.kind is Kind.RESUME for topic in one.topic_ends}


def stretches(text: Text, topic: str) -> Iterator[Stretch]:
    """Those of a topic that hold at some time of the day from the text on, as the plan stood then."""
    midnight = zones.midnight_after(text.wall.date(), ZONE)
    yield from (part for part in text.plan.windows.get(topic, ()) if part.end > text.at and part.start < midnight)


def permitted_inside_a_window(texts: list[Heard]) -> list[str]:
    return [
        f"{each} permits {topic}" for each in texts for topic in each.says.permits if any(stretches(each.text, topic))
    ]


def permitted_before_a_date_that_was_told(texts: list[Heard]) -> list[str]:
    found = []
    for index, each in enumerate(texts):
        for topic in each.says.permits:
            for before in texts[:index]:
                until = before.says.forbids.get(topic)
                if until and until >= each.day:
                    found.append(f"{each} permits {topic}, {before} forbids it")
    return found


def forbidden_after_it_was_permitted(one: Sample, texts: list[Heard]) -> list[str]:
    """Unless a session ended in between."""
    ends = [treatment.session.ended_at for treatment in one.treatments]
    return [
        f"{later} forbids {topic}, {each} permits it"
        for index, each in enumerate(texts)
        for later in texts[index + 1 :]
        for topic in each.says.permits & later.says.forbids.keys()
        if not any(each.at < end <= later.at for end in ends)
    ]


def dates_before_an_end(texts: list[Heard]) -> list[str]:
    return [
        f"{each} says {topic} until {named}"
        for each in texts
        for topic, named in each.says.forbids.items()
        if named and named != each.day
        for part in stretches(each.text, topic)
        if last_day(part.end, ZONE) > named
    ]


@EACH
def test_no_text_permits_what_a_window_forbids_on_that_day(one: Sample) -> None:
    assert permitted_inside_a_window(heard(one)) == []


@EACH
def test_no_text_permits_what_an_earlier_text_forbids_on_that_day(one: Sample) -> None:
    assert permitted_before_a_date_that_was_told(heard(one)) == []


@EACH
def test_nothing_is_forbidden_after_it_was_permitted_without_a_new_session(one: Sample) -> None:
    assert forbidden_after_it_was_permitted(one, heard(one)) == []


@EACH
def test_a_date_that_is_named_is_not_before_the_end_of_its_windows(one: Sample) -> None:
    assert dates_before_an_end(heard(one)) == []


@pytest.mark.parametrize("days", [1, 4, 9])
@pytest.mark.parametrize("first", TREATMENTS, ids=[str(index) for index in range(len(TREATMENTS))])
def test_two_sessions_of_any_kind_restart_nothing_too_early_and_name_no_early_date(first: Treatment, days: int) -> None:
    for second in TREATMENTS:
        texts = heard(sample("", first, replace(second, days=days)))

        resumed = [each for each in texts if Kind.RESUME in each.text.kinds]
        assert resumed
        assert permitted_inside_a_window(resumed) == []
        assert dates_before_an_end(texts) == []


@EACH
def test_no_date_was_told_for_what_a_text_restarts_that_is_not_over_by_then(one: Sample) -> None:
    texts = texts_of(one)

    for index, text in enumerate(texts):
        if Kind.RESUME in text.kinds:
            for before in texts[:index]:
                told = [before.named[topic] for topic in before.named.keys() & restarted(text)]
                assert all(named is None or named <= text.at for named in told), f"{before.message.body}"


@EACH
def test_what_texts_must_tell_is_named_by_the_morning_of_day_1(one: Sample) -> None:
    texts = heard(one)

    for treatment in one.treatments:
        session = treatment.session
        latest = zones.instant(session.day_0 + timedelta(days=1), time(10), ZONE)
        inside = [each for each in texts if session.ended_at < each.at <= latest]
        named = {topic for each in inside for topic, until in each.says.forbids.items() if until != each.day}
        assert by_text() - named == set(), session.id


@EACH
def test_a_text_is_never_over_two_parts_however_long_names_and_numbers_are(one: Sample) -> None:
    assert (len(LONGEST.name), len(LINE)) == (40, 40)
    for text in texts_of(one, LONGEST):
        sent = parts(text.message.body)
        assert (sent.encoding, sent.parts <= 2) == (Encoding.GSM_7, True), f"{sent.units}: {text.message.body}"


@EACH
def test_a_text_is_one_part_but_the_first_which_says_how_to_stop_and_bundles(one: Sample) -> None:
    first, *others = texts_of(one)

    assert first.message.body.endswith(" Text STOP to end texts.")
    assert parts(first.message.body).parts <= 2
    longest = {text.message.body: 1 if len(text.members) == 1 else 2 for text in others}
    assert [body for body, most in longest.items() if parts(body).parts > most] == []
    assert not any("STOP" in text.message.body for text in others)


@EACH
def test_everything_that_a_text_leaves_open_is_filled(one: Sample) -> None:
    for text in texts_of(one):
        body = text.message.body
        assert body.startswith("Willow Skin: ")
        assert "020 7946 0018" in body
        assert not re.search(r"[(]{2}|[)]{2}|  | [.,;?:]|until after [^A-Z]", body), body


@EACH
def test_texts_come_one_after_the_other_in_sending_hours(one: Sample) -> None:
    texts = texts_of(one)

    assert all(time(8) <= text.wall.time() < time(20) for text in texts)
    assert all(before.wall <= after.wall for before, after in pairwise(texts))


def by_text() -> set[str]:
    return {topic.id for topic in shipped().topics.values() if topic.told_by is ToldBy.TEXT}


def test_the_reader_has_words_for_every_topic_that_texts_must_tell() -> None:
    assert by_text() <= SPOKEN_OF.keys()
    assert {shipped().topics[topic].advice for topic in SPOKEN_OF} == {Advice.AVOID}


@pytest.mark.parametrize(
    ("body", "permits", "forbids"),
    [
        ("A: Use mineral sunscreen (SPF 30+) each morning until after Sunday 8 March. Stay out of strong sun. 1",
         {"spf_start"}, {"sun_avoid": None}),
        ("A: From today, only if skin is calm, restart one: retinol or acid. Prescribed cream? Ask us first: 1",
         {"retinoid_otc", "acids"}, {}),
        ("A: Stay in the shade today; no sunscreen yet. No make-up or sport until after Sunday 8 March. 1",
         set(), {"sun_avoid": date(2026, 3, 3), "spf_start": None, "makeup": date(2026, 3, 8),
                 "exercise": date(2026, 3, 8)}),
        ("A: Today use only what we gave you. Hands off, no picking or sauna until after Sunday 8 March. 1",
         set(), {"pick": date(2026, 3, 8), "heat": date(2026, 3, 8)}),
        ("A: A crust after retinol? Call 1", set(), {}),
    ],
)  # fmt: skip
def test_the_reader_tells_permitting_from_forbidding(
    body: str, permits: set[str], forbids: dict[str, date | None]
) -> None:
    assert read(body, date(2026, 3, 3)) == Reading(frozenset(permits), forbids)


def test_a_restart_is_the_only_text_that_permits_besides_sunscreen() -> None:
    permitting = {
        (next(iter(each.text.templates & PERMITTING), "none"), topic)
        for one in SAMPLES
        for each in heard(one)
        for topic in each.says.permits
    }

    assert permitting == {
        ("spf-sun", "spf_start"),
        ("resume-sunscreen", "spf_start"),
        *(("resume-actives", topic) for topic in ("retinoid_otc", "acids", "vit_c", "exfoliate", "alcohol_toner")),
    }


def test_a_later_peel_puts_off_the_restart_of_the_needling_before_it() -> None:
    needled, both = needling(0.5), sample("", needling(0.5), peel("medium", days=4))

    restarts = [
        {each.text.wall.date() for each in heard(one) if "resume-actives" in each.text.templates}
        for one in (sample("", needled), both)
    ]

    assert restarts == [{date(2026, 3, 11)}, {date(2026, 3, 22)}]


def test_no_date_is_told_for_sunscreen_while_a_later_peel_forbids_it() -> None:
    texts = texts_of(sample("", needling(0.5), peel("medium", days=4)))

    assert any("No sunscreen" in text.message.body for text in texts)
    assert not any("daily sunscreen" in text.message.body for text in texts)
