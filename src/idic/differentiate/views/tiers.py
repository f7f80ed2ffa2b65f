"""Pages of tiers: the rules in words, one rule in the builder, what a new version would move."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.differentiate.builder import Group, act, draft_of, read_draft, to_tree
from idic.differentiate.builder.controls import Choices
from idic.differentiate.models import NeedGroup, Tier, TierPolicy
from idic.differentiate.selectors import find_draft, list_matrix, preview_moves, say_rules
from idic.differentiate.selectors.matrix import Spot
from idic.differentiate.services import tiers as services
from idic.differentiate.tasks import apply_tiers
from idic.differentiate.tier_rules import TierRule, read_rules, write_rules
from idic.differentiate.views.rows import lay_out


@require_GET
def tier_list(request: HttpRequest) -> HttpResponse:
    """Show the tiers with their rules, the draft with what it would move, the need groups."""
    frame = segments.current_frame()
    policy, draft = services.find_policy(), find_draft()
    picture = list_matrix(unclear_label=_("Not clear yet"), total_label=_("All"))
    shown = draft or policy
    rules = read_rules(shown.rules) if shown else []
    context = {
        "policy": policy,
        "draft": draft,
        "rules": [
            {"said": said, "count": picture.of_tier(said.tier.value).count}
            for said in say_rules(rules, frame=frame)
        ],
        "moves": [_show_move(move) for move in preview_moves(rules, frame=frame)] if draft else [],
        "groups": [
            {"group": group, "cell": picture.find(Spot(need=group.id))}
            for group in NeedGroup.objects.filter(is_current=True).order_by("position")
        ],
        "may_edit": may(staff_of(request), "tiers.edit"),
    }
    return render(request, "differentiate/tier_list.html", context)


def _show_move(move: Any) -> dict[str, Any]:
    return {
        "count": move.count,
        "from_tier": Tier(move.from_tier) if move.from_tier else None,
        "to_tier": Tier(move.to_tier) if move.to_tier else None,
    }


@require_http_methods(["GET", "POST"])
@needs("tiers.edit")
def tier_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change when customers have a tier; nothing moves before the new version is published."""
    frame = segments.current_frame()
    rules = _rules_in_work()
    known = {rule.tier: rule for rule in rules}
    if code not in known:
        raise Http404
    words = {"language": get_language() or "en", "currency": frame.currency}
    root, problem = draft_of(known[code].when, **words), ""
    if request.method == "POST":
        places = request.POST.getlist("node")
        root = read_draft(request.POST, names=places, lists=request.POST.getlist)
    what = request.POST.get("act", "")
    if what == "save":
        try:
            _save(code, rules, root, **words)
            return redirect("differentiate:tier_list")
        except segments.WrongTree as error:
            problem = str(error)
    act(root, what)
    context = {
        "tier": Tier(code),
        "problem": problem,
        "post_url": request.path,
        **_builder_context(code, root, rules, frame),
    }
    if request.headers.get("HX-Target") in ("builder", "preview"):
        part = request.headers["HX-Target"]
        return render(request, f"differentiate/tier_form.html#{part}", context)
    status = 422 if problem else 200
    return render(request, "differentiate/tier_form.html", context, status=status)


def _rules_in_work() -> list[TierRule]:
    policy: TierPolicy | None = find_draft() or services.find_policy()
    if policy is None:
        raise Http404
    return read_rules(policy.rules)


def _replaced(
    code: str, rules: list[TierRule], root: Group, *, language: str, currency: str
) -> list[TierRule]:
    tree = to_tree(root, language=language, currency=currency)
    changed = [TierRule(code, tree) if rule.tier == code else rule for rule in rules]
    return read_rules(write_rules(changed))


def _save(code: str, rules: list[TierRule], root: Group, *, language: str, currency: str) -> None:
    changed = _replaced(code, rules, root, language=language, currency=currency)
    services.save_draft(rules=write_rules(changed))


def _builder_context(
    code: str, root: Group, rules: list[TierRule], frame: segments.Frame
) -> dict[str, Any]:
    sentence, moves, problem = "", [], ""
    try:
        changed = _replaced(
            code, rules, root, language=get_language() or "en", currency=frame.currency
        )
        sentence = next(r.sentence for r in say_rules(changed, frame=frame) if r.tier == code)
        moves = [_show_move(move) for move in preview_moves(changed, frame=frame)]
    except segments.WrongTree as error:
        problem = str(error)
    return {
        "root": lay_out(root, choices=Choices(), currency=frame.currency),
        "sentence": sentence,
        "moves": moves,
        "unfinished": problem,
    }


@require_POST
@needs("tiers.edit")
def tier_publish(request: HttpRequest) -> HttpResponse:
    """Put the draft in force; customers move in the background."""
    draft = find_draft()
    if draft is None:
        return redirect("differentiate:tier_list")
    policy = services.publish_policy(rules=draft.rules, staff=staff_of(request), now=clock.now())
    apply_tiers.using(unique_key="differentiate.apply_tiers").enqueue()
    notify(
        request,
        text=_("Version %(version)d is in force; customers move now.")
        % {"version": policy.version},
    )
    return redirect("differentiate:tier_list")


@require_POST
@needs("tiers.edit")
def tier_discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    services.discard_draft()
    notify(request, text=_("The draft is gone; nothing has changed."))
    return redirect("differentiate:tier_list")
