"""A small torture of a whole panel: `bin/torture` is the same with more orders and more kills."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_killing_the_worker_while_answers_are_lost_loses_and_doubles_nothing():
    run = subprocess.run(
        [sys.executable, "-m", "panel.torture", "--quick", "--seed", "1", "--orders", "30", "--kills", "4"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "64 orders at once, money for 10: 10 orders, balance 0.00, 54 refusals" in run.stdout
    assert "30 orders placed, 0 refused, 4 kills" in run.stdout
    assert run.stdout.count("sent twice 0, lost 0, wrong 0, ledger differences 0, still moving 0") == 2
