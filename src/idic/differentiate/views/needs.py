"""Pages of need groups: all of them, and one with its name, what stands out, what we do for it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.differentiate.models import NeedGroup, ValueModel
from idic.differentiate.selectors import Spot, list_matrix
from idic.differentiate.services.need_groups import edit_group


class NeedForm(forms.Form):
    """A group's name and plan."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    plan = forms.CharField(
        label=gettext_lazy("What we do for them"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Offers, service, tone: whatever everybody here should know."),
    )


@require_GET
def need_list(request: HttpRequest) -> HttpResponse:
    """Show the need groups with what stands out and what is done for them."""
    picture = list_matrix(unclear_label=_("Not clear yet"), total_label=_("All"))
    model = ValueModel.objects.exclude(need_parameters={}).order_by("-id").first()
    groups = NeedGroup.objects.filter(is_current=True).order_by("position", "id")
    context = {
        "groups": [{"group": group, "cell": picture.find(Spot(need=group.id))} for group in groups],
        "stability": model.need_parameters.get("stability") if model else None,
        "may_edit": may(staff_of(request), "tiers.edit"),
    }
    return render(request, "differentiate/need_list.html", context)


@require_http_methods(["GET", "POST"])
@needs("tiers.edit")
def need_edit(request: HttpRequest, group_id: int) -> HttpResponse:
    """Name a need group and write down what is done for it."""
    group = get_object_or_404(NeedGroup, id=group_id, is_current=True)
    form = NeedForm(request.POST or None, initial={"name": group.name, "plan": group.plan})
    if request.method == "POST" and form.is_valid():
        saved = edit_group(
            group=group,
            name=form.cleaned_data["name"],
            plan=form.cleaned_data["plan"],
            staff=staff_of(request),
            now=clock.now(),
        )
        notify(request, text=_("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("differentiate:need_list")
    context = {"group": group, "form": form, "standouts": group.stands_out}
    status = 422 if form.is_bound else 200
    return render(request, "differentiate/need_form.html", context, status=status)
