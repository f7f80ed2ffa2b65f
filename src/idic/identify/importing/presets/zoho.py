"""Zoho CRM: contacts, leads and accounts as its data backup and its export write them. Known from
samples: the heading rows stand in public programs that read Contacts_001.csv, Leads_001.csv and
Accounts_001.csv. “Email Opt Out” is a refusal. Its logs of sent mail are from memory.
"""

from .preset import Known, Preset, What

_OTHERS = """Created By.id|Created By|Modified By.id|Modified By|Created Time|Modified Time
Last Activity Time|Locked|Last contacted time|Last contacted mode|Last activity type
Last activity date|Unsubscribed Mode|Unsubscribed Time|Change Log Time|Connected To.module
Connected To.id|Last Enriched Time|Enrich Status"""

PRESETS = (
    Preset(
        key="zoho-contacts",
        system="Zoho CRM",
        what=What.CONTACTS,
        known=Known.SAMPLE,
        columns={
            "customer_key": "Record Id|Contact Id",
            "given_name": "First Name",
            "family_name": "Last Name",
            "salutation": "Salutation",
            "company": "Account Name|Company Name",
            "company_key": "Account Name.id",
            "job_title": "Title",
            "email": "Email",
            "phone": "Mobile|Phone",
            "address": "Mailing Street",
            "city": "Mailing City",
            "province": "Mailing State",
            "country": "Mailing Country",
            "birth_date": "Date of Birth",
            "tags": "Tag",
            "notes": "Description",
            "refusal_email": "Email Opt Out",
        },
        tells="Contact Owner.id|Contact Owner|Contact Name|Mailing Street|Account Name.id",
        others=f"""{_OTHERS}
Lead Source|Vendor Name.id|Vendor Name|Department|Home Phone|Other Phone|Fax|Assistant
Asst Phone|Reporting To|Reporting To.id|Skype ID|Secondary Email|Twitter|Mailing Zip|Other Street
Other City|Other State|Other Zip|Other Country""",
    ),
    Preset(
        key="zoho-leads",
        system="Zoho CRM",
        what=What.LEADS,
        known=Known.SAMPLE,
        columns={
            "customer_key": "Record Id|Lead Id",
            "given_name": "First Name",
            "family_name": "Last Name",
            "salutation": "Salutation",
            "company": "Company",
            "email": "Email",
            "phone": "Mobile|Phone",
            "address": "Street",
            "city": "City",
            "province": "State",
            "country": "Country",
            "tags": "Tag",
            "notes": "Description",
            "refusal_email": "Email Opt Out",
        },
        tells="Lead Owner.id|Lead Owner|Lead Status|Lead Name|Is Converted",
        others=f"""{_OTHERS}
Lead Source|Title|Fax|Website|Industry|No. of Employees|Annual Revenue|Rating|Skype ID
Secondary Email|Twitter|Zip Code|Converted Account.id|Converted Contact.id""",
    ),
    Preset(
        key="zoho-accounts",
        system="Zoho CRM",
        what=What.COMPANIES,
        known=Known.SAMPLE,
        columns={
            "customer_key": "Record Id|Account Id",
            "company": "Account Name",
            "website": "Website",
            "industry": "Industry",
            "company_size": "Employees",
            "phone": "Phone",
            "address": "Billing Street",
            "city": "Billing City",
            "province": "Billing State",
            "country": "Billing Country",
            "tags": "Tag",
            "notes": "Description",
        },
        tells="Account Owner.id|Account Owner|Account Type|Parent Account.id|Billing Code",
        others=f"""{_OTHERS}
Parent Account|Account Number|Account Site|Rating|Ownership
Annual Revenue|SIC Code|Ticker Symbol|Fax|Shipping Street|Shipping City|Shipping State
Shipping Code|Shipping Country""",
    ),
    Preset(
        key="zoho-sends",
        system="Zoho",
        what=What.SENDS,
        known=Known.MEMORY,
        columns={
            "email": "Contact Email|Contact Email Address|Email Address|Recipient",
            "occurred_at": "Sent Time|Sent Date|Email Sent Time|Date Sent",
            "subject": "Email Subject|Subject",
            "campaign": "Campaign Name|Template Name",
            "delivery": "Delivery Status|Email Status|Status",
        },
        tells="Campaign Name|Sent Time|Delivery Status|Email Subject|Contact Email Address",
        others="First Name|Last Name|Opened Time|Clicked Time|Open Count|Click Count|Bounce Type",
    ),
)
