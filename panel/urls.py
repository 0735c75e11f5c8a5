from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from panel import dashboard, health

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("orders/", include("orders.urls")),
    path("refills/", include("refills.urls")),
    path("services/", include("catalog.urls")),
    path("", include("billing.urls")),
    path("terms/", include("terms.urls")),
    path("account/privacy/", include("panel.privacy.urls")),
    path("account/webhooks/", include("api.webhooks.urls")),
    path("account/", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("", include("api.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", RedirectView.as_view(url="/static/panel/mark.svg"), name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
