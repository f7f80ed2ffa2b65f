"""Mautic: contacts. Known from documentation (docs.mautic.org, “Import contacts”: columns are
headed by the alias of their field, `doNotEmail` and tags divided by bars among them). Whoever is
on do-not-contact refused, with the reason given there: 1 or unsubscribed, 2 or bounced, 3 or
manual. The do-not-contact list and the log of mails are its tables lead_donotcontact and
email_stats, whose columns its entities name.
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
            "job_title": "position",
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
        others="""fax|address2|timezone|last_active|attribution_date|website|facebook
foursquare|instagram|linkedin|skype|twitter|stage|dateAdded|dateModified|dateIdentified
ownerusername|owner|createdByUser|lastActive|ip""",
    ),
    Preset(
        key="mautic-do-not-contact",
        system="Mautic",
        what=What.CONSENTS,
        known=Known.DOCUMENTATION,
        columns={
            "customer_key": "lead_id|contact_id",
            "email": "email|lead_email",
            "phone": "mobile|phone",
            "channel": "channel",
            "refusal": "reason",
            "given_at": "date_added|dateAdded",
            "proof": "comments",
        },
        tells="lead_id|date_added|reason|channel|channel_id|comments",
        others="id|firstname|lastname",
    ),
    Preset(
        key="mautic-sends",
        system="Mautic",
        what=What.SENDS,
        known=Known.DOCUMENTATION,
        columns={
            "customer_key": "lead_id|contact_id",
            "email": "email_address",
            "occurred_at": "date_sent|dateSent",
            "subject": "subject|email_subject",
            "campaign": "email_name|name",
            "event_id": "tracking_hash|id",
            "delivery": "is_failed",
        },
        tells="email_id|email_address|date_sent|tracking_hash|is_read|is_failed|viewed_in_browser",
        others="""list_id|ip_id|copy_id|date_read|retry_count|source|source_id|tokens|open_count
last_opened|open_details|generated_sent_date""",
    ),
)
