from __future__ import annotations

import pytest

from scheduler.catalog.tables import Problems
from scheduler.domain.errors import Invalid
from tests.catalog.samples import PROTOCOL, parse, told

REMINDER = 'reminder "start"'
# What stands in the sample, what a clinic wrote instead, where the problem is, and words of the mend.
MISTAKES = [
    ("format = 1", "format = 2", "format", "must be 1"),
    ("format = 1", "format = true", "format", "must be 1"),
    ('procedure = "peel"', "", "procedure", 'is missing; write one, such as procedure = "microneedling"'),
    ('procedure = "peel"', 'procedure = "a/b"', "procedure", "without /"),
    ('procedure = "peel"', 'procedure = " peel"', "procedure", "without blanks"),
    ('title = "Peel"', "title = 5", "title", "must be text in quotes, not a number"),
    ('title = "Peel"', 'title = " "', "title", "is empty"),
    ('title = "Peel"', 'title = "Peel\\u0007"', "title", "control character"),
    ('title = "Peel"', 'title = "Peel\\nagain"', "title", "on one line"),
    ('title = "Peel"', 'titel = "x"\ntitle = "Peel"', "titel", 'there is no key "titel"; did you mean title?'),
    # facts
    ('title = "Peel"', 'title = "Peel"\nfacts = 5', "line 6", "this key or table stands twice"),
    ("[facts.depth]", "[facts.flags]", 'fact "flags"', "choose another"),
    ("[facts.areas]", "[facts.session_number]", 'fact "session_number"', "choose another"),
    ("[facts.areas]", "[facts.any_of]", 'fact "any_of"', "choose another"),
    ("[facts.areas]", '[facts."two words"]', 'fact "two words"', "can't be an id"),
    ('type = "number"', 'type = "numbre"', 'fact "depth": type', 'no type of fact "numbre"; did you mean number?'),
    ('type = "number"', "", 'fact "depth": type', "is missing"),
    ('label = "Depth"', "", 'fact "depth": label', "is missing"),
    ("min = 1", "min = 20", 'fact "depth": max', "is under min"),
    ("min = 1", "min = nan", 'fact "depth": min', "a number that ends"),
    ("min = 1", f"min = 1{'0' * 400}", 'fact "depth": min', "a number that ends"),
    ("min = 1", 'min = "1"', 'fact "depth": min', 'must be a number without quotes, not "1"'),
    ("max = 10", "max = true", 'fact "depth": max', "not true or false"),
    ("choices = [2, 5]", "choices = [2, 50]", 'fact "depth": choices', "offers 50"),
    ("choices = [2, 5]", 'choices = [2, "5"]', 'fact "depth": choices', "must be a number"),
    ("choices = [2, 5]", "choices = [2, 2]", 'fact "depth": choices', "more than once"),
    ("choices = [2, 5]", "if_missing = 11", 'fact "depth": if_missing', "outside min and max"),
    ('choices = ["brush", "pen"]', "", 'fact "device": choices', "is missing"),
    ("required = true", 'if_missing = "penn"', 'fact "device": if_missing', "did you mean pen?"),
    ("required = true", 'required = true\nif_missing = "pen"', 'fact "device": if_missing', "is never used"),
    ("required = true", 'required = "yes"', 'fact "device": required', 'true or false without quotes, not "yes"'),
    ("required = true", 'unit = "mm"', 'fact "device": unit', "for facts of type number"),
    ('label = "Weeping"', 'label = "Weeping"\nchoices = ["a"]', 'fact "weeping": choices', "not for facts of type yes"),
    ("if_missing = false", 'if_missing = "no"', 'fact "weeping": if_missing', "true or false"),
    ("if_missing = []", "if_missing = [1]", 'fact "areas": if_missing', "must be text in quotes"),
    # bands
    ('id = "deep"', "", "band number 2: id", "is missing"),
    ('id = "light"', "id = 1", "band number 1: id", "must be text"),
    ('id = "deep"', 'id = "deep"\nnotise = "x"', 'band "deep": notise', "did you mean notice?"),
    ("depth = { max = 5 }", 'band = "deep"', 'band "light": when.band', "where the band is being found"),
    ("depth = { max = 5 }", "dept = { max = 5 }", 'band "light": when.dept', "did you mean depth?"),
    ("depth = { max = 5 }", 'depth = { max = "5" }', 'band "light": when.depth.max', "must be a number"),
    ("depth = { max = 5 }", "depth = { max = inf }", 'band "light": when.depth.max', "a number that ends"),
    ("depth = { max = 5 }", "depth = { maxi = 5 }", 'band "light": when.depth.maxi', "did you mean max?"),
    ("depth = { max = 5 }", "depth = {}", 'band "light": when.depth', "is an empty table"),
    ("depth = { max = 5 }", "depth = []", 'band "light": when.depth', "is an empty list"),
    ("depth = { max = 5 }", "depth = true", 'band "light": when.depth', "must be a number"),
    ("depth = { max = 5 }", 'depth = "deep"', 'band "light": when.depth', 'not "deep"'),
    ("depth = { max = 5 }", 'device = "penn"', 'band "light": when.device', "did you mean pen?"),
    ("depth = { max = 5 }", 'device = ["pen", "penn"]', 'band "light": when.device', "did you mean pen?"),
    ("depth = { max = 5 }", "device = { min = 2 }", 'band "light": when.device.min', "this fact is a word"),
    ("depth = { max = 5 }", 'device = { contains = "pen" }', 'band "light": when.device.contains', "is for lists"),
    ("depth = { max = 5 }", "weeping = 1", 'band "light": when.weeping', "must be true or false"),
    ("depth = { max = 5 }", "areas = { missing = 1 }", 'band "light": when.areas.missing', "must be true or false"),
    ("depth = { max = 5 }", "depth = { not = { missing = true } }", 'band "light": when.depth.not', "takes one test"),
    ("depth = { max = 5 }", "depth = { not = { not = 2 } }", 'band "light": when.depth.not', "takes one test"),
    ("depth = { max = 5 }", "ended_time = { min = 16 }", 'band "light": when.ended_time.min', "must be a time"),
    ("depth = { max = 5 }", "ended_time = 2026-01-01", 'band "light": when.ended_time', "not a date"),
    ("depth = { max = 5 }", 'ended_time = { min = "25:00" }', 'band "light": when.ended_time.min', "not a time of day"),
    ("depth = { max = 5 }", 'flags = "melasm"', 'band "light": when.flags', 'no flag "melasm"; did you mean melasma?'),
    ("depth = { max = 5 }", "any_of = []", 'band "light": when.any_of', "must be a list of tables"),
    ("depth = { max = 5 }", "any_of = [{}]", 'band "light": when.any_of.1', "would always hold"),
    ("depth = { max = 5 }", "any_of = [{ depth = 1 }, { dpth = 1 }]", 'band "light": when.any_of.2.dpth', "did you"),
    ("depth = { max = 5 }", "any_of = [{ any_of = [] }]", 'band "light": when.any_of.1.any_of', "inside another"),
    ("when = { depth = { max = 5 } }", 'when = "always"', 'band "light": when', "must be a table, such as when ="),
    # windows
    ('topic = "makeup"', 'topic = "make-up"', 'window "make-up": topic', "did you mean makeup?"),
    ('topic = "makeup"', "", "window number 1: topic", "is missing"),
    ('until = "7d"', "", 'window "cleanse": until', "is missing"),
    ('until = "7d"', "until = 7", 'window "cleanse": until', 'needs a unit; write "7d"'),
    ('until = "7d"', 'until = "7 weeks"', 'window "cleanse": until', '"weeks" is not a unit of time; use s, m, h or d'),
    ('until = "7d"', 'until = "-7d"', 'window "cleanse": until', "is not a length of time"),
    ('until = "7d"', 'until = "0d"', 'window "cleanse": until', "is no time at all"),
    ('until = "7d"', 'until = "367d"', 'window "cleanse": until', "is longer than 366 days"),
    ('until = "7d"', f'until = "{"9" * 30}d"', 'window "cleanse": until', "is longer than 366 days"),
    ('until = "7d"', "until = 7.5", 'window "cleanse": until', "must be text in quotes"),
    ('deep = "48h"', 'deep = "48h", deeep = "3d"', 'window "makeup": until.deeep', '"deeep"; did you mean deep?'),
    (', deep = "48h"', "", 'window "makeup": until.deep', "is missing"),
    ('from = "makeup"', 'from = "makup"', 'window "cleanse": from', "did you mean makeup?"),
    ('from = "makeup"', 'from = "swim"', 'window "cleanse": from', "which has no [[window]] here"),
    ('from = "makeup"', 'from = "cleanse"', 'window "cleanse": from', "goes in a circle"),
    ('from = "makeup"', 'from = "7d"', 'window "cleanse": until', "ends before it starts"),
    ('from = "makeup"', 'from = "5x"', 'window "cleanse": from', '"x" is not a unit of time'),
    ('from = "makeup"', 'class = "X"', 'window "cleanse": class', "use one of: G, M, P"),
    ('from = "makeup"', "why = 5", 'window "cleanse": why', "must be text"),
    ('[[window]]\ntopic = "cleanse"', '[[windw]]\ntopic = "cleanse"', "windw", "did you mean window?"),
    # modifiers
    ('id = "longer"', "", "modifier number 1: id", "is missing"),
    ('topics = ["makeup"]\neffect', "effect", 'modifier "longer": topics', "is missing"),
    ('topics = ["makeup"]\neffect', 'topics = "makeupp"\neffect', 'modifier "longer": topics', "did you mean makeup?"),
    ("effect = {", "efect = {", 'modifier "longer": effect', "is missing"),
    ("next_band = true, ", "", 'modifier "longer": effect', "says none of at_least, add, next_band"),
    ("next_band = true, ", 'add = "2d", ', 'modifier "longer": effect.at_deepest', "goes with next_band"),
    ("next_band = true, ", 'next_band = true, add = "2d", ', 'modifier "longer": effect', "add and next_band; keep"),
    ("next_band = true, ", "next_band = false, ", 'modifier "longer": effect.next_band', "leave it out"),
    ('at_deepest = "7d"', 'at_deepest = "7y"', 'modifier "longer": effect.at_deepest', '"y" is not a unit'),
    # reminders
    ('id = "start"', 'id = "a b"', 'reminder "a b": id', "can't be an id"),
    ('kind = "instruct"', 'kind = "instrukt"', f"{REMINDER}: kind", 'no kind "instrukt"; did you mean instruct?'),
    ('kind = "instruct"', 'kind = "reassure"', f"{REMINDER}: topics", "must be empty"),
    ('template = "start"', 'template = "strat"', f"{REMINDER}: template", "did you mean start?"),
    ('template = "start"', "", f"{REMINDER}: template", "is missing"),
    ('topics = ["makeup"]\nsend', 'topics = ["makup"]\nsend', f"{REMINDER}: topics", "did you mean makeup?"),
    ('topics = ["makeup"]\nsend', 'topics = ["makeup", "makeup"]\nsend', f"{REMINDER}: topics", "more than once"),
    ('topics = ["makeup"]\nsend', "send", f"{REMINDER}: topics", "never be useful"),
    ('topics = ["makeup"]\nsend', 'topics = "swim"\nsend', f"{REMINDER}: topics", "has none with a [[window]] here"),
    ("send = {", "sent = {", f"{REMINDER}: send", "is missing"),
    ("day = 1, time = 10:00:00", "time = 10:00:00", f"{REMINDER}: send", "says none of after, day, days, window_end"),
    ("day = 1,", 'day = 1, after = "1h",', f"{REMINDER}: send", "says after and day; keep one"),
    ("day = 1,", "day = 1, days = [2],", f"{REMINDER}: send", "says day and days; keep one"),
    ("day = 1, time = 10:00:00", "day = 1", f"{REMINDER}: send.time", "is missing; write one, such as time = 10:00:00"),
    ("day = 1,", 'after = "1h",', f"{REMINDER}: send.time", "has no meaning beside after"),
    ("day = 1,", "day = -1,", f"{REMINDER}: send.day", "must be a day from 0"),
    ("day = 1,", "day = 367,", f"{REMINDER}: send.day", "to 366"),
    ("day = 1,", "day = 1.5,", f"{REMINDER}: send.day", "whole number of days"),
    ("day = 1,", "day = true,", f"{REMINDER}: send.day", "whole number of days"),
    ("day = 1,", "days = [7, 7],", f"{REMINDER}: send.days", 'names "7" more than once'),
    ("day = 1,", "days = [],", f"{REMINDER}: send.days", "is an empty list"),
    ("day = 1, time = 10:00:00", 'after = "400d"', f"{REMINDER}: send.after", "is longer than 366 days"),
    ("day = 1, time = 10:00:00", 'after = "-1h"', f"{REMINDER}: send.after", "is not a length of time"),
    ("day = 1,", "window_end = false,", f"{REMINDER}: send.window_end", "leave it out"),
    ("time = 10:00:00", "time = 10", f"{REMINDER}: send.time", "must be a time such as 10:00:00"),
    ("time = 10:00:00", 'time = "10 am"', f"{REMINDER}: send.time", 'not "10 am"'),
    ("time = 10:00:00", "tme = 10:00:00", f"{REMINDER}: send.tme", "did you mean time?"),
    ("send = {", 'channels = ["sms", "smoke"]\nsend = {', f"{REMINDER}: channels", 'no channel "smoke"'),
    ("send = {", 'channels = ["sms", "sms"]\nsend = {', f"{REMINDER}: channels", "more than once"),
    ("send = {", "channels = []\nsend = {", f"{REMINDER}: channels", "is an empty list"),
    ("send = {", 'channels = "email"\nsend = {', f"{REMINDER}: channels", "no words for email"),
    ("send = {", 'useful_for = "24"\nsend = {', f"{REMINDER}: useful_for", '"" is not a unit'),
    ("send = {", 'same_as = "strat"\nsend = {', f"{REMINDER}: same_as", "did you mean start?"),
    ("send = {", 'same_as = "start"\nsend = {', f"{REMINDER}: same_as", "names the rule itself"),
    ("send = {", 'when = { band = "dep" }\nsend = {', f"{REMINDER}: when.band", 'no band "dep"; did you mean deep?'),
    ("send = {", "when = { session_number = true }\nsend = {", f"{REMINDER}: when.session_number", "must be a number"),
]  # fmt: skip
RESUME = '[[reminder]]\nid = "r"\nkind = "resume"\ntemplate = "start"\nsend = { window_end = true, time = 10:00:00 }\n'
DATED = '[[reminder]]\nid = "d"\nkind = "check"\ntemplate = "dated"\nsend = { day = 1, time = 10:00:00 }\n'
ADDED = [
    (RESUME, 'reminder "r": topics', "must name what may be resumed"),
    (f'{RESUME}topics = ["swim"]\n', 'reminder "r": send.window_end', "name a topic that has a [[window]] here"),
    (DATED, 'reminder "d": topics', '"dated" (en) says ((until))'),
    (f'{DATED}topics = ["swim"]\n', 'reminder "d": topics', '"dated" (en) says ((until))'),
    (DATED.replace('"d"', '"catch-up"'), 'reminder "catch-up": id', "is the name of a message that no rule sends"),
    (DATED.replace('"d"', '"start"'), 'reminder "start" (2): id', "is the id of a rule above, too"),
    ('[[modifier]]\nid = "longer"\ntopics = "makeup"\neffect = { add = "1d" }\n', 'modifier "longer" (2): id', "id of"),
    ('[[window]]\ntopic = "makeup"\nuntil = "5m"\nwhy = 5\n', 'window "makeup" (2): why', "must be text"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "field", "mend"), MISTAKES, ids=[f"{m[1]}" for m in MISTAKES])
