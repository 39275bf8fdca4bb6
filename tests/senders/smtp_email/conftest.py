"""What the tests of the email sender start from: an authority of the run's own, and a server with TLS and a login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.smtp.authority import Authority, make_authority
from tests.peers.smtp.post_office import PostOffice, post_office
from tests.senders.smtp_email.postings import LOGIN


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def office(authority: Authority) -> Iterator[PostOffice]:
    """As most providers are: STARTTLS, then a login, then mail."""
    with post_office(starttls=authority.server_context(), logins=dict([LOGIN])) as office:
        yield office
