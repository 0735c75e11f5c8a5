from django.urls import include, path

from api import views
from api.guide import views as guide

urlpatterns = [
    path("api/v1/", include("api.v1.urls")),
    path("api/", guide.api_docs, name="api_docs"),
    path("api/reference/v2/", guide.api_docs_classic, name="api_docs_classic"),
    path("api/reference/rest/", guide.api_docs_rest, name="api_docs_rest"),
    path("api/moving/", guide.api_docs_moving, name="api_docs_moving"),
    # Both spellings, because programs turn a redirected POST into an empty GET.
    path("api/v2", views.api_v2, name="api_v2"),
    path("api/v2/", views.api_v2, name="api_v2_slash"),
]
