from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from scheduler.settings import Settings, SettingsInvalid, load_settings, shipped_config


def problems(**variables: str) -> list[str]:
    """What is wrong with these settings, written without their prefix."""
    try:
        load_settings({f"AFTERCARE_{name}": value for name, value in variables.items()})
    except SettingsInvalid as error:
        return list(error.problems)
    return []


def test_nothing_set_is_a_service_that_runs() -> None:
    settings = load_settings({})

    assert settings.database_url == "sqlite:///aftercare.db"
    assert settings.key_file == Path("aftercare.key")
    assert (settings.engine, settings.sms, settings.email) == ("local", "sandbox", "sandbox")
    assert settings.public_url is None
    assert settings.config_dir == shipped_config()


def test_variables_are_read_nested_ones_too() -> None:
    settings = load_settings(
        {
            "AFTERCARE_SEND_THREADS": "4",
            "AFTERCARE_PUBLIC_URL": "https://care.example.org",
            "AFTERCARE_SMTP__PORT": "2525",
            "AFTERCARE_SMTP__STARTTLS": "false",
            "AFTERCARE_TWILIO__AUTH_TOKEN": "t0ken",
        }
    )

    assert settings.send_threads == 4
    assert settings.public_url == "https://care.example.org"
    assert (settings.smtp.port, settings.smtp.starttls) == (2525, False)
    assert settings.twilio.auth_token == SecretStr("t0ken")


def test_the_process_is_asked_when_no_environment_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCARE_LOG_LEVEL", "debug")

    assert load_settings().log_level == "debug"
    assert Settings().log_level == "info"


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_settings({"AFTERCARE_LEASE_SECONDS": "", "AFTERCARE_PUBLIC_URL": ""}) == load_settings({})


def test_variables_of_others_and_of_the_tests_are_left_alone() -> None:
    assert load_settings({"PATH": "/bin", "AFTERCARE_TEST_POSTGRES_URL": "x"}) == load_settings({})


def test_a_secret_file_counts_and_a_variable_wins_over_it(tmp_path: Path) -> None:
    (tmp_path / "aftercare_twilio__auth_token").write_text("from file\n")
    (tmp_path / "AFTERCARE_SMTP__PASSWORD").write_text("from file\n")
    (tmp_path / "database_password").write_text("of another program")

    settings = load_settings({"AFTERCARE_SECRETS_DIR": str(tmp_path), "AFTERCARE_SMTP__PASSWORD": "from variable"})

    assert settings.twilio.auth_token == SecretStr("from file")
    assert settings.smtp.password == SecretStr("from variable")


def test_a_folder_of_secrets_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert problems(SECRETS_DIR=str(tmp_path / "none")) == [
        "AFTERCARE_SECRETS_DIR must be a folder of text files that this process may read."
    ]


def test_settings_cannot_be_changed() -> None:
    settings = load_settings({})

    with pytest.raises(ValidationError):
        settings.send_threads = 1


def test_no_secret_is_shown() -> None:
    settings = load_settings(
        {
            "AFTERCARE_DATABASE_URL": "postgresql://care:hush@db/care",
            "AFTERCARE_TWILIO__AUTH_TOKEN": "hush",
            "AFTERCARE_SMTP__PASSWORD": "hush",
        }
    )

    assert "hush" not in repr(settings)
    assert "hush" not in "".join(problems(TWILIO__AUTH_TOKEN="hush", SEND_THREADS="hush", PUBLIC_URL="hush"))


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("ENGINE", "celery", "AFTERCARE_ENGINE must be local or cluster."),
        ("LOG_LEVEL", "loud", "AFTERCARE_LOG_LEVEL must be debug, info, warning or error."),
        ("LEASE_SECONDS", "9", "AFTERCARE_LEASE_SECONDS must be a whole number from 10 to 600."),
        ("LEASE_SECONDS", "601", "AFTERCARE_LEASE_SECONDS must be a whole number from 10 to 600."),
        ("SEND_THREADS", "many", "AFTERCARE_SEND_THREADS must be a whole number from 1 to 64."),
        ("SEND_THREADS", "0", "AFTERCARE_SEND_THREADS must be a whole number from 1 to 64."),
        ("SMTP__STARTTLS", "perhaps", "AFTERCARE_SMTP__STARTTLS must be true or false."),
        ("DATABASE_URL", "mysql://x", "AFTERCARE_DATABASE_URL must begin with sqlite:/// or postgresql://."),
        ("PUBLIC_URL", "http://x.org", "AFTERCARE_PUBLIC_URL must begin with https:// (http:// only on this machine)."),
        ("LEASE_SECOND", "60", "AFTERCARE_LEASE_SECOND is not a setting. Did you mean AFTERCARE_LEASE_SECONDS?"),
        ("XYZ", "1", "AFTERCARE_XYZ is not a setting."),
    ],
)  # fmt: skip
def test_a_wrong_value_or_name_is_one_plain_line(name: str, value: str, line: str) -> None:
    assert problems(**{name: value}) == [line]


