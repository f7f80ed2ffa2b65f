"""The formats customers leave in: those of the systems IDIC reads, turned round, and a plain one.
What a column is called there is known from the presets of imports alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from idic.identify.importing.columns import FIELDS, Kind
from idic.identify.importing.presets import Preset, What, find_preset

UTF8, PLAIN_UTF8, GBK = "utf-8-sig", "utf-8", "gb18030"
ENCODINGS: dict[str, str | Promise] = {
    UTF8: gettext_lazy("UTF-8, for Excel and most systems"),
    PLAIN_UTF8: gettext_lazy("UTF-8 without a mark at its start"),
    GBK: gettext_lazy("GBK, for older Chinese programs"),
}
CSV, XLSX = "csv", "xlsx"

# What a refusal looks like there, and its absence.
_REFUSED = {"Zoho CRM": ("true", "false"), "HubSpot": ("true", ""), "Mautic": ("1", "")}
_KEYS = (
    *("zoho-contacts", "zoho-accounts", "hubspot-contacts", "hubspot-companies"),
    *("mautic-contacts", "kiotviet-customers", "fxiaoke-contacts", "fxiaoke-companies"),
)
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its columns as (heading, field), which system's numbers it bears, and whether it
    is of companies, of persons, or of both (None). `file_type` and `encoding` are what that system
    takes.
    """

    key: str
    system: str
    is_companies: bool | None
    columns: tuple[tuple[str, str], ...]
    refused: tuple[str, str]
    file_type: str = CSV
    encoding: str = UTF8

    @property
    def fields(self) -> frozenset[str]:
        """What its columns hold."""
        return frozenset(field for _heading, field in self.columns)


def list_formats() -> list[Format]:
    """Give the formats there are, the plain one first."""
    presets = [preset for key in _KEYS if (preset := find_preset(key)) is not None]
    return [_plain(), *map(_turned_round, presets)]


def find_format(key: str) -> Format | None:
    """Find a format by its key."""
    return next((one for one in list_formats() if one.key == key), None)


def _turned_round(preset: Preset) -> Format:
    columns = tuple(
        (text.split("|")[0].strip(), field)
        for field, text in preset.columns.items()
        if field != "language" or preset.system == "Mautic"
    )
    is_chinese = preset.system == "纷享销客"
    return Format(
        key=preset.key,
        system=preset.system,
        is_companies=None if preset.what == What.CUSTOMERS else preset.kind == Kind.COMPANIES,
        columns=columns,
        refused=_REFUSED.get(preset.system, ("1", "")),
        file_type=XLSX if is_chinese or preset.system == "KiotViet" else CSV,
        encoding=PLAIN_UTF8 if preset.system == "Mautic" else UTF8,
    )


def _plain() -> Format:
    """The fields of a file of customers, headed as people read them."""
    left_out = {"consent_email", "consent_sms", "consent_zalo", "company_key"}
    columns = [
        (str(field.label), field.name)
        for field in FIELDS[Kind.CUSTOMERS]
        if field.name not in left_out
    ]
    return Format(PLAIN, "", None, tuple(columns), ("1", ""))
