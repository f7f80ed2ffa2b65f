"""The headings shops use for each field, in English, Vietnamese and Chinese: those of spreadsheets
kept by hand, of tills and of the exports of web shops. Folded: lower case, no marks.
"""

from __future__ import annotations

# The plainest heading of a field comes first: of two columns that fit, it decides.
HEADINGS: dict[str, str] = {
    "order_number": """
        order number|order no|order id|id|order|invoice number|invoice no|invoice id|invoice
        receipt no|receipt number|receipt|transaction id|transaction no|transaction number
        bill no|bill number|bill id|document no|document number|sales order|order code|order ref
        order reference|order name|ma don hang|ma hoa don|so hoa don|so don hang|ma don
        so chung tu|ma chung tu|so phieu|ma phieu|ma giao dich|ma hd|so hd|ma dh|don hang
        hoa don|so ct|订单号|订单编号|订单id|单号|单据编号|单据号|小票号|流水号|销售单号|交易号
        主订单编号|发票号|订单|basket|basket id|name
    """,
    "line_number": """
        line number|line no|line|line item no|item no in order|row no|position|stt dong|so dong
        dong|行号|明细行号|序号明细
    """,
    "ordered_at": """
        order date|ordered at|invoice date|date|order time|order datetime|transaction date
        purchase date|created at|created|date created|created date|paid at|sale date|sales date
        receipt date|bill date|document date|timestamp|datetime|order created at|invoice ts
        invoice time|order created time|ngay dat hang|ngay ban|thoi gian|ngay|ngay hoa don
        ngay mua|ngay lap|ngay tao|thoi gian tao|thoi gian dat hang|ngay chung tu|ngay gio
        ngay giao dich|ngay dat|gio ban|ngay mua hang|下单时间|订单创建时间|订单时间|付款时间
        创建时间|销售时间|日期|交易时间|单据日期|订单日期|销售日期|支付时间|下单日期|时间
        开单时间|成交时间
    """,
    "customer_key": """
        customer id|customer number|customer no|customer code|customer key|customer|client id
        client no|client code|client|account number|account no|account id|member id|member no
        member number|member code|member card|card number|card no|user id|user|buyer id|buyer
        contact id|record id|external id|cust id|customer ref|household id|household key
        ma khach hang|ma khach|ma kh|ma the|so the|ma the thanh vien|ma thanh vien|ma hoi vien
        ma doi tuong|id khach hang|the thanh vien|nguoi mua|客户编号|客户id|会员号|会员卡号
        会员编号|客户编码|会员id|客户号|用户id|买家id|买家会员名|会员卡|买家账号|客户代码|卡号
        id|uid|customer reference
    """,
    "card_number": """
        membership card number|loyalty card|loyalty card number|card barcode|ma vach the
        so the tich diem|so the khach hang than thiet|实体卡号|会员卡条码
    """,
    "card_tier": """
        membership level|member level|membership tier|card tier|loyalty tier|card level|hang the
        hang thanh vien|hang hoi vien|cap do the|会员等级|会员卡等级|卡等级|会员级别
    """,
    "card_points": """
        points|loyalty points|reward points|points balance|current points|diem tich luy|tong diem
        diem hien tai|diem hien co|so diem|积分|可用积分|当前积分|会员积分|积分余额
    """,
    "card_balance": """
        card balance|store credit|wallet balance|prepaid balance|so du the|so du vi|so du tai khoan
        储值余额|卡余额|会员余额|预存余额
    """,
    "card_expires": """
        card expiry|card expiry date|card valid until|membership expiry|membership expires
        membership end date|ngay het han the|han the|han su dung the|het han thanh vien
        会员到期时间|会员有效期|卡有效期|会员到期日
    """,
    "full_name": """
        customer name|full name|name|client name|buyer name|contact name|contact|billing name
        member name|recipient name|recipient|shipping name|ship name|account name|ten khach hang
        ho ten|ho va ten|ten khach|ten|khach hang|ten kh|ten day du|khach|ten nguoi mua
        ten nguoi nhan|nguoi nhan|ten doi tuong|ten thanh vien|ten lien he|客户名称|姓名
        客户姓名|客户名|会员姓名|收货人姓名|收货人|提货人|买家昵称|买家姓名|联系人|顾客姓名|名称
        会员名称|昵称|客户|顾客|customer|client|buyer
    """,
    "given_name": "first name|given name|forename|ten goi|ten dem va ten|名|名字",
    "family_name": "last name|family name|surname|ho|ho dem|姓|姓氏",
    "salutation": """
        salutation|title|form of address|prefix|mr mrs|danh xung|xung ho|cach xung ho|称呼|尊称
        称谓
    """,
    "email": """
        email|e mail|email address|mail|customer email|contact email|billing email|buyer email
        email khach hang|dia chi email|thu dien tu|hop thu|邮箱|电子邮箱|电子邮件|邮件|邮箱地址
        客户邮箱
    """,
    "phone": """
        phone|phone number|mobile|mobile number|telephone|tel|cell|cell phone|contact number
        customer phone|billing phone|mobile phone|buyer phone|phone no|mobile no|contact phone
        so dien thoai|dien thoai|sdt|dien thoai khach hang|di dong|so di dong|dt|so dt|dtdd
        sdt khach|sdt khach hang|so dien thoai khach hang|dien thoai di dong|hotline khach|手机
        手机号|手机号码|电话|联系电话|联系手机|电话号码|客户电话|收货人手机|收货人手机号|移动电话|收货人电话
    """,
    "address": """
        address|street address|address line 1|address 1|street|billing address|shipping address
        customer address|postal address|billing street|address1|dia chi|dia chi khach hang
        so nha|duong|dia chi giao hang|dia chi lien he|地址|详细地址|收货地址|联系地址|客户地址
        住址
    """,
    "city": """
        city|town|billing city|shipping city|city town|district|thanh pho|quan huyen|quan|huyen
        phuong xa|xa phuong|phuong xa khach hang|城市|市|地级市|区县|所在城市
    """,
    "province": """
        province|state|region|county|billing province|billing state|shipping province
        state province|tinh|tinh thanh|tinh thanh pho|khu vuc|khu vuc khach hang
        khu vuc giao hang|tinh tp|省|省份|地区|所在地区|省市|区域
    """,
    "country": """
        country|country code|nation|billing country|shipping country|market|quoc gia|nuoc|国家
        国家地区|国别
    """,
    "gender": "gender|sex|gioi tinh|phai|性别",
    "birth_date": """
        birth date|birthday|date of birth|dob|birthdate|born|ngay sinh|sinh nhat|nam sinh
        ngay sinh nhat|生日|出生日期|出生年月|会员生日
    """,
    "company": """
        company|company name|organization|organisation|business name|employer|billing company
        cong ty|ten cong ty|to chuc|don vi|doanh nghiep|公司|公司名称|单位|企业名称|单位名称
    """,
    "language": "language|preferred language|locale|lang|ngon ngu|语言|首选语言",
    "tags": """
        tags|tag|group|customer group|labels|label|segment|customer type|customer tags
        type of customer|nhom khach hang|nhom|nhan|phan loai|loai khach|nhom khach|标签|客户分组
        客户标签|会员等级|分组|客户类型
    """,
    "notes": """
        notes|note|comment|comments|remark|remarks|memo|ghi chu|chu thich|备注|说明|客户备注
    """,
    "product_code": """
        product code|stock code|sku|item code|product id|item id|item number|item no|article no
        article number|barcode|upc|ean|lineitem sku|variant sku|product sku|item|stockcode|plu
        item sku|ma hang|ma san pham|ma sp|ma hang hoa|ma vach|ma sku|sku san pham
        sku phan loai hang|ma vat tu|商品编码|商品编号|货号|商家编码|商品货号|条码|商品条码
        sku编码|商品id|产品编号|款号|商品代码|物料编码|产品编码|规格编码
    """,
    "product_name": """
        product name|description|product|item name|item description|product description
        product title|lineitem name|article|title of product|item title|product variant|goods
        goods name|ten hang|ten san pham|ten sp|ten hang hoa|san pham|hang hoa|mat hang
        dien giai|mo ta|ten mat hang|商品名称|商品|产品名称|品名|宝贝标题|商品标题|货品名称
        名称规格|产品|物品名称|选购商品
    """,
    "category": """
        category|product category|product type|department|product group|item category|class
        family|product line|sub category|nhom hang|danh muc|loai hang|nganh hang|nhom san pham
        loai san pham|分类|商品分类|类别|品类|商品类别|商品类目|类目
    """,
    "quantity": """
        quantity|qty|units|units sold|lineitem quantity|amount of items|count|pieces|pcs
        no of units|item quantity|order quantity|quantity sold|sl|so luong|so luong ban|sl ban
        s luong|so luong mua|数量|购买数量|商品数量|销售数量|件数|销量|宝贝总数量|下单数量|份数
    """,
    "unit_price": """
        unit price|price|price each|item price|lineitem price|selling price|unit cost|rate
        sale price|price per unit|product price|unit amount|don gia|gia ban|gia|gia le
        don gia ban|gia san pham|gia uu dai|gia don vi|gia 1 sp|单价|商品单价|价格|销售单价|售价
        成交单价|商品价格|零售价
    """,
    "line_total": """
        line total|amount|total price|line amount|subtotal|sales|revenue|net amount|sales amount
        extended price|total amount|net sales|value|spend|net price|turnover|monetary|item total
        line value|gross amount|total sales|item subtotal|thanh tien|tien hang|so tien|doanh thu
        doanh so|tong gia ban san pham|tong gia ban|tien|tri gia|gia tri|doanh thu thuan|金额
        小计|销售金额|商品金额|实付金额|商品总价|成交金额|合计金额|销售额|金额小计|实收金额
        商品小计
    """,
    "order_total": """
        order total|grand total|total|invoice total|order amount|order value|invoice amount
        total paid|total order value|amount paid|total due|basket value|bill amount
        transaction amount|tong cong|tong tien|tong tien hang|khach can tra|tong thanh toan
        tong gia tri don hang|tong so tien|tong tien thanh toan|khach da tra|tong hoa don
        tong don|订单金额|订单总额|总金额|应付金额|合计|总计|订单总金额|买家应付货款|总价
        买家实际支付金额|订单实付
    """,
    "discount": """
        discount|discount amount|line discount|lineitem discount|item discount|rebate|chiet khau
        giam gia|tien giam|tien chiet khau|khuyen mai|折扣|优惠金额|折扣金额|优惠|减免金额|折让
    """,
    "currency": """
        currency|currency code|curr|loai tien|tien te|ma tien te|don vi tien|币种|货币|币别
    """,
    "store": """
        store|shop|branch|outlet|location|store name|shop name|branch name|sales channel|channel
        store id|warehouse|register|chi nhanh|cua hang|kho|diem ban|kenh ban|ten cua hang|quay
        kho hang|门店|店铺|店铺名称|门店名称|分店|店名|销售渠道|渠道|仓库
    """,
    "status": """
        status|order status|financial status|state of order|transaction type|document type|type
        order state|payment status|return status|order type|sale type|invoice type|record type
        trang thai|trang thai don hang|tinh trang|loai chung tu|loai giao dich|loai|loai don
        loai hoa don|trang thai hoa don|状态|订单状态|交易状态|单据类型|类型|业务类型|单据状态
        订单类型
    """,
    "consent_email": """
        accepts email marketing|accepts marketing|email opt in|email consent|consent email
        email marketing consent|newsletter|email subscribed|opt in email|subscribed
        marketing consent|nhan email|dong y nhan email|dang ky nhan tin|dong y email
        nhan ban tin|同意接收邮件|邮件订阅|接收邮件|邮件同意|订阅
    """,
    "consent_sms": """
        accepts sms marketing|sms opt in|sms consent|consent sms|sms marketing consent
        sms subscribed|nhan sms|dong y nhan sms|nhan tin nhan|dong y sms|dong y nhan tin nhan
        同意接收短信|短信订阅|接收短信|短信同意
    """,
    "consent_zalo": """
        zalo opt in|zalo consent|consent zalo|nhan zalo|dong y nhan zalo|dong y zalo
        quan tam zalo|nhan tin zalo
    """,
    "refusal_email": """
        email opt out|do not email|opted out of email|unsubscribed from all email|unsubscribed
        do not contact|has opted out of email|tu choi email|khong nhan email|拒绝邮件|退订邮件
    """,
    "company_key": """
        company id|account id|company number|account number|associated company id
        primary associated company id|account name id|ma cong ty|公司编号|客户编号
    """,
    "job_title": """
        job title|position|title|role|chuc vu|chuc danh|vi tri|职务|职位|岗位
    """,
    "tax_number": """
        tax number|tax id|tax code|vat number|vat id|vat no|vat reg no|tax no|tin|ma so thue|mst
        税号|纳税人识别号|统一社会信用代码|信用代码
    """,
    "industry": "industry|sector|line of business|nganh|nganh nghe|linh vuc|行业|所属行业|1级行业",
    "company_size": """
        company size|size|employees|number of employees|no of employees|headcount|quy mo
        so nhan vien|quy mo nhan su|规模|人员规模|企业规模|员工人数
    """,
    "website": """
        website|web site|website url|url|domain|company domain name|trang web|网址|网站|官网
    """,
    "company_name": """
        company name|company|account name|customer name|name|organization|organization name
        organisation|business name|legal name|full name|ten cong ty|cong ty|ten khach hang|ten
        ten doanh nghiep|doanh nghiep|ten to chuc|客户名称|公司名称|企业名称|单位名称|公司|名称|客户
    """,
    "company_number": """
        company id|company number|company code|account id|account number|record id|customer id
        customer number|customer code|id|ma cong ty|ma khach hang|ma kh|客户编号
        公司编号|企业编号|编号
    """,
    "contact": """
        address|recipient|to|email or phone|contact|recipient address|sent to|nguoi nhan|gui den
        dia chi nhan|收件人|接收人|联系方式|收信人
    """,
    "channel": "channel|medium|type|message type|kenh|kenh gui|loai tin|loai|渠道|发送渠道|类型",
    "purpose": "purpose|what for|topic|list|muc dich|用途|目的",
    "answer": """
        status|consent|answer|agreed|opt in|subscribed|consent status|subscription status
        marketing consent|trang thai|dong y|tinh trang|状态|是否同意|同意|订阅状态
    """,
    "refusal": """
        reason|unsubscribe reason|dnc reason|do not contact|refused|opt out|why|ly do|ly do tu choi
        原因|退订原因|拒绝原因
    """,
    "given_at": """
        date|consent date|given at|date added|unsubscribed at|unsubscribe date|opt in date
        opt out date|timestamp|created at|time|ngay|ngay dong y|ngay huy|thoi gian|日期|时间
        同意时间|退订时间
    """,
    "proof": """
        proof|evidence|source|comments|comment|form|url|bang chung|nguon|ghi chu|凭证|来源|备注
    """,
    "wording": """
        wording|text|consent text|wording version|version|loi van|noi dung dong y|文案|声明版本
    """,
    "event_name": """
        event|event name|event type|action|activity|what|kind|type|su kien|ten su kien|hanh dong
        hoat dong|loai|事件|事件名称|行为|动作|类型
    """,
    "occurred_at": """
        date|occurred at|time|timestamp|event time|event date|datetime|sent at|date sent|sent date
        sent time|sent on|send date|send time|delivered at|created at|ngay|thoi gian|ngay gui
        thoi gian gui|gui luc|日期|时间|发送时间|发生时间|事件时间|发送日期
    """,
    "event_id": """
        event id|message id|id|tracking hash|activity id|send id|ma su kien|ma tin|ma tin nhan
        事件id|消息id|编号
    """,
    "amount": """
        amount|value|revenue|total|balance|price|so tien|gia tri|so du|doanh thu|金额|数值|余额
    """,
    "detail": """
        detail|details|description|about|product|page|title|url|chi tiet|mo ta|noi dung|san pham
        详情|描述|内容|页面|商品
    """,
    "properties": "properties|attributes|payload|json|data|thuoc tinh|属性|参数",
    "subject": """
        subject|email subject|message|text|content|title|message text|tieu de|chu de|noi dung
        tin nhan|主题|标题|内容|短信内容|邮件主题
    """,
    "campaign": """
        campaign|campaign name|email name|newsletter|chien dich|ten chien dich|活动|活动名称
        营销活动
    """,
    "delivery": """
        status|delivery status|result|state|sent status|delivery|trang thai|ket qua|tinh trang
        状态|发送状态|结果
    """,
    "account_number": """
        account number|account no|account id|account|acct no|acct|iban|contract number|policy number
        so tai khoan|ma tai khoan|tai khoan|stk|so hop dong|so so tiet kiem|账号|账户|账户号
        账户编号|银行账号|合同号|保单号
    """,
    "balance": """
        balance|account balance|closing balance|end balance|ending balance|current balance|amount
        assets|balance amount|outstanding|so du|so du cuoi ky|so du tai khoan|so tien|du no
        余额|账户余额|期末余额|当前余额|资产|金额
    """,
    "as_of_date": """
        as of|as of date|balance date|date|statement date|month|period end|reporting date|value date
        ngay|ngay so du|ngay sao ke|thang|den ngay|tai ngay|日期|余额日期|截止日期|数据日期|月份
        统计日期
    """,
    "account_product": """
        product|product name|account type|product type|type|san pham|loai tai khoan|ten san pham
        loai|产品|产品名称|账户类型|产品类型|类型
    """,
    "fees": """
        fees|fee|fee income|charges|service charges|commission|phi|phi dich vu|thu phi|tien phi
        手续费|费用|服务费|手续费收入
    """,
    "margin": """
        margin|interest margin|net interest income|net interest margin|nii|interest income
        loi nhuan lai|thu nhap lai thuan|chenh lech lai|bien lai|利差|利息收入|净利息收入|息差
    """,
    "owner_key": """
        customer id|customer number|customer no|customer code|customer key|customer|client id
        client no|client code|client|member id|owner id|owner|holder id|cif|cif no|cif number|id
        ma khach hang|ma kh|so cif|ma cif|客户编号|客户号|客户id|客户代码|客户编码
    """,
    "owner_name": """
        customer name|account holder|holder|holder name|owner name|account name|name|full name
        client name|ten khach hang|chu tai khoan|ten chu tai khoan|ten tai khoan|ho ten|ho va ten
        ten|户名|客户姓名|客户名称|姓名|账户名称
    """,
    "refusal_sms": """
        sms opt out|do not sms|do not text|tu choi sms|khong nhan sms|拒绝短信|退订短信
    """,
}


def headings(field: str) -> list[str]:
    """Give the headings of a field, the plainest first."""
    text = HEADINGS.get(field, "")
    return [part.strip() for line in text.splitlines() for part in line.split("|") if part.strip()]
