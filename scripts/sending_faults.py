"""Breaks the protocol of sending on purpose, one promise at a time, and sees whether the tests named here notice.

`python -m scripts.sending_faults` tries all, `--only NAME…` some, `--machine` the state machine in the place of the
named tests. Nothing is changed but in a copy of the checkout. A fault that no test notices is a test that is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
MACHINE = "tests/machine/test_machine.py"
_COPIED = ("scheduler", "tests", "config", "pyproject.toml")
_LONGEST = 600
"""Seconds after which tests that don't end count as failed."""
_CLAIMS = "scheduler/storage/claims.py"
_STALE = "scheduler/storage/stale.py"
_INTENTS = "scheduler/storage/intents.py"
_DRAIN = "scheduler/services/drain.py"
_AFTERMATH = "scheduler/domain/delivery/aftermath.py"
_PASSES_BY = "tests/storage/test_claims.py::test_a_claim_passes_by_what_a_person_is_just_changing_and_does_not_wait"
_LOCKED = "chosen.with_for_update(skip_locked=True).cte(name)"
_OURS = "and_(chosen, ReminderRow.status == Status.CLAIMED, ReminderRow.claim_token == token)"
_OPEN = "ReminderRow.status.in_((Status.SCHEDULED, Status.HELD, Status.CLAIMED))"
_TESTS = "tests/storage/test_leases_and_intents.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One promise of sending, broken."""

    name: str
    path: str
    before: str
    """Stands in the file once."""
    after: str
    tests: tuple[str, ...]
    """Of which one at least must fail."""
    seen_by_machine: bool = True
    """Whether what it breaks shows when steps of several workers alternate, each in one piece."""

    def applied(self, source: str) -> str:
        """The file with the fault. Raises ValueError where what it breaks isn't there, or not once."""
        if source.count(self.before) != 1:
            raise ValueError(f"{self.name}: {self.path} has changed; say anew what is to be broken")
        return source.replace(self.before, self.after)


