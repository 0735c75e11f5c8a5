"""bin/torture [--seed N] [--orders 300] [--kills 50] [--victims worker,beat,web] [--parallel] [--quick] [--keep]"""

import argparse
import secrets
import sys
import time

from panel.embedded.terminal import Terminal
from panel.torture.run import Plan, many_at_once, torture
from panel.torture.victim import Victim

# The word in its command by which each program is found.
WORDS = {"worker": "worker", "beat": "beat", "web": "gunicorn"}


def main() -> int:
    wanted = _arguments()
    terminal = Terminal()
    begin = time.monotonic()
    terminal.say(f"torture --seed {wanted.seed} --orders {wanted.orders} --kills {wanted.kills}")
    with Victim(keep=wanted.keep) as victim:
        terminal.say(f"Panel started in {time.monotonic() - begin:.0f} s, log: {victim.log}")
        good = many_at_once(victim, terminal)
        if not wanted.parallel:
            victims = tuple(WORDS[name] for name in wanted.victims.split(","))
            plan = Plan(wanted.seed, wanted.orders, wanted.kills, victims, quick=wanted.quick)
            good = torture(victim, plan, terminal) and good
    terminal.say(f"{'Passed' if good else 'FAILED'} in {time.monotonic() - begin:.0f} s, seed {wanted.seed}.")
    return not good


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/torture", description="The fault run.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="repeats a run's choices")
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50, help="how often a program is killed with -9")
    parser.add_argument("--victims", default="worker", help=f"which: {', '.join(WORDS)}")
    parser.add_argument("--parallel", action="store_true", help="only 64 orders at once on money for 10")
    parser.add_argument("--quick", action="store_true", help="do not wait for the leases of killed workers")
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
