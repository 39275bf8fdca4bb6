from __future__ import annotations

from dataclasses import replace

from scheduler.domain.care.checks import check_version
from scheduler.domain.care.protocols import (
    ProtocolVersion,
    TopicWords,
)
from scheduler.domain.delivery.messages import EmailTemplate, MessageTemplate
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import a_protocol, a_rule, a_window, lasts
from tests.domain.care.checks.versions import TOPICS, found, words


def test_a_channel_without_words_in_one_language_is_told_by_itself() -> None:
    protocol = a_protocol(a_rule())
    german = MessageTemplate(template="no-actives", language="de", sms="Nein")
    messages = {**words(protocol, "No"), ("no-actives", "de"): german}
    topic = {
        "retinoid_otc": replace(TOPICS["retinoid_otc"], words={"en": TopicWords(name="a"), "de": TopicWords(name="b")})
    }
    version = ProtocolVersion(number=1, protocol=protocol, topics={**TOPICS, **topic}, messages=messages)

    (finding,) = check_version(version, languages={"en", "de"})

    assert finding.fault == '"no-actives" has no [email] in de'


def test_a_topic_and_a_template_of_two_rules_are_told_once() -> None:
    protocol = a_protocol(
        a_rule(),
        replace(a_rule("b"), template="no-actives"),
        windows=[a_window(until="2d"), a_window(until="9d", start=lasts("5d"))],
    )

    told_keys = [finding.key for finding in found(protocol, languages=("en", "fr")) if "fr" in finding.fault]

    assert told_keys == ["template", "topic"]


def test_private_words_and_the_words_to_stop_are_counted() -> None:
    protocol = a_protocol(a_rule(channels=(Channel.SMS,)))
    stop = MessageTemplate(template="how-to-stop", language="en", sms="Text STOP to end texts.")
    long = MessageTemplate(template="no-actives", language="en", sms="x" * 300, private="x" * 307)
    wordless = MessageTemplate(template="no-actives", language="fr", email=EmailTemplate(subject="x", markdown="x"))
    unused = MessageTemplate(template="unused", language="en", sms="x" * 900)
    messages = {(one.template, one.language): one for one in (long, wordless, unused)}

    alone = [finding.key for finding in found(protocol, messages=messages)]
    first = [finding.key for finding in found(protocol, messages={**messages, ("how-to-stop", "en"): stop})]

    assert (alone, first) == (["private"], ["sms", "private"])


def test_of_several_dear_letters_the_first_is_named() -> None:
    text = "ł" + "x" * 150 + "ń"

    faults = [finding.fault for finding in found(a_protocol(a_rule()), text=text)]

    assert any("as ł makes each part hold 67 letters only" in fault for fault in faults)
