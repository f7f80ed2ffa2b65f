"""What the first look says, one sentence a finding, for the page and for the command line alike."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core.templatetags.ui import money_short, number, percent
from idic.differentiate.models import Tier
from idic.web.menu import find_address
from idic.web.selectors.first_look import FirstLook, Forecast


@dataclass(frozen=True)
class Finding:
    """A sentence, and what to do about it: the act's words and address."""

    sentence: SafeString
    act: str
    url: str

    @property
    def plain(self) -> str:
        """The sentence without its bold figures, for a terminal."""
        return unescape(strip_tags(self.sentence))


def list_findings(
    look: FirstLook, *, currency: str, campaign_url: str = "", with_late: bool = True
) -> list[Finding]:
    """Say who buys, who matters, who is late, who went quiet, what names nobody, and how good the
    forecast is. `campaign_url` begins a campaign to the quiet; a page whose heading says who is
    late leaves that out here.
    """
    said = [
        _say_buyers(look),
        _say_top(look, currency),
        _say_late(look, currency) if with_late else None,
        _say_quiet(look, currency, campaign_url),
        _say_unlinked(look),
        _say_forecast(look.forecast),
    ]
    return [finding for finding in said if finding]


def _say_buyers(look: FirstLook) -> Finding:
    sentence = format_html(
        _("<b>{buyers} customers</b> have bought, <b>{share}</b> of them again."),
        buyers=number(look.figures["buyers"]),
        share=percent(look.repeat_rate),
    )
    return Finding(sentence, _("See all customers"), find_address("web:customer_list"))


def _say_top(look: FirstLook, currency: str) -> Finding | None:
    share = look.figures.get("top_fifth_rate")
    if share is None:
        return None
    sentence = format_html(
        _("The top fifth brings <b>{share}</b> of {amount} in 12 months."),
        share=percent(share),
        amount=money_short(look.figures["last_year_amount"], currency),
    )
    url = f"{find_address('web:customer_list')}?sort=-last_year_amount"
    return Finding(sentence, _("See who they are"), url)


def _say_late(look: FirstLook, currency: str) -> Finding | None:
    late = look.figures["late"]
    if not late["count"]:
        return None
    # Two sentences, not two plurals: of one person there is no half, in any language.
    one = _(
        "<b>{count} valuable customer</b> is overdue by {days} days and brought {amount} in "
        "12 months."
    )
    many = _(
        "<b>{count} valuable customers</b> are overdue, half of them by more than {days} days; "
        "they brought {amount} in 12 months."
    )
    sentence = format_html(
        one if late["count"] == 1 else many,
        count=number(late["count"]),
        days=number(late["median_days"]),
        amount=money_short(late["last_year_amount"], currency),
    )
    url = f"{find_address('differentiate:matrix')}?tier=at_risk"
    return Finding(sentence, _("See what they need"), url)


def _say_quiet(look: FirstLook, currency: str, campaign_url: str) -> Finding | None:
    quiet = look.figures.get("tiers", {}).get(Tier.DORMANT, {})
    # Figures written before the whole amount was kept have none: they come anew every night.
    if not quiet.get("count") or quiet.get("net_amount") is None:
        return None
    people_url = f"{find_address('web:customer_list')}?tier={Tier.DORMANT}"
    count = ngettext("%(count)s customer", "%(count)s customers", quiet["count"])
    sentence = format_html(
        ngettext(
            "{people} has gone quiet and once brought {amount}.",
            "{people} have gone quiet and once brought {amount}.",
            quiet["count"],
        ),
        people=format_html(
            '<a href="{}"><b>{}</b></a>', people_url, count % {"count": number(quiet["count"])}
        ),
        amount=money_short(quiet["net_amount"], currency),
    )
    if campaign_url:
        return Finding(sentence, _("Write to them"), campaign_url)
    return Finding(sentence, _("See who they are"), people_url)


def _say_unlinked(look: FirstLook) -> Finding | None:
    if not look.unlinked_orders:
        return None
    lines = ngettext("%(lines)s line", "%(lines)s lines", look.unlinked_lines)
    sentence = format_html(
        ngettext(
            "<b>{orders} order</b> ({lines}) names nobody: counted as sales, not as a person.",
            "<b>{orders} orders</b> ({lines}) name nobody: counted as sales, not as people.",
            look.unlinked_orders,
        ),
        orders=number(look.unlinked_orders),
        lines=lines % {"lines": number(look.unlinked_lines)},
    )
    return Finding(sentence, _("See the sources"), find_address("identify:source_list"))


def _say_forecast(forecast: Forecast | None) -> Finding | None:
    if forecast is None:
        return None
    url = f"{find_address('differentiate:matrix')}#analysts"
    if not forecast.is_possible or forecast.miss_rate is None:
        sentence = format_html(
            _("The history is too short to try the forecast: take expected amounts with care.")
        )
        return Finding(sentence, _("How it works"), url)
    sentence = format_html(
        _(
            "Forecast tried on your last {days} days: sales missed by <b>{miss}</b>; its best "
            "tenth paid <b>{found}</b> of what the real best tenth paid."
        ),
        days=number(forecast.hidden_days),
        miss=percent(forecast.miss_rate),
        found=percent(forecast.capture_rate),
    )
    return Finding(sentence, _("How it was tried"), url)


def call_columns() -> list[str]:
    """Name the columns of the table of whom to call first."""
    return [
        _("Customer"),
        _("Days away"),
        _("Usually"),
        _("Last 12 months"),
        _("At stake"),
        _("Likely to want"),
    ]
