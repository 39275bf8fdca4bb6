from __future__ import annotations

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotAllowed, NotFound
from scheduler.services import tokens
from scheduler.storage import tokens as stored_tokens
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.tokens import Token, TokenRow
from tests.builders import BY, NOW, a_clinic, stored_rows


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def make(database: Database, clinic: Clinic, *scopes: str, label: str = "till") -> str:
    with database.write(clinic.id) as db:
        return tokens.make_token(db, scopes=scopes, label=label, by=BY, now=NOW)


def find(database: Database, secret: str) -> Token | None:
    with database.read(ALL_CLINICS) as db:
        return stored_tokens.find_token(db, secret)


def test_a_token_says_whose_it_is_and_what_it_may_do(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database, name="Birch")
    ours, theirs = make(database, clinic, "sessions:write", "reminders:read"), make(database, other)

    found, foreign = find(database, ours), find(database, theirs)

    assert found is not None
    assert foreign is not None
    assert (found.clinic_id, found.label) == (clinic.id, "till")
    assert found.scopes == {"sessions:write", "reminders:read"}
    assert (foreign.clinic_id, foreign.scopes) == (other.id, frozenset())


def test_the_secret_itself_is_kept_nowhere(database: Database, clinic: Clinic) -> None:
    secret = make(database, clinic)

    with database.read(ALL_CLINICS) as db:
        (row,) = db.scalars(select(TokenRow))
    assert secret.startswith("act_")
    assert len(secret) > 40
    assert secret not in str(vars(row))
    assert make(database, clinic) != secret


@pytest.mark.parametrize("secret", ["", "act_", "act_nothing", "' OR 1=1"])
def test_a_secret_that_was_never_given_finds_nothing(database: Database, clinic: Clinic, secret: str) -> None:
    make(database, clinic)

    assert find(database, secret) is None


def test_a_revoked_token_works_no_more(database: Database, clinic: Clinic) -> None:
    gone, kept = make(database, clinic), make(database, clinic, label="tablet")
    token = find(database, gone)
    assert token is not None

    with database.write(clinic.id) as db:
        tokens.revoke_token(db, token.id, by=BY, now=NOW)

    assert find(database, gone) is None
    assert find(database, kept) is not None
    with database.read(clinic.id) as db:
        assert [one.label for one in stored_tokens.list_tokens(db)] == ["tablet"]


def test_a_token_of_another_clinic_or_one_that_is_gone_is_not_revoked(database: Database, clinic: Clinic) -> None:
    theirs = find(database, make(database, a_clinic(database, name="Birch")))
    gone = find(database, make(database, clinic))
    assert theirs is not None
    assert gone is not None
    with database.write(clinic.id) as db:
        tokens.revoke_token(db, gone.id, by=BY, now=NOW)

    for token in (theirs, gone):
        with database.write(clinic.id) as db, pytest.raises(NotFound, match="There is no token"):
            tokens.revoke_token(db, token.id, by=BY, now=NOW)


def test_a_scope_that_there_is_not_is_refused_and_nothing_is_stored(database: Database, clinic: Clinic) -> None:
    before = stored_rows(database)

    with pytest.raises(Invalid, match=r"there is no scope session:write; .*sessions:write"):
        make(database, clinic, "session:write")

    assert stored_rows(database) == before


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_a_token_with_scopes_may_do_those_and_nothing_else(scope: str) -> None:
    narrow = Token(id="t", clinic_id="c", scopes=frozenset({scope}), label="till", created_at=NOW)
    wide = Token(id="t", clinic_id="c", scopes=frozenset(), label="till", created_at=NOW)

    for asked in tokens.SCOPES:
        tokens.check_scope(wide, asked)
        if asked == scope:
            tokens.check_scope(narrow, asked)
        else:
            with pytest.raises(NotAllowed, match=f"needs the scope {asked}"):
                tokens.check_scope(narrow, asked)
