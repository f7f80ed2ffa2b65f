"""One person's message before anything is sent, with what in it came from their own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from idic.core.models import Business
from idic.interact.content.catalogue import FIELDS, KNOWN
from idic.interact.content.mail import label_subject
from idic.interact.content.markup import parse
from idic.interact.content.rendering import MissingValue, Renderer, WrongTemplate, names_in
from idic.interact.content.values import list_values
from idic.interact.content.writing import to_html, to_text
from idic.interact.models import Campaign, ContactPolicy
from idic.interact.policy.parameters import start_of_next_day
from idic.interact.selectors.policy import get_advertising_label


@dataclass(frozen=True, slots=True)
class Example:
    """One person's message. `problem` says why there is none. `html` is our own writing, every
    word escaped; `facts` are the personal values that stand in it, with their names; `dropped` are
    the paragraphs left out for this person; `values` is what is known of them by field.
    """

    subject: str = ""
    body: str = ""
    html: str = ""
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def render_example(
    *,
    campaign: Campaign,
    customer_id: int,
    business: Business,
    as_of: date,
    policy: ContactPolicy,
    reads_all: bool = False,
) -> Example:
    """Write a campaign's message for one person, with marks on what is personal. `reads_all`: read
    the fields it does not use too.
    """
    used = names_in(f"{campaign.subject}\n{campaign.body}")
    known = list_values(
        customer_ids=[customer_id],
        used=KNOWN if reads_all else used,
        business=business,
        offer=campaign.offer,
        language=campaign.language,
        before=start_of_next_day(as_of, time_zone=business.time_zone),
        channel=campaign.channel,
    ).get(customer_id, {})
    try:
        renderer = Renderer(subject=campaign.subject, body=campaign.body, known=KNOWN)
        rendered = renderer.render(known)
    except WrongTemplate as wrong:
        return Example(problem=str(wrong), values=known)
    except MissingValue:
        return Example(problem="missing", values=known)
    blocks = parse(rendered.body)
    shown = campaign.body
    for piece in rendered.dropped:
        shown = shown.replace(piece, "", 1)
    shown_fields = names_in(f"{campaign.subject}\n{shown}")
    label = get_advertising_label(policy=policy, business=business)
    return Example(
        subject=label_subject(subject=rendered.subject, purpose=campaign.purpose, label=label),
        body=rendered.body,
        html=to_html(blocks, is_marked=True, button_class="btn primary"),
        text=to_text(blocks),
        dropped=rendered.dropped,
        values=known,
        facts=tuple(
            (str(one.label), known[one.code])
            for one in FIELDS
            if one.is_personal and one.code in shown_fields and known.get(one.code)
        ),
    )
