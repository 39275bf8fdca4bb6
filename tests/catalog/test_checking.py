from __future__ import annotations

from pathlib import Path

from scheduler.catalog.checking import check_file, problem_findings
from scheduler.domain.errors import Problem
from tests.catalog.config_folder import shipped


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    (found,) = check_file(tmp_path / "none.toml", shipped())

    assert str(found) == f"{tmp_path}/none.toml: can't be read: No such file or directory"


def test_a_problem_of_a_folder_begins_with_its_file() -> None:
    (found,) = problem_findings([Problem('flags.toml: flag "x y": label', "is missing; write one")])

    assert (found.file, found.rule, found.key) == ("flags.toml", 'flag "x y"', "label")
    assert (found.fault, found.mend) == ("is missing", "write one")


def test_a_problem_keeps_its_rule_apart_from_its_key() -> None:
    def parts(field: str) -> tuple[str, str]:
        (found,) = problem_findings([Problem(field, "is wrong")], file="a: b.toml")
        return found.rule, found.key

    assert parts('a: b.toml: reminder "no: yes" (2): when.any_of.2.depth') == (
        'reminder "no: yes" (2)',
        "when.any_of.2.depth",
    )
    assert parts("a: b.toml: band number 3: id") == ("band number 3", "id")
    assert parts("a: b.toml: line 7") == ("line 7", "")
    assert parts("a: b.toml: title") == ("", "title")
    assert parts("a: b.toml") == ("", "")