def test_a_mistake_names_its_rule_and_key_and_says_the_mend(right: str, wrong: str, field: str, mend: str) -> None:
    assert PROTOCOL.count(right) >= 1

    with pytest.raises(Invalid) as error:
        parse(PROTOCOL.replace(right, wrong, 1))

    found = [problem for problem in error.value.problems if problem.field == f"peel.toml: {field}"]
    assert mend in " ".join(problem.message for problem in found), told(error.value)
    # A key that is misspelt is missing, too: no mistake is told in more ways than that.
    assert len(error.value.problems) <= 2, told(error.value)


@pytest.mark.parametrize(("added", "field", "mend"), ADDED, ids=[m[2] for m in ADDED])
def test_a_rule_that_does_not_fit_the_others_is_named(added: str, field: str, mend: str) -> None:
    with pytest.raises(Invalid) as error:
        parse(PROTOCOL + added)

    assert error.value.problems[0].field == f"peel.toml: {field}"
    assert mend in error.value.problems[0].message


def test_next_band_needs_bands() -> None:
    text = (
        """procedure = "p"\ntitle = "P"\n[[modifier]]\nid = "m"\ntopics = "makeup"\neffect = { next_band = true }\n"""
    )

    with pytest.raises(Invalid) as error:
        parse(text)

    assert told(error.value) == (
        'peel.toml: modifier "m": effect.next_band: needs bands, and this protocol has none; use at_least or add'
    )


