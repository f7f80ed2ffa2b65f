"""有赞 (Youzan): orders (a row an order or a product) and customers. Known from samples: the
headings of both files stand, as exported, in public programs' tests; the customer export itself is
announced on 有赞's “客户数据支持店铺高管导出”.
"""

from .preset import Known, Preset, What

PRESETS = (
    Preset(
        key="youzan-orders",
        system="有赞",
        what=What.ORDERS,
        known=Known.SAMPLE,
        columns={
            "order_number": "订单号",
            "ordered_at": "订单创建时间|买家付款时间",
            "full_name": "买家姓名|收货人/提货人",
            "phone": "买家手机号|收货人手机号/提货人手机号",
            "address": "详细收货地址/提货地址",
            "province": "收货人省份",
            "city": "收货人城市|收货人地区",
            "store": "归属店铺",
            "status": "订单状态",
            "product_code": "商品编码|规格编码",
            "product_name": "商品名称|全部商品名称",
            "category": "商品类目",
            "quantity": "商品数量",
            "unit_price": "商品单价",
            "order_total": "订单实付金额|应收订单金额",
        },
        tells="""收货人/提货人|收货人手机号/提货人手机号|详细收货地址/提货地址|订单实付金额
买家付款时间|全部商品名称|商家订单备注|订单退款状态""",
        others="""销售渠道|订单类型|推广方式|订单来源|交易成功时间|付款方式|支付流水号|商品金额合计|运费
店铺优惠合计|支付优惠合计|订单实收金额|订单抵用积分数|店铺优惠方式|支付优惠方式|商品种类数|订单配送方式
同城送达时间/提货时间|买家备注|订单星级|买家昵称|买家是否会员|下单网点|收银员|分销员|销售导购|专属导购
订单已退款金额|桌号|挂账主体|挂账手机号|团长订单|订单风险标签|优惠券码名称|商品规格|商品留言|订单商品状态
商品类型|商品发货物流公司|商品发货物流单号|商品退款状态|商品已退款金额|课程简称""",
        walk_in=("散客",),
        cancelled=("交易关闭", "待付款", "待支付", "已关闭"),
        returned=("全额退款", "退款成功", "已全额退款"),
        done=("部分退款",),
        also_status=("订单退款状态", "商品退款状态"),
        returns_cancel=True,
    ),
    Preset(
        key="youzan-customers",
        system="有赞",
        what=What.CUSTOMERS,
        known=Known.SAMPLE,
        columns={
            "full_name": "客户姓名|客户昵称",
            "phone": "客户手机号",
            "birth_date": "客户生日",
            "gender": "客户性别",
            "province": "微信地域",
            "city": "所属区域",
            "tags": "标签",
        },
        tells="客户手机号|客户昵称|成长值|免费等级|付费等级|客户积分|客户储值余额|成为客户时间",
        others="""是否会员|权益卡|消费次数|消费金额|累计退款金额|累计退款订单数|笔单价|上次消费时间|分销员|导购员
企微好友|来源渠道|来源方式|成为会员时间|成为会员店铺|公众号|公众号关注时间|最近浏览时间|指定时间消费次数
指定时间消费金额""",
    ),
)
