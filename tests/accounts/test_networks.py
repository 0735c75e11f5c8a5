import pytest

from accounts.networks import NetworkUnreadable, TooManyNetworks, is_within, neighbourhood_of, networks_in


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7/32 ", "203.0.113.7"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_a_network_is_kept_in_its_usual_spelling(written: str, read: str) -> None:
    assert networks_in([written, "", written]) == [read]


@pytest.mark.parametrize(
    "text", ["shop.example", "203.0.113", "203.0.113.7/33", "256.1.1.1", "fe80::1%eth0", "1"]
)
def test_what_is_no_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(NetworkUnreadable) as refused:
        networks_in(["203.0.113.7", text])

    assert f"“{text}”" in refused.value.text


def test_twenty_networks_are_taken_and_the_next_is_refused() -> None:
    assert len(networks_in(f"203.0.113.{n}" for n in range(20))) == 20
    with pytest.raises(TooManyNetworks):
        networks_in(f"203.0.113.{n}" for n in range(21))


@pytest.mark.parametrize(
    ("ip", "within"),
    [
        ("203.0.113.0", True), ("203.0.113.255", True), ("203.0.112.255", False), ("203.0.114.0", False),
        ("::ffff:203.0.113.9", True), ("2001:db8::1", True), ("2001:db8::2", False), (None, False), ("x", False),
    ],
)  # fmt: skip
def test_an_address_is_inside_to_the_last_of_a_network_and_no_further(ip: str | None, within: bool) -> None:
    assert is_within(ip, ["203.0.113.0/24", "2001:db8::1"]) is within


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        (None, ""),
        ("not an address", ""),
    ],
)
def test_of_a_caller_only_the_neighbourhood_is_kept(ip: str | None, kept: str) -> None:
    assert neighbourhood_of(ip) == kept
