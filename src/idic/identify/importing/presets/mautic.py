"""Mautic: contacts. Known from documentation (docs.mautic.org, “Import contacts”: columns are
headed by the alias of their field, `doNotEmail` and tags divided by bars among them). Whoever is
on do-not-contact refused, with the reason given there: 1 or unsubscribed, 2 or bounced, 3 or
manual.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="mautic-contacts",
        system="Mautic",
        what=What.CONTACTS,
        known=Known.DOCUMENTATION,
        columns={
            "customer_key": "id|lead_id|contact_id",
            "salutation": "title",
            "given_name": "firstname|First name",
            "family_name": "lastname|Last name",
            "company": "company|Primary company",
            "email": "email",
            "phone": "mobile|phone",
            "address": "address1|Address Line 1",
            "city": "city",
            "province": "state",
            "country": "country",
            "language": "preferred_locale|Preferred Locale",
            "tags": "tags",
            "refusal_email": "doNotEmail|dnc_email|do_not_contact|doNotContact",
            "refusal_sms": "doNotSms|dnc_sms",
        },
        tells="""firstname|lastname|points|doNotEmail|preferred_locale|address1|zipcode
attribution|ownerbyid""",
        others="""position|fax|address2|timezone|last_active|attribution_date|website|facebook
foursquare|instagram|linkedin|skype|twitter|stage|dateAdded|dateModified|dateIdentified
ownerusername|owner|createdByUser|lastActive|ip""",
    ),
)
