from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts.sending_faults import CHECKOUT, FAULTS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_still_fits_the_code_that_it_breaks(fault: Fault) -> None:
    source = (CHECKOUT / fault.path).read_text()

    broken = fault.applied(source)

    assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(source))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_names_tests_that_are_there(fault: Fault) -> None:
    for name in fault.tests:
        path, _, function = name.partition("::")
        file = Path(CHECKOUT / path)

        assert file.exists()
        assert not function or f"def {function}(" in file.read_text()


def test_a_fault_that_fits_no_more_says_so() -> None:
    with pytest.raises(ValueError, match="has changed"):
        FAULTS[0].applied("nothing of the kind")


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
