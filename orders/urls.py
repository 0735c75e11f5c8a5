from django.urls import path

from orders import views

urlpatterns = [
    path("", views.order_list, name="order_list"),
    path("new/", views.order_new, name="order_new"),
    path("new/picks/", views.order_picks, name="order_picks"),
    path("new/quote/", views.order_quote, name="order_quote"),
    path("<int:number>/", views.order_detail, name="order_detail"),
    path("<int:number>/cancel/", views.order_cancel, name="order_cancel"),
]
