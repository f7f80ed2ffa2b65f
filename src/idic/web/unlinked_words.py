"""Why an order may be somebody's, and how sure that is, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from idic.core.templatetags import ui
from idic.identify.models import LinkRule, OwnerSuggestion

_RULES: dict[str, str | Promise] = {
    LinkRule.PHONE: gettext_lazy("The same phone number stands on the order"),
    LinkRule.EMAIL: gettext_lazy("The same e-mail address stands on the order"),
    LinkRule.CARD: gettext_lazy("The same membership card"),
    LinkRule.CUSTOMER_NUMBER: gettext_lazy("The same customer number"),
    LinkRule.ZALO: gettext_lazy("The same Zalo account"),
    LinkRule.WECHAT: gettext_lazy("The same WeChat account"),
    LinkRule.ADDRESS: gettext_lazy("The same name at the same address"),
}
_LIKELY = 0.5
_SURE = pgettext_lazy("owner of an order", "Sure")


def say_rule(suggestion: OwnerSuggestion, goods: Sequence[str]) -> str:
    """Say what a suggestion rests on."""
    if suggestion.rule == LinkRule.BASKET:
        shared, size = suggestion.evidence.get("shared", 0), suggestion.evidence.get("of", 0)
        said = ngettext(
            "Often buys %(goods)s, as few do: %(shared)s of the %(size)s thing of this order",
            "Often buys %(goods)s, as few do: %(shared)s of the %(size)s things of this order",
            size,
        )
        return said % {
            "goods": ui.listed(goods),
            "shared": ui.number(shared),
            "size": ui.number(size),
        }
    said = str(_RULES.get(suggestion.rule, ""))
    people = suggestion.evidence.get("people", 1)
    if people > 1:
        others = ngettext("%(count)s person has it", "%(count)s people have it", people)
        return ui.clauses((said, others % {"count": ui.number(people)}))
    return said


def say_score(suggestion: OwnerSuggestion) -> tuple[str, str]:
    """Give the tone and the word of how sure a suggestion is."""
    if suggestion.is_sure:
        return "good", str(_SURE)
    if suggestion.score >= _LIKELY:
        return "info", pgettext("owner of an order", "Likely")
    return "", _("Perhaps")
