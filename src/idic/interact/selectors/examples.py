"""One person's message before anything is sent, with what in it came from their own data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from idic.core.models import Business
from idic.interact.content.mail import label_subject
from idic.interact.content.markup import parse
from idic.interact.content.rendering import MissingValue, Renderer, WrongTemplate, names_in
from idic.interact.content.values import KNOWN, VALUES, list_values
from idic.interact.content.writing import to_html, to_text
from idic.interact.models import Campaign, ContactPolicy
from idic.interact.policy.parameters import start_of_next_day
from idic.interact.selectors.policy import get_advertising_label


@dataclass(frozen=True, slots=True)
class Example:
    """One person's message. `problem` says why there is none. `html` is our own writing, every
    word escaped; `facts` are the personal values that stand in it, with their names.
    """

    subject: str = ""
    body: str = ""
    html: str = ""
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def render_example(
    *, campaign: Campaign, customer_id: int, business: Business, as_of: date, policy: ContactPolicy
) -> Example:
    """Write a campaign's message for one person, with marks on what is personal."""
    try:
        renderer = Renderer(subject=campaign.subject, body=campaign.body, known=KNOWN)
    except WrongTemplate as wrong:
        return Example(problem=str(wrong))
    used = names_in(f"{campaign.subject}\n{campaign.body}")
    known = list_values(
        customer_ids=[customer_id],
        used=used,
        business=business,
        offer=campaign.offer,
        language=campaign.language,
        before=start_of_next_day(as_of, time_zone=business.time_zone),
    ).get(customer_id, {})
    try:
        rendered = renderer.render(known)
    except MissingValue:
        return Example(problem="missing")
    blocks = parse(rendered.body)
    label = get_advertising_label(policy=policy, business=business)
    return Example(
        subject=label_subject(subject=rendered.subject, purpose=campaign.purpose, label=label),
        body=rendered.body,
        html=to_html(blocks, is_marked=True, button_class="btn primary"),
        text=to_text(blocks),
        facts=tuple(
            (str(value.label), known[value.key])
            for value in VALUES
            if value.is_personal and value.key in used and known.get(value.key)
        ),
    )
