"""Reading the state of an order as exports write it: done, returned or cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of one system for the states of its orders; with `returns_cancel` a return is told
    on the sale's own row, so that nothing is left of the sale.
    """

    done: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    returns_cancel: bool = False


# Between the states of several columns of one row.
BETWEEN = " · "
_WORST = (OrderStatus.CANCELLED, OrderStatus.RETURNED, OrderStatus.DONE)


def read_own_status(text: str, *, own: OwnWords) -> OrderStatus:
    """Read a state by a system's own words, then by the general ones. Of several states of a row,
    divided by `BETWEEN`, the worst holds.
    """
    found = {_one_status(part, own) for part in text.split(BETWEEN)}
    return next(status for status in _WORST if status in found)


def _one_status(text: str, own: OwnWords) -> OrderStatus:
    words = plain_words(text)
    if _has(own.done, words):
        return OrderStatus.DONE
    if _has(own.cancelled, words):
        return OrderStatus.CANCELLED
    status = OrderStatus.RETURNED if _has(own.returned, words) else read_status(text)
    is_gone = status == OrderStatus.RETURNED and own.returns_cancel
    return OrderStatus.CANCELLED if is_gone else status


def _has(known: Iterable[str], words: str) -> bool:
    return any(word in words for word in known)
