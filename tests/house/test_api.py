"""Every operation of the API asks for a right, says what it does, and stands in the description."""

from __future__ import annotations

import inspect

import pytest
from django.urls import get_resolver

from idic.core.access import RIGHTS
from idic.core.rest.schema import describe, list_operations, right_of


@pytest.fixture(autouse=True)
def _addresses_are_read() -> None:
    assert get_resolver().url_patterns


def test_every_operation_asks_for_a_right_of_the_pages() -> None:
    asked = {
        f"{method} {path}": right_of(operation)
        for path, operation in list_operations()
        for method in operation.methods
    }

    assert len(asked) >= 16
    assert {name: right for name, right in asked.items() if right not in RIGHTS} == {}


def test_reading_needs_the_right_to_read_and_writing_another() -> None:
    for path, operation in list_operations():
        is_reading = operation.methods == ["GET"]
        assert (right_of(operation) == "customers.read") == is_reading, path


def test_every_operation_says_what_it_does() -> None:
    silent = [path for path, one in list_operations() if not inspect.getdoc(one.view_func)]

    assert silent == []


def test_the_description_is_whole() -> None:
    whole = describe()
    paths = whole["paths"]

    assert whole["openapi"].startswith("3.1")
    described = {(path, method) for path, methods in paths.items() for method in methods}
    known = {(path, method.lower()) for path, one in list_operations() for method in one.methods}
    assert described == known
    names = [one["operationId"] for methods in paths.values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert all(one["x-right"] for methods in paths.values() for one in methods.values())
