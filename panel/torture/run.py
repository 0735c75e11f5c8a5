"""The torture in its order: many buyers at once; faults and kills; quiet; what the books say; what evidence adds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import ROUND_UP
from random import Random
from threading import Barrier, Thread
from typing import Any

from panel.embedded.terminal import Terminal
from panel.torture.buyer import CENT, Buyer
from panel.torture.victim import Victim

# Faults of the provider and how probable each is for a call. Half of them leave an order behind, half do not.
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "lose_answer", "action": "add", "probability": 0.08},
    {"fault": "lose_answer", "action": "add", "probability": 0.04, "refuse": True},
    {"fault": "reset_answer", "action": "add", "probability": 0.04},
    {"fault": "http_error", "action": "add", "probability": 0.04},
    {"fault": "truncated", "action": "add", "probability": 0.03},
    {"fault": "hang", "action": "add", "probability": 0.03, "seconds": 3},
    {"fault": "slow", "action": "add", "probability": 0.25, "seconds": 0.6},
    {"fault": "id_null", "probability": 0.02},
    {"fault": "id_and_error", "probability": 0.02},
    {"fault": "bad_link", "action": "add", "probability": 0.03},
    {"fault": "html", "action": "status", "probability": 0.1},
    {"fault": "missing_ids", "action": "status", "probability": 0.1},
    {"fault": "remains_word", "action": "status", "probability": 0.05},
    {"fault": "unknown_word", "action": "status", "probability": 0.05},
)
# How orders end, by words in their links; the others are completed.
PARTIAL_SHARE, CANCELLED_SHARE = 0.1, 0.05
BACKLOG = 16
AT_ONCE, MONEY_FOR = 64, 10
QUIET_SECONDS = 400
LONGEST_CALL_HERE = 6
DAY = 24 * 3600


@dataclass(frozen=True)
class Plan:
    seed: int
    orders: int
    kills: int
    victims: tuple[str, ...] = ("worker",)
    quick: bool = False


def many_at_once(victim: Victim, terminal: Terminal) -> bool:
    """Order 64 times at the same moment with money for 10: 10 orders, nothing left, 54 clear refusals."""
    service, quantity, charge = Buyer(victim.demo["api_v2_url"], victim.demo["api_key"]).cheap_service()
    key = victim.ask_books("prepare", "--balance", f"{(charge * MONEY_FOR).normalize():f}")["api_key"]
    buyer = Buyer(victim.demo["api_v2_url"], key)
    together = Barrier(AT_ONCE)

    def order(number: int) -> None:
        together.wait()
        buyer.order(f"https://www.instagram.com/crowd_{number}", service=service, quantity=quantity)

    begin = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        list(crowd.map(order, range(AT_ONCE)))
    seconds = time.monotonic() - begin
    balance, reasons = buyer.balance, sorted(set(buyer.refused.values()))
    terminal.say(
        f"{AT_ONCE} orders at once, money for {MONEY_FOR}: {len(buyer.ordered)} orders, balance {balance}, "
        f"{len(buyer.refused)} refusals ({'; '.join(reasons)}), {seconds:.1f} s"
    )
    return len(buyer.ordered) == MONEY_FOR and not balance and len(reasons) == 1


def torture(victim: Victim, plan: Plan, terminal: Terminal) -> bool:
    """Order while everything breaks, then let everything come to rest, and compare the books."""
    rng = Random(plan.seed)  # noqa: S311 (repeatable, not secret)
    door = victim.sandbox
    door.tell("set_speed", speed="fast")
    for fault in FAULTS:
        door.tell("set_fault", **fault)
    service, quantity, charge = Buyer(victim.demo["api_v2_url"], victim.demo["api_key"]).cheap_service()
    money = (charge * plan.orders).quantize(CENT, ROUND_UP)
    buyer = Buyer(
        victim.demo["api_v2_url"], victim.ask_books("prepare", "--balance", f"{money:f}")["api_key"]
    )
    attack = _Attack(victim, plan, Random(rng.random()), terminal)  # noqa: S311
    placing = Thread(target=_place, args=(attack, buyer, _links(plan, rng), service, quantity))
    begin = time.monotonic()
    placing.start()
    attack.run()
    placing.join()
    terminal.say(
        f"{len(buyer.ordered)} orders placed, {len(buyer.refused)} refused, {attack.kills} kills "
        f"in {time.monotonic() - begin:.0f} s (seed {plan.seed})"
    )
    victim.sandbox.tell("clear_faults")
    victim.sandbox.tell("advance", seconds=DAY)
    if plan.quick:
        _spare_the_leases(victim)
    at_rest = _wait_for_rest(victim, terminal)
    resolved = victim.ask_books("resolve")
    victim.sandbox.tell("advance", seconds=DAY)
    at_end = _wait_for_rest(victim, terminal)
    _report(terminal, at_rest, resolved, at_end)
    return (
        _is_clean(at_rest)
        and _is_clean(at_end)
        and at_end["uncertain"] == 0
        and len(buyer.ordered) == plan.orders
        and attack.kills >= plan.kills
    )


class _Attack:
    """Kills the panel's programs while orders flow."""

    def __init__(self, victim: Victim, plan: Plan, rng: Random, terminal: Terminal) -> None:
        self.victim = victim
        self.plan = plan
        self.kills = 0
        self._rng = rng
        self._terminal = terminal

    def allowed(self) -> int:
        """How many orders may have been placed by now: there is to be work until the last kill."""
        return BACKLOG + self.plan.orders * (self.kills + 1) // max(self.plan.kills, 1)

    def run(self) -> None:
        while self.kills < self.plan.kills:
            name = self._rng.choice(self.plan.victims)
            self._wait_for_work()
            # Some die in the middle of a call, some between two, some while they start.
            time.sleep(self._rng.random() * 0.8)
            pid = self.victim.pid_of(name)
            if pid is None:
                continue
            self.victim.kill(pid)
            self.kills += 1
            if self.kills % 10 == 0:
                self._terminal.say(f"{self.kills} kills, {self.victim.received_by_sandbox()} orders received")

    def _wait_for_work(self) -> None:
        before = self.victim.received_by_sandbox()
        deadline = time.monotonic() + 12
        while self.victim.received_by_sandbox() == before and time.monotonic() < deadline:
            time.sleep(0.02)


