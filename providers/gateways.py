"""From a provider's row to the gateway that speaks to it."""

from providers.gateway import Gateway
from providers.models import Provider
from providers.secrets import SealBroken
from providers.smm_api import SmmApi
from providers.wire import Route


def gateway_for(provider: Provider) -> Gateway:
    """Return the gateway of a provider. That a key cannot be opened is said by its calls, not here."""
    try:
        key = provider.unsealed_key()
    except SealBroken:
        key = None
    return SmmApi(Route(provider.url, allow_private=provider.allow_private_address), key=key)
