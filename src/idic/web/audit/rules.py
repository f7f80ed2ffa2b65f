"""What the audit counts, as rules: a number and the list it opens are asked by the same one."""

from __future__ import annotations

from collections.abc import Mapping

from idic.differentiate import segments
from idic.differentiate.known import WITHOUT_ADDRESS
from idic.differentiate.models import Reach, Tier

# Writing needs an agreement; ringing somebody up needs a number and no word against it.
CHANNELS = ("call", "zalo", "sms", "email")
_WRITTEN = ("zalo", "sms", "email")
REACHES = tuple(Reach.values)

AGES = ((0, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 150))
GENDERS = ("female", "male", "")

_SILENCED = segments.HasState("do_not_contact")
_NO_PHONE = segments.Choice("sms_reach", "one_of", (Reach.NO_ADDRESS.value,))
_HAS_BOUGHT = segments.Number("order_count", "at_least", 1)
# So long away that hardly any come back.
_SILENT = segments.Choice("tier", "one_of", (Tier.DORMANT.value,))
_ANY_ALLOWED = segments.Any(
    tuple(
        segments.Choice(f"{channel}_reach", "one_of", (Reach.ALLOWED.value,))  # type: ignore[arg-type]
        for channel in _WRITTEN
    )
)


def _written(channel: str, reach: str) -> segments.Tree:
    return segments.Choice(f"{channel}_reach", "one_of", (reach,))  # type: ignore[arg-type]


def _stage(stage: str) -> segments.Tree:
    return segments.Choice("lifecycle_stage", "one_of", (stage,))


RULES: Mapping[str, segments.Tree] = {
    "all": segments.EVERYBODY,
    "lead": _stage("lead"),
    "prospect": _stage("prospect"),
    "customer": _stage("customer"),
    "lapsed": _stage("lapsed"),
    "in_several": segments.Number("source_count", "at_least", 2),
    "active": segments.All(
        (_HAS_BOUGHT, segments.Not(_SILENT), segments.Flag("is_overdue", value=False))
    ),
    "late": segments.All((_HAS_BOUGHT, segments.Not(_SILENT), segments.Flag("is_overdue"))),
    "silent": segments.All((_HAS_BOUGHT, _SILENT)),
    "never": segments.Number("order_count", "at_most", 0),
    **{f"age_{low}": segments.Number("age", "between", low, high) for low, high in AGES},
    "age_unknown": segments.Number("age", "unknown"),
    **{
        f"gender_{code or 'unknown'}": segments.Choice("gender", "one_of", (code,))
        for code in GENDERS
    },
    "reachable": _ANY_ALLOWED,
    "no_address": WITHOUT_ADDRESS,
    "call_allowed": segments.All((segments.Not(_NO_PHONE), segments.Not(_SILENCED))),
    "call_denied": segments.All((segments.Not(_NO_PHONE), _SILENCED)),
    "call_no_address": _NO_PHONE,
    **{f"{channel}_{reach}": _written(channel, reach) for channel in _WRITTEN for reach in REACHES},
}
