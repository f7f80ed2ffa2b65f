"""Addresses of the ground floor: how the pages look, and the sheet of components."""

from django.urls import path

from idic.core import views

app_name = "core"
urlpatterns = [
    path("appearance/", views.set_appearance, name="appearance"),
    path("components/", views.components, name="components"),
]
