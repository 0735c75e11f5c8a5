"""The demo's mails, readable by the owner."""

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

from accounts.models import User
from panel.outbox import BETWEEN, newest_mails
from tests.factories import make_customer, make_staff

pytestmark = pytest.mark.django_db

PAGE = "/admin/outbox/"


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def written(*subjects: str) -> None:
    """Write mails through one connection, as one round of the sweep does."""
    connection = get_connection()
    mails = [
        EmailMultiAlternatives(
            f"[Fairpanel] {subject}",
            f"{subject}, ünïcode <b> https://panel.example/x/",
            to=["alice@example.com"],
        )
        for subject in subjects
    ]
    for mail in mails:
        mail.attach_alternative("<p>html</p>", "text/html")
    connection.open()
    connection.send_messages(mails)
    connection.close()


def test_the_newest_mail_comes_first_whole_and_harmless(folder):
    written("First", "Second")

    page = browser_of(make_staff()).get(PAGE).content.decode()

    assert [mail.subject for mail in newest_mails()] == ["[Fairpanel] Second", "[Fairpanel] First"]
    assert {mail.to for mail in newest_mails()} == {"alice@example.com"}
    assert all(mail.at for mail in newest_mails())
    assert page.index("[Fairpanel] Second") < page.index("[Fairpanel] First")
    assert "Second, ünïcode &lt;b&gt;" in page
    assert '<a href="https://panel.example/x/"' in page


def test_a_file_is_cut_where_django_puts_its_line(folder):
    written("First", "Second")

    (path,) = folder.glob("*.log")
    assert path.read_bytes().count(BETWEEN) == 2


def test_an_empty_folder_says_so(folder):
    assert "Nothing was mailed yet" in browser_of(make_staff()).get(PAGE).content.decode()


def test_staff_who_are_not_the_owner_read_no_mail_of_others(folder):
    sam = make_customer("sam@example.com", is_staff=True)

    assert browser_of(sam).get(PAGE).status_code == 403
    assert "Outbox" not in browser_of(sam).get("/admin/").content.decode()


def test_where_mail_is_really_sent_there_is_no_outbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    owner = browser_of(make_staff())

    assert owner.get(PAGE).status_code == 404
    assert "Outbox" not in owner.get("/admin/").content.decode()


def test_the_first_page_of_staff_leads_there(folder):
    assert f'href="{PAGE}"' in browser_of(make_staff()).get("/admin/").content.decode()
