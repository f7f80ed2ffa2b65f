"""抖店 (Douyin's shops): the order file, a row a product. Known from samples: headings as exported
stand in the tests of public programs that read it. Recipients come encrypted (##…, $$…) unless the
shop asked for them: such orders have no owner.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="douyin-orders",
        system="抖店",
        what=What.ORDERS,
        known=Known.SAMPLE,
        columns={
            "order_number": "主订单编号",
            "ordered_at": "订单提交时间|支付完成时间",
            "full_name": "收件人",
            "phone": "收件人手机号",
            "address": "详细地址",
            "province": "省",
            "city": "市|区",
            "status": "订单状态",
            "product_code": "商家编码|商品ID",
            "product_name": "选购商品",
            "quantity": "商品数量",
            "unit_price": "商品金额|商品单价",
            "line_total": "订单应付金额",
        },
        tells="主订单编号|子订单编号|选购商品|达人昵称|售后状态|流量来源",
        others="""商品规格|运费|街道|商家备注|买家留言|订单完成时间|取消原因|发货时间|承诺发货时间
平台实际承担优惠金额|商家实际承担优惠金额|达人实际承担优惠金额|达人ID|支付方式|APP渠道|订单类型|快递信息
流量体裁|流量渠道|流量类型|优惠总金额|平台优惠|商家优惠|达人优惠|商家收入金额|仓库名称|是否修改过地址""",
        cancelled=("已关闭", "待支付", "待付款"),
        returned=("退款成功", "退货成功"),
        done=("售后关闭", "退款关闭", "待审核", "售后处理中", "待退货"),
        also_status=("售后状态",),
        returns_cancel=True,
    ),
)
