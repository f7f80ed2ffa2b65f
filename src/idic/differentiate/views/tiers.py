"""Pages of tiers: the rules in words, one rule in the builder, what a new version would move, the
versions so far.
"""

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
from idic.differentiate.links import customer_address
from idic.differentiate.models import Tier, TierPolicy
from idic.differentiate.selectors import (
    Move,
    find_draft,
    list_plans,
    list_versions,
    preview_moves,
    say_rules,
)
from idic.differentiate.selectors.tiers import count_tiers
from idic.differentiate.services import tiers as services
from idic.differentiate.tasks import apply_tiers
from idic.differentiate.tier_rules import TierRule, read_rules, write_rules
from idic.differentiate.views.rows import lay_out
from idic.identify.names import list_names


@require_GET
def tier_list(request: HttpRequest) -> HttpResponse:
    """Show the tiers with rules and plans, the draft with whom it would move, the versions."""
    frame = segments.current_frame()
    versions, draft, plans = list_versions(), find_draft(), list_plans()
    policy = versions[0] if versions else None
    shown = draft or policy
    rules = read_rules(shown.rules) if shown else []
    counts = count_tiers()
    missing = [tier for tier in Tier if tier not in {rule.tier for rule in rules}]
    context = {
        "policy": policy,
        "draft": draft,
        "rules": [
            {
                "said": said,
                "count": counts.get(said.tier.value, 0),
                "plan": plans.get(said.tier.value),
            }
            for said in say_rules(rules, frame=frame)
        ],
        "missing": missing if rules else [],
        "moves": show_moves(preview_moves(rules, frame=frame)) if draft else [],
        "versions": versions,
        "currency": frame.currency,
        "may_edit": may(staff_of(request), "tiers.edit"),
    }
    return render(request, "differentiate/tier_list.html", context)


def show_moves(moves: list[Move]) -> list[dict[str, Any]]:
    """Put moves together for the page: tiers with their words, some of the people with links."""
    names = list_names({number: name for move in moves for number, name in move.people})
    return [
        {
            "count": move.count,
            "from_tier": Tier(move.from_tier) if move.from_tier else None,
            "to_tier": Tier(move.to_tier) if move.to_tier else None,
            "people": [
                {"name": names[number], "url": customer_address(number)}
                for number, _name in move.people
            ],
            "more": move.count - len(move.people),
        }
        for move in moves
    ]


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
        moves = show_moves(preview_moves(changed, frame=frame))
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


@require_POST
@needs("tiers.edit")
def tier_arrange(request: HttpRequest) -> HttpResponse:
    """Ask a tier's rule earlier or later, take the tier out, or bring it in; a draft until it is
    published.
    """
    what, _colon, tier = request.POST.get("act", "").partition(":")
    try:
        rules = services.arrange_rules(rules=_rules_in_work(), act=what, tier=tier)
        services.save_draft(rules=write_rules(rules))
    except segments.WrongTree as error:
        notify(request, text=str(error))
    return redirect("differentiate:tier_list")


@require_POST
@needs("tiers.edit")
def tier_restore(request: HttpRequest) -> HttpResponse:
    """Make an old version the draft: whom it would move is seen before it holds again."""
    number = request.POST.get("version", "")
    try:
        services.restore_version(version=int(number) if number.isdecimal() else 0)
    except TierPolicy.DoesNotExist as error:
        raise Http404 from error
    except segments.WrongTree as error:
        notify(request, text=str(error))
    return redirect("differentiate:tier_list")
