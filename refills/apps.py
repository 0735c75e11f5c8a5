from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RefillsConfig(AppConfig):
    name = "refills"
    verbose_name = _("Refills")

    def ready(self) -> None:
        # Models are there only now.
        from accounts.closing import OBSTACLES  # noqa: PLC0415
        from refills.closing import open_refills  # noqa: PLC0415

        OBSTACLES.append(open_refills)
