"""Small files of each kind, right in every line, for tests that break one line or look at one."""

from __future__ import annotations

from scheduler.catalog.protocol_files import parse_protocol
from scheduler.domain.care.protocols import Advice, CareProtocol, ToldBy, Topic, TopicWords
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.errors import Invalid
from scheduler.domain.people.flags import Flag

TOPICS = {
    name: Topic(id=name, advice=advice, told_by=ToldBy.SHEET, words={"en": TopicWords(name=name)})
    for name, advice in {
        "makeup": Advice.AVOID,
        "exercise": Advice.AVOID,
        "cleanse": Advice.DO,
        "swim": Advice.AVOID,
    }.items()
}
FLAGS = {name: Flag(id=name, label=name) for name in ("melasma", "herpes")}
TEMPLATES = frozenset({"start", "later", "dated"})
MESSAGES = {
    (name, "en"): MessageTemplate(template=name, language="en", sms=words)
    for name, words in {"start": "Hello", "later": "Hello again", "dated": "No make-up until after ((until))"}.items()
}

PROTOCOL = """\
format = 1
procedure = "peel"
title = "Peel"

[facts.depth]
type = "number"
label = "Depth"
min = 1
max = 10
choices = [2, 5]

[facts.device]
type = "choice"
label = "Device"
choices = ["brush", "pen"]
required = true

[facts.areas]
type = "list"
label = "Areas"
if_missing = []

[facts.weeping]
type = "yes_no"
label = "Weeping"
if_missing = false

[[band]]
id = "light"
when = { depth = { max = 5 } }

[[band]]
id = "deep"

[[window]]
topic = "makeup"
until = { light = "24h", deep = "48h" }

[[window]]
topic = "cleanse"
from = "makeup"
until = "7d"

[[modifier]]
id = "longer"
when = { flags = "melasma" }
topics = ["makeup"]
effect = { next_band = true, at_deepest = "7d" }

[[reminder]]
id = "start"
kind = "instruct"
template = "start"
topics = ["makeup"]
send = { day = 1, time = 10:00:00 }
"""


def parse(text: str) -> CareProtocol:
    """The protocol, read with the topics, flags, templates and messages above."""
    return parse_protocol(text, file="peel.toml", topics=TOPICS, flags=FLAGS, templates=TEMPLATES, messages=MESSAGES)


def told(error: Invalid) -> str:
    """Every problem of an error, one a line."""
    return "\n".join(str(problem) for problem in error.problems)
