from django.urls import path

from catalog import views

urlpatterns = [
    path("", views.service_list, name="service_list"),
]
