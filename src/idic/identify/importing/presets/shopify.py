"""Shopify: orders with their lines, and customers. Known from samples: both heading rows stand, as
exported, in public programs that read orders_export.csv and customers_export.csv.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="shopify-orders",
        system="Shopify",
        what=What.ORDERS,
        known=Known.SAMPLE,
        columns={
            "order_number": "Name",
            "ordered_at": "Created at",
            "email": "Email",
            "phone": "Phone|Billing Phone|Shipping Phone",
            "full_name": "Billing Name|Shipping Name",
            "company": "Billing Company",
            "address": "Billing Street|Billing Address1",
            "city": "Billing City",
            "province": "Billing Province Name|Billing Province",
            "country": "Billing Country",
            "currency": "Currency",
            "store": "Location",
            "status": "Financial Status",
            "product_code": "Lineitem sku",
            "product_name": "Lineitem name",
            "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price",
            "discount": "Lineitem discount",
        },
        tells="""Financial Status|Fulfillment Status|Lineitem quantity|Lineitem name
Lineitem price|Lineitem compare at price|Lineitem requires shipping|Outstanding Balance""",
        others="""Paid at|Fulfilled at|Accepts Marketing|Subtotal|Shipping|Taxes|Total|Discount Code
Discount Amount|Shipping Method|Lineitem taxable|Lineitem fulfillment status|Billing Address2
Billing Zip|Shipping Name|Shipping Street|Shipping Address1|Shipping Address2|Shipping Company
Shipping City|Shipping Zip|Shipping Province|Shipping Country|Shipping Phone|Notes
Note Attributes|Payment Method|Payment Reference|Refunded Amount|Vendor|Employee|Device ID|Id
Tags|Risk Level|Source|Tax 1 Name|Tax 1 Value|Receipt Number|Duties|Shipping Province Name
Payment ID|Payment Terms Name|Next Payment Due At|Payment References""",
        cancelled=("voided", "refunded", "expired"),
        done=("partially refunded", "partially paid"),
        cancelled_if_filled=("Cancelled at",),
        returns_cancel=True,
    ),
    Preset(
        key="shopify-customers",
        system="Shopify",
        what=What.CUSTOMERS,
        known=Known.SAMPLE,
        columns={
            "customer_key": "Customer ID",
            "given_name": "First Name",
            "family_name": "Last Name",
            "email": "Email",
            "phone": "Phone|Default Address Phone",
            "company": "Default Address Company|Company",
            "address": "Default Address Address1|Address1",
            "city": "Default Address City|City",
            "province": "Default Address Province Code|Province",
            "country": "Default Address Country Code|Country",
            "tags": "Tags",
            "notes": "Note",
            "consent_email": "Accepts Email Marketing|Accepts Marketing",
            "consent_sms": "Accepts SMS Marketing",
        },
        tells="""Accepts Email Marketing|Accepts SMS Marketing|Total Spent|Total Orders|Tax Exempt
Default Address Address1""",
        others="""Default Address Address2|Default Address Zip|Address2|Province Code|Country Code
Zip|Accepts WhatsApp Marketing""",
    ),
)