def test_lengths_by_band_need_bands() -> None:
    with pytest.raises(Invalid) as error:
        parse('procedure = "p"\ntitle = "P"\n[[window]]\ntopic = "makeup"\nuntil = { deep = "5d" }\n')

    assert 'names bands, and this protocol has none; write until = "5d"' in told(error.value)


def test_a_table_where_tables_belong_says_to_write_two_brackets() -> None:
    with pytest.raises(Invalid) as error:
        parse('procedure = "p"\ntitle = "P"\n[band]\nid = "x"\n')

    assert "write [[band]] in double brackets" in told(error.value)


def test_tables_where_a_named_one_belongs_say_so() -> None:
    with pytest.raises(Invalid) as error:
        parse('procedure = "p"\ntitle = "P"\nfacts = 5\n')
    with pytest.raises(Invalid) as inner:
        parse('procedure = "p"\ntitle = "P"\n[facts]\ndepth = 5\n')

    assert told(error.value) == "peel.toml: facts: must be tables; write [facts.id] for each fact"
    assert told(inner.value) == "peel.toml: facts.depth: must be a table; write [facts.depth]"


def test_every_circle_of_starts_is_found() -> None:
    window = '[[window]]\ntopic = "{}"\nfrom = "{}"\nuntil = "5d"\n'
    pairs = [("makeup", "exercise"), ("exercise", "makeup"), ("swim", "cleanse"), ("cleanse", "swim")]
    text = 'procedure = "p"\ntitle = "P"\n' + "".join(window.format(*pair) for pair in pairs)

    with pytest.raises(Invalid) as error:
        parse(text)

    assert told(error.value).count("goes in a circle") == 2
    assert "makeup -> exercise -> makeup" in told(error.value) or "exercise -> makeup -> exercise" in told(error.value)


