"""WooCommerce: orders as its two common export plugins write them (“Advanced Order Export”, and
SkyVerge's “Customer / Order CSV Export”, whose column names stand in its public documentation), and
the customers table of its Analytics, from memory.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="woocommerce-orders",
        system="WooCommerce",
        what=What.ORDERS,
        known=Known.MEMORY,
        columns={
            "order_number": "Order Number|Order ID",
            "ordered_at": "Order Date",
            "given_name": "First Name (Billing)",
            "family_name": "Last Name (Billing)",
            "email": "Email (Billing)",
            "phone": "Phone (Billing)",
            "company": "Company (Billing)",
            "address": "Address 1&2 (Billing)|Address 1 (Billing)",
            "city": "City (Billing)",
            "province": "State Code (Billing)|State Name (Billing)",
            "country": "Country Code (Billing)|Country Name (Billing)",
            "currency": "Order Currency",
            "status": "Order Status",
            "product_code": "SKU",
            "product_name": "Item Name",
            "category": "Category",
            "quantity": "Quantity (- Refund)|Quantity",
            "unit_price": "Item Cost",
            "line_total": "Order Line Total",
        },
        tells="""First Name (Billing)|Email (Billing)|Item Name|Item Cost|Quantity (- Refund)
Order Total Amount|Payment Method Title|Cart Discount Amount""",
        others="""Customer Note|Postcode (Billing)|First Name (Shipping)|Last Name (Shipping)
Address 1&2 (Shipping)|City (Shipping)|State Code (Shipping)|Postcode (Shipping)
Country Code (Shipping)|Order Subtotal Amount|Shipping Method Title|Order Shipping Amount
Order Refund Amount|Order Total Tax Amount|Item #|Coupon Code|Discount Amount
Discount Amount Tax""",
        cancelled=("cancelled", "failed", "refunded", "pending payment", "on hold"),
        returns_cancel=True,
    ),
    Preset(
        key="woocommerce-order-items",
        system="WooCommerce",
        what=What.ORDERS,
        known=Known.DOCUMENTATION,
        columns={
            "order_number": "order_number|order_id",
            "ordered_at": "order_date|date",
            "customer_key": "customer_id",
            "given_name": "billing_first_name",
            "family_name": "billing_last_name",
            "email": "billing_email",
            "phone": "billing_phone",
            "company": "billing_company",
            "address": "billing_address_1",
            "city": "billing_city",
            "province": "billing_state",
            "country": "billing_country",
            "currency": "order_currency",
            "status": "status",
            "product_code": "item_sku",
            "product_name": "item_name",
            "quantity": "item_quantity",
            "line_total": "item_total",
            "order_total": "order_total",
        },
        tells="billing_first_name|billing_email|item_name|item_quantity|item_total|shipping_total",
        others="""order_number_formatted|shipping_tax_total|fee_total|tax_total|cart_discount
order_discount|discount_total|refunded_total|payment_method|shipping_method|billing_address_2
billing_postcode|shipping_first_name|shipping_last_name|shipping_address_1|shipping_address_2
shipping_postcode|shipping_city|shipping_state|shipping_country|shipping_company|customer_note
item_product_id|item_subtotal|item_subtotal_tax|item_total_tax|item_refunded
item_refunded_qty|item_meta|shipping_items|fee_items|tax_items|coupon_items|order_notes
download_permissions|coupons""",
        cancelled=("cancelled", "failed", "refunded", "pending", "on hold"),
        returns_cancel=True,
    ),
    Preset(
        key="woocommerce-customers",
        system="WooCommerce",
        what=What.CUSTOMERS,
        known=Known.MEMORY,
        columns={
            "full_name": "Name",
            "email": "Email",
            "city": "City",
            "province": "Region",
            "country": "Country / Region",
        },
        tells="Username|Last Active|Sign Up|Total Spend|AOV",
        others="Orders|Postal Code",
    ),
)
