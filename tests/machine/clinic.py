"""The clinic whose days the machine plays: a small protocol with every way of sending, and texts at all hours."""

from __future__ import annotations

from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {
    "sending_hours": "00:00-24:00",
    "limit_day_0": "9",
    "limit_per_day": "9",
    "limit_per_course": "90",
    "limit_apart_minutes": "1",
}
"""Nothing waits for the morning and nothing is left out: what isn't sent in the end has another reason."""
NIGHT = {"sending_hours": "08:00-20:00"}

PROTOCOL = """\
format = 1
procedure = "machine"
title = "Machine"

[facts.depth]
type = "choice"
label = "Depth"
choices = ["light", "deep"]
required = true

[[window]]
topic = "acids"
until = "3d"

[[window]]
topic = "heat"
until = "2d"

[[window]]
topic = "sun_avoid"
until = "4d"

[[modifier]]
id = "deeper"
when = { depth = "deep" }
topics = ["acids", "sun_avoid"]
effect = { at_least = "6d" }

[[reminder]]
id = "start"
kind = "instruct"
template = "no-actives"
topics = ["acids"]
send = { after = "5m" }
useful_for = "6h"

[[reminder]]
id = "danger"
kind = "safety"
template = "danger"
send = { after = "15m" }
useful_for = "12h"

[[reminder]]
id = "mail"
kind = "check"
template = "check"
channels = ["email", "sms"]
send = { after = "20m" }
useful_for = "8h"

[[reminder]]
id = "heat"
kind = "instruct"
template = "heat-exercise"
topics = ["heat"]
send = { after = "2h" }

[[reminder]]
id = "sun"
kind = "instruct"
template = "spf-sun"
topics = ["sun_avoid"]
send = { after = "2h" }

[[reminder]]
id = "resume"
kind = "resume"
template = "resume-actives"
topics = ["acids"]
send = { window_end = true, time = 10:00:00 }
useful_for = "2d"
"""
"""`heat` and `sun` go as one message; `mail` goes by email first, and by text where that is stopped."""
