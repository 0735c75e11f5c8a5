"""Forget by hand what has been kept long enough; a sweep does the same by itself."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from panel.privacy.retention import keep_retention

ALL = 1_000_000


class Command(BaseCommand):
    help = "Delete or blank what the terms promise to forget, and print how much of each kind."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in keep_retention(now=timezone.now(), most=ALL).items():
            self.stdout.write(f"{what}: {count}")
