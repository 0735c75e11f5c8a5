from django.urls import path

from api.webhooks import views

urlpatterns = [
    path("", views.webhook_list, name="webhook_list"),
    path("new/", views.webhook_new, name="webhook_new"),
    path("<int:number>/", views.webhook_detail, name="webhook_detail"),
    path("<int:number>/change/", views.webhook_change, name="webhook_change"),
    path("<int:number>/secret/", views.webhook_secret, name="webhook_secret"),
    path("<int:number>/switch/", views.webhook_switch, name="webhook_switch"),
    path("<int:number>/remove/", views.webhook_remove, name="webhook_remove"),
    path("<int:number>/test/", views.webhook_test, name="webhook_test"),
    path("messages/<int:number>/resend/", views.webhook_resend, name="webhook_resend"),
]
