"""How a run ends: the exit codes, and the one line on stderr for whatever went wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from scheduler.domain.errors import Invalid, SchedulerError

DONE = 0
FOUND = 1
"""A check found something."""
REFUSED = 2
"""Wrong use or settings, or a database or key that can't be used."""
BROKEN = 70
"""A fault of the program itself (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130


@dataclass(slots=True)
class End:
    """The exit code of a run."""

    code: int = DONE


@contextmanager
def ending() -> Iterator[End]:
    """Within the block, whatever is raised becomes an exit code and a line on stderr for each thing to mend."""
    end = End()
    try:
        yield end
    except typer.Exit as error:
        end.code = error.exit_code
    except typer.TyperException as error:
        end.code = _refuse([_usage(error)])
    except Invalid as error:
        end.code = _refuse(str(problem) for problem in error.problems)
    except SchedulerError as error:
        end.code = _refuse([str(error)])
    except BrokenPipeError:
        # Whoever read our output has enough. Python would complain when it flushes the rest at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (KeyboardInterrupt, typer.Abort):
        end.code = INTERRUPTED
    except Exception as error:  # noqa: BLE001  the edge of the program: people get a line, not a trace
        end.code = _tell_fault(error)


def _refuse(lines: Iterable[str]) -> int:
    for line in lines:
        print(f"error: {' '.join(line.split())}", file=sys.stderr)  # noqa: T201  the command line talks
    return REFUSED


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    hint = f" (see {context.command_path} --help)" if context else ""
    return f"{error.format_message().rstrip('.')}{hint}"


def _tell_fault(error: Exception) -> int:
    """Name the fault without its message, which may hold what belongs to a patient."""
    if os.environ.get("AFTERCARE_LOG_LEVEL", "").lower() == "debug":
        _print_trace(error)
    _refuse([f"{type(error).__name__} inside the program: set AFTERCARE_LOG_LEVEL=debug to see where."])
    return BROKEN


def _print_trace(error: Exception) -> None:
    import traceback

    from scheduler.telemetry import redact

    print(redact("".join(traceback.format_exception(error))), end="", file=sys.stderr)  # noqa: T201  the trace itself
