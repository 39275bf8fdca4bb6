from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.catalog.shipped import load_catalog
from scheduler.domain.errors import Invalid
from tests.catalog.samples import told

FILES = {
    "topics.toml": '[topics.makeup]\nadvice = "avoid"\nwords.en = { name = "make-up" }\n',
    "flags.toml": '[flags.melasma]\nlabel = "Melasma"\n',
    "messages/en/makeup.toml": 'sms = "No make-up until after ((until))"\n',
    "messages/de/makeup.toml": 'sms = "Kein Make-up bis nach ((until))"\n',
    "protocols/peel.toml": """\
# A comment of the clinic.
procedure = "peel"
title = "Peel"
[[window]]
topic = "makeup"
until = "24h"
[[reminder]]
id = "makeup"
kind = "instruct"
template = "makeup"
topics = "makeup"
send = { after = "1h" }
""",
}


def folder(root: Path, **changed: str | None) -> Path:
    names = {name.replace("/", "_").replace(".", "_"): name for name in FILES}
    for name, text in {**FILES, **{names.get(key, key): text for key, text in changed.items()}}.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


def test_a_folder_is_read_whole_and_keeps_the_text_of_its_protocols(tmp_path: Path) -> None:
    catalog = load_catalog(folder(tmp_path))

    assert list(catalog.topics) == ["makeup"]
    assert list(catalog.flags) == ["melasma"]
    assert set(catalog.messages) == {("makeup", "en"), ("makeup", "de")}
    assert list(catalog.protocols) == ["peel"]
    assert catalog.sources == {"peel": FILES["protocols/peel.toml"]}
    assert catalog.templates == {"makeup"}


def test_files_that_are_not_toml_are_left_alone(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "protocols" / "peel.toml~").write_text("a backup")

    assert list(load_catalog(root).protocols) == ["peel"]


def test_the_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    root = folder(tmp_path, topics_toml="[topics.x]\n", flags_toml=None, messages_de_makeup_toml="sms = 5\n")

    with pytest.raises(Invalid) as error:
        load_catalog(root)

    assert [problem.field for problem in error.value.problems] == [
        'topics.toml: topic "x": advice',
        'topics.toml: topic "x": words',
        "flags.toml",
        "messages/de/makeup.toml: sms",
    ]


def test_a_protocol_is_checked_with_the_words_that_it_sends(tmp_path: Path) -> None:
    text = FILES["protocols/peel.toml"].replace('topics = "makeup"', 'useful_for = "1h"')

    with pytest.raises(Invalid) as error:
        load_catalog(folder(tmp_path, protocols_peel_toml=text))

    assert [problem.field for problem in error.value.problems] == ['protocols/peel.toml: reminder "makeup": topics'] * 2


def test_two_files_for_one_procedure_are_refused(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "protocols" / "second.toml").write_text(FILES["protocols/peel.toml"])

    with pytest.raises(Invalid) as error:
        load_catalog(root)

    assert told(error.value) == (
        "protocols/second.toml: procedure: is the procedure of another file here, too; keep one of them"
    )


@pytest.mark.parametrize("name", ["messages/English/makeup.toml", "messages/en/make up.toml"])
def test_a_message_file_must_stand_where_its_language_and_template_are_clear(tmp_path: Path, name: str) -> None:
    root = folder(tmp_path)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text('sms = "x"\n')

    with pytest.raises(Invalid) as error:
        load_catalog(root)

    assert told(error.value).startswith(f"{name}: can't stay where it is: ")
