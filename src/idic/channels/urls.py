"""Addresses of Channels."""

from django.urls import path

from idic.channels import views

app_name = "channels"
urlpatterns = [
    path("channels/", views.setting_list, name="setting_list"),
    path("channels/email/", views.save_email, name="email_save"),
    path("channels/email/test/", views.send_test, name="email_test"),
    path("channels/email/live/", views.go_live, name="email_live"),
    path("channels/email/practice/", views.go_practice, name="email_practice"),
]
