from __future__ import annotations

from datetime import time

import pytest

from scheduler.catalog.document import publishable
from scheduler.catalog.flag_files import dump_flags, parse_flags
from scheduler.catalog.message_files import dump_message, parse_message
from scheduler.catalog.protocol_files import dump_protocol, parse_protocol, parse_published
from scheduler.catalog.topic_files import dump_topics, parse_topics
from scheduler.domain.care.conditions import ALWAYS, Condition, Equal, FactTest, Within
from scheduler.domain.care.protocols import (
    Add,
    After,
    AtLeast,
    AtWindowEnd,
    Duration,
    FactType,
    NextBand,
    OnDays,
    SendTime,
    SignOff,
    Unit,
)
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.patients import Channel
from tests.catalog.config_folder import shipped
from tests.catalog.samples import FLAGS, PROTOCOL, TEMPLATES, TOPICS, parse

REMINDER = 'kind = "check"\ntemplate = "start"\nsend = { day = 1, time = 10:00:00 }\n'
WINDOWS_ONLY = """\
procedure = "peel"
title = "Peel"
[[window]]
topic = "makeup"
until = "5d"
"""
ODD = '''\
procedure = "Ätz-Peel № 2"
title = """Peel with "quotes" and a \\\\ backslash"""

[facts.depth]
type = "number"
label = "Depth"
if_missing = 2.5

[facts.device]
type = "choice"
label = "Device"
choices = ["pen", "a \\"quoted\\" one"]
if_missing = "pen"

[facts.areas]
type = "list"
label = "Areas"
if_missing = ["neck", "left hand"]

[[band]]
id = "1.5-mm"
when = { depth = { over = 1, max = 5, not = 3, missing = false }, device = { not = { one_of = ["pen"] } } }
notice = ""

[[band]]
id = "rest"

[[window]]
topic = "makeup"
from = "2h"
until = "3d"
class = "M"
when = { flags = { contains = "melasma", not = ["herpes"] }, any_of = [{ areas = "neck" }, { areas = ["hand"] }] }
why = "Because."
source = "A book"

[[window]]
topic = "makeup"
until = { "1.5-mm" = "90m", rest = "36000s" }
when = { band = "rest", session_number = { min = 2 }, days_since_last = { missing = true } }

[[modifier]]
id = "night"
when = { ended_time = { min = 20:00:00, under = 23:59:59 } }
topics = ["makeup", "swim"]
effect = { add = "1d" }

[[modifier]]
id = "deeper"
topics = "makeup"
effect = { next_band = true }

[[modifier]]
id = "hands"
when = { areas = { one_of = ["hand"], not = "neck" } }
topics = "makeup"
effect = { at_least = "1m" }

[[reminder]]
id = "soon"
kind = "check"
template = "start"
send = { after = "5s" }

[[reminder]]
id = "days"
kind = "check"
template = "start"
send = { days = [28, 7, 0], time = 09:30:15 }
channels = "sms"
useful_for = "12h"
same_as = "end"

[[reminder]]
id = "end"
kind = "resume"
template = "later"
topics = ["makeup", "swim"]
send = { window_end = true, time = "7:05" }
'''


def test_a_protocol_is_read_whole() -> None:
    protocol = parse(PROTOCOL)

    assert (protocol.procedure, protocol.title, protocol.band_order) == ("peel", "Peel", ("light", "deep"))
    assert list(protocol.facts) == ["depth", "device", "areas", "weeping"]
    assert protocol.bands[0].when == Condition(tests=(FactTest("depth", Within(max=5.0)),))
    assert protocol.windows[0].until == {"light": Duration(24, Unit.HOURS), "deep": Duration(48, Unit.HOURS)}
    assert protocol.windows[1].start == "makeup"
    assert protocol.modifiers[0].effect == NextBand(Duration(7, Unit.DAYS))
    assert protocol.reminders[0].send == OnDays((1,), time(10))


def test_facts_keep_their_limits_choices_and_defaults() -> None:
    facts = parse(PROTOCOL).facts

    depth, device, areas, weeping = facts.values()
    assert (depth.type, depth.min, depth.max, depth.choices) == (FactType.NUMBER, 1.0, 10.0, (2.0, 5.0))
    assert (device.choices, device.required, device.if_missing) == (("brush", "pen"), True, None)
    assert (areas.choices, areas.if_missing) == ((), ())
    assert weeping.if_missing is False


def test_what_is_left_out_has_its_default() -> None:
    protocol = parse(PROTOCOL)

    window, reminder = protocol.windows[0], protocol.reminders[0]
    assert (window.sign_off, window.why, window.source, window.start) == (SignOff.PROTOCOL, "", "", None)
    assert window.when == ALWAYS
    assert reminder.channels == (Channel.SMS, Channel.EMAIL)
    assert (reminder.useful_for, reminder.same_as, reminder.when) == (None, None, ALWAYS)


def test_facts_bands_windows_modifiers_and_reminders_may_all_be_absent() -> None:
    protocol = parse('procedure = "peel"\ntitle = "Peel"\n')

    assert (protocol.facts, protocol.bands, protocol.windows) == ({}, (), ())
    assert (protocol.modifiers, protocol.reminders) == ((), ())


def test_one_length_stands_for_every_band() -> None:
    window = parse(WINDOWS_ONLY).windows[0]

    assert window.until == {"": Duration(5, Unit.DAYS)}
    assert window.length("deep") == window.length(None) == Duration(5, Unit.DAYS)


