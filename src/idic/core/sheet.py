"""What the sheet of components shows: one small shop's numbers, in the viewer's language. Only for
those who build pages; no figure here comes from the database.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import charts, formatting

_CURRENCY = {"vi": "VND", "zh": "CNY", "en": "GBP"}
# A shop in Hanoi counts in millions, one in Leeds in hundreds of pounds.
_SIZE = {"vi": 1_000_000, "zh": 30_000, "en": 3_000}
_TODAY = date(2026, 11, 23)


class _SampleForm(forms.Form):
    """One field of each kind, one of them wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = forms.CharField(
            label=_("Phone number"), min_length=12, help_text=_("As the customer says it.")
        )
        self.fields["birthday"] = forms.CharField(label=_("Birthday"), required=False)
        self.fields["tier"] = forms.ChoiceField(
            label=_("Tier"), choices=[("vip", _("VIP")), ("loyal", _("Loyal"))]
        )
        self.fields["channel"] = forms.ChoiceField(
            label=_("Reach by"),
            choices=[("call", _("Call")), ("zalo", "Zalo"), ("mail", _("E-mail"))],
            widget=forms.RadioSelect,
        )
        self.fields["note"] = forms.CharField(
            label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2})
        )
        self.fields["agrees"] = forms.BooleanField(
            label=_("Agrees to offers"), required=False, help_text=_("Asked at the counter today.")
        )


def build_sheet() -> dict[str, Any]:
    """Give the context of the sheet."""
    language = formatting.base_language(get_language() or "en")
    size = _SIZE[language]
    form = _SampleForm({"phone": "0900 000 21", "channel": "call", "tier": "vip"})
    form.is_valid()
    return {
        "currency": _CURRENCY[language],
        "form": form,
        "today": _TODAY,
        "moment": datetime(2026, 11, 16, 10, 24, tzinfo=timezone(timedelta(hours=7))),
        "amounts": {
            "effect": int(46.8 * size),
            "low": int(28.4 * size),
            "high": int(65.2 * size),
            "unproven": int(7.6 * size),
            "unproven_low": int(-2.3 * size),
            "unproven_high": int(17.5 * size),
        },
        "tabs": _tabs(),
        "steps": _steps(),
        "chips": _chips(),
        "people": _people(size),
        "charts": _charts(language, size),
    }


def _tabs() -> list[dict[str, Any]]:
    return [
        {"label": _("Timeline"), "url": "?", "current": True, "count": 187},
        {"label": _("Orders"), "url": "?", "current": False, "count": 142},
        {"label": _("Profile"), "url": "?", "current": False, "count": None},
    ]


def _steps() -> list[dict[str, Any]]:
    words = [_("Who gets it"), _("Content"), _("Schedule"), _("Review")]
    return [
        {"label": word, "url": "?", "current": word == words[-1], "count": None} for word in words
    ]


def _chips() -> list[dict[str, Any]]:
    return [
        {"label": _("All"), "url": "?", "current": False, "count": 12482},
        {"label": _("Tier is VIP"), "remove_url": "?", "current": True},
        {"label": _("Silent for 30 days"), "url": "?", "current": False, "count": 96},
    ]


def _people(size: int) -> list[dict[str, Any]]:
    names = {
        "vi": ["chị Lê Thị Thanh Thảo", "chú Phạm Quốc Dũng", "anh Tô Nhật Hào"],
        "zh": ["陈雅婷女士", "黄志强先生", "吴晓燕女士"],
        "en": ["Amelia Hughes", "Oliver Wright", "Grace Okafor"],
    }[formatting.base_language(get_language() or "en")]
    risks = [("bad", _("High")), ("warn", _("Medium")), ("good", _("Low"))]
    return [
        {
            "name": name,
            "last_seen": _TODAY - timedelta(days=days),
            "amount": int(amount * size),
            "step": step,
            "tier": tier,
            "risk": risk,
        }
        for name, days, amount, step, tier, risk in zip(
            names,
            [34, 27, 9],
            [18.6, 16.2, 18.9],
            [4, 4, 3],
            [_("VIP"), _("VIP"), _("Loyal")],
            risks,
            strict=True,
        )
    ]


