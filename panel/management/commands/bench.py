"""Fill a throwaway panel with orders and take the time of pages: the half of bin/bench that needs the database."""

import time
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.joining import confirm_address
from accounts.models import User
from catalog.models import Service, ServiceKind
from orders.models import Order
from panel.bench.filling import fill
from panel.bench.measuring import Reader, Timing, orders_per_second

# Enough to fill every page.
FEW = 200
# What the order list and the statement may take, in milliseconds of server time.
ALLOWED = Decimal(100)


class Command(BaseCommand):
    help = "Measure a throwaway panel with very many orders. It must have been made for this: it is filled for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=200_000)
        parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION or Order.objects.exists():
            raise CommandError("Only an empty panel, made for this, is measured.")
        service = (
            Service.objects.on_sale()
            .filter(
                kind=ServiceKind.DEFAULT, platform="instagram", metric="followers", max_quantity__gte=1000
            )
            .order_by("rate_per_1000")[0]
        )
        many = self._fill("bench-many", service, options["orders"])
        few = self._fill("bench-few", service, FEW)
        call_command("verify_ledger", stdout=self.stdout)
        slow = self._time_pages(many, few, orders=options["orders"], times=options["times"])
        for threads in (1, 8):
            rate = orders_per_second(many, service, orders=200, threads=threads, clock=timezone.now)
            self.stdout.write(f"orders placed, {threads} at once, one customer: {rate} a second")
        call_command("verify_ledger", stdout=self.stdout)
        if slow:
            raise CommandError(f"Slower than {ALLOWED} ms: {', '.join(slow)}")

    def _fill(self, name: str, service: Service, orders: int) -> User:
        """Make a customer with so many orders."""
        begin = time.monotonic()
        customer = User.objects.create_user(f"{name}@demo.example")
        confirm_address(customer)
        fill(customer, service, count=orders, now=timezone.now())
        with connection.cursor() as cursor:
            # What autovacuum does in a panel that has grown slowly.
            cursor.execute("VACUUM ANALYZE")
        seconds = time.monotonic() - begin
        self.stdout.write(f"{name}: {orders} orders in {seconds:.0f} s")
        return customer

    def _time_pages(self, many: User, few: User, *, orders: int, times: int) -> list[str]:
        """Print the time of each page, with many orders and with few; return what is slower than allowed."""
        slow = []
        self.stdout.write(f"server time, {orders} orders against {FEW}, {times} times each, in ms")
        pages = zip(_pages(many, orders), _pages(few, FEW), strict=True)
        for (what, address, is_limited), (_what, small_address, _limited) in pages:
            big = Reader(many).time_page(address, times=times)
            small = Reader(few).time_page(small_address, times=times)
            self.stdout.write(_line(what, big, small))
            if is_limited and big.p95 > ALLOWED:
                slow.append(what)
        return slow


def _pages(customer: User, orders: int) -> list[tuple[str, str, bool]]:
    """Each page by name: its address for this customer, and whether its time is promised."""
    order_list, statement = reverse("order_list"), reverse("statement")
    middle = Order.objects.of(customer).order_by("pk")[orders // 2].pk
    return [
        ("orders", order_list, True),
        ("orders, deep", f"{order_list}?before={middle}", True),
        ("orders, partial", f"{order_list}?state=partial", True),
        ("orders, by number", f"{order_list}?q={middle}", True),
        ("orders, by link", f"{order_list}?q=bench_{orders // 2}", True),
        ("orders, nothing found", f"{order_list}?q=nobody_ordered_this", True),
        ("statement", statement, True),
        ("statement, deep", f"{statement}?before={orders}", True),
        ("dashboard", reverse("dashboard"), False),
        ("services", reverse("service_list"), False),
        ("services, searched", reverse("service_list") + "?q=instagram+followers", False),
        ("new order", reverse("order_new"), False),
    ]


def _line(what: str, big: Timing, small: Timing) -> str:
    ratio = (big.p50 / small.p50).quantize(Decimal("0.01"))
    return (
        f"  {what:22} p50 {big.p50:>7}  p95 {big.p95:>7}  {big.queries:>3} queries   "
        f"with few: p50 {small.p50:>7}   ratio {ratio}"
    )
