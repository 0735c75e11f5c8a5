"""Mails that are owed: sent at least once, gathered when they are many, and only to confirmed addresses."""

import itertools
import socketserver
import threading
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import get_connection

from accounts.announcements import announce, end, owe_mail
from accounts.mailing import DIGEST_EVERY, GIVE_UP_AFTER, claim_next, send_next
from accounts.models import Notice, NoticeKind, User
from accounts.notices import notify
from accounts.states import AccountState
from accounts.switches import choose, wants

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tell(now):
    from django.db import transaction

    def telling(
        customer: User, kind: NoticeKind = NoticeKind.MONEY, *, at: datetime = now, **facts: str
    ) -> Notice:
        words = {"title": "Your deposit arrived", "text": "10.00 was added.", "url": "/orders/17/"} | facts
        with transaction.atomic():
            notice = notify(customer=customer, kind=kind, now=at, **words)
        assert notice
        return notice

    return telling


def sweep(*, at: datetime, server=None) -> int:
    """One round of the sweep; how many mails it dealt with."""
    server = server or get_connection()
    count = 0
    while send_next(server, clock=lambda: at):
        count += 1
    server.close()
    return count


class Mailbox(socketserver.ThreadingTCPServer):
    """A small mail server: keeps what it is sent, and refuses or hangs up as told."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.answer_to_recipient = b"250 fine"
        self.answer_to_data = b"250 kept"
        self.hangs_up_after_data = False

    @property
    def port(self) -> int:
        return self.server_address[1]


class Talk(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.server.connections += 1
        self._say(b"220 mailbox")
        while line := self.rfile.readline().strip():
            word = line.upper()
            if word.startswith(b"RCPT"):
                self.server.recipients.append(line.decode())
                self._say(self.server.answer_to_recipient)
            elif word.startswith(b"DATA"):
                self._say(b"354 go on")
                self._take()
                if self.server.hangs_up_after_data:
                    return
                self._say(self.server.answer_to_data)
            elif word.startswith(b"QUIT"):
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 fine")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        if self.server.answer_to_data.startswith(b"2"):
            self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


@pytest.fixture
def mailbox(settings):
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 5
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_arrives_over_smtp_as_text_and_as_html(alice, tell, now, mailbox, settings):
    settings.PANEL_URL = "https://panel.example/"
    notice = tell(alice)

    assert sweep(at=now) == 1

    letter = mailbox.letters[0]
    assert mailbox.recipients == ["rcpt TO:<alice@example.com>"]
    assert letter["Subject"] == "[Fairpanel] Your deposit arrived"
    assert letter["Message-ID"] == f"<notice-{notice.pk}-1@panel.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    text, html = letter.iter_parts()
    for part in (text.get_content(), html.get_content()):
        assert "10.00 was added." in part
        assert "https://panel.example/orders/17/" in part
        assert "https://panel.example/account/notices/switches/" in part
    notice.refresh_from_db()
    assert (notice.mailed_at, notice.mail_due_at, notice.mail_attempts) == (now, None, 1)
    assert sweep(at=now + timedelta(days=30)) == 0


def test_many_mails_take_one_connection(alice, bob, tell, now, mailbox):
    for customer in (alice, bob, alice):
        tell(customer)

    assert sweep(at=now) == 3
    assert (len(mailbox.letters), mailbox.connections) == (3, 1)


def test_nothing_due_asks_no_mail_server(alice, tell, now, mailbox):
    tell(alice, at=now + timedelta(seconds=1))

    assert sweep(at=now) == 0
    assert mailbox.connections == 0


def test_words_are_written_as_they_are_in_text_and_are_harmless_in_html(alice, tell, now):
    tell(alice, title="Fish & <chips>\nBcc: bob@example.com", text="1 < 2 & it's “fine”")

    sweep(at=now)

    letter = mail.outbox[0]
    assert letter.subject == "[Fairpanel] Fish & <chips> Bcc: bob@example.com"
    assert letter.bcc == []
    assert "1 < 2 & it's “fine”" in letter.body
    assert "<chips>" not in letter.alternatives[0].content
    assert "1 &lt; 2 &amp; it&#x27;s “fine”" in letter.alternatives[0].content


def test_a_worker_that_dies_while_sending_loses_no_mail(alice, tell, now):
    tell(alice)
    claimed = claim_next(now=now)  # … and then the worker is killed

    assert claimed
    assert sweep(at=now + timedelta(minutes=2, seconds=-1)) == 0
    assert sweep(at=now + timedelta(minutes=2)) == 1
    assert len(mail.outbox) == 1


def test_a_server_that_hangs_up_after_the_letter_gets_it_again_as_the_same_one(alice, tell, now, mailbox):
    notice = tell(alice)
    mailbox.hangs_up_after_data = True
    assert sweep(at=now) == 0
    mailbox.hangs_up_after_data = False

    assert sweep(at=now + timedelta(minutes=2)) == 1

    notice.refresh_from_db()
    assert notice.mailed_at
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1
    assert len(mailbox.letters) == 2


def test_a_mail_server_that_is_away_stops_the_round_and_loses_nothing(alice, bob, tell, now, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    first, second = tell(alice), tell(bob)

    assert sweep(at=now) == 0

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.mail_attempts, second.mail_attempts) == (1, 0)
    assert "refused" in first.mail_words.lower()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sweep(at=now + timedelta(minutes=2))
    assert {letter.to[0] for letter in mail.outbox} == {"alice@example.com", "bob@example.com"}


def test_tries_come_later_each_time_and_end_after_five_days(alice, tell, now, mailbox):
    mailbox.answer_to_data = b"451 try again later"
    notice = tell(alice)
    moments = []
    while True:
        notice.refresh_from_db()
        if notice.mail_due_at is None:
            break
        moments.append(notice.mail_due_at)
        assert sweep(at=notice.mail_due_at) == 1

    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert waits[:6] == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16, 32, 60)]
    assert set(waits[6:]) == {timedelta(hours=1)}
    assert moments[-2] - now <= GIVE_UP_AFTER < moments[-1] - now
    assert notice.mailed_at is None
    assert notice.mail_gave_up_at == moments[-1]
    assert "451" in notice.mail_words


def test_an_address_that_its_server_does_not_know_is_not_tried_again(alice, bob, tell, now, mailbox):
    mailbox.answer_to_recipient = b"550 nobody here of that name"
    notice = tell(alice)
    assert sweep(at=now) == 1
    mailbox.answer_to_recipient = b"250 fine"
    tell(bob)

    assert sweep(at=now) == 1

    notice.refresh_from_db()
    assert notice.mail_gave_up_at == now
    assert "550" in notice.mail_words
    assert len(mailbox.letters) == 1


def test_a_full_mailbox_is_tried_again(alice, tell, now, mailbox):
    mailbox.answer_to_recipient = b"452 mailbox full"
    notice = tell(alice)

    sweep(at=now)

    notice.refresh_from_db()
    assert notice.mail_gave_up_at is None
    assert notice.mail_due_at == now + timedelta(minutes=2)


def test_an_address_that_nobody_confirmed_gets_no_mail(alice, tell, now):
    EmailAddress.objects.filter(user=alice).update(verified=False)
    notice = tell(alice, NoticeKind.SECURITY)

    sweep(at=now)

    notice.refresh_from_db()
    assert mail.outbox == []
    assert (notice.mail_gave_up_at, notice.mail_words) == (now, "no confirmed address")


def test_whoever_has_left_gets_no_mail(alice, tell, now):
    tell(alice)
    User.objects.filter(pk=alice.pk).update(state=AccountState.CLOSED)

    sweep(at=now)

    assert mail.outbox == []


def test_a_hundred_orders_that_end_together_make_one_mail(alice, bob, tell, now):
    for number in range(100):
        tell(alice, NoticeKind.ORDER_PARTIAL, title=f"Order #{number + 1} was canceled")
    tell(bob, NoticeKind.ORDER_PARTIAL, title="Order #999 was canceled")

    assert sweep(at=now + timedelta(minutes=2, seconds=-1)) == 0
    assert sweep(at=now + timedelta(minutes=2)) == 2

    letter = next(letter for letter in mail.outbox if letter.to == ["alice@example.com"])
    assert letter.subject == "[Fairpanel] 100 orders have ended"
    assert "Order #1 was canceled" in letter.body
    assert "Order #20 was canceled" in letter.body
    assert "Order #21 was canceled" not in letter.body
    assert "And 80 more:" in letter.body
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_one_order_is_told_by_its_own_name(alice, tell, now):
    tell(alice, NoticeKind.ORDER_PARTIAL, title="Order #5 was canceled")

    sweep(at=now + timedelta(minutes=2))

    assert mail.outbox[0].subject == "[Fairpanel] Order #5 was canceled"


def test_orders_that_go_on_ending_make_one_mail_an_hour(alice, tell, now):
    first = now + timedelta(minutes=2)
    tell(alice, NoticeKind.ORDER_PARTIAL)
    sweep(at=first)
    for minute in range(3, 50):
        tell(alice, NoticeKind.ORDER_PARTIAL, at=now + timedelta(minutes=minute))
        sweep(at=now + timedelta(minutes=minute + 2))
    assert len(mail.outbox) == 1

    assert sweep(at=first + DIGEST_EVERY - timedelta(seconds=1)) == 0
    assert sweep(at=first + DIGEST_EVERY) == 1

    assert mail.outbox[1].subject == "[Fairpanel] 47 orders have ended"
    assert timedelta(hours=1) == DIGEST_EVERY


def test_orders_keep_nothing_else_waiting(alice, tell, now):
    tell(alice, NoticeKind.ORDER_PARTIAL)
    sweep(at=now + timedelta(minutes=2))
    tell(alice, NoticeKind.SECURITY, at=now + timedelta(minutes=3), title="Your password was changed")

    sweep(at=now + timedelta(minutes=3))

    assert mail.outbox[1].subject == "[Fairpanel] Your password was changed"


def test_two_workers_send_each_mail_once(alice, bob, tell, now):
    from tests.orders.stories import at_once

    for _each in range(10):
        tell(alice)
        tell(bob, NoticeKind.ORDER_PARTIAL, at=now - timedelta(minutes=5))

    done = at_once(4, lambda _number: sweep(at=now))

    assert all(isinstance(count, int) for count in done), done
    assert not Notice.objects.filter(mailed_at=None).exists()
    assert set(Notice.objects.values_list("mail_attempts", flat=True)) == {1}
    assert len([letter for letter in mail.outbox if letter.to == ["alice@example.com"]]) == 10


def test_one_click_in_the_mail_program_switches_these_mails_off(alice, tell, now, client, settings):
    settings.PANEL_URL = "https://panel.example"
    tell(alice)
    sweep(at=now)
    headers = mail.outbox[0].extra_headers
    door = headers["List-Unsubscribe"].strip("<>").removeprefix("https://panel.example")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    assert client.get(door).status_code == 200
    alice.refresh_from_db()
    assert wants(alice, NoticeKind.MONEY, "mail")
    assert client.post(door, {"List-Unsubscribe": "One-Click"}).status_code == 200

    alice.refresh_from_db()
    assert not wants(alice, NoticeKind.MONEY, "mail")
    assert wants(alice, NoticeKind.MONEY, "panel")
    assert wants(alice, NoticeKind.ORDER_PARTIAL, "mail")
    assert client.post(door[:-2] + "x/").status_code == 404


def test_mails_about_safety_have_no_such_switch(alice, tell, now):
    tell(alice, NoticeKind.SECURITY)

    sweep(at=now)

    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers


def announced(now: datetime, **facts: str):
    from django.db import transaction

    with transaction.atomic():
        return announce(
            title="New terms", text="Version 4 is in force.", url="/terms/", by=None, now=now, **facts
        )


@pytest.mark.clause("A-05", "A-37", "K-49")
def test_an_announcement_is_mailed_to_those_who_asked_and_to_nobody_else(alice, bob, now):
    choose(alice, {"terms.mail"})
    later = User.objects.latest("date_joined").date_joined + timedelta(hours=1)
    announced(later)

    while owe_mail(now=later, limit=1):
        pass
    sweep(at=later)

    assert [letter.to for letter in mail.outbox] == [["alice@example.com"]]
    assert mail.outbox[0].subject == "[Fairpanel] New terms"
    assert not owe_mail(now=later)


def test_an_announcement_that_was_ended_is_mailed_no_further(alice, now):
    choose(alice, {"terms.mail"})
    later = alice.date_joined + timedelta(hours=1)
    end(announced(later), now=later)

    assert not owe_mail(now=later)
    assert not Notice.objects.exists()


def test_the_sweeps_do_all_this_by_themselves(alice, tell, now):
    from accounts.tasks import owe_announcement_mail, send_due_mail

    choose(alice, {"terms.mail", "money.mail"})
    tell(alice)
    announced(alice.date_joined)

    owe_announcement_mail()
    send_due_mail()

    assert [letter.subject for letter in mail.outbox] == [
        "[Fairpanel] Your deposit arrived",
        "[Fairpanel] New terms",
    ]


def test_no_mail_is_sent_inside_a_transaction(alice, tell, now):
    from django.db import transaction

    tell(alice)

    with transaction.atomic(), pytest.raises(AssertionError):
        sweep(at=now)


def test_staff_see_why_a_mail_was_given_up_and_have_it_tried_again(alice, tell, now, client):
    EmailAddress.objects.filter(user=alice).update(verified=False)
    notice = tell(alice)
    sweep(at=now)
    EmailAddress.objects.filter(user=alice).update(verified=True)
    client.force_login(User.objects.create(email="owner@example.com", is_staff=True, is_superuser=True))

    assert "given up: no confirmed address" in client.get("/admin/accounts/notice/").content.decode()
    for state in ("owed", "sent", "none"):
        assert "Your deposit" not in client.get(f"/admin/accounts/notice/?mail={state}").content.decode()
    assert "Your deposit" in client.get("/admin/accounts/notice/?mail=given_up").content.decode()
    client.post("/admin/accounts/notice/", {"action": "try_again", "_selected_action": [notice.pk]})

    notice.refresh_from_db()
    assert sweep(at=notice.mail_due_at) == 1
    assert len(mail.outbox) == 1
