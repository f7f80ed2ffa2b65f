"""Addresses of Customize."""

from django.urls import path

from idic.customize import views

app_name = "customize"
urlpatterns = [
    path("products/", views.product_list, name="product_list"),
    path("products/<int:product_id>/switch/", views.product_switch, name="product_switch"),
    path("offers/", views.offer_list, name="offer_list"),
    path("offers/new/", views.offer_form, name="offer_create"),
    path("offers/<int:offer_id>/", views.offer_form, name="offer_edit"),
    path("offers/<int:offer_id>/switch/", views.offer_switch, name="offer_switch"),
]
