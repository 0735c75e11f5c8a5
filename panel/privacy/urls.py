from django.urls import path

from panel.privacy import views

urlpatterns = [
    path("", views.privacy, name="privacy"),
    path("export/", views.privacy_export, name="privacy_export"),
    path("erase/", views.privacy_erase, name="privacy_erase"),
]
