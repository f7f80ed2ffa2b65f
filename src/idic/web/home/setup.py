"""The set-up in five steps, each done or not by what is there: no boxes to tick by hand. What the
sample shop brought along is not done yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from idic.core.access import may
from idic.core.models import Business, Staff
from idic.web.home.reading import Knowledge
from idic.web.home.stations import Act
from idic.web.menu import find_address


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is, what is there or missing, and where it is done."""

    name: str
    is_done: bool
    said: str
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class SetUp:
    """All steps."""

    steps: list[Step]

    @property
    def done_count(self) -> int:
        """How many are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.done_count == len(self.steps)


def list_steps(known: Knowledge, *, business: Business, staff: Staff) -> SetUp:
    """Give the five steps of the model as a new shop takes them."""
    steps = [
        _whom(business),
        _data(known),
        _channels(known),
        _make_personal(known),
        _measure(known),
    ]
    rights = ("settings.edit", "imports.run", "settings.edit", "offers.edit", "campaigns.edit")
    return SetUp(
        [
            step if may(staff, right) else Step(step.name, step.is_done, step.said)
            for step, right in zip(steps, rights, strict=True)
        ]
    )


def _whom(business: Business) -> Step:
    name = _("Say whom you serve")
    if business.postal_address:
        said = _("%(name)s, amounts in %(currency)s.") % {
            "name": business.name,
            "currency": business.currency,
        }
        return Step(name, True, said)
    said = _("Check language, country and currency, and add the address every mail must carry.")
    return Step(name, False, said, Act(_("To the settings"), find_address("web:settings")))


def _data(known: Knowledge) -> Step:
    name = _("Bring in your data")
    if known.has_own_data:
        return Step(name, True, _("Your own file is in."))
    said = (
        _("Only the sample shop is here so far.")
        if known.has_data
        else _("A file of orders is enough to begin.")
    )
    return Step(name, False, said, Act(_("Bring in a file"), find_address("identify:import_new")))


def _channels(known: Knowledge) -> Step:
    name = _("Open a channel")
    if known.is_live:
        return Step(name, True, _("Messages reach people."))
    said = _("Everything stays in the practice outbox until you open one.")
    return Step(name, False, said, Act(_("Set up e-mail"), find_address("channels:setting_list")))


def _make_personal(known: Knowledge) -> Step:
    name = pgettext("set-up", "Make it personal")
    if known.has_own_offers or any(launch.is_personal for launch in known.own_launches):
        return Step(name, True, _("Offers or goods are chosen for each person."))
    said = _("Write an offer, and say whom it is for.")
    return Step(name, False, said, Act(_("Write an offer"), find_address("customize:offer_create")))


def _measure(known: Knowledge) -> Step:
    name = _("See what it brought")
    if any(launch.is_final for launch in known.own_launches):
        return Step(name, True, _("The first answer is in."))
    if any(launch.has_control for launch in known.own_launches):
        return Step(name, False, _("A campaign is out; its answer comes by itself."))
    said = _("Send a campaign that holds one person in ten back.")
    return Step(
        name, False, said, Act(_("Plan a campaign"), find_address("interact:campaign_create"))
    )
