from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from scheduler.telemetry import redact, set_up_logging

logger = logging.getLogger("scheduler.test")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Give the process its handlers back: setting up replaces those of the root logger."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()  # so that setting up closes none of pytest's
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to +447911123456 now", "to [phone] now"),
        ("to +44 7911 123-456", "to [phone]"),
        ("to (020) 7946 0958.", "to [phone]."),
        ("06.12.34.56.78", "[phone]"),
        ("from=+15005550006,", "from=[phone],"),
        ("0044 7911 123456", "[phone]"),
        ("amira.khan+x@example.co.uk wrote", "[email] wrote"),
        ("<mailto:amira@example.org>", "<mailto:[email]>"),
    ],
)
def test_numbers_and_addresses_are_blacked_out(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "due 2026-03-03T14:30:00+00:00",
        "due 2026-03-03 14:30:00.123 in 0.0123 s",
        "reminder 12345678-1234-4abc-8def-0123456789ab",
        "SM0123456789abcdef0123456789abcdef",
        "10000000 rows from 127.0.0.1:54321",
        "needle 0.5 mm, 3 x 4",
    ],
)
def test_times_ids_and_counts_stay_readable(text: str) -> None:
    assert redact(text) == text


def test_a_json_line_holds_what_was_said_and_when() -> None:
    stream = io.StringIO()
    set_up_logging(form="json", stream=stream)

    logger.info("claimed %d", 3, extra={"sender": "s1", "took_ms": 1234567890})

    line = json.loads(stream.getvalue())
    at = line.pop("at")
    assert at.endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "scheduler.test",
        "message": "claimed 3",
        "sender": "s1",
        "took_ms": 1234567890,
    }


@pytest.mark.parametrize("form", ["plain", "json"])
def test_nothing_personal_passes_in_message_arguments_extra_or_traceback(form: str) -> None:
    stream = io.StringIO()
    set_up_logging(form="json" if form == "json" else "plain", stream=stream)

    try:
        int("+447911123456 x")
    except ValueError:
        logger.exception("no answer from %s", "amira@example.org", extra={"to": ["+447911123456"]})

    written = stream.getvalue()
    assert "7911" not in written
    assert "amira" not in written
    assert "ValueError: invalid literal for int() with base 10: '[phone] x'" in written


def test_a_plain_line_reads_as_a_sentence() -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)

    logger.warning("sender held", extra={"sender": "s1"})

    assert stream.getvalue().endswith(" WARNING scheduler.test: sender held sender=s1\n")


def test_the_level_leaves_out_what_is_less_severe() -> None:
    stream = io.StringIO()
    set_up_logging(level="warning", stream=stream)

    logger.info("not worth a line")

    assert stream.getvalue() == ""


def test_setting_up_again_replaces_the_first() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up_logging(stream=first)
    set_up_logging(stream=second)

    logger.info("once")

    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_pythons_warnings_take_the_same_way() -> None:
    stream = io.StringIO()
    set_up_logging(stream=stream)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("old use by amira@example.org", stacklevel=1)

    assert "old use by [email]" in stream.getvalue()
