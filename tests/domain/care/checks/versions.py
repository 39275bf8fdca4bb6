"""Versions made of rules alone, with words and topics that need no thought, and what the checks say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scheduler.domain.care.checks import RuleFinding, check_version
from scheduler.domain.care.conditions import Within
from scheduler.domain.care.protocols import (
    Advice,
    Band,
    CareProtocol,
    Fact,
    FactType,
    ProtocolVersion,
    ToldBy,
    Topic,
    TopicWords,
)
from scheduler.domain.delivery.messages import EmailTemplate, MessageTemplate
from tests.domain.care.builders import a_fact, when

DEVICE = Fact(id="device", type=FactType.CHOICE, label="Device", choices=("pen", "rf"), required=True)
DEEP = (Band(id="D0", when=when(needle_mm=Within(max=0.5))), Band(id="D1"))
NEEDLE = a_fact()


def a_topic(
    name: str, advice: Advice = Advice.AVOID, told_by: ToldBy = ToldBy.TEXT, opposes: str | None = None
) -> Topic:
    return Topic(id=name, advice=advice, told_by=told_by, opposes=opposes, words={"en": TopicWords(name=name)})


TOPICS = {
    topic.id: topic
    for topic in (
        a_topic("retinoid_otc"),
        a_topic("acids"),
        a_topic("spf_start", opposes="spf_daily"),
        a_topic("spf_daily", Advice.DO, ToldBy.SHEET, "spf_start"),
        a_topic("sheet", told_by=ToldBy.SHEET),
    )
}


def words(protocol: CareProtocol, text: str) -> dict[tuple[str, str], MessageTemplate]:
    return {
        (rule.template, "en"): MessageTemplate(
            template=rule.template, language="en", sms=text, email=EmailTemplate(subject="Care", markdown=text)
        )
        for rule in protocol.reminders
    }


def found(
    protocol: CareProtocol,
    *,
    text: str = "Call us",
    messages: Mapping[tuple[str, str], MessageTemplate] | None = None,
    languages: Iterable[str] = ("en",),
) -> list[RuleFinding]:
    version = ProtocolVersion(
        number=1,
        protocol=protocol,
        topics=TOPICS,
        messages=words(protocol, text) if messages is None else messages,
    )
    return list(check_version(version, languages=frozenset(languages)))


def told(findings: Iterable[RuleFinding]) -> list[str]:
    return [f"{finding.rule}: {finding.key}: {finding.fault}" for finding in findings]
