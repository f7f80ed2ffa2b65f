"""What a new form begins with, in its customers' languages: the usual places and words, to be
changed at will. Texts for customers: none of them is translated elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

Texts = dict[str, str]


def _texts(en: str, vi: str, zh: str) -> Texts:
    return {"en": en, "vi": vi, "zh-hans": zh}


class Starter(NamedTuple):
    """A form of one kind: places as (kind, trait of a question, is required)."""

    places: tuple[tuple[str, str, bool], ...]
    title: Texts
    intro: Texts
    thanks: Texts
    channels: tuple[str, ...]  # of boxes to agree


_THANKS = _texts(
    "Thank you. We have it, and nobody will ask you again.",
    "Cảm ơn anh/chị. Chúng tôi đã nhận được và sẽ không hỏi lại.",
    "谢谢您。我们已收到，不会再重复询问。",
)
STARTERS: dict[str, Starter] = {
    "registration": Starter(
        (
            ("name", "", True),
            ("phone", "", True),
            ("email", "", False),
            ("question", "birth_date", False),
            ("question", "city", False),
        ),
        _texts("Become a member", "Đăng ký thành viên", "成为会员"),
        _texts("It takes half a minute.", "Chỉ mất nửa phút thôi ạ.", "只需半分钟。"),
        _THANKS,
        ("email", "sms"),
    ),
    "lead": Starter(
        (("name", "", True), ("phone", "", True), ("email", "", False)),
        _texts("How can we help?", "Chúng tôi giúp gì được anh/chị?", "有什么可以帮您？"),
        _texts(
            "Leave your number and we will call you back.",
            "Để lại số điện thoại, chúng tôi sẽ gọi lại.",
            "留下电话，我们会回电给您。",
        ),
        _THANKS,
        (),
    ),
    "newsletter": Starter(
        (("email", "", True), ("name", "", False)),
        _texts("Our news by e-mail", "Nhận tin của chúng tôi qua email", "通过邮件了解我们的动态"),
        _texts(
            "At most once a week. You can end it with one press.",
            "Nhiều nhất mỗi tuần một lần. Bấm một lần là dừng.",
            "每周最多一次，一键即可退订。",
        ),
        _THANKS,
        ("email",),
    ),
    "feedback": Starter(
        (("question", "feedback", True), ("name", "", False), ("phone", "", False)),
        _texts("How was it?", "Anh/chị thấy thế nào ạ?", "您觉得怎么样？"),
        _texts(
            "Say it as it was. Name and number may stay empty.",
            "Cứ nói thật ạ. Tên và số điện thoại có thể để trống.",
            "请如实告诉我们。姓名和电话可以不填。",
        ),
        _texts("Thank you for telling us.", "Cảm ơn anh/chị đã góp ý.", "感谢您的反馈。"),
        (),
    ),
}
# {shop} becomes the business's name when the box is made.
CONSENTS: dict[str, Texts] = {
    "email": _texts(
        "{shop} may write to me about offers by e-mail. I can end this at any time.",
        "Tôi đồng ý nhận ưu đãi của {shop} qua email. Tôi có thể dừng bất cứ lúc nào.",
        "我同意{shop}通过邮件向我发送优惠信息，可随时取消。",
    ),
    "sms": _texts(
        "{shop} may write to me about offers by text message. I can end this at any time.",
        "Tôi đồng ý nhận ưu đãi của {shop} qua tin nhắn SMS. Tôi có thể dừng bất cứ lúc nào.",
        "我同意{shop}通过短信向我发送优惠信息，可随时取消。",
    ),
    "zalo": _texts(
        "{shop} may write to me about offers on Zalo. I can end this at any time.",
        "Tôi đồng ý nhận ưu đãi của {shop} qua Zalo. Tôi có thể dừng bất cứ lúc nào.",
        "我同意{shop}通过 Zalo 向我发送优惠信息，可随时取消。",
    ),
    "phone": _texts(
        "{shop} may call me about offers. I can end this at any time.",
        "Tôi đồng ý để {shop} gọi điện giới thiệu ưu đãi. Tôi có thể dừng bất cứ lúc nào.",
        "我同意{shop}致电介绍优惠，可随时取消。",
    ),
}
FEEDBACK = (
    _texts("Feedback", "Góp ý", "反馈"),
    _texts(
        "What was good, and what should we do better?",
        "Điều gì anh/chị hài lòng, điều gì cần làm tốt hơn ạ?",
        "哪些地方好，哪些地方需要改进？",
    ),
)