@pytest.mark.parametrize("name", ["peel", "Peel 2.0", "Säure-Peeling", "快速", "x"])
def test_a_procedure_may_have_almost_any_name(name: str) -> None:
    assert parse(f'procedure = "{name}"\ntitle = "T"\n').procedure == name


@pytest.mark.parametrize(
    ("written", "send"),
    [
        ('{ after = "90m" }', After(Duration(90, Unit.MINUTES))),
        ('{ after = "2s" }', After(Duration(2, Unit.SECONDS))),
        ("{ day = 0, time = 18:00:00 }", OnDays((0,), time(18))),
        ('{ days = [28, 7], time = "9:05" }', OnDays((28, 7), time(9, 5))),
        ("{ days = 3, time = 09:30:15 }", OnDays((3,), time(9, 30, 15))),
        ("{ day = 366, time = 23:59:59 }", OnDays((366,), time(23, 59, 59))),
    ],
)
def test_each_way_to_say_when(written: str, send: SendTime) -> None:
    rule = f'id = "x"\nkind = "check"\ntemplate = "start"\nsend = {written}\n'

    protocol = parse(f"{WINDOWS_ONLY}[[reminder]]\n{rule}")

    assert protocol.reminders[0].send == send


def test_a_reminder_may_wait_for_the_end_of_its_windows() -> None:
    rule = '[[reminder]]\nid = "x"\nkind = "resume"\ntemplate = "start"\ntopics = "makeup"\n'

    protocol = parse(f"{WINDOWS_ONLY}{rule}send = {{ window_end = true, time = 10:00:00 }}\n")

    assert protocol.reminders[0].send == AtWindowEnd(time(10))
    assert (protocol.reminders[0].kind, protocol.reminders[0].topics) == (Kind.RESUME, ("makeup",))


@pytest.mark.parametrize(
    ("written", "effect"),
    [
        ('{ at_least = "24h" }', AtLeast(Duration(24, Unit.HOURS))),
        ('{ add = "2d" }', Add(Duration(2, Unit.DAYS))),
        ("{ next_band = true }", NextBand(None)),
    ],
)
def test_each_effect(written: str, effect: object) -> None:
    text = PROTOCOL.replace('{ next_band = true, at_deepest = "7d" }', written)

    assert parse(text).modifiers[0].effect == effect


def test_a_condition_may_ask_for_what_the_planner_fills_in() -> None:
    when = 'when = { band = "deep", session_number = 1, flags = "herpes", ended_time = { under = 16:00:00 } }\n'

    condition = parse(f'{PROTOCOL}[[reminder]]\nid = "x"\n{REMINDER}{when}').reminders[1].when

    assert condition.tests == (
        FactTest("band", Equal("deep")),
        FactTest("session_number", Equal(1.0)),
        FactTest("flags", Equal("herpes")),
        FactTest("ended_time", Within(under=time(16))),
    )


def test_instruct_without_a_topic_is_allowed_when_it_says_how_long_it_is_useful() -> None:
    rule = '[[reminder]]\nid = "x"\nkind = "instruct"\ntemplate = "start"\nsend = { after = "1h" }\nuseful_for = "5h"\n'

    protocol = parse(WINDOWS_ONLY + rule)

    assert protocol.reminders[0].useful_for == Duration(5, Unit.HOURS)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert parse("\ufeff" + PROTOCOL.replace("\n", "\r\n")) == parse(PROTOCOL)


@pytest.mark.parametrize("text", [PROTOCOL, WINDOWS_ONLY, ODD], ids=["plain", "windows only", "odd"])
def test_a_protocol_written_and_read_again_is_equal(text: str) -> None:
    protocol = parse(text)

    written = dump_protocol(protocol)

    assert parse(written) == protocol
    assert dump_protocol(parse(written)) == written


def test_everything_that_ships_written_and_read_again_is_equal() -> None:
    catalog = shipped()

    for procedure, protocol in catalog.protocols.items():
        written = dump_protocol(protocol)
        assert publishable(written, procedure, catalog).protocol == protocol
    for (template, language), message in catalog.messages.items():
        assert parse_message(dump_message(message), file="f", template=template, language=language) == message
    assert parse_topics(dump_topics(catalog.topics), file="f") == catalog.topics
    assert parse_flags(dump_flags(catalog.flags), file="f") == catalog.flags


def test_a_written_protocol_reads_like_one_that_a_person_wrote() -> None:
    written = dump_protocol(parse(PROTOCOL))

    assert 'until = { light = "24h", deep = "48h" }\n' in written
    assert "send = { day = 1, time = 10:00:00 }\n" in written


def test_what_was_published_is_read_without_asking_again_whether_its_rules_fit() -> None:
    text = PROTOCOL.replace('from = "makeup"', 'from = "swim"').replace('"melasma"', '"a flag of then"')

    protocol = parse_published(text, file="version 3", topics=TOPICS)

    assert protocol.windows[1].start == "swim"


def test_flags_and_templates_are_only_checked_against_what_is_given() -> None:
    text = PROTOCOL.replace('"melasma"', '"unheard_of"').replace('template = "start"', 'template = "unwritten"')

    protocol = parse_protocol(text, file="f", topics=TOPICS, flags=None, templates=None)
    same = parse_protocol(PROTOCOL, file="f", topics=TOPICS, flags=FLAGS, templates=TEMPLATES)

    assert protocol.reminders[0].template == "unwritten"
    assert same == parse(PROTOCOL)
