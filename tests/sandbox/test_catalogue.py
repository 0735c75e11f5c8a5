from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

from sandbox.catalogue import load, own_catalogue

PLATFORMS = ("Instagram", "YouTube", "TikTok", "X", "Facebook", "Telegram", "Spotify", "Twitch")


def test_there_are_hundreds_of_services_with_numbers_of_their_own():
    services = own_catalogue()

    assert 560 <= len(services) <= 800
    assert len({service.id for service in services}) == len(services)
    assert len({service.offer["name"] for service in services}) == len(services)


def test_every_large_platform_is_on_sale():
    sold = Counter(service.counter.split()[0] for service in own_catalogue())

    assert all(sold[platform] >= 30 for platform in PLATFORMS), sold


def test_rates_look_like_the_trades():
    rates = [service.offer["rate"] for service in own_catalogue()]

    assert all(re.fullmatch(r"\d{1,2}\.\d{2,5}|\d{1,2}\.\d", rate) for rate in rates), rates
    assert min(map(Decimal, rates)) < Decimal("0.001")
    assert max(map(Decimal, rates)) == Decimal("90.00")


def test_offers_have_the_types_of_the_trade():
    for service in own_catalogue():
        offer = service.offer
        assert isinstance(offer["service"], int)
        assert isinstance(offer["min"], str)
        assert isinstance(offer["max"], str)
        assert isinstance(offer["refill"], bool)
        assert isinstance(offer["cancel"], bool)
        assert offer["dripfeed"] is False
        assert 1 <= int(offer["min"]) <= int(offer["max"])
        assert len(offer["desc"]) > 60
        assert offer["average_time"]


def test_a_refill_in_the_name_is_a_refill_in_the_flag():
    for service in own_catalogue():
        says_none = re.search(r"No refill|\bNR\b", service.offer["name"], re.IGNORECASE)
        assert service.refill != bool(says_none), service.offer["name"]


def test_all_three_types_are_on_sale_and_a_package_is_one_piece():
    services = own_catalogue()

    assert {service.type for service in services} == {"Default", "Package", "Custom Comments"}
    assert {(service.min, service.max) for service in services if service.type == "Package"} == {(1, 1)}


def test_the_numbers_stay_the_same_from_run_to_run():
    assert own_catalogue() == own_catalogue()
    assert (
        next(service for service in own_catalogue() if service.id == "1003").counter == "Instagram Followers"
    )


def test_another_panels_answer_is_sold_as_it_stands(tmp_path: Path):
    offer = {"service": "308", "name": "Odd <b>one</b>", "rate": 0.5, "min": 10, "max": 20, "category": None}
    bare, wrapped = tmp_path / "bare.json", tmp_path / "wrapped.json"
    bare.write_text(json.dumps([offer]))
    wrapped.write_text(json.dumps({"services": [offer], "count": 1}))

    for file in (bare, wrapped):
        [service] = load(file)
        assert service.as_sold() == offer
        assert (service.id, service.rate, service.type) == ("308", Decimal("0.5"), "Default")
        assert not service.refill