def _charts(language: str, size: int) -> dict[str, Any]:
    currency = _CURRENCY[language]

    def money(value: float) -> str:
        return formatting.amount_short(round(value * size), currency=currency, language=language)

    def rate(value: float) -> str:
        return formatting.percent(value, language=language)

    def count(value: float) -> str:
        return formatting.number(value, language=language)

    months = [date(2026, n, 1) for n in range(4, 12)]
    return {
        "line": charts.lines(
            title=_("Customers we cared for come back more: 61% against 52% after seven weeks"),
            series=[
                charts.Line(_("Cared for"), [0.21, 0.33, 0.42, 0.49, 0.54, 0.58, 0.61, 0.62]),
                charts.Line(
                    _("Control group"), [0.2, 0.31, 0.38, 0.43, 0.47, 0.5, 0.52, 0.53], "c"
                ),
            ],
            periods=[_("Week %(n)s") % {"n": 1}, *(str(n) for n in range(2, 9))],
            write=rate,
            name=_("Week"),
            is_last_incomplete=True,
        ),
        "columns": charts.columns(
            title=_("Revenue has grown for five months; November is not over"),
            rows=[
                charts.Bar(str(month.month), value)
                for month, value in zip(
                    months, [212, 208, 215, 226, 241, 252, 268, 190], strict=True
                )
            ],
            write=money,
            name=_("Month"),
            measure=_("Revenue"),
            is_last_incomplete=True,
        ),
        "bars": charts.bars(
            title=_("More than half of those left out never gave consent"),
            rows=[
                charts.Bar(_("No consent to offers"), 312, "c"),
                charts.Bar(_("Had two messages this week"), 141, "c"),
                charts.Bar(_("Open complaint"), 74, "c"),
                charts.Bar(_("No working address"), 38, "c"),
            ],
            write=count,
            name=_("Reason"),
            measure=_("People"),
        ),
        "interval": charts.interval(
            title=_("She will likely spend a little less than last year"),
            value=22.4,
            low=17.9,
            high=26.8,
            write=money,
            reference=(24.9, _("last 12 months")),
        ),
        "unproven": charts.interval(
            title=_("Whether the content helps is not proven yet"),
            value=7.6,
            low=-2.3,
            high=17.5,
            write=money,
            is_proven=False,
        ),
        "shares": charts.share_bar(
            title=_("12,482 chosen, 11,904 can be reached"),
            shares=[
                charts.Share(_("Get the message"), 10714, "t"),
                charts.Share(_("Control group, not sent"), 1190, "c"),
                charts.Share(_("Left out"), 578, "0"),
            ],
            write=count,
            name=_("Part"),
            measure=_("People"),
        ),
        "heat": charts.heat_grid(
            title=_("Most VIPs come on Friday evening"),
            corner=_("Hour"),
            columns=[_("Mon"), _("Wed"), _("Fri"), _("Sun")],
            rows=[
                ("8–12", [41, 38, 52, 88]),
                ("12–17", [36, 40, 61, 97]),
                ("17–21", [92, 101, 168, 74]),
            ],
            write=count,
        ),
        "retention": charts.retention_grid(
            title=_("Customers of June stay longest"),
            corner=_("First bought"),
            columns=["0", "1", "2", "3", "4"],
            cohorts=[
                (formatting.month(date(2026, 6, 1), language=language), [1, 0.44, 0.4, 0.38, 0.36]),
                (formatting.month(date(2026, 7, 1), language=language), [1, 0.36, 0.3, 0.28, None]),
                (
                    formatting.month(date(2026, 8, 1), language=language),
                    [1, 0.33, 0.19, None, None],
                ),
                (
                    formatting.month(date(2026, 9, 1), language=language),
                    [1, 0.12, None, None, None],
                ),
            ],
            write=rate,
        ),
        "whisker": charts.whisker(
            value=18.9, low=8.1, high=29.7, scale_low=-5, scale_high=70, write=money
        ),
        "whisker_unproven": charts.whisker(
            value=7.6,
            low=-2.3,
            high=17.5,
            scale_low=-5,
            scale_high=70,
            write=money,
            is_proven=False,
        ),
    }
