"""纷享销客 (Fxiaoke): its 客户 are companies and its 联系人 persons. Known from documentation:
the labels of the standard objects 客户 (AccountObj) and 联系人 (ContactObj) stand in public lists
of fields; no sample of a file was at hand.
"""

from .preset import Known, Preset, What

_OTHERS = """负责人|归属部门|负责人主属部门|创建人|创建时间|最后修改人|最后修改时间
生命状态|锁定状态|业务类型|相关团队|归属组织|外部负责人|作废前生命状态"""

PRESETS = (
    Preset(
        key="fxiaoke-companies",
        system="纷享销客",
        what=What.COMPANIES,
        known=Known.DOCUMENTATION,
        columns={
            "customer_key": "客户编号",
            "company": "客户名称",
            "tax_number": "纳税人识别号|统一社会信用代码",
            "industry": "1级行业|行业",
            "website": "网址",
            "company_size": "人员规模",
            "phone": "电话",
            "email": "邮件",
            "country": "国家",
            "province": "省",
            "city": "市",
            "address": "详细地址",
            "tags": "客户级别|客户类型",
            "notes": "备注",
        },
        tells="负责人主属部门|客户级别|成交状态|分配状态|1级行业|所属公海|客户编号",
        others=f"""{_OTHERS}
区|传真|公司简介|客户来源|2级行业|上级客户|负责人变更时间
最后成交时间|最后跟进时间|工商注册|定位""",
    ),
    Preset(
        key="fxiaoke-contacts",
        system="纷享销客",
        what=What.CONTACTS,
        known=Known.DOCUMENTATION,
        columns={
            "customer_key": "联系人编号",
            "full_name": "姓名",
            "company": "客户名称",
            "job_title": "职务",
            "phone": "手机1|手机|电话1|电话",
            "email": "邮件",
            "gender": "性别",
            "birth_date": "生日|出生日期",
            "address": "地址|详细地址",
            "salutation": "称谓",
            "notes": "备注",
        },
        tells="负责人主属部门|联系人编号|手机1|电话1|是否关键决策人|职务",
        others=f"{_OTHERS}\n部门|手机2|手机3|电话2|介绍人|家庭状况|爱好|名片|微信",
    ),
)
