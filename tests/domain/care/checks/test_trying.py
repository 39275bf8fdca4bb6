from __future__ import annotations

from scheduler.domain.care.conditions import Within
from scheduler.domain.care.protocols import Band
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import a_protocol, a_rule, on_days, when
from tests.domain.care.checks.versions import found, told


def test_a_band_of_returning_patients_is_shown_by_a_later_session_and_never_by_a_first_one() -> None:
    bands = (Band(id="late", when=when(days_since_last=Within(over=180))), Band(id="usual"))
    soon = a_rule("soon", kind=Kind.RESUME, send=on_days(3), useful_for="9d", condition=when(band="late"))

    findings = found(a_protocol(a_rule(), soon, bands=bands))

    (told_of,) = told(findings)
    assert told_of == (
        'reminder "soon": send: permits retinoid_otc on 6 March, 10:00, before its end on 9 March, 00:00 '
        "(band late, session 2, 181 days after the last)"
    )
