from __future__ import annotations

from dataclasses import replace
from datetime import time

from scheduler.domain.care.protocols import CareProtocol, OnDays, ProtocolVersion, ReminderRule
from scheduler.domain.care.samples import plain_sample
from scheduler.domain.care.trial_changes import Change, message_changes, window_changes
from scheduler.domain.care.trials import Trial, made_up_clinic, try_out
from tests.catalog.config_folder import microneedling, shipped
from tests.domain.care.builders import LONDON, a_window, lasts

BEFORE = microneedling()


def tried(protocol: CareProtocol) -> Trial:
    catalog = shipped()
    version = ProtocolVersion(number=1, protocol=protocol, topics=catalog.topics, messages=catalog.messages)
    return try_out(version, plain_sample(protocol), made_up_clinic(LONDON))


def with_rule(name: str, **changes: object) -> CareProtocol:
    def changed(rule: ReminderRule) -> ReminderRule:
        return replace(rule, **changes) if rule.id == name else rule  # type: ignore[arg-type]  # each test names a field

    return replace(BEFORE, reminders=tuple(changed(rule) for rule in BEFORE.reminders))


def changes(after: CareProtocol) -> list[tuple[str, Change]]:
    return [(found.rule, found.change) for found in message_changes(tried(BEFORE), tried(after))]


def test_the_same_protocol_changes_nothing() -> None:
    assert changes(BEFORE) == []
    assert list(window_changes(tried(BEFORE), tried(BEFORE))) == []


def test_a_rule_on_another_day_is_moved() -> None:
    assert changes(with_rule("danger", send=OnDays((3,), time(17)))) == [("danger", Change.MOVED)]


def test_a_rule_with_other_words_is_reworded() -> None:
    assert changes(with_rule("check", template="patches")) == [("check", Change.REWORDED)]


def test_a_rule_that_is_taken_out_is_removed_and_a_new_one_added() -> None:
    assert changes(with_rule("check", id="look")) == [("check", Change.REMOVED), ("look", Change.ADDED)]


def test_a_longer_window_moves_its_end() -> None:
    windows = tuple(
        replace(window, until={"": lasts("9d")}) if window.topic == "shave" else window for window in BEFORE.windows
    )

    (found,) = window_changes(tried(BEFORE), tried(replace(BEFORE, windows=windows)))

    assert (found.topic, found.change) == ("shave", Change.MOVED)
    assert found.before is not None
    assert found.after is not None
    assert found.after[1] > found.before[1]


def test_windows_come_and_go_stretch_by_stretch() -> None:
    later = a_window("shave", "30d", start=lasts("20d"))

    (found,) = window_changes(tried(BEFORE), tried(replace(BEFORE, windows=(*BEFORE.windows, later))))
    (gone,) = window_changes(tried(replace(BEFORE, windows=(*BEFORE.windows, later))), tried(BEFORE))

    assert (found.topic, found.change, found.before) == ("shave", Change.ADDED, None)
    assert (gone.topic, gone.change, gone.after) == ("shave", Change.REMOVED, None)