FAULTS = (
    Fault(
        name="waits-for-locks",
        path=_CLAIMS,
        before=_LOCKED,
        after="chosen.with_for_update().cte(name)",
        tests=(_PASSES_BY,),
        seen_by_machine=False,
    ),
    Fault(
        name="takes-no-locks",
        path=_CLAIMS,
        before=_LOCKED,
        after="chosen.cte(name)",
        tests=(_PASSES_BY,),
        seen_by_machine=False,
    ),
    Fault(
        name="any-token",
        path=_CLAIMS,
        before=_OURS,
        after="and_(chosen, ReminderRow.status == Status.CLAIMED, literal(token) == token)",
        tests=(f"{_TESTS}::test_sending_starts_with_our_token_only_and_only_once",),
    ),
    Fault(
        name="any-status",
        path=_CLAIMS,
        before=_OURS,
        after="and_(chosen, ReminderRow.claim_token == token)",
        tests=(f"{_TESTS}::test_sending_starts_with_our_token_only_and_only_once",),
    ),
    Fault(
        name="old-lease",
        path=_INTENTS,
        before="    .where(ReminderRow.lease_until > _NOW)\n",
        after="",
        tests=(f"{_TESTS}::test_a_claim_whose_lease_ran_out_starts_nothing_before_upkeep_has_seen_it",),
        seen_by_machine=False,
    ),
    Fault(
        name="lease-without-end",
        path=_STALE,
        before=".where(ReminderRow.status == Status.CLAIMED, ReminderRow.lease_until <= now)",
        after=".where(ReminderRow.status == Status.CLAIMED, ReminderRow.lease_until != ReminderRow.lease_until)",
        tests=("tests/services/test_crashes.py::test_a_crash_after_the_claim_sends_it_later_and_once",),
    ),
    Fault(
        name="no-intent",
        path="scheduler/services/sending.py",
        before="    attempts.add_attempts(db, [_attempt(one, now + waits.answer) for one in going], now=now)\n",
        after="",
        tests=("tests/services/test_crashes.py",),
    ),
    Fault(
        name="calls-before-the-commit",
        path=_DRAIN,
        before="            going = start(db, batch, now=now, waits=self.waits)\n",
        after="            going = start(db, batch, now=now, waits=self.waits)\n"
        "            for ready in going:\n"
        "                _post(self.find_sender(ready.sender), ready.posting, self.waits.call)\n",
        tests=("tests/services/test_crashes.py::test_a_turn_that_can_not_be_stored_calls_nobody_and_loses_no_answer",),
        seen_by_machine=False,
    ),
    Fault(
        name="order-of-the-index",
        path="scheduler/storage/migrations/versions/0002_reminders_and_attempts.py",
        before='["sender_id", "rank", "next_at", "id"]',
        after='["sender_id", "next_at", "rank", "id"]',
        tests=("tests/storage/test_claim_plans.py", "tests/storage/test_schema.py"),
        seen_by_machine=False,
    ),
    Fault(
        name="no-order",
        path=_CLAIMS,
        before="        .order_by(ReminderRow.next_at, ReminderRow.id)\n",
        after="",
        tests=("tests/storage/test_claims.py", "tests/storage/test_claim_plans.py"),
        seen_by_machine=False,
    ),
    Fault(
        name="unknown-is-retried",
        path=_AFTERMATH,
        before="            return Next(status=Status.IN_DOUBT, reason=NO_ANSWER)",
        after="            return _certain(posted, _again(posted, NO_ANSWER, now))",
        tests=("tests/services/test_doubts.py",),
    ),
    Fault(
        name="doubts-repeat",
        path=_AFTERMATH,
        before="    repeats = posted.kind.repeats_in_doubt or posted.channel is Channel.EMAIL\n",
        after="    repeats = True\n",
        tests=("tests/services/test_settling.py",),
    ),
    Fault(
        name="doubts-stay",
        path="scheduler/services/settling.py",
        before="    if not doubts.still_open(db, {doubt.attempt_id}):\n        return False\n",
        after="    return False\n",
        tests=("tests/services/test_settling.py",),
    ),
    Fault(
        name="old-answers-count",
        path="scheduler/services/sending.py",
        before="        if answer.attempt_id not in older:\n",
        after="        if older is not None:\n",
        tests=("tests/services/test_late_answers.py",),
        seen_by_machine=False,
    ),
    Fault(
        name="nothing-expires",
        path="scheduler/services/upkeep.py",
        before="expired=stale.expire(db, now, limit=_MOST_AT_ONCE)",
        after="expired=0",
        tests=("tests/engine/test_tasks.py", "tests/services/test_clinics.py"),
        seen_by_machine=False,
    ),
    Fault(
        name="what-is-held-never-expires",
        path=_STALE,
        before=_OPEN,
        after="ReminderRow.status.in_((Status.SCHEDULED, Status.CLAIMED))",
        tests=(_TESTS,),
        seen_by_machine=False,
    ),
    Fault(
        name="what-is-sent-expires",
        path=_STALE,
        before=_OPEN,
        after="ReminderRow.status.in_((Status.SCHEDULED, Status.HELD, Status.CLAIMED, Status.SENT))",
        tests=(_TESTS,),
    ),
    Fault(
        name="before-its-time",
        path=_CLAIMS,
        before="        ReminderRow.next_at <= now,\n",
        after="        ReminderRow.next_at <= now + timedelta(seconds=30),\n",
        tests=("tests/storage/test_claims.py::test_what_is_not_due_yet_is_left",),
    ),
    Fault(
        name="half-a-bundle",
        path=_INTENTS,
        before="    if not bundles:\n",
        after="    if claims:\n",
        tests=("tests/services/test_broken_bundles.py",),
    ),
    Fault(
        name="pause-without-workers",
        path="scheduler/services/clinics.py",
        before="    holds.hold_claimed(db, reason=Because.CLINIC_PAUSED, now=now)\n",
        after="",
        tests=(f"{_TESTS}::test_a_clinic_that_is_paused_between_claim_and_intent_wins",),
    ),
    Fault(
        name="stop-without-workers",
        path="scheduler/services/sending.py",
        before="        open_reminders.release_claims(db, message.patient_id, now=now)  # the last look is taken again,"
        " and stops them\n",
        after="",
        tests=("tests/services/test_stops_of_the_provider.py",),
    ),
    Fault(
        name="budget-given-back-twice",
        path="scheduler/services/preparing.py",
        before="    more.subtract(claim.sender_id for claim in claimed)\n",
        after="    more.subtract(claim.sender_id for claim in claimed)\n"
        "    more.subtract(claim.sender_id for claim in claimed)\n",
        tests=("tests/services/test_sender_budgets.py",),
    ),
    Fault(
        name="stop-is-forgotten",
        path="scheduler/storage/answers.py",
        before="        end_stopped(db, moved, now)\n",
        after="        pass\n",
        tests=("tests/services/test_broken_bundles.py",),
        seen_by_machine=False,
    ),
    Fault(
        name="anybodys-receipt",
        path="scheduler/services/receipts.py",
        before="if about.provider_id not in {None, receipt.provider_id} or any(",
        after="if False and any(",
        tests=("tests/services/test_receipts.py",),
        seen_by_machine=False,
    ),
)


def noticed(fault: Fault | None, folder: Path, tests: Sequence[str]) -> bool:
    """Whether one of the tests fails in the copy in `folder` with the fault; None is none."""
    path = folder / fault.path if fault else None
    before = path.read_text() if path else ""
    if path and fault:
        _put(path, fault.applied(before))
    try:
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=folder,
            env=os.environ | {"AFTERCARE_TEST_MACHINE_SHRINKS": "no"},
            capture_output=True,
            check=False,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        if path:
            _put(path, before)
    return said.returncode == 1


def _put(path: Path, source: str) -> None:
    path.write_text(source)
    Path(cache_from_source(str(path))).unlink(missing_ok=True)  # it is trusted within the same second


def main(options: Sequence[str]) -> int:
    """The exit status: 0 where all were noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--machine", action="store_true")
    args = parser.parse_args(options)
    wanted = [one for one in FAULTS if not args.only or one.name in args.only]
    tried = [one for one in wanted if one.seen_by_machine or not args.machine]
    missed = 0
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        for name in _COPIED:
            source, target = CHECKOUT / name, Path(folder) / name
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        machine = (MACHINE, "-k", "sqlite") if args.machine else None
        if noticed(None, Path(folder), machine or sorted({test for fault in tried for test in fault.tests})):
            print("The tests fail without any fault: mend them first.", file=sys.stderr)
            return 2
        for fault in tried:
            seen = noticed(fault, Path(folder), machine or fault.tests)
            missed += not seen
            print(f"{'noticed' if seen else 'missed'}: {fault.name} ({fault.path})", flush=True)
    print(f"{len(tried) - missed} of {len(tried)} noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
