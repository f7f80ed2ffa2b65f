"""Sapo: orders with their lines, and customers (Vietnam). Known from documentation for orders
(support.sapo.vn, “Thêm mới đơn hàng bằng file excel”, whose template names these columns); the
customer list is from memory.
"""

from idic.identify.importing.values.dates import DateOrder

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="sapo-orders",
        system="Sapo",
        what=What.ORDERS,
        known=Known.DOCUMENTATION,
        columns={
            "order_number": "Mã đơn hàng",
            "ordered_at": "Ngày chứng từ|Ngày tạo đơn|Ngày tạo",
            "customer_key": "Mã khách hàng",
            "full_name": "Tên khách hàng|Người mua",
            "email": "Email khách hàng|Email",
            "phone": "Số điện thoại khách hàng|Số điện thoại|Điện thoại",
            "address": "Địa chỉ khách hàng|Địa chỉ giao hàng|Địa chỉ",
            "province": "Tỉnh/Thành phố",
            "city": "Quận/Huyện|Phường/Xã",
            "store": "Chi nhánh|Tên chi nhánh",
            "status": "Trạng thái đơn hàng|Trạng thái",
            "product_code": "Mã SKU",
            "product_name": "Tên sản phẩm|Tên phiên bản",
            "quantity": "Số lượng",
            "unit_price": "Đơn giá",
            "discount": "Chiết khấu sản phẩm",
            "line_total": "Thành tiền",
            "order_total": "Khách phải trả|Tổng tiền",
        },
        tells="Nguồn bán hàng|Mã SKU|Chiết khấu đơn hàng|Chiết khấu sản phẩm|Khách phải trả",
        others="""STT|Phí giao hàng|Nhân viên phụ trách|Tags|Ghi chú|Trạng thái thanh toán
Trạng thái giao hàng|Phương thức thanh toán|Mã vận đơn|Mã vạch|Thuế|Hẹn giao hàng""",
        date_order=DateOrder.DAY_FIRST,
        walk_in=("khach le", "khach vang lai"),
        cancelled=("da huy", "huy"),
    ),
    Preset(
        key="sapo-customers",
        system="Sapo",
        what=What.CUSTOMERS,
        known=Known.MEMORY,
        columns={
            "customer_key": "Mã khách hàng",
            "full_name": "Tên khách hàng",
            "phone": "Số điện thoại|Điện thoại",
            "email": "Email",
            "birth_date": "Ngày sinh",
            "gender": "Giới tính",
            "address": "Địa chỉ",
            "province": "Tỉnh/Thành phố",
            "city": "Phường/Xã|Quận/Huyện",
            "company": "Tên công ty|Công ty",
            "tags": "Nhóm khách hàng|Mã nhóm khách hàng|Tags",
            "notes": "Mô tả|Ghi chú",
        },
        tells="""Mã nhóm khách hàng|Áp dụng ưu đãi|Chính sách giá mặc định|Tổng chi tiêu
Tổng SL đơn hàng""",
        others="""Website|Fax|Mã số thuế|Nhân viên phụ trách|Công nợ hiện tại|Trạng thái|Ngày tạo
Ngày mua cuối cùng|Điểm hiện tại|Chiết khấu (%)""",
        date_order=DateOrder.DAY_FIRST,
        walk_in=("khach le",),
    ),
)
