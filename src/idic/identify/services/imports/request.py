"""What a person asks for when importing a file, before anything is known about its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.identify.importing.columns import CHANNELS, Kind
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.terms import ConsentTerms
from idic.identify.importing.values.dates import DateOrder
from idic.identify.models import ConsentBasis, ConsentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """One file and how to take it. Empty values are recognised or taken from the business.

    `overrides` maps a field to a heading (an empty heading leaves the field out); `source` names
    the system the file comes from; `numbers_of` another source whose customer numbers it uses;
    `rates` says what one unit of another currency is worth in the business's. The first own file
    takes the place of the sample shop, unless `keeps_demo`; `is_demo` is the sample shop's file.
    `preset` names the export of a known system it is: None recognises it, "" takes none;
    `rules` says by field what a column may do to people already known: fill, overwrite or skip.
    """

    kind: Kind
    path: Path
    file_name: str = ""
    source: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    currency: str = ""
    country: str = ""
    date_order: DateOrder | None = None
    as_of: date | None = None
    consents: Mapping[str, ConsentTerms] = field(default_factory=dict)
    numbers_of: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    errors_beside: Path | None = None
    keeps_demo: bool = False
    is_demo: bool = False
    preset: str | None = None
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name as people know it."""
        return self.file_name or self.path.name


def check_consents(*, consents: Mapping[str, ConsentTerms]) -> None:
    """Refuse a declaration that could not be defended: agreement needs a ground."""
    for channel, terms in consents.items():
        if channel not in CHANNELS:
            raise ImportProblem(
                "unknown_channel",
                _("There is no channel “%(name)s”. Use one of: %(names)s.")
                % {"name": channel, "names": ui.listed(CHANNELS)},
            )
        _check_code("consent", terms.status, ConsentStatus.values)
        _check_code("consent-basis", terms.basis, ConsentBasis.values)
        if terms.status == ConsentStatus.GRANTED and terms.basis == ConsentBasis.UNKNOWN:
            raise ImportProblem(
                "missing_basis",
                _(
                    "To count people as agreed on %(channel)s, say on what ground. Without one "
                    "leave it “unknown”: then only service messages go out."
                )
                % {"channel": channel},
                option=_(
                    "Use --consent-basis consent with --consent-date and --consent-proof, or "
                    "--consent-basis contract for existing customers."
                ),
            )


def _check_code(option: str, code: str, known: list[str]) -> None:
    if code not in known:
        raise ImportProblem(
            "unknown_code",
            _("“%(value)s” is no --%(option)s. Use one of: %(names)s.")
            % {"value": code, "option": option, "names": ui.listed(known)},
        )
