"""What can be told of a protocol before a patient meets it: findings, each with its rule, its key and the mend."""

from scheduler.domain.care.checks.checking import check_version
from scheduler.domain.care.checks.findings import RuleFinding, Severity

__all__ = ["RuleFinding", "Severity", "check_version"]
