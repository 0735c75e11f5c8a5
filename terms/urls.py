from django.urls import path

from terms import views

urlpatterns = [
    path("", views.terms, name="terms"),
    path("<int:number>/", views.terms_version, name="terms_version"),
    path("accepted/", views.terms_accepted, name="terms_accepted"),
]
