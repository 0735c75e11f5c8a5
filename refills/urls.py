from django.urls import path

from refills import evidence_views, views

urlpatterns = [
    path("", views.refill_list, name="refill_list"),
    path("ask/", views.refill_ask_many, name="refill_ask_many"),
    path("ask/<int:number>/", views.refill_ask, name="refill_ask"),
    path("<int:number>/evidence/", evidence_views.refill_evidence, name="refill_evidence"),
    path("speed-ups/<int:number>/evidence/", evidence_views.speed_up_evidence, name="speed_up_evidence"),
    path("evidence/<int:number>/", evidence_views.evidence_image, name="evidence_image"),
    path("<int:number>/", views.refill_detail, name="refill_detail"),
    path("<int:number>/speed-ups/", views.refill_speed_up, name="refill_speed_up"),
]
