"""A shop, its people, and a program that calls."""

from __future__ import annotations

import pytest

from idic.core.rest.doors import CALLS, STRANGERS
from tests.identify.identity.people import People

from .calling import Program, program


@pytest.fixture(autouse=True)
def _nobody_has_called() -> None:
    CALLS.reset()
    STRANGERS.reset()


@pytest.fixture
def people(db: None) -> People:
    return People()


@pytest.fixture
def till(people: People) -> Program:
    return program()