def test_every_problem_is_named_at_once() -> None:
    assert problems(ENGINE="x", SMTP__PORT="x", TWILO__ACCOUNT_SID="x") == [
        "AFTERCARE_TWILO__ACCOUNT_SID is not a setting. Did you mean AFTERCARE_TWILIO__ACCOUNT_SID?",
        "AFTERCARE_ENGINE must be local or cluster.",
        "AFTERCARE_SMTP__PORT must be a whole number from 1 to 65535.",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "x.org",
        "http://[::1",
        "https://",
        "https://x.org:port",
        "https://x.org/?a=1",
        "https://x.org/#a",
        "https://me:pw@x.org",
    ],
)
def test_an_address_is_a_host_and_perhaps_a_path(address: str) -> None:
    assert problems(PUBLIC_URL=address) == [
        "AFTERCARE_PUBLIC_URL must be an address like https://aftercare.example.org."
    ]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_http_will_do_on_this_machine(host: str) -> None:
    assert load_settings({"AFTERCARE_PUBLIC_URL": f"http://{host}:8000"}).public_url == f"http://{host}:8000"


def test_a_cluster_needs_postgresql() -> None:
    assert problems(ENGINE="cluster") == [
        "AFTERCARE_ENGINE=cluster needs PostgreSQL, but AFTERCARE_DATABASE_URL names SQLite."
    ]
    assert problems(ENGINE="cluster", DATABASE_URL="postgresql+psycopg://care@db/care") == []


def test_twilio_needs_an_account_a_secret_and_one_way_to_send_from() -> None:
    whole = {"SMS": "twilio", "TWILIO__ACCOUNT_SID": "AC1", "TWILIO__AUTH_TOKEN": "t", "TWILIO__FROM_NUMBER": "+1"}
    key = {"TWILIO__API_KEY": "SK1", "TWILIO__API_SECRET": "s"}

    def without(name: str, **more: str) -> list[str]:
        return problems(**{k: v for k, v in whole.items() if k != name}, **more)

    assert problems(**whole) == []
    assert without("TWILIO__ACCOUNT_SID") == ["AFTERCARE_SMS=twilio needs AFTERCARE_TWILIO__ACCOUNT_SID."]
    assert len(without("TWILIO__AUTH_TOKEN")) == 1
    assert without("TWILIO__AUTH_TOKEN", **key) == []
    assert "both or neither" in without("TWILIO__AUTH_TOKEN", TWILIO__API_KEY="SK1")[0]
    assert "one of" in without("TWILIO__FROM_NUMBER")[0]
    assert "not both" in problems(**whole, TWILIO__MESSAGING_SERVICE_SID="MG1")[0]
    assert "https" in problems(**whole, TWILIO__BASE_URL="http://elsewhere.org")[0]


def test_smtp_needs_a_host_a_sender_and_a_whole_login() -> None:
    whole = {"EMAIL": "smtp", "SMTP__HOST": "mail.example.org", "SMTP__SENDER": "care@example.org"}

    assert problems(**whole) == []
    assert problems(EMAIL="smtp") == [
        "AFTERCARE_EMAIL=smtp needs AFTERCARE_SMTP__HOST.",
        "AFTERCARE_EMAIL=smtp needs AFTERCARE_SMTP__SENDER.",
    ]
    assert "both or neither" in problems(**whole, SMTP__USERNAME="care")[0]


def test_a_login_at_a_mail_server_needs_tls_of_either_kind() -> None:
    login = {"SMTP__USERNAME": "care", "SMTP__PASSWORD": "hush"}
    whole = {"EMAIL": "smtp", "SMTP__HOST": "mail.example.org", "SMTP__SENDER": "care@example.org", **login}

    assert problems(**whole) == []
    assert problems(**whole, SMTP__STARTTLS="false", SMTP__IMPLICIT_TLS="true") == []
    assert "never sent unencrypted" in problems(**whole, SMTP__STARTTLS="false")[0]


def test_callbacks_need_the_auth_token_that_they_are_signed_with() -> None:
    by_key = {
        "SMS": "twilio",
        "TWILIO__ACCOUNT_SID": "AC1",
        "TWILIO__API_KEY": "SK1",
        "TWILIO__API_SECRET": "hush",
        "TWILIO__FROM_NUMBER": "+447911123456",
    }

    assert problems(**by_key) == []
    assert "AFTERCARE_TWILIO__AUTH_TOKEN" in problems(**by_key, PUBLIC_URL="https://care.example.org")[0]
    assert problems(**by_key, PUBLIC_URL="https://care.example.org", TWILIO__AUTH_TOKEN="hush") == []


@pytest.mark.parametrize("half", ["REGION", "EDGE"])
def test_a_region_and_its_edge_are_set_together(half: str) -> None:
    whole = {
        "SMS": "twilio",
        "TWILIO__ACCOUNT_SID": "AC1",
        "TWILIO__AUTH_TOKEN": "hush",
        "TWILIO__FROM_NUMBER": "+447911123456",
    }
    place = {"TWILIO__REGION": "ie1", "TWILIO__EDGE": "dublin"}

    assert problems(**whole, **place) == []
    assert problems(**whole, **{f"TWILIO__{half}": "x"}) == [
        "AFTERCARE_TWILIO__REGION and AFTERCARE_TWILIO__EDGE go together: set both or neither."
    ]
    assert problems(**whole, **place, TWILIO__BASE_URL="https://twilio.example") == [
        "AFTERCARE_TWILIO__REGION and AFTERCARE_TWILIO__BASE_URL can't both be set: unset one."
    ]
