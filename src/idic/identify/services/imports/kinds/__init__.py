"""The kinds of files: of each, what it holds beyond people. `importing` reads them, this writes."""

from idic.identify.importing.columns import Kind

from .accounts import Accounts
from .consents import Consents
from .happenings import EVENTS, SENDS
from .kind import About, Insert, KindOfFile
from .orders import Orders
from .people import Companies, Customers

KINDS: dict[Kind, KindOfFile] = {
    Kind.ORDERS: Orders(),
    Kind.CUSTOMERS: Customers(),
    Kind.COMPANIES: Companies(),
    Kind.CONSENTS: Consents(),
    Kind.EVENTS: EVENTS,
    Kind.SENDS: SENDS,
    Kind.ACCOUNTS: Accounts(),
}

__all__ = ["KINDS", "About", "Insert", "KindOfFile"]
