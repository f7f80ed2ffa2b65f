"""How Identify exports and erases one person. Orders stay for the books, without an owner."""

from __future__ import annotations

from idic.core.personal_data import Erasure, register, register_texts
from idic.identify.models import (
    AccountBalance,
    Asking,
    CleaningProposal,
    Consent,
    Customer,
    CustomerState,
    Event,
    FormSubmission,
    HeldSubmission,
    Identifier,
    IdentityLink,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    ImportRejection,
    IngestProblem,
    MatchPair,
    MatchRecord,
    Order,
    OrderLine,
    OwnerSuggestion,
    PendingConsent,
    PersonalLink,
    PrivacyRequest,
    Relation,
    SourceRecord,
    Trait,
)

register(
    model=OrderLine,
    record="order__record",
    fields=(
        "order__order_number",
        "line_number",
        "product_code",
        "product_name",
        "quantity",
        "unit_price",
        "net_amount",
    ),
    erase=Erasure.KEEP,
    why="goods sold, without a name once the order has lost its owner",
)
register(
    model=Order,
    record="record",
    fields=(
        "id",
        "merchant",
        "order_number",
        "ordered_at",
        "currency",
        "net_amount",
        "is_return",
        "store",
    ),
    erase=Erasure.DETACH,
    empty={"record": None},
)
# Before and after stand here beside each other; both are traits too.
register(model=CleaningProposal, customer="customer", is_computed=True)
register(model=OwnerSuggestion, customer="customer", is_computed=True)
# Whoever is the other one of a pair is told by `services.matching.forgetting`.
register(model=MatchPair, record="left", is_computed=True)
register(model=MatchRecord, record="record", is_computed=True)
register(model=Event, record="record")
register(model=AccountBalance, record="record")
register(model=IngestProblem, record="record")
register(model=Consent, record="record")
register(model=Asking, record="record")
register(model=HeldSubmission, address="address")
register(model=PendingConsent, record="record")
register(model=FormSubmission, record="record")
# The digest opens nothing and says nothing of anybody.
register(model=PersonalLink, customer="customer", fields=("created_at", "expires_at", "used_at"))
register(model=PrivacyRequest, customer="customer")
register(model=Trait, record="record")
register(model=Identifier, record="record")
register(model=Relation, record="subject")
register(model=CustomerState, customer="customer")
# What an act changed goes with the act; elsewhere only bare numbers of whoever is erased remain.
for _rows in (IdentityMove, IdentityRedirect, IdentityLink):
    register(model=_rows, customer="entry__customer", is_computed=True)
register(model=IdentityLogEntry, customer="customer")
register(model=SourceRecord, customer="customer")
register(model=Customer, customer="id")
register_texts(model=HeldSubmission, fields=("said",))
register_texts(model=IngestProblem, fields=("body", "detail"))
register_texts(model=ImportRejection, fields=("detail", "row"), empty={"detail": "", "row": {}})
