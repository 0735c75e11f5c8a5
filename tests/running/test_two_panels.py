"""A panel that buys from a panel that buys from the sandbox: three houses, each with books of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from panel.embedded.ports import free_port
from tests.services import new_folder

ROOT = Path(__file__).resolve().parents[2]
SOLD = [
    {
        "service": 7,
        "name": "Instagram Likes",
        "type": "Default",
        "category": "Instagram Likes",
        "rate": "0.94973",
        "min": "10",
        "max": "100000",
        "refill": False,
        "cancel": True,
    }
]
LINK = "https://www.instagram.com/p/partial-567/"
SECONDS = 150


@dataclass
class House:
    """A panel that really runs, with servers of its own."""

    data: Path
    url: str = ""
    key: str = ""

    def start(self, **environment: str) -> subprocess.Popen[str]:
        kept = {
            name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "PANEL_ROOT_AS"}
        }
        port = str(free_port(22000))
        return subprocess.Popen(
            [sys.executable, "-m", "panel.embedded.run"],
            cwd=ROOT,
            env={**kept, "PANEL_DATA": str(self.data), "PANEL_PORT": port, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self, panel: subprocess.Popen[str]) -> None:
        assert panel.stdout
        said = []
        for line in panel.stdout:
            said.append(line)
            if line.startswith("Panel ready: "):
                self.url = line.removeprefix("Panel ready: ").strip()
                return
        raise AssertionError("".join(said))

    def manage(self, *arguments: str, typed: str = "") -> str:
        told = json.loads((self.data / "settings.json").read_text())
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **told},
            input=typed,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def call(self, **asked: object) -> dict[str, str]:
        body = urlencode({"key": self.key, **asked}).encode()
        with urlopen(Request(f"{self.url}api/v2", body), timeout=20) as answer:
            answered = json.load(answer)
        assert "error" not in answered, answered
        return answered

    def rate(self) -> Decimal:
        [offer] = self.call(action="services")
        return Decimal(offer["rate"])


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "sold.json").write_text(json.dumps(SOLD))
    house = House(new_folder())
    panel = house.start(PANEL_SANDBOX_CATALOGUE=str(tmp_path / "sold.json"), PANEL_DEMO_ORDERS="0")
    house.wait(panel)
    demo = json.loads((house.data / "demo.json").read_text())
    house.key = demo["api_key"]
    _hurry(demo["provider_url"])
    yield house
    panel.terminate()
    panel.communicate(timeout=20)


@pytest.fixture
def reseller(upstream: House) -> Iterator[House]:
    house = House(new_folder())
    panel = house.start(PANEL_DEMO="no")
    house.wait(panel)
    house.manage("publish_terms", "bestsmmkart")
    house.manage(
        "add_provider", "Upstream", f"{upstream.url}api/v2", "--allow-private-address", typed=upstream.key
    )
    house.manage("import_services", "Upstream", "--markup", "25")
    house.manage("add_person", "rita@example.com", typed="correct horse battery")
    house.manage("give_funding", "rita@example.com", "50", "by bank")
    house.key = house.manage("create_api_key", "rita@example.com", "shop")
    yield house
    panel.terminate()
    panel.communicate(timeout=20)


def _hurry(provider_url: str) -> None:
    body = json.dumps({"do": "set_speed", "speed": "fast"}).encode()
    door = provider_url.replace("/api/v2", "/control")
    urlopen(Request(door, body, {"X-Sandbox-Control": "sandbox-control"}), timeout=20).close()


def _ended(house: House, number: str) -> dict[str, str]:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        status = house.call(action="status", order=number)
        if status["status"] not in {"Pending", "Processing", "In progress"}:
            return status
        time.sleep(1)
    raise AssertionError(status)


@pytest.mark.timeout(400)
def test_an_order_goes_through_two_panels_and_its_refund_comes_back_through_both(upstream, reseller):
    before = Decimal(upstream.call(action="balance")["balance"])
    number = reseller.call(action="add", service=1, link=LINK, quantity=1234)["order"]

    sold = _ended(reseller, number)
    bought = upstream.call(action="status", order=1)

    for status, rate in ((sold, reseller.rate()), (bought, upstream.rate())):
        assert status["status"] == "Partial"
        assert status["remains"] == "567"
        assert Decimal(status["charge"]) == rate * 667 / 1000
    assert Decimal(reseller.call(action="balance")["balance"]) == 50 - Decimal(sold["charge"])
    assert Decimal(upstream.call(action="balance")["balance"]) == before - Decimal(bought["charge"])
    assert reseller.rate() == round(upstream.rate() * Decimal("1.25"), 5)
    for house in (upstream, reseller):
        assert "0 differences" in house.manage("verify_ledger")
