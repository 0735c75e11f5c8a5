from django.urls import path

from terms import views

urlpatterns = [
    path("", views.terms, name="terms"),
    path("<int:number>/", views.terms_version, name="terms_version"),
    path("<int:number>/changes/<int:other>/", views.terms_changes, name="terms_changes"),
    path("<int:number>/digest.txt", views.terms_digest, name="terms_digest"),
    path("versions/", views.terms_versions, name="terms_versions"),
    path("accepted/", views.terms_accepted, name="terms_accepted"),
]
