"""Pages of Measure: what campaigns brought, who came back, what each month brought."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_as_of, get_business
from idic.identify.selectors import has_demo
from idic.interact.models import Campaign, CampaignState
from idic.measure.findings import describe_months, draw_months, draw_retention, say_effect
from idic.measure.sample_shop import find_verdict
from idic.measure.selectors import get_monthly_figures, list_effects
from idic.measure.services.effects import measure_campaign


@require_GET
def effect_list(request: HttpRequest) -> HttpResponse:
    """Say what each launched campaign brought against its control group."""
    business = get_business()
    page = list_effects(after=_place_of(request))
    context = {
        "page": page,
        "effects": [say_effect(line, currency=business.currency) for line in page.effects],
        "next_url": f"?after={ids.encode('campaign', page.next_after)}" if page.next_after else "",
        "may_measure": may(staff_of(request), "effects.measure"),
        "has_truth": has_demo(),
    }
    return render(request, "measure/effect_list.html", context)


@require_GET
def sample_shop(request: HttpRequest) -> HttpResponse:
    """Hold the sample shop against the truth it was made up from."""
    verdict = find_verdict()
    if verdict is None:
        return redirect("measure:effect_list")
    wrong = verdict.pairs.found - verdict.pairs.both
    context = {"verdict": verdict, "wrong_pairs": wrong}
    return render(request, "measure/sample_shop.html", context)


def _place_of(request: HttpRequest) -> int | None:
    """Read behind which campaign to go on; what names none begins at the newest."""
    try:
        return ids.decode("campaign", request.GET.get("after", ""))
    except ids.WrongId:
        return None


@require_POST
@needs("effects.measure")
def refresh_effect(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Read one campaign's effect anew."""
    try:
        number = ids.decode("campaign", campaign_id)
    except ids.WrongId as error:
        raise Http404 from error
    measurable = Campaign.objects.exclude(state=CampaignState.CANCELLED)
    measurable = measurable.exclude(is_live=False, is_demo=False)  # in practice: nobody got it
    campaign = get_object_or_404(measurable, id=number, launched_at__isnull=False)
    measure_campaign(campaign=campaign, now=clock.now())
    messages.success(request, _("“%(name)s” is measured anew.") % {"name": campaign.name})
    return redirect("measure:effect_list")


@require_GET
def retention(request: HttpRequest) -> HttpResponse:
    """Show revenue by month and who came back, by the month of the first purchase."""
    business = get_business()
    figures = get_monthly_figures(as_of=get_as_of(business))
    months = describe_months(figures, currency=business.currency)
    context: dict[str, object] = {"as_of": figures.as_of, "months": months}
    if months.rows:
        context["months_chart"] = draw_months(months, currency=business.currency)
        context["retention_chart"] = draw_retention(figures)
    return render(request, "measure/retention.html", context)
