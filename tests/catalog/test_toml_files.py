from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.catalog.toml_files import MAX_BYTES, decode, read_source, read_toml
from scheduler.domain.errors import Invalid
from tests.catalog.samples import told


@pytest.mark.parametrize(
    ("text", "line", "reason", "mend"),
    [
        (
            "a = 1\nat = 10:00\n",
            ": line 2",
            "in column 8 (expected newline",
            "write times with seconds, such as 10:00:00",
        ),
        ("a = 1\na = 2\n", ": line 2", "(cannot overwrite a value)", "this key or table stands twice: keep one"),
        ("[x]\n[x]\n", ": line 2", "(cannot declare ('x',) twice)", "this key or table stands twice: keep one"),
        (
            "a = [1,,2]\n",
            ": line 1",
            "in column 8 (invalid value)",
            "check the quotes, commas and brackets of this line",
        ),
        ('a = 1\nb = "x', ": line 2", "(unterminated string)", "check the quotes, commas and brackets of this line"),
        ("a = 'x\x00y'\n", ": line 1", "in column 7 (found invalid character", "check the quotes"),
        (f"a = {'[' * 5000}", "", "nested too deeply", "no rule needs more than four"),
        (f"a = {'9' * 5000}", "", "too many digits", "write a shorter one"),
        ("#" * (MAX_BYTES + 1), "", "is over 1024 KiB", "split it"),
        ("#" + "é" * (MAX_BYTES // 2), "", "is over 1024 KiB", "split it"),
    ],
    ids=["time", "key twice", "table twice", "comma", "quote", "NUL", "depth", "digits", "size", "size in bytes"],
)
def test_what_is_not_toml_names_the_line_and_the_mend(text: str, line: str, reason: str, mend: str) -> None:
    with pytest.raises(Invalid) as error:
        read_toml(text, file="f.toml")

    (problem,) = error.value.problems
    assert problem.field == f"f.toml{line}"
    assert reason in problem.message
    assert mend in problem.message


def test_text_that_no_file_could_hold_is_not_toml_either() -> None:
    with pytest.raises(Invalid):
        read_toml("a = '\ud800'\nb", file="f.toml")


def test_bytes_that_are_not_utf_8_name_the_line() -> None:
    with pytest.raises(Invalid) as error:
        decode("a = 1\nb = 'für'\n".encode("latin-1"), file="f.toml")

    assert told(error.value) == "f.toml: line 2: is not UTF-8; save the file as UTF-8"


def test_too_many_bytes_are_refused_before_they_are_read_as_text() -> None:
    with pytest.raises(Invalid) as error:
        decode(b"\xff" * (MAX_BYTES + 1), file="f.toml")

    assert "is over 1024 KiB" in told(error.value)


def test_the_largest_file_is_read() -> None:
    assert read_toml("#" * MAX_BYTES, file="f.toml") == {}


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")

    assert read_source(path, file="f.toml") == "a = 1\r\n"
    assert read_toml("\ufeffa = 1\n", file="f.toml") == {"a": 1}


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as missing:
        read_source(tmp_path / "none.toml", file="none.toml")
    with pytest.raises(Invalid) as folder:
        read_source(tmp_path, file="folder.toml")

    assert told(missing.value) == "none.toml: can't be read: No such file or directory"
    assert told(folder.value) == "folder.toml: can't be read: Is a directory"
