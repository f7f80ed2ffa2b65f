"""SlimCRM: customer sheets in its manner (Vietnam), with the time of the last contact. From memory:
no file was at hand, so the file is only said to look like it.
"""

from idic.identify.importing.values.dates import DateOrder

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="slimcrm-customers",
        system="SlimCRM",
        what=What.CUSTOMERS,
        known=Known.MEMORY,
        columns={
            "customer_key": "Mã khách hàng",
            "full_name": "Người liên hệ|Tên khách hàng",
            "company": "Tên công ty|Công ty",
            "phone": "Số điện thoại|Điện thoại",
            "email": "Email",
            "address": "Địa chỉ",
            "province": "Tỉnh/Thành phố|Tỉnh thành",
            "birth_date": "Ngày sinh",
            "gender": "Giới tính",
            "tags": "Phân loại|Nhóm khách hàng",
            "notes": "Ghi chú|Mô tả",
        },
        tells="Mối quan hệ|Lần liên hệ cuối|Nguồn khách hàng|Người phụ trách|Lịch hẹn tiếp theo",
        others="Ngày tạo|Mã số thuế|Website|Chức vụ|Trạng thái|Lĩnh vực",
        date_order=DateOrder.DAY_FIRST,
    ),
)
