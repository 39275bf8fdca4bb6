from __future__ import annotations

import pytest

from scheduler.bootstrap.demo import refuse_real_settings
from scheduler.domain.errors import Invalid
from scheduler.settings import load_settings

TWILIO = {
    "AFTERCARE_SMS": "twilio",
    "AFTERCARE_TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
    "AFTERCARE_TWILIO__AUTH_TOKEN": "token",
    "AFTERCARE_TWILIO__FROM_NUMBER": "+447700900123",
}
SMTP = {
    "AFTERCARE_EMAIL": "smtp",
    "AFTERCARE_SMTP__HOST": "mail.willow.example",
    "AFTERCARE_SMTP__SENDER": "care@willow.example",
}


@pytest.mark.parametrize(
    "real",
    [
        {"AFTERCARE_DATABASE_URL": "sqlite:///aftercare.db"},
        {"AFTERCARE_TWILIO__ACCOUNT_SID": "AC1"},
        {"AFTERCARE_SMTP__HOST": "mail.willow.example"},
        TWILIO,
        SMTP,
        TWILIO | SMTP,
    ],
)
def test_settings_of_a_real_service_are_refused_by_their_names_and_never_their_values(real: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_real_settings(load_settings(real))

    (problem,) = refused.value.problems
    assert all(name in problem.message for name in real)
    assert not any(value in problem.message for value in real.values() if value not in {"twilio", "smtp"})
    assert "leave out --demo to serve for real" in problem.message


@pytest.mark.parametrize("given", [{}, {"AFTERCARE_SMS": "sandbox", "AFTERCARE_LOG_LEVEL": "debug"}])
def test_settings_that_name_no_real_service_stand_beside_the_demo(given: dict[str, str]) -> None:
    refuse_real_settings(load_settings(given))
