from django.urls import path

from api import views

urlpatterns = [
    path("api/", views.api_docs, name="api_docs"),
    # Both spellings, because programs turn a redirected POST into an empty GET.
    path("api/v2", views.api_v2, name="api_v2"),
    path("api/v2/", views.api_v2, name="api_v2_slash"),
]
