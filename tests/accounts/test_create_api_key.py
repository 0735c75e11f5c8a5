import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.api_keys import customer_of_key
from accounts.models import ApiKey, User


def test_the_command_prints_the_key_and_nothing_else(alice: User, capsys) -> None:
    call_command("create_api_key", "ALICE@example.com", "My shop")

    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.count("\n") == 1
    assert customer_of_key(printed.out.strip(), now=timezone.now()) == alice
    assert ApiKey.objects.get().label == "My shop"


def test_the_command_makes_a_key_that_may_less(alice: User, capsys) -> None:
    call_command(
        "create_api_key", "alice@example.com", "My shop", "--scope=read", "--only-from=203.0.113.0/24"
    )

    key = ApiKey.objects.get()
    assert (key.scopes, key.allowed_networks) == (["read"], ["203.0.113.0/24"])


@pytest.mark.parametrize(
    ("email", "label", "words"),
    [("nobody@example.com", "My shop", "Nobody has registered"), ("alice@example.com", " ", "Name the key")],
)
def test_the_command_says_why_there_is_no_key(alice: User, email: str, label: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("create_api_key", email, label)

    assert not ApiKey.objects.exists()
