from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from scheduler.storage.crypto import KeyRing, KeyUnusable, make_key_file, new_key_ring, read_key_file

NAME = "Zoë O’Brien-Łuc 李"


def a_line(name: str, fill: int, *, size: int = 32) -> str:
    return f"{name} {base64.b64encode(bytes([fill]) * size).decode()}"


def a_key_file(path: Path, *lines: str, mode: int = 0o600) -> Path:
    path.write_text("\n".join([*lines, ""]))
    path.chmod(mode)
    return path


def test_a_text_is_sealed_and_opened_again() -> None:
    keys = new_key_ring()

    sealed = keys.seal(NAME, "patient.name")

    assert keys.open(sealed, "patient.name") == NAME
    assert keys.open(keys.seal("", "patient.name"), "patient.name") == ""


def test_nothing_of_the_text_shows_and_equal_texts_look_different() -> None:
    keys = new_key_ring()

    first, second = keys.seal("Amira Khan", "patient.name"), keys.seal("Amira Khan", "patient.name")

    assert b"Amira" not in first
    assert first != second


def test_another_ring_does_not_open_it() -> None:
    sealed = new_key_ring().seal(NAME, "patient.name")

    with pytest.raises(KeyUnusable, match="not the one that stored data was sealed with"):
        new_key_ring().open(sealed, "patient.name")


def test_a_value_can_not_be_moved_to_another_purpose() -> None:
    keys = new_key_ring()
    sealed = keys.seal("+447700900123", "contact.value")

    with pytest.raises(KeyUnusable):
        keys.open(sealed, "patient.name")


def test_a_key_that_the_ring_lacks_is_named() -> None:
    old = KeyRing(current="k7", keys={"k7": b"7" * 32}, lookup_key=b"l" * 32)
    new = KeyRing(current="k8", keys={"k8": b"8" * 32}, lookup_key=b"l" * 32)

    with pytest.raises(KeyUnusable, match="no key k7"):
        new.open(old.seal(NAME, "patient.name"), "patient.name")


def test_a_damaged_value_is_refused_wherever_the_damage_is() -> None:
    keys = new_key_ring()
    sealed = keys.seal(NAME, "patient.name")

    for place in range(len(sealed)):
        flipped = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(KeyUnusable):
            keys.open(flipped, "patient.name")


def test_a_value_that_was_cut_short_is_refused_at_any_length() -> None:
    keys = new_key_ring()
    sealed = keys.seal(NAME, "patient.name")

    for length in range(len(sealed)):
        with pytest.raises(KeyUnusable):
            keys.open(sealed[:length], "patient.name")


def test_a_lookup_finds_equal_texts_of_one_purpose_under_one_key() -> None:
    keys, others = new_key_ring(), new_key_ring()

    found = keys.lookup("+447700900123", "contact.value")

    assert found == keys.lookup("+447700900123", "contact.value")
    assert len(found) == 64
    assert found != keys.lookup("+447700900124", "contact.value")
    assert found != keys.lookup("+447700900123", "contact.last_four")
    assert found != others.lookup("+447700900123", "contact.value")


def test_a_lookup_can_not_be_shifted_between_purpose_and_text() -> None:
    keys = new_key_ring()

    assert keys.lookup("b", "a.") != keys.lookup(".b", "a")


def test_a_new_key_file_is_for_its_owner_only_and_holds_the_ring(tmp_path: Path) -> None:
    file = tmp_path / "aftercare.key"

    made = make_key_file(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    read = read_key_file(file)
    assert read.open(made.seal(NAME, "patient.name"), "patient.name") == NAME
    assert read.lookup("x", "y") == made.lookup("x", "y")


def test_a_key_file_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "aftercare.key"
    made = make_key_file(file)

    with pytest.raises(KeyUnusable, match="can't be made: File exists"):
        make_key_file(file)

    assert read_key_file(file).open(made.seal(NAME, "p"), "p") == NAME


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="can't be made: No such file or directory"):
        make_key_file(tmp_path / "none" / "aftercare.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_file_that_others_can_reach_is_refused_with_the_mend(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "aftercare.key"
    make_key_file(file)
    file.chmod(mode)

    with pytest.raises(KeyUnusable, match="can be read by others: run chmod 600"):
        read_key_file(file)


def test_a_key_file_that_its_owner_can_only_read_will_do(tmp_path: Path) -> None:
    file = tmp_path / "aftercare.key"
    make_key_file(file)
    file.chmod(0o400)

    assert read_key_file(file).current == "k1"


def test_a_missing_key_file_and_a_folder_in_its_place_are_told(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="missing: restore it from your backup"):
        read_key_file(tmp_path / "aftercare.key")
    with pytest.raises(KeyUnusable, match="can't be read: Is a directory"):
        read_key_file(tmp_path)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("",),
        (a_line("k1", 1),),
        (a_line("lookup", 2),),
        (a_line("k1", 1, size=31), a_line("lookup", 2)),
        (a_line("k1", 1), a_line("lookup", 2, size=16)),
        ("k1 not-base64!", a_line("lookup", 2)),
        (a_line("k1", 1) + " more", a_line("lookup", 2)),
        ("k1", a_line("lookup", 2)),
        (a_line("k1", 1), a_line("k1", 3), a_line("lookup", 2)),
    ],
    ids=["empty", "blank", "no lookup", "only lookup", "short", "short lookup", "text", "three words", "one", "twice"],
)
def test_what_is_not_a_key_file_is_refused(tmp_path: Path, lines: tuple[str, ...]) -> None:
    file = a_key_file(tmp_path / "aftercare.key", *lines)

    with pytest.raises(KeyUnusable, match="not a key file of this program: restore it from your backup"):
        read_key_file(file)


def test_bytes_are_no_key_file(tmp_path: Path) -> None:
    file = a_key_file(tmp_path / "aftercare.key")
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(KeyUnusable, match="it is not a text file"):
        read_key_file(file)


def test_after_a_rotation_the_first_key_seals_and_both_open(tmp_path: Path) -> None:
    old = read_key_file(a_key_file(tmp_path / "old", a_line("k1", 1), a_line("lookup", 9)))
    both = read_key_file(a_key_file(tmp_path / "both", a_line("k2", 2), a_line("k1", 1), a_line("lookup", 9)))
    new = read_key_file(a_key_file(tmp_path / "new", a_line("k2", 2), a_line("lookup", 9)))

    before, after = old.seal(NAME, "p"), both.seal(NAME, "p")

    assert both.open(before, "p") == both.open(after, "p") == new.open(after, "p") == NAME
    assert old.lookup("x", "y") == both.lookup("x", "y") == new.lookup("x", "y")
    with pytest.raises(KeyUnusable, match="no key k2"):
        old.open(after, "p")
    with pytest.raises(KeyUnusable, match="no key k1"):
        new.open(before, "p")
