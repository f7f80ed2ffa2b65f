"""Bizfly CRM: the contact list (Vietnam). From memory: no file and no list of its columns were at
hand, so the file is only said to look like it.
"""

from idic.identify.importing.values.dates import DateOrder

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="bizfly-contacts",
        system="Bizfly",
        what=What.CONTACTS,
        known=Known.MEMORY,
        columns={
            "customer_key": "Mã khách hàng|ID",
            "full_name": "Họ và tên|Họ tên|Tên khách hàng",
            "phone": "Số điện thoại",
            "email": "Email",
            "birth_date": "Ngày sinh",
            "gender": "Giới tính",
            "address": "Địa chỉ",
            "province": "Tỉnh/Thành phố",
            "company": "Công ty",
            "tags": "Nhãn|Tags",
            "notes": "Ghi chú",
        },
        tells="Nguồn dữ liệu|Phễu khách hàng|Giai đoạn khách hàng|Nhân viên chăm sóc|Chiến dịch",
        others="Trạng thái|Ngày tạo|Ngày cập nhật|Người tạo|Facebook|Zalo",
        date_order=DateOrder.DAY_FIRST,
    ),
)
