"""The consent ledger: writing it, sealing it, and the one way a row may go."""

from .recording import record_consent
from .removing import note_removal, remove_consents

__all__ = ["note_removal", "record_consent", "remove_consents"]
