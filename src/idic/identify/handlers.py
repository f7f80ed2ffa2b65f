"""What Identify does when something happened: its table of event → functions."""

from __future__ import annotations

from datetime import timedelta

from idic.core import clock
from idic.core.jobs import Handlers
from idic.identify.events import (
    CustomersMerged,
    CustomersParted,
    ImportPublished,
    ImportUndone,
    ManyCustomersMerged,
    PeopleIdentified,
)
from idic.identify.services.imports.indexing import index_import, index_people
from idic.identify.services.matching import forget_vanished
from idic.identify.tasks import clean_import, clean_people, match_import, match_people

_AFTER_THE_LOOP = timedelta(seconds=5)


def index_published_import(event: ImportPublished) -> None:
    """Let the search find the people of an import."""
    index_import(run_id=event.run_id)


def index_identified_people(event: PeopleIdentified) -> None:
    """Let the search find people of whom a website told."""
    index_people(customer_ids=event.customer_ids)


def index_joined_people(
    event: CustomersMerged | CustomersParted | ManyCustomersMerged,
) -> None:
    """Let the search find people who were joined or parted, should the act not have come to it."""
    index_people(customer_ids=event.customer_ids)


def clean_published_import(event: ImportPublished) -> None:
    """Look at what an import said of people, once what everybody waits for has begun."""
    later = clean_import.using(run_after=clock.now() + _AFTER_THE_LOOP)
    later.enqueue(run_id=event.run_id)


def match_published_import(event: ImportPublished) -> None:
    """Find out who is who among an import's people, once what everybody waits for has begun."""
    later = match_import.using(run_after=clock.now() + _AFTER_THE_LOOP)
    later.enqueue(run_id=event.run_id)


def match_identified_people(event: PeopleIdentified) -> None:
    """Find out who people are of whom a website told."""
    match_people.enqueue(customer_ids=list(event.customer_ids))


def forget_undone_records(event: ImportUndone) -> None:
    """Keep nothing of how records were compared that are gone."""
    forget_vanished()


def clean_identified_people(event: PeopleIdentified) -> None:
    """Look at what a website told of people."""
    clean_people.enqueue(customer_ids=list(event.customer_ids))


HANDLERS: Handlers = {
    CustomersMerged: (index_joined_people,),
    CustomersParted: (index_joined_people,),
    ManyCustomersMerged: (index_joined_people,),
    ImportPublished: (
        index_published_import,
        clean_published_import,
        match_published_import,
    ),
    ImportUndone: (forget_undone_records,),
    PeopleIdentified: (
        index_identified_people,
        clean_identified_people,
        match_identified_people,
    ),
}
