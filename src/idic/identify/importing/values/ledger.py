"""Reading what a list of consents says: through which channel, what for, agreed or refused. A doubt
never lets a message pass: an answer nobody can read is a refusal.
"""

from __future__ import annotations

from .cells import clean, plain_words, read_yes_no

EMAIL, SMS, ZALO, ALL = "email", "sms", "zalo", "all"
# What is said through a channel we know, but do not ask consent for.
OTHER = "other"

_CHANNELS = {
    EMAIL: "email|e mail|mail|newsletter|thu|thu dien tu|email marketing|邮件|邮箱|电子邮件",
    SMS: "sms|text|text message|mobile|phone|call|tin nhan|dien thoai|nhan tin|短信|手机|电话",
    ZALO: "zalo|zns|zalo oa",
    ALL: "all|any|both|everything|every channel|tat ca|moi kenh|全部|所有|所有渠道",
}
_SERVICE = "service|transactional|transaction|order updates|giao dich|dich vu|服务|交易|订单"
_GRANTED = """granted|allowed|confirmed|active|consented|opted in|double opt in|single opt in
dang nhan|da dong y|cho phep|允许|正常|活跃|已确认"""
_DENIED = """bounced|bounce|hard bounce|spam|complaint|complained|blocked|do not contact|dnc|removed
cleaned|opted out|invalid|huy|da huy|chan|退回|投诉|黑名单|拒收|退订"""
_UNKNOWN = "unknown|never asked|not asked|pending|unconfirmed|chua hoi|chua ro|未知|未询问|待确认"


def _words(text: str) -> frozenset[str]:
    parts = (part.strip() for line in text.splitlines() for part in line.split("|"))
    return frozenset(plain_words(part) or part for part in parts if part)


_CHANNEL_WORDS = {word: code for code, text in _CHANNELS.items() for word in _words(text)}
_ANSWERS = {
    **dict.fromkeys(_words(_GRANTED), "granted"),
    **dict.fromkeys(_words(_DENIED), "denied"),
    **dict.fromkeys(_words(_UNKNOWN), "unknown"),
}
_SERVICE_WORDS = _words(_SERVICE)


def read_channel(text: str) -> str | None:
    """Read a channel's code; `other` for one that is none of ours, None for nothing."""
    plain = clean(text)
    if not plain:
        return None
    words = plain_words(plain) or plain
    return _CHANNEL_WORDS.get(words) or next(
        (code for word, code in _CHANNEL_WORDS.items() if word in words.split()), OTHER
    )


def read_purpose(text: str) -> str | None:
    """Read what messages are for: `service` where it says so, else `marketing`."""
    plain = clean(text)
    if not plain:
        return None
    return "service" if (plain_words(plain) or plain) in _SERVICE_WORDS else "marketing"


def read_answer(text: str) -> str | None:
    """Read granted, denied or unknown; what is written otherwise is a refusal. None for nothing."""
    plain = clean(text)
    if not plain:
        return None
    known = _ANSWERS.get(plain_words(plain) or plain)
    if known:
        return known
    return "granted" if read_yes_no(plain) else "denied"
