from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        # Models are there only now.
        from accounts.closing import OBSTACLES  # noqa: PLC0415
        from orders.closing import open_orders  # noqa: PLC0415

        OBSTACLES.append(open_orders)
