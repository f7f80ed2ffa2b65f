"""What Identify does when something happened: its table of event → functions."""

from __future__ import annotations

from idic.core.jobs import Handlers
from idic.identify.events import CustomersChanged, ImportPublished, PeopleIdentified
from idic.identify.services.imports.indexing import index_import, index_people
from idic.identify.tasks import clean_import, clean_people


def index_published_import(event: ImportPublished) -> None:
    """Let the search find the people of an import."""
    index_import(run_id=event.run_id)


def index_identified_people(event: PeopleIdentified) -> None:
    """Let the search find people of whom a website told."""
    index_people(customer_ids=event.customer_ids)


def clean_published_import(event: ImportPublished) -> None:
    """Look at what an import said of people."""
    clean_import.enqueue(run_id=event.run_id)


def clean_changed_people(event: PeopleIdentified | CustomersChanged) -> None:
    """Look at people of whom something else is known now."""
    clean_people.enqueue(customer_ids=list(event.customer_ids))


HANDLERS: Handlers = {
    ImportPublished: (index_published_import, clean_published_import),
    PeopleIdentified: (index_identified_people, clean_changed_people),
    CustomersChanged: (clean_changed_people,),
}