def _place(attack: _Attack, buyer: Buyer, links: list[str], service: str, quantity: int) -> None:
    with ThreadPoolExecutor(4) as threads:
        for number, link in enumerate(links):
            while attack.kills < attack.plan.kills and number >= attack.allowed():
                time.sleep(0.05)
            threads.submit(buyer.order, link, service=service, quantity=quantity)


def _links(plan: Plan, rng: Random) -> list[str]:
    """A link of its own for each order, which the sandbox's books are searched for."""
    links = []
    for number in range(plan.orders):
        luck = rng.random()
        word = ""
        if luck < PARTIAL_SHARE:
            word = f"_partial_{rng.randrange(1, 90)}"
        elif luck < PARTIAL_SHARE + CANCELLED_SHARE:
            word = "_cancel"
        links.append(f"https://www.instagram.com/n{number}{word}")
    return links


def _spare_the_leases(victim: Victim) -> None:
    """When the sandbox has heard nothing for longer than any call takes here, whoever is sending is dead."""
    heard, since = victim.received_by_sandbox(), time.monotonic()
    while time.monotonic() - since < LONGEST_CALL_HERE:
        time.sleep(0.2)
        now_heard = victim.received_by_sandbox()
        if now_heard != heard:
            heard, since = now_heard, time.monotonic()
    victim.ask_books("doubt")


def _wait_for_rest(victim: Victim, terminal: Terminal) -> dict[str, Any]:
    """Wait until nothing moves: every order has ended, or is uncertain and waits for a person."""
    begin = time.monotonic()
    while True:
        found = victim.ask_books("compare")
        waited = time.monotonic() - begin
        if not found["moving"] or waited > QUIET_SECONDS:
            break
        time.sleep(2)
    terminal.say(f"at rest after {waited:.0f} s: {found['states']}, {found['uncertain']} uncertain")
    return found


def _is_clean(found: dict[str, Any]) -> bool:
    faults = ("moving", "sent_twice", "lost", "wrong", "differences")
    return not any(found[name] for name in faults)


def _report(
    terminal: Terminal, at_rest: dict[str, Any], resolved: dict[str, Any], at_end: dict[str, Any]
) -> None:
    terminal.say(f"uncertain ones, by the sandbox's own books: {resolved or 'none'}")
    for name, found in (("before", at_rest), ("after", at_end)):
        terminal.say(
            f"{name}: {found['orders']} orders here, {found['received_there']} calls received and "
            f"{found['placed_there']} orders there; sent twice {len(found['sent_twice'])}, lost {len(found['lost'])}, "
            f"wrong {len(found['wrong'])}, ledger differences {len(found['differences'])}, "
            f"still moving {found['moving']}, uncertain {found['uncertain']}"
        )
        for kind in ("sent_twice", "lost", "wrong", "differences"):
            for sentence in found[kind][:20]:
                terminal.say(f"  {kind}: {sentence}")
