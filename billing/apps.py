from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Money")

    def ready(self) -> None:
        # Models are there only now.
        from accounts.closing import OBSTACLES  # noqa: PLC0415
        from billing.closing import unfinished_withdrawal  # noqa: PLC0415

        OBSTACLES.append(unfinished_withdrawal)
