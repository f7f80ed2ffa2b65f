"""Shopee: the seller's order file, a row a product. The Vietnamese headings are known from samples
(public programs that read the seller centre's “Order.all” workbook); the English ones from memory.
The buyer's phone comes masked and identifies nobody; the buyer's name on Shopee does.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="shopee-orders",
        system="Shopee",
        what=What.ORDERS,
        known=Known.SAMPLE,
        columns={
            "order_number": "Mã đơn hàng|Order ID",
            "ordered_at": "Ngày đặt hàng|Order Creation Date",
            "customer_key": "Người Mua|Username (Buyer)",
            "full_name": "Tên Người nhận|Receiver Name",
            "phone": "Số điện thoại|Phone Number",
            "address": "Địa chỉ nhận hàng|Delivery Address",
            "city": "TP / Quận / Huyện|Quận|District|Town",
            "province": "Tỉnh/Thành phố|Province|City",
            "country": "Quốc gia|Country",
            "status": "Trạng Thái Đơn Hàng|Order Status",
            "product_code": "SKU phân loại hàng|SKU sản phẩm|SKU Reference No.",
            "product_name": "Tên sản phẩm|Product Name",
            "quantity": "Số lượng|Quantity",
            "unit_price": "Giá ưu đãi|Deal Price",
            "line_total": "Tổng giá bán (sản phẩm)|Product Subtotal",
        },
        tells="""SKU phân loại hàng|Giá ưu đãi|Được Shopee trợ giá|Người bán trợ giá
Mã giảm giá của Shopee|Tên phân loại hàng|Tổng giá bán (sản phẩm)""",
        others="""Mã Kiện Hàng|Mã vận đơn|Lý do hủy|Đơn Vị Vận Chuyển|Phương thức giao hàng
Loại đơn hàng|Ngày giao hàng dự kiến|Ngày gửi hàng|Thời gian giao hàng
Trạng thái Trả hàng/Hoàn tiền|Cân nặng sản phẩm|Tổng cân nặng|Giá gốc
Tổng số tiền được người bán trợ giá|Tổng giá trị đơn hàng (VND)|Mã giảm giá của Shop|Hoàn Xu
Chỉ tiêu combo khuyến mãi|Giảm giá từ combo Shopee|Giảm giá từ Combo của Shop
Shopee Xu được hoàn|Số tiền được giảm khi thanh toán bằng thẻ Ghi nợ
Phí vận chuyển (dự kiến)|Phí vận chuyển mà người mua trả
Tổng số tiền Người mua thanh toán|Thời gian hoàn thành đơn hàng
Thời gian đơn hàng được thanh toán|Phương thức thanh toán|Phí cố định|Phí Dịch Vụ
Phí thanh toán|Tiền ký quỹ|Ghi chú|Số lượng sản phẩm được hoàn trả""",
        cancelled=("da huy", "chua thanh toan", "cancelled", "unpaid"),
        # Only an accepted return is one: requests and refusals leave the sale standing.
        returned=("da chap thuan", "accepted", "hoan tien thanh cong"),
        also_status=("Trạng thái Trả hàng/Hoàn tiền", "Return / Refund Status"),
        returns_cancel=True,
    ),
    Preset(
        key="shopee-orders-en",
        system="Shopee",
        what=What.ORDERS,
        known=Known.MEMORY,
        columns={
            "order_number": "Order ID",
            "ordered_at": "Order Creation Date",
            "customer_key": "Username (Buyer)",
            "full_name": "Receiver Name",
            "phone": "Phone Number",
            "address": "Delivery Address",
            "city": "District|Town|City",
            "province": "Province",
            "country": "Country",
            "status": "Order Status",
            "product_code": "SKU Reference No.|Parent SKU Reference No.",
            "product_name": "Product Name",
            "quantity": "Quantity",
            "unit_price": "Deal Price",
            "line_total": "Product Subtotal",
        },
        tells="""SKU Reference No.|Parent SKU Reference No.|Deal Price|Username (Buyer)
Order Creation Date|Variation Name""",
        others="""Cancel reason|Tracking Number*|Shipping Option|Order Paid Time|Original Price
Seller Rebate|Shopee Rebate|Returned quantity|Total Amount|Remark from buyer|Zip Code|Note""",
        cancelled=("cancelled", "unpaid"),
        returned=("accepted",),
        also_status=("Return / Refund Status",),
        returns_cancel=True,
    ),
)
