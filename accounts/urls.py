from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.account_settings, name="account_settings"),
    path("keys/", views.api_key_list, name="api_key_list"),
    path("keys/<int:key_id>/revoke/", views.api_key_revoke, name="api_key_revoke"),
]
