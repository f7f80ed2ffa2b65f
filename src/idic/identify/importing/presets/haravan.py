"""Haravan: orders with their lines, and customers (Vietnam; its files follow Shopify's shape with
Vietnamese headings). That they can be exported so is documented (support.haravan.com, “Xuất danh
sách đơn hàng”; huongdan.haravan.com, “Nhập và xuất danh sách khách hàng”); the headings are from
memory. With English headings the file is Shopify's and is read as such.
"""

from idic.identify.importing.values.dates import DateOrder

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="haravan-orders",
        system="Haravan",
        what=What.ORDERS,
        known=Known.MEMORY,
        columns={
            "order_number": "Mã đơn hàng",
            "ordered_at": "Ngày đặt hàng|Ngày tạo",
            "email": "Email",
            "full_name": "Họ tên người mua|Tên người thanh toán|Khách hàng",
            "phone": "Điện thoại người mua|Số điện thoại thanh toán|Số điện thoại",
            "address": "Địa chỉ người mua|Địa chỉ thanh toán",
            "province": "Tỉnh thành thanh toán|Tỉnh/Thành phố",
            "city": "Quận huyện thanh toán|Quận/Huyện",
            "store": "Kênh bán hàng|Chi nhánh",
            "status": "Trạng thái đơn hàng|Trạng thái thanh toán",
            "product_code": "Mã sản phẩm|SKU",
            "product_name": "Tên sản phẩm",
            "quantity": "Số lượng sản phẩm|Số lượng",
            "unit_price": "Giá sản phẩm|Giá bán",
            "order_total": "Tổng cộng|Tổng tiền",
        },
        tells="""Trạng thái thanh toán|Số lượng sản phẩm|Giá sản phẩm|Giá so sánh|Nhận quảng cáo
Số tiền giảm|Mã giảm giá|Kênh bán hàng""",
        others="""Ngày thanh toán|Trạng thái giao hàng|Ngày giao hàng|Tiền tệ|Phí vận chuyển|Thuế
Phương thức vận chuyển|Phương thức thanh toán|Ghi chú|Ngày hủy|Nhà cung cấp|Tags""",
        date_order=DateOrder.DAY_FIRST,
        cancelled=("da huy", "da chuyen hoan", "that bai"),
        also_status=("Trạng thái thanh toán",),
        cancelled_if_filled=("Ngày hủy",),
        returns_cancel=True,
    ),
    Preset(
        key="haravan-customers",
        system="Haravan",
        what=What.CUSTOMERS,
        known=Known.MEMORY,
        columns={
            "customer_key": "Mã khách hàng",
            "family_name": "Họ",
            "given_name": "Tên",
            "email": "Email",
            "phone": "Số điện thoại|Điện thoại",
            "company": "Công ty",
            "address": "Địa chỉ 1|Địa chỉ",
            "province": "Tỉnh/Thành phố|Tỉnh thành",
            "city": "Phường/Xã|Quận/Huyện|Quận huyện",
            "country": "Quốc gia",
            "birth_date": "Ngày sinh",
            "gender": "Giới tính",
            "tags": "Tags|Nhóm khách hàng",
            "notes": "Ghi chú",
            "consent_email": "Nhận email quảng cáo|Nhận quảng cáo",
        },
        tells="Địa chỉ 1|Địa chỉ 2|Nhận email quảng cáo|Nhận quảng cáo|Tổng tiền đã mua",
        others="Mã bưu chính|Tổng đơn hàng|Mã tỉnh thành|Mã quốc gia|Miễn thuế",
        date_order=DateOrder.DAY_FIRST,
    ),
)
