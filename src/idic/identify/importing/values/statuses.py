"""Reading the state of an order as exports write it: done, returned or cancelled."""

from __future__ import annotations

from enum import StrEnum

from .cells import plain_words


class OrderStatus(StrEnum):
    """What a row's status says about its amounts."""

    DONE = "done"
    RETURNED = "returned"
    CANCELLED = "cancelled"


_RETURNED = (
    "return",
    "refund",
    "chargeback",
    "tra hang",
    "da tra",
    "hoan tien",
    "hoan hang",
    "退货",
    "退款",
)
_CANCELLED = (
    "cancel",
    "void",
    "huy",
    "that bai",
    "failed",
    "expired",
    "取消",
    "关闭",
    "作废",
    "未支付",
)
# "Partially refunded" and "return requested" leave the sale standing.
_STILL_DONE = (
    "partial",
    "request",
    "yeu cau",
    "mot phan",
    "部分",
    "申请",
    "no refund",
    "khong tra",
    "退款失败",
    "未退款",
)


def read_status(text: str) -> OrderStatus:
    """Read a status or kind of document; what is neither return nor cancellation counts."""
    words = plain_words(text)
    if any(word in words for word in _STILL_DONE):
        return OrderStatus.DONE
    if any(word in words for word in _RETURNED):
        return OrderStatus.RETURNED
    if any(word in words for word in _CANCELLED):
        return OrderStatus.CANCELLED
    return OrderStatus.DONE
