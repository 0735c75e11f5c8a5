from django.urls import path

from orders import case_views, many_views, new_order_views, views, watch_views

urlpatterns = [
    path("", views.order_list, name="order_list"),
    path("new/", new_order_views.order_new, name="order_new"),
    path("new/picks/", new_order_views.order_picks, name="order_picks"),
    path("new/quote/", new_order_views.order_quote, name="order_quote"),
    path("many/", many_views.order_many, name="order_many"),
    path("<int:number>/", views.order_detail, name="order_detail"),
    path("<int:number>/cancel/", views.order_cancel, name="order_cancel"),
    path("<int:number>/speed-ups/", watch_views.order_speed_up, name="order_speed_up"),
    path("<int:number>/counts/", watch_views.order_state_count, name="order_state_count"),
    path("cases/<int:number>/answers/", case_views.case_answer, name="case_answer"),
]
