"""KiotViet: invoices with their lines, and customers (Vietnam). Known from samples: both lists of
headings stand, as exported, in public repositories that read them (a test of the 61 columns of
“Chi tiết hóa đơn”, and the 27 of “Danh sách khách hàng”).
"""

from idic.identify.importing.values.dates import DateOrder

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="kiotviet-invoices",
        system="KiotViet",
        what=What.ORDERS,
        known=Known.SAMPLE,
        columns={
            "order_number": "Mã hóa đơn",
            "ordered_at": "Thời gian|Thời gian tạo",
            "customer_key": "Mã khách hàng",
            "full_name": "Tên khách hàng|Khách hàng",
            "email": "Email",
            "phone": "Điện thoại",
            "address": "Địa chỉ (Khách hàng)",
            "city": "Phường/Xã (Khách hàng)",
            "province": "Khu vực (Khách hàng)",
            "birth_date": "Ngày sinh",
            "store": "Chi nhánh",
            "status": "Trạng thái",
            "product_code": "Mã hàng",
            "product_name": "Tên hàng",
            "quantity": "Số lượng",
            "unit_price": "Giá bán",  # after the line's discount
            "line_total": "Thành tiền",
            "order_total": "Khách cần trả",
        },
        tells="""Mã hóa đơn|Khách cần trả|Khách đã trả|Địa chỉ (Khách hàng)
Khu vực (Khách hàng)|Phí trả ĐTGH|Bảng giá|Còn cần thu (COD)""",
        others="""Mã vận đơn|Địa chỉ lấy hàng|Mã đối soát|Ngày cập nhật|Mã đặt hàng|Mã trả hàng
Người bán|Kênh bán|Người tạo|Đối tác giao hàng|Người nhận|Điện thoại (Người nhận)
Địa chỉ (Người nhận)|Khu vực (Người nhận)|Phường/Xã (Người nhận)|Dịch vụ|Trọng lượng (gram)
Dài|Rộng|Cao|Ghi chú trạng thái giao hàng|Ghi chú giao hàng|Ghi chú|Tổng tiền hàng
Giảm giá hóa đơn|Thu khác|Tiền mặt|Thẻ|Ví|Chuyển khoản|Thời gian giao hàng
Trạng thái giao hàng|Thương hiệu|ĐVT|Ghi chú hàng hóa|Đơn giá|Giảm giá %|Giảm giá""",
        date_order=DateOrder.DAY_FIRST,
        walk_in=("khach le",),
        cancelled=("da huy", "khong giao duoc"),
    ),
    Preset(
        key="kiotviet-customers",
        system="KiotViet",
        what=What.CUSTOMERS,
        known=Known.SAMPLE,
        columns={
            "customer_key": "Mã khách hàng",
            "full_name": "Tên khách hàng",
            "phone": "Điện thoại",
            "address": "Địa chỉ",
            "province": "Khu vực giao hàng|Khu vực",
            "city": "Phường/Xã",
            "company": "Công ty",
            "birth_date": "Ngày sinh",
            "gender": "Giới tính",
            "email": "Email",
            "tags": "Nhóm khách hàng",
            "notes": "Ghi chú",
        },
        tells="""Loại khách|Chi nhánh tạo|Nợ cần thu hiện tại|Tổng bán trừ trả hàng
Ngày giao dịch cuối|Khu vực giao hàng|Tổng điểm""",
        others="""Mã số thuế|Số CMND/CCCD|Facebook|Điểm hiện tại|Người tạo|Ngày tạo|Số ngày nợ
Tổng bán|Trạng thái""",
        date_order=DateOrder.DAY_FIRST,
        walk_in=("khach le",),
    ),
)
