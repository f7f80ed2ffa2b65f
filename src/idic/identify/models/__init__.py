"""The tables of Identify: sources and their records, customers, facts, imports, consent."""

from .accounts import AccountBalance
from .cleaning import (
    ActKind,
    ActState,
    CleaningAct,
    CleaningProposal,
    ProposalState,
    QualityFigures,
)
from .consent import (
    Consent,
    ConsentBasis,
    ConsentRemoval,
    ConsentSeal,
    ConsentStatus,
    Purpose,
    RemovalReason,
)
from .customers import (
    Customer,
    CustomerState,
    LifecycleStage,
    Relation,
    StateKind,
)
from .events import Event
from .forms import (
    ConsentWording,
    FieldKind,
    Form,
    FormField,
    FormKind,
    FormSubmission,
    HeldSubmission,
    PendingConsent,
    PersonalLink,
    SubmissionState,
)
from .identity import (
    IdentityAct,
    IdentityLink,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    LinkKind,
)
from .imports import FormerValue, ImportRejection, ImportRun, ImportState, LakeMark
from .ingest import (
    IngestDay,
    IngestMark,
    IngestProblem,
    IngestProblemState,
    Pull,
    Webhook,
    WriteKey,
)
from .mailbox import Mailbox, MailSecurity
from .matching import MatchAct, MatchKey, MatchModel, MatchPair, MatchRecord, PairState
from .orders import Order, OrderLine
from .ownerless import LinkRule, OwnerSuggestion
from .privacy import Tombstone
from .questions import AskedOf, Asking, AskingState, AskingWay, Question, QuestionKind
from .rates import ExchangeRate
from .recipes import ImportRecipe
from .records import Identifier, IdentifierType, RecordKind, SourceRecord
from .requests import PrivacyRequest, RequestKind
from .shop_orders import ShopOrder
from .sources import LIVE_KINDS, Source, SourceKind
from .survivorship import SurvivorshipVersion
from .traits import OverruledTrait, Trait

__all__ = [
    "LIVE_KINDS",
    "AccountBalance",
    "ActKind",
    "ActState",
    "AskedOf",
    "Asking",
    "AskingState",
    "AskingWay",
    "CleaningAct",
    "CleaningProposal",
    "Consent",
    "ConsentBasis",
    "ConsentRemoval",
    "ConsentSeal",
    "ConsentStatus",
    "ConsentWording",
    "Customer",
    "CustomerState",
    "Event",
    "ExchangeRate",
    "FieldKind",
    "Form",
    "FormField",
    "FormKind",
    "FormSubmission",
    "FormerValue",
    "HeldSubmission",
    "Identifier",
    "IdentifierType",
    "IdentityAct",
    "IdentityLink",
    "IdentityLogEntry",
    "IdentityMove",
    "IdentityRedirect",
    "ImportRecipe",
    "ImportRejection",
    "ImportRun",
    "ImportState",
    "IngestDay",
    "IngestMark",
    "IngestProblem",
    "IngestProblemState",
    "LakeMark",
    "LifecycleStage",
    "LinkKind",
    "LinkRule",
    "MailSecurity",
    "Mailbox",
    "MatchAct",
    "MatchKey",
    "MatchModel",
    "MatchPair",
    "MatchRecord",
    "Order",
    "OrderLine",
    "OverruledTrait",
    "OwnerSuggestion",
    "PairState",
    "PendingConsent",
    "PersonalLink",
    "PrivacyRequest",
    "ProposalState",
    "Pull",
    "Purpose",
    "QualityFigures",
    "Question",
    "QuestionKind",
    "RecordKind",
    "Relation",
    "RemovalReason",
    "RequestKind",
    "ShopOrder",
    "Source",
    "SourceKind",
    "SourceRecord",
    "StateKind",
    "SubmissionState",
    "SurvivorshipVersion",
    "Tombstone",
    "Trait",
    "Webhook",
    "WriteKey",
]
