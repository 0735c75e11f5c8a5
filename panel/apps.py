from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class PanelConfig(AppConfig):
    name = "panel"
    verbose_name = _("Panel")
    default = True


class StaffConfig(admin_apps.AdminConfig):
    """Django's administration with our site in place of its own."""

    default = False
    default_site = "panel.admin.StaffSite"
