from celery import shared_task
from django.utils import timezone

from providers import health
from providers.gateways import gateway_for
from providers.models import Provider


@shared_task
def probe_paused_providers() -> None:
    for provider in Provider.objects.due_for_probe(timezone.now()):
        health.check_balance(provider, gateway_for(provider), now=timezone.now())


@shared_task
def check_balances() -> None:
    for provider in Provider.objects.active():
        health.check_balance(provider, gateway_for(provider), now=timezone.now())
