"""HubSpot: contacts and companies, as “hubspot-crm-exports-all-contacts” has them. Known from
samples: the heading row stands in public programs that read it, the properties' labels in
HubSpot's docs.
“Unsubscribed from all email” is a refusal; a lifecycle stage is none of ours.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="hubspot-contacts",
        system="HubSpot",
        what=What.CONTACTS,
        known=Known.SAMPLE,
        columns={
            "customer_key": "Record ID|Record ID - Contact|Contact ID",
            "given_name": "First Name",
            "family_name": "Last Name",
            "salutation": "Salutation",
            "email": "Email",
            "phone": "Mobile Phone Number|Phone Number",
            "company": "Company Name|Associated Company|Primary Associated Company",
            "company_key": "Primary Associated Company ID|Associated Company IDs",
            "job_title": "Job Title",
            "address": "Street Address",
            "city": "City",
            "province": "State/Region",
            "country": "Country/Region",
            "gender": "Gender",
            "birth_date": "Date of birth",
            "language": "Preferred language",
            "refusal_email": "Unsubscribed from all email",
        },
        tells="""Contact owner|Lifecycle Stage|Lead Status|Marketing contact status|Record ID
Unsubscribed from all email|Associated Company""",
        others="""Create Date|Last Activity Date
Original Source|Postal Code|Website URL|Last Contacted|Last Modified Date
Company domain name|Company size|Buying Role|Close Date|Annual Revenue|HubSpot Score|Notes""",
    ),
    Preset(
        key="hubspot-companies",
        system="HubSpot",
        what=What.COMPANIES,
        known=Known.DOCUMENTATION,
        columns={
            "customer_key": "Record ID|Record ID - Company|Company ID",
            "company": "Company name|Name",
            "phone": "Phone Number",
            "website": "Website URL|Company Domain Name",
            "industry": "Industry",
            "company_size": "Number of Employees",
            "address": "Street Address",
            "city": "City",
            "province": "State/Region",
            "country": "Country/Region",
            "notes": "Description",
        },
        tells="""Company owner|Company Domain Name|Number of Employees|Associated Contact IDs
Number of Associated Contacts|Record ID""",
        others="""Create Date|Last Activity Date|Lifecycle Stage|Lead Status|Postal Code|Type
Annual Revenue|Time Zone|LinkedIn Company Page|Associated Contact|Is Public|Last Modified Date""",
    ),
)
