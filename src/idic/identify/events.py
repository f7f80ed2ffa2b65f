"""What Identify tells the rooms above: frozen facts in the past tense, ids and plain values."""

from __future__ import annotations

from dataclasses import dataclass

from idic.core.jobs import Event


@dataclass(frozen=True)
class ImportPublished(Event):
    """A file's rows became visible."""

    run_id: int
    kind: str


@dataclass(frozen=True)
class ImportUndone(Event):
    """What a file had brought is gone again; whatever was computed with it is to be anew."""

    run_id: int


@dataclass(frozen=True)
class DemoRemoved(Event):
    """The sample shop is gone; whatever was computed with it is to be computed anew."""


@dataclass(frozen=True)
class CustomersChanged(Event):
    """Facts about these customers changed outside an import: an edit, a consent, a new order."""

    customer_ids: tuple[int, ...]


@dataclass(frozen=True)
class EventsStored(Event):
    """A website or app told what the people of these records did: which kinds of events."""

    record_ids: tuple[int, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class PeopleIdentified(Event):
    """A website or app told who these customers are: new ones, or known ones with new values."""

    customer_ids: tuple[int, ...]


@dataclass(frozen=True)
class CustomersMerged(Event):
    """Customers turned out to be one: `customer_ids` are all concerned, the survivor among them."""

    customer_ids: tuple[int, ...]
    survivor_id: int
    entry_id: int


@dataclass(frozen=True)
class ManyCustomersMerged(Event):
    """Many customers at once turned out to be others: `customer_ids` are all concerned, those of
    `survivor_ids` live on, one for each of the log's `entry_ids`.
    """

    customer_ids: tuple[int, ...]
    survivor_ids: tuple[int, ...]
    entry_ids: tuple[int, ...]


@dataclass(frozen=True)
class CustomersParted(Event):
    """Customers were parted again, or a record was divided; all of them are named."""

    customer_ids: tuple[int, ...]
    entry_id: int


@dataclass(frozen=True)
class ValuesLookedAt(Event):
    """What is said of customers was looked through, and measured."""

    customer_count: int


@dataclass(frozen=True)
class ConfirmationAsked(Event):
    """Somebody ticked a box that counts once they press a link: a mail is to bring it to them."""

    pending_id: int


@dataclass(frozen=True)
class MailReceived(Event):
    """Mails customers wrote came in through a mailbox; each is an event on its customer."""

    event_ids: tuple[int, ...]


@dataclass(frozen=True)
class MailBounced(Event):
    """A mail server reports that a mail did not arrive: its status by RFC 3464, and which mail."""

    status: str
    references: tuple[str, ...]
