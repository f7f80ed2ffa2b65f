"""The part of a source's page that connects a shop system: its address, its secret, asking it."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.identify.forms import PullForm, SecretForm
from idic.identify.ingest.hooks.senders import SENDERS
from idic.identify.ingest.hooks.steps import list_steps
from idic.identify.ingest.words import say_problem
from idic.identify.models import Pull, Source, SourceKind, Webhook
from idic.identify.services.ingest import hooks, pulling
from idic.identify.services.ingest.keys import WrongSource
from idic.identify.tasks import pull_shop_system
from idic.identify.views.doors import address_of, door_address, get_source

_ASKED = "kiotviet"  # the one system that is asked
_SHOWN = "shown_secret"
_EVERY = timedelta(minutes=10)
_CHECK_SECONDS = 5


def describe(request: HttpRequest, source: Source) -> dict[str, Any]:
    """Give what the page shows of a shop system; nothing for a website."""
    if source.kind != SourceKind.SHOP_SYSTEM:
        return {}
    hook = source.webhook
    sender = SENDERS[hook.sender]
    secret = hooks.read_secret(hook=hook, home=settings.IDIC_HOME)
    is_shown = request.session.pop(_SHOWN, None) == source.id and not sender.makes_secret
    is_asked = hook.sender == _ASKED
    shown = {
        "system": sender.name,
        "makes_secret": sender.makes_secret,
        "address": f"{door_address()}/hooks/{hook.token}",
        "secret": secret if is_shown else "",
        "secret_ending": "" if is_shown else secret[-4:],
        "has_former": hooks.count_secrets(hook=hook, home=settings.IDIC_HOME) > 1,
        "is_off": hook.is_off,
        "is_asked": is_asked,
        "is_new": not getattr(source, "told_at", None),
        "steps": list_steps(hook.sender),
        "form": SecretForm(),
    }
    return {
        "hook": shown,
        "is_local": not settings.IDIC_PUBLIC_URL.startswith("https://"),
    }


def describe_pull(source: Source) -> dict[str, Any] | None:
    """Give what the page shows of asking a system; None where it cannot be asked."""
    if source.kind != SourceKind.SHOP_SYSTEM or source.webhook.sender != _ASKED:
        return None
    pull = Pull.objects.filter(source=source).first()
    is_on = pull is not None and not pull.is_off
    began = pull.began_at if pull else None
    known = {"retailer": pull.retailer, "client_id": pull.client_id} if pull else {}
    return {
        "row": pull,
        "is_on": is_on,
        "problem": say_problem(pull.problem) if pull and pull.problem else "",
        "next_at": max(filter(None, [pull.resume_at, began and began + _EVERY]), default=None)
        if pull
        else None,
        "form": PullForm(initial=known),
    }


def show_secret_once(request: HttpRequest, source: Source) -> None:
    """Have the page show a secret of ours, once."""
    request.session[_SHOWN] = source.id


@require_POST
@needs("settings.edit")
def source_secret(request: HttpRequest, source_id: str) -> HttpResponse:
    """Take the secret a shop system signs with, make another of ours, or end the one before."""
    source, hook = _get(source_id)
    given: dict[str, Any] = {
        "hook": hook,
        "staff": staff_of(request),
        "home": settings.IDIC_HOME,
        "now": clock.now(),
    }
    if request.POST.get("act") == "end_former":
        hooks.end_former(**given)
        messages.success(request, _("Only the new secret counts from now on."))
    elif SENDERS[hook.sender].makes_secret:
        try:
            hooks.set_secret(secret=request.POST.get("secret", ""), **given)
            messages.success(request, _("The secret is kept. What comes is checked with it."))
        except WrongSource as wrong:
            messages.error(request, str(wrong))
    else:
        hooks.renew_secret(**given)
        show_secret_once(request, source)
        messages.success(
            request, _("Here is another secret. The one before still counts until you end it.")
        )
    return redirect(address_of(source) + "#connect")


@require_POST
@needs("settings.edit")
def source_switch(request: HttpRequest, source_id: str) -> HttpResponse:
    """Close the address of a shop system, or open it again."""
    source, hook = _get(source_id)
    is_off = request.POST.get("act") == "close"
    hooks.switch(
        hook=hook,
        is_off=is_off,
        staff=staff_of(request),
        home=settings.IDIC_HOME,
        now=clock.now(),
    )
    said = _("The address is closed.") if is_off else _("The address is open again.")
    messages.success(request, said)
    return redirect(address_of(source) + "#connect")


@require_POST
@needs("settings.edit")
def source_check(request: HttpRequest, source_id: str) -> HttpResponse:
    """See whether the public address leads to this door: it repeats a word of ours, as Haravan asks
    it to.
    """
    source, hook = _get(source_id)
    word = secrets.token_hex(8)
    query = f"hub.verify_token={hook.token}&hub.challenge={word}"
    problem = _ask(f"{door_address()}/hooks/{hook.token}?{query}", word)
    if problem:
        messages.error(
            request, _("The address does not lead here: %(problem)s") % {"problem": problem}
        )
    else:
        messages.success(request, _("The address leads here. The system can reach it."))
    return redirect(address_of(source) + "#connect")


def _ask(address: str, word: str) -> str:
    """Ask our own public address; say what is wrong, nothing when it answers with the word."""
    if not address.startswith("https://"):
        return _("it does not begin with https://.")
    try:
        with urllib.request.urlopen(address, timeout=_CHECK_SECONDS) as said:  # noqa: S310 - https
            answer = said.read(100)
    except urllib.error.HTTPError as error:
        return _("it answered with %(status)d.") % {"status": error.code}
    except OSError:
        return _("nobody answered.")
    return "" if answer == word.encode() else _("somebody else answered.")


@require_POST
@needs("settings.edit")
def source_pull(request: HttpRequest, source_id: str) -> HttpResponse:
    """Connect a shop system that is asked, ask it now, or disconnect it."""
    source, hook = _get(source_id)
    if hook.sender != _ASKED:
        raise Http404
    pull = Pull.objects.filter(source=source).first()
    now, staff, home = clock.now(), staff_of(request), settings.IDIC_HOME
    act = request.POST.get("act")
    if act == "connect":
        said = {name: request.POST.get(name, "") for name in ("retailer", "client_id", "secret")}
        try:
            pull = pulling.connect(source=source, staff=staff, home=home, now=now, **said)
            _fetch(pull)
            messages.success(request, _("Connected. What there is comes in, the oldest first."))
        except WrongSource as wrong:
            messages.error(request, str(wrong))
    elif pull is not None and act == "disconnect":
        pulling.disconnect(pull=pull, staff=staff, home=home, now=now)
        messages.success(request, _("Disconnected. What has come in stays."))
    elif pull is not None and not pull.is_off:
        _fetch(pull)
        messages.success(request, _("What is new is being fetched."))
    return redirect(address_of(source) + "#pull")


def _fetch(pull: Pull) -> None:
    """Ask as soon as it may be asked."""
    task = pull_shop_system.using(
        unique_key=pulling.pull_key(pull_id=pull.id), run_after=pull.resume_at or None
    )
    task.enqueue(pull_id=pull.id)


def _get(source_id: str) -> tuple[Source, Webhook]:
    source = get_source(source_id)
    hook = Webhook.objects.filter(source=source).first()
    if hook is None:
        raise Http404
    return source, hook
