"""One turn of the sender: what is due is checked again, one person at a time, and handed over; what
is practice is left in the practice outbox. The loop around it is `sender`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from idic.channels.adapters.base import Adapter, Envelope, Outcome, Receipt
from idic.channels.adapters.registry import REAL, build_real_adapter
from idic.channels.models import ChannelSetting
from idic.core import clock
from idic.core.selectors import get_as_of, get_business
from idic.identify.living import get_living_ids
from idic.interact.content.mail import Footer, build_footer, build_mail
from idic.interact.models import Message, TrackedLink
from idic.interact.policy.evaluate import Verdict, list_verdicts
from idic.interact.policy.parameters import PolicyParameters, build_parameters
from idic.interact.policy.quiet import next_allowed
from idic.interact.selectors.policy import get_policy
from idic.interact.services import sending
from idic.interact.services.personal_links import PersonalLinks

log = logging.getLogger("idic.sender")

LEASE = timedelta(minutes=5)
BATCH = 50
_AS_FRESH_AS = timedelta(seconds=1)
_DOWN_FIRST, _DOWN_LONGEST = timedelta(seconds=5), timedelta(minutes=5)


class Delivery:
    """Holds the connections of one sender and does its turns."""

    def __init__(
        self,
        *,
        owner: str,
        lease: timedelta = LEASE,
        batch: int = BATCH,
        is_stopping: Callable[[], bool] = bool,
    ) -> None:
        self._owner, self._lease, self._batch = owner, lease, batch
        self._is_stopping = is_stopping
        self._adapters: dict[str, tuple[str, Adapter]] = {}
        self._down: dict[str, tuple[datetime, timedelta]] = {}

    def turn(self, *, now: datetime) -> int:
        """Deliver one batch; give how many messages were taken."""
        claimed = sending.claim(
            owner=self._owner,
            now=now,
            lease=self._lease,
            limit=self._batch,
            down=[channel for channel, (until, _) in self._down.items() if until > now],
        )
        if not claimed:
            return 0
        live = self._live_channels()
        real = [m for m in claimed if not m.is_practice and m.channel in live]
        practice = [m for m in claimed if m.is_practice or m.channel not in live]
        turn = _Turn(now=now, as_of=get_as_of(get_business()))
        _leave_in_practice(practice, turn)
        for place, message in enumerate(real):
            if self._is_stopping():
                sending.release(messages=real[place:])
                break
            if not self._deliver(message, turn, real[place:]):
                sending.release(messages=real[place + 1 :])
                break
        return len(claimed)

    def close(self) -> None:
        """Let go of every connection."""
        for _fingerprint, adapter in self._adapters.values():
            adapter.close()
        self._adapters.clear()

    def _live_channels(self) -> set[str]:
        """Read which channels are live, and renew the adapter of one whose settings changed."""
        live = set()
        for setting in ChannelSetting.objects.filter(is_live=True, key__in=REAL):
            live.add(setting.key)
            fingerprint = json.dumps([setting.settings, str(setting.live_since)], sort_keys=True)
            held = self._adapters.get(setting.key)
            if held is None or held[0] != fingerprint:
                if held is not None:
                    held[1].close()
                adapter = build_real_adapter(channel=setting.key)
                self._adapters[setting.key] = (fingerprint, adapter)
        return live

    def _deliver(self, message: Message, turn: _Turn, rest: Sequence[Message]) -> bool:
        """Deliver one message; False when its channel turned out to be down."""
        if _stop(message, turn, rest):
            return True
        try:
            envelope = turn.envelope(message)
        except Exception:
            # One message that cannot be written must not hold up all the others.
            log.exception("message %s cannot be written", message.id)
            _settle(message, Receipt(Outcome.REFUSED, "The message could not be written."))
            return True
        receipt = self._adapters[message.channel][1].send(
            envelope,
            commit=lambda: sending.begin_hand_over(message=message, now=clock.now()),
        )
        _settle(message, receipt)
        return self._note_channel(message.channel, receipt)

    def _note_channel(self, channel: str, receipt: Receipt) -> bool:
        if not receipt.is_channel_down:
            self._down.pop(channel, None)
            return True
        _until, pause = self._down.get(channel, (None, _DOWN_FIRST / 2))
        pause = min(pause * 2, _DOWN_LONGEST)
        self._down[channel] = (clock.now() + pause, pause)
        return False


class _Turn:
    """What the messages of one turn share: the rules, footers and links."""

    def __init__(self, *, now: datetime, as_of: date) -> None:
        self.now = now
        self.policy, self.business = get_policy(), get_business()
        self._as_of = as_of
        self._footers: dict[tuple[str, str], Footer] = {}
        self._links: dict[int, dict[str, int]] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._asked_at = now

    def parameters(self, message: Message, *, is_live: bool) -> PolicyParameters:
        """Give the rules for one message, at this very moment."""
        return build_parameters(
            policy=self.policy,
            business=self.business,
            channel=message.channel,
            purpose=message.purpose,
            now=clock.now(),
            as_of=self._as_of,
            is_live=is_live,
            campaign_id=message.campaign_id,
            experiment_id=message.campaign.experiment_id if message.campaign else None,
            counts_waiting=False,
        )

    def verdict(self, message: Message, rest: Sequence[Message]) -> Verdict:
        """Ask the rules right before a hand-over. One reading serves the next messages of the same
        kind for a second at most: slow servers are asked about one by one.
        """
        now = clock.now()
        if message.id not in self._verdicts or now - self._asked_at > _AS_FRESH_AS:
            alike = [m for m in rest if _kind(m) == _kind(message)]
            self._verdicts = _ask(alike, self.parameters(message, is_live=True))
            self._asked_at = now
        return self._verdicts[message.id]

    def quiet_until(self, message: Message) -> datetime | None:
        """Give when the quiet hours end that advertising would break now."""
        if message.purpose != "marketing":
            return None
        now = clock.now()
        allowed = next_allowed(
            moment=now,
            from_hour=self.policy.quiet_from_hour,
            to_hour=self.policy.quiet_to_hour,
            time_zone=self.business.time_zone,
        )
        return allowed if allowed > now else None

    def envelope(self, message: Message) -> Envelope:
        """Write one message as a mail."""
        mail = build_mail(
            subject=message.subject,
            body=message.body,
            footer=self._footer(message),
            token=message.token,
            message_id=message.id,
            link_ids=self._link_ids(message.campaign_id),
            resolve=PersonalLinks(message=message, now=clock.now()),
        )
        return Envelope(
            recipient=message.address,
            # Whoever typed an address may have typed another one's beside somebody's phone.
            recipient_name="" if message.keeps_address else message.customer.full_name,
            subject=message.subject,
            text=mail.text,
            html=mail.html,
            message_id=message.message_id_header,
            at=clock.now(),
            headers=mail.headers,
        )

    def _footer(self, message: Message) -> Footer:
        language = message.language or self.business.language
        key = (message.purpose, language)
        if key not in self._footers:
            self._footers[key] = build_footer(
                business=self.business, purpose=message.purpose, language=language
            )
        return self._footers[key]

    def _link_ids(self, campaign_id: int | None) -> dict[str, int]:
        if campaign_id is None:
            return {}
        if campaign_id not in self._links:
            rows = TrackedLink.objects.filter(campaign_id=campaign_id)
            self._links[campaign_id] = dict(rows.values_list("target", "id"))
        return self._links[campaign_id]


def _kind(message: Message) -> tuple[int | None, str, str, str]:
    """What the rules depend on beside the person."""
    own = message.address if message.keeps_address else ""
    return message.campaign_id, message.channel, message.purpose, own


def _ask(alike: Sequence[Message], parameters: PolicyParameters) -> dict[int, Verdict]:
    """Ask the rules about messages of one kind. One that keeps its address is for who wrote it:
    somebody joined with another since still gets it.
    """
    keeps = alike[0].keeps_address
    people = {message.id: message.customer_id for message in alike}
    if keeps:
        living = get_living_ids(customer_ids=people.values())
        people = {number: living[customer_id] for number, customer_id in people.items()}
    found = list_verdicts(
        customer_ids=sorted(set(people.values())),
        parameters=parameters,
        address=alike[0].address if keeps else "",
    )
    verdicts = {verdict.customer_id: verdict for verdict in found}
    return {
        number: verdicts.get(customer_id, Verdict(customer_id, "gone", "", None))
        for number, customer_id in people.items()
    }


def _stop(message: Message, turn: _Turn, rest: Sequence[Message]) -> bool:
    """Ask the rules right before the hand-over; tell whether the message must not go out now."""
    if message.is_demo or message.customer.is_demo:  # whatever the rules say
        sending.mark_skipped(message=message, reason="demo_person")
        return True
    until = turn.quiet_until(message)
    if until is not None:
        sending.release(messages=[message], send_after=until)
        return True
    verdict = turn.verdict(message, rest)
    if verdict.reason:
        sending.mark_skipped(message=message, reason=verdict.reason)
        return True
    if verdict.address != message.address:  # corrected since: the rules were asked about this one
        sending.readdress(message=message, address=verdict.address)
    return False


def _leave_in_practice(messages: Sequence[Message], turn: _Turn) -> None:
    """Ask the rules of all at once; quiet hours do not delay what nobody receives."""
    groups: dict[tuple[int | None, str, str, str], list[Message]] = {}
    for message in messages:
        groups.setdefault(_kind(message), []).append(message)
    for group in groups.values():
        verdicts = _ask(group, turn.parameters(group[0], is_live=False))
        _practice_group(group, verdicts, turn.now)


def _practice_group(group: Sequence[Message], verdicts: dict[int, Verdict], now: datetime) -> None:
    kept = []
    for message in group:
        verdict = verdicts[message.id]
        if verdict.reason:
            sending.mark_skipped(message=message, reason=verdict.reason)
        else:
            kept.append(message)
    if kept:
        sending.mark_practice(messages=kept, now=now)


def _settle(message: Message, receipt: Receipt) -> None:
    """Write down what the other side said."""
    now = clock.now()
    match receipt.outcome:
        case Outcome.ACCEPTED:
            sending.mark_sent(message=message, now=now)
        case Outcome.REFUSED:
            sending.mark_failed(
                message=message,
                error=receipt.detail,
                is_address_bad=receipt.is_address_bad,
                now=now,
            )
        case Outcome.IN_DOUBT:
            sending.mark_in_doubt(message=message, error=receipt.detail)
        case Outcome.LATER:
            minutes = 0 if receipt.is_channel_down else 2 ** min(message.attempts, 8)
            sending.put_back(
                message=message,
                now=now,
                error=receipt.detail,
                delay=timedelta(minutes=minutes),
                is_attempt=not receipt.is_channel_down,
            )
        case Outcome.WITHDRAWN:
            sending.release(messages=[message])
