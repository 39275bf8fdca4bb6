"""Whether the words that rules send are there in every language, and short enough for texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from scheduler.domain.care.checks.findings import Called, RuleFinding
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.delivery.messages import MessageTemplate, Placeholder, fill
from scheduler.domain.delivery.parts import foreign, parts
from scheduler.domain.delivery.rendering import HOW_TO_STOP, spoken_day
from scheduler.domain.people.patients import Channel

MOST_PARTS = 2
_A_LEAP_YEAR = date(2028, 1, 1)
_LONGEST_DAY = max((spoken_day(_A_LEAP_YEAR + timedelta(days=day)) for day in range(366)), key=len)
_LONGEST = {
    Placeholder.CLINIC: "W" * 40,
    Placeholder.PHONE: "+44 7700 900 0000",
    Placeholder.OUT_OF_HOURS: "+44 7700 900 0000",
    Placeholder.URGENT: "+44 7700 900 0000",
    Placeholder.EMERGENCY: "999",
    Placeholder.UNTIL: _LONGEST_DAY,
    Placeholder.LINK: "",
}
"""As long as what a clinic may be called, and the numbers and dates that fill a text up."""


def check_languages(version: ProtocolVersion, languages: Collection[str], called: Called) -> Iterator[RuleFinding]:
    """Templates and topics without words in a language that others have, each once."""
    told: set[str] = set()
    for label, rule in zip(called.reminders, version.protocol.reminders, strict=True):
        if rule.template not in told:
            told.add(rule.template)
            yield from _untranslated(version, rule.template, rule.channels, languages, label)
    topics: set[str] = set()
    for label, window in zip(called.windows, version.protocol.windows, strict=True):
        missing = sorted(set(languages) - version.topics[window.topic].words.keys())
        if missing and window.topic not in topics:
            topics.add(window.topic)
            yield RuleFinding(
                rule=label,
                key="topic",
                fault=f"has no words in {', '.join(missing)}",
                mend=f"write words.{missing[0]} under [topics.{window.topic}] in topics.toml",
            )


def check_parts(version: ProtocolVersion) -> Iterator[RuleFinding]:
    """Texts of more than two parts with the longest names and, where it is the first text, how to stop."""
    used = {rule.template for rule in version.protocol.reminders}
    for (template, language), message in version.messages.items():
        if template not in used:
            continue
        ending = _stop(version.messages, language)
        for key, text in (("sms", message.sms), ("private", message.private)):
            if text is not None:
                yield from _too_long(message, key, f"{text} {ending}".rstrip())


def _untranslated(
    version: ProtocolVersion, template: str, channels: Sequence[Channel], languages: Collection[str], label: str
) -> Iterator[RuleFinding]:
    lacking: dict[str, list[str]] = {}
    for channel in channels:
        spoken = {
            language
            for (name, language), message in version.messages.items()
            if name == template and _speaks(message, channel)
        }
        for language in sorted(set(languages) - spoken) if spoken else ():
            lacking.setdefault(language, []).append("sms" if channel is Channel.SMS else "[email]")
    for language, words in lacking.items():
        yield RuleFinding(
            rule=label,
            key="template",
            fault=f'"{template}" has no {" and no ".join(words)} in {language}',
            mend=f"write it in messages/{language}/{template}.toml",
        )


def _speaks(message: MessageTemplate, channel: Channel) -> bool:
    return (message.sms if channel is Channel.SMS else message.email) is not None


def _stop(messages: Mapping[tuple[str, str], MessageTemplate], language: str) -> str:
    ending = messages.get((HOW_TO_STOP, language))
    return (ending.sms or "") if ending else ""


def _too_long(message: MessageTemplate, key: str, text: str) -> Iterator[RuleFinding]:
    full = fill(text, {name.value: value for name, value in _LONGEST.items()})
    size = parts(full)
    if size.parts <= MOST_PARTS:
        return
    dear = foreign(full)
    because = f", as {dear[0]} makes each part hold 67 letters only" if dear else ""
    yield RuleFinding(
        rule="",
        key=key,
        fault=f"is {size.parts} parts with the longest names ({len(full)} letters{because})",
        mend=f"write another letter for {dear[0]}" if dear else f"shorten it to {MOST_PARTS} parts",
        message=(message.template, message.language),
    )
