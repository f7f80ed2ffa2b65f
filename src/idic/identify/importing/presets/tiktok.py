"""TikTok Shop: the order file, a row a SKU, headings in English everywhere. Known from samples: the
columns stand in public programs that read it, and in the guide
amz123.com/guide/worldfirst/pcZeahOp, which also shows the trap: the second row
explains the columns.
"""

from idic.identify.importing.values.dates import DateOrder

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="tiktok-orders",
        system="TikTok Shop",
        what=What.ORDERS,
        known=Known.SAMPLE,
        columns={
            "order_number": "Order ID",
            "ordered_at": "Created Time|Paid Time",
            "customer_key": "Buyer Username",
            "full_name": "Recipient",
            "phone": "Phone #",
            "address": "Detail Address",
            "city": "District|City",
            "province": "Province|State",
            "country": "Country",
            "store": "Warehouse Name",
            "status": "Order Status",
            "product_code": "Seller SKU|SKU ID",
            "product_name": "Product Name",
            "category": "Product Category",
            "quantity": "Quantity",
            "unit_price": "SKU Unit Original Price",
            "line_total": "SKU Subtotal After Discount",
        },
        tells="""Order Substatus|Cancelation/Return Type|Sku Quantity of return|Seller SKU
SKU Unit Original Price|SKU Subtotal After Discount|Buyer Username|RTS Time""",
        others="""Normal or Pre-order|Variation|SKU Subtotal Before Discount|SKU Platform Discount
SKU Seller Discount|Shipping Fee After Discount|Original Shipping Fee
Shipping Fee Seller Discount|Shipping Fee Platform Discount|Payment platform discount|Taxes
Retail Delivery Fee|Order Amount|Order Refund Amount|Shipped Time|Delivered Time|Cancelled Time
Cancel By|Cancel Reason|Fulfillment Type|Tracking ID|Delivery Option|Delivery Option Type
Shipping Provider Name|Buyer Message|Commune|Zipcode|Additional address information
House Name or Number|Delivery Instruction|Payment Method|Weight(kg)|Package ID|Seller Note
Checked Status|Checked Marked by|Shipping Information""",
        date_order=DateOrder.DAY_FIRST,
        cancelled=("cancel", "da huy", "unpaid", "chua thanh toan"),
        returned=("return refund",),
        also_status=("Cancelation/Return Type",),
        returns_cancel=True,
        descriptions={"Order ID": "Platform unique order ID"},
    ),
)
