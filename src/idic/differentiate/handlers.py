"""What Differentiate does when something happened below."""

from __future__ import annotations

from idic.core import clock
from idic.core.jobs import Handlers
from idic.core.selectors import get_as_of, get_business
from idic.differentiate.events import SegmentChanged
from idic.differentiate.segments import current_frame
from idic.differentiate.services.members import find_owners, follow
from idic.differentiate.services.refresh import refresh_customers
from idic.differentiate.services.segments import refresh_segments
from idic.identify.events import CustomersChanged, EventsStored
from idic.identify.living import get_living_ids

# An event may name a whole import's customers; so many are brought up to date at a time.
PORTION = 500


def refresh_changed(event: CustomersChanged) -> None:
    """Bring the summaries of changed customers up to date, and those of who they were joined to."""
    as_of = get_as_of(get_business())
    living = get_living_ids(customer_ids=event.customer_ids)
    people = list(dict.fromkeys([*event.customer_ids, *living.values()]))
    for first in range(0, len(people), PORTION):
        some = people[first : first + PORTION]
        refresh_customers(customer_ids=some, as_of=as_of, now=clock.now())
        # Who is in which segment follows from what was just written.
        follow(customer_ids=some, frame=current_frame(as_of=as_of, now=clock.now()))


def follow_events(event: EventsStored) -> None:
    """Look again who is in the segments that ask for such events. What people are worth does not
    hang on an event: their figures wait for the next refresh.
    """
    owners = find_owners(event.record_ids)
    for first in range(0, len(owners), PORTION):
        follow(
            customer_ids=owners[first : first + PORTION],
            frame=current_frame(as_of=get_as_of(get_business()), now=clock.now()),
            kinds=event.kinds,
        )


def list_members(event: SegmentChanged) -> None:
    """Find out who is in a segment that is new or has another rule, and what it separates."""
    refresh_segments(
        as_of=get_as_of(get_business()), now=clock.now(), segment_ids=[event.segment_id]
    )


HANDLERS: Handlers = {
    CustomersChanged: [refresh_changed],
    EventsStored: [follow_events],
    SegmentChanged: [list_members],
}
