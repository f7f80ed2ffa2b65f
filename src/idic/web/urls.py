"""Addresses of the shell and of the pages made of several rooms."""

from django.urls import path

from idic.web.views import login, progress

app_name = "web"
urlpatterns = [
    path("healthz", login.healthz, name="healthz"),
    path("login/", login.log_in, name="login"),
    path("login/<str:token>/", login.log_in_by_link, name="login_link"),
    path("logout/", login.log_out, name="logout"),
    path("progress/", progress.progress, name="progress"),
    path("language/", login.choose_language, name="language"),
]
