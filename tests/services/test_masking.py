from __future__ import annotations

import pytest

from scheduler.services.masking import masked


@pytest.mark.parametrize(
    ("value", "country", "shown"),
    [
        ("+447700900321", "GB", "0770••••321"),
        ("+4915112345678", "GB", "+491••••678"),
        ("+4915112345678", "DE", "0151••••678"),
        ("+12015550123", "US", "2015••••123"),
        ("amira@example.com", "GB", "a••••@example.com"),
        ("@example.com", "GB", "••••@example.com"),
        ("12345", "GB", "••••"),
        ("", "GB", "••••"),
    ],
)
def test_the_middle_of_a_number_and_the_name_of_an_address_are_hidden(value: str, country: str, shown: str) -> None:
    assert masked(value, country=country) == shown
