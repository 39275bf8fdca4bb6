"""Runs the Twilio sender through Prism, which knows nothing of this project and holds both sides to Twilio's words.

Slower than the tests and not one of them: it needs Node 18.20 or later and npm, and installs Prism into a folder that
is thrown away. `make prism` prints a line a step, and exits 1 if one of them is not as it should be.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

from scheduler.domain.delivery.outcomes import Accepted, NotSent, Outcome, Refused, Unknown
from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from tests.peers.twilio import faults
from tests.peers.twilio.judge import FOLDER
from tests.peers.twilio.stub import ACCOUNT, NUMBER, SERVICE, TOKEN, Stub, serving
from tests.senders.twilio_sms.postings import NOON, TO, a_text

PRISM = "@stoplight/prism-cli@5.14.2"
_PATIENCE = 120
"""Seconds until Prism must be up."""
_TIMEOUT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done through Prism: whether it came out as it should, and what came of it."""

    name: str
    good: bool
    found: object


def install(folder: Path) -> Path:
    """Prism's program, installed into the folder. Raises SystemExit where Node or npm is missing."""
    npm = shutil.which("npm")
    if not (npm and shutil.which("node")):
        raise SystemExit("prism: Node and npm are needed. On Debian and Ubuntu: apt-get install nodejs npm")
    words = ("install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), PRISM)
    subprocess.run([npm, *words], cwd=folder, check=True)
    return folder / "node_modules" / ".bin" / "prism"


@contextmanager
def proxy(program: Path, description: str, upstream: str) -> Iterator[str]:
    """The address of a Prism that passes on what one of Twilio's descriptions allows, both ways, and nothing else."""
    port = _free_port()
    words = ["proxy", "-h", "127.0.0.1", "-p", str(port), "--errors", str(FOLDER / description), upstream]
    with subprocess.Popen([program, *words], stdout=subprocess.DEVNULL) as running:
        try:
            _wait_for(port, running)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def steps(twilio: Stub, account: TwilioAccount) -> Iterator[Step]:
    """Everything that the sender asks of Twilio, and what goes wrong with it, one after the other."""
    texts = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE, public_url="https://care.example")

    def sent(name: str, expected: type[Outcome], *scripted: faults.Fault, to: str = TO, by: TwilioSms = texts) -> Step:
        twilio.then(*scripted)
        outcome = by.send(a_text(to=to), timeout=_TIMEOUT)
        return Step(name, isinstance(outcome, expected), outcome)

    yield sent("a text from a service", Accepted)
    yield sent("a text from a number", Accepted, by=TwilioSms(account, utc_now=lambda: NOON, from_number=NUMBER))
    sid = next(iter(twilio.ledger))
    yield _asked("a message is fetched", lambda: (found := texts.fetch(sid)) is not None and found.provider_id == sid)
    twilio.move(sid, "undelivered", 30003)
    yield _asked("its failure is read", lambda: (found := texts.fetch(sid)) is not None and found.failure is not None)
    yield _asked("messages are listed", lambda: len(texts.list_to(TO, since=NOON)) == len(twilio.ledger))
    yield _asked("a message that isn't there", lambda: texts.fetch("SM" + "9" * 32) is None)
    yield _asked("account and service are in order", lambda: texts.check(timeout=_TIMEOUT) == [])
    yield sent("a number that is none", Refused, to="+44")
    yield sent("a country that is not switched on", Refused, faults.refuse(21408))
    yield sent("too many requests", NotSent, faults.refuse(20429, 429))
    yield sent("a fault of the server", Unknown, faults.refuse(20500, 500))
    yield sent("a connection that breaks", Unknown, faults.drop)
    before = len(twilio.posts)
    wrong = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid="MG1")
    yield replace(sent("Prism stops a request that is wrong", Unknown, by=wrong), good=len(twilio.posts) == before)
    yield sent("Prism stops an answer that is wrong", Unknown, faults.say(201, {"sid": "SM1", "status": "nonsense"}))
    yield Step("one request a text", len(twilio.posts) == len(twilio.ledger) + 4, f"{len(twilio.posts)} posts")
    yield Step("no word that Twilio doesn't know", twilio.violations == [], twilio.violations)


def _asked(name: str, question: Callable[[], bool]) -> Step:
    found = question()
    return Step(name, found, found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    until = monotonic() + _PATIENCE
    while monotonic() < until and running.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit("prism: it did not start")


def main() -> int:
    """0 if every step came out as it should, else 1."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aftercare-prism-")))
        program = install(folder)
        twilio = stack.enter_context(serving())
        messages = stack.enter_context(proxy(program, "twilio_api_v2010.json", twilio.url))
        services = stack.enter_context(proxy(program, "twilio_messaging_v1.json", twilio.url))
        account = TwilioAccount(Credentials(account_sid=ACCOUNT, auth_token=TOKEN), threads=2, base_url=messages)
        stack.callback(account.close)
        account.client.messaging.base_url = services
        done = []
        for step in steps(twilio, account):
            print(f"{'ok  ' if step.good else 'FAIL'} {step.name}: {step.found}", flush=True)
            done.append(step.good)
        return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
