from django.urls import path

from accounts import key_views, notice_views, views

urlpatterns = [
    path("", views.account_settings, name="account_settings"),
    path("sign-ins/", views.sign_in_list, name="sign_in_list"),
    path("close/", views.account_close, name="account_close"),
    path("keys/", key_views.api_key_list, name="api_key_list"),
    path("keys/new/", key_views.api_key_new, name="api_key_new"),
    path("keys/<int:key_id>/replace/", key_views.api_key_replace, name="api_key_replace"),
    path("keys/<int:key_id>/revoke/", key_views.api_key_revoke, name="api_key_revoke"),
    path("notices/", notice_views.notice_list, name="notice_list"),
    path("notices/<int:number>/", notice_views.notice_open, name="notice_open"),
    path("notices/read/", notice_views.notice_read, name="notice_read"),
    path("notices/bell/", notice_views.notice_bell, name="notice_bell"),
    path("notices/switches/", notice_views.notice_switches, name="notice_switches"),
    path("notices/stop/<str:token>/", notice_views.notice_mail_stop, name="notice_mail_stop"),
    path("announcements/", notice_views.announcement_list, name="announcement_list"),
    path("announcements/<int:number>/", notice_views.announcement_open, name="announcement_open"),
    path("announcements/<int:number>/read/", notice_views.announcement_read, name="announcement_read"),
]
