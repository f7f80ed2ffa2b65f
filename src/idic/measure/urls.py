"""Addresses of Measure."""

from django.urls import path

from idic.measure import views

app_name = "measure"
urlpatterns = [
    path("effects/", views.effect_list, name="effect_list"),
    path("effects/sample-shop/", views.sample_shop, name="sample_shop"),
    path("effects/<str:campaign_id>/refresh/", views.refresh_effect, name="effect_refresh"),
    path("retention/", views.retention, name="retention"),
]
