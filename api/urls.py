from django.urls import include, path

from api import views

urlpatterns = [
    path("api/", views.api_docs, name="api_docs"),
    path("api/v1/", include("api.v1.urls")),
    # Both spellings, because programs turn a redirected POST into an empty GET.
    path("api/v2", views.api_v2, name="api_v2"),
    path("api/v2/", views.api_v2, name="api_v2_slash"),
]
