from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _

# Whoever calls a task, calls it in this app; loading it here makes it the current one.
from panel.celery import app as celery_app

__all__ = ["PanelConfig", "StaffConfig", "celery_app"]


class PanelConfig(AppConfig):
    name = "panel"
    verbose_name = _("Panel")
    default = True


class StaffConfig(admin_apps.AdminConfig):
    """Django's administration with our site in place of its own."""

    default = False
    default_site = "panel.admin.StaffSite"