def test_more_messages_a_session_than_anyone_can_mean_are_told_at_the_rule_that_is_too_many() -> None:
    rule = '[[reminder]]\nid = "d{}"\nkind = "check"\ntemplate = "start"\nsend = {{ days = {}, time = 10:00:00 }}\n'

    with pytest.raises(Invalid) as error:
        parse(PROTOCOL + "".join(rule.format(number, list(range(1, 366))) for number in range(9)))

    assert [problem.field for problem in error.value.problems] == ['peel.toml: reminder "d5": send']
    assert "makes more than 2000 messages" in told(error.value)


def test_a_broken_file_tells_all_its_problems_at_once() -> None:
    text = (
        PROTOCOL.replace('title = "Peel"', "")
        .replace("min = 1", 'min = "1"')
        .replace('until = "7d"', 'until = "7x"')
        .replace('flags = "melasma"', 'flags = "melasm"')
        .replace('kind = "instruct"', 'kind = "instrukt"')
        .replace("time = 10:00:00", "time = 10")
    ) + '[[reminder]]\nid = "reply"\nkind = "reassure"\ntemplate = "start"\ntopics = ["swimm", "maekup"]\n'

    with pytest.raises(Invalid) as error:
        parse(text)

    assert [problem.field.removeprefix("peel.toml: ") for problem in error.value.problems] == [
        "title",
        'fact "depth": min',
        'window "cleanse": until',
        'modifier "longer": when.flags',
        'reminder "start": kind',
        'reminder "start": send.time',
        'reminder "reply": send',
        'reminder "reply": topics',
        'reminder "reply": topics',
    ]


def test_a_fact_that_is_wrong_itself_is_told_once() -> None:
    text = PROTOCOL.replace('type = "number"', 'type = "numbr"') + DATED + "when = { depth = { over = 3 } }\n"

    with pytest.raises(Invalid) as error:
        parse(text.replace('template = "dated"', 'template = "start"'))

    assert [problem.field for problem in error.value.problems] == ['peel.toml: fact "depth": type']


def test_a_window_that_is_wrong_itself_is_told_once() -> None:
    text = PROTOCOL.replace('topic = "makeup"', 'topic = "makup"') + DATED + 'topics = ["makeup"]\n'

    with pytest.raises(Invalid) as error:
        parse(text)

    assert [problem.field for problem in error.value.problems] == ['peel.toml: window "makup": topic']


def test_after_a_hundred_problems_the_rest_waits() -> None:
    text = PROTOCOL + "".join(f'[[reminder]]\nid = "r{number}"\n' for number in range(200))

    with pytest.raises(Invalid) as error:
        parse(text)

    assert len(error.value.problems) == 101
    assert error.value.problems[-1].message == "has more problems than these; mend these first"


def test_no_problems_stop_nothing() -> None:
    Problems("peel.toml").stop()
