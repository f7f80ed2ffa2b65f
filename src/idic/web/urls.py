"""Addresses of the shell and of the pages made of several rooms."""

from django.urls import path

from idic.web.views import (
    customer,
    customers,
    demo,
    first_look,
    home,
    login,
    progress,
    saved_views,
    search,
    settings,
)

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("look/", first_look.first_look, name="first_look"),
    path("search/", search.search, name="search"),
    path("customers/", customers.customer_list, name="customer_list"),
    path("customers/count/", customers.customer_count, name="customer_count"),
    path("customers/cities/", customers.customer_cities, name="customer_cities"),
    path("customers/new/", customer.customer_create, name="customer_create"),
    path("customers/export.csv", customers.customer_export, name="customer_export"),
    path("customers/to-segment/", customers.customer_to_segment, name="customer_to_segment"),
    path("customers/views/", saved_views.view_save, name="view_save"),
    path("customers/views/<int:view_id>/", saved_views.view_change, name="view_change"),
    path("customers/<str:public_id>/", customer.customer_detail, name="customer_detail"),
    path("customers/<str:public_id>/edit/", customer.customer_edit, name="customer_edit"),
    path("customers/<str:public_id>/note/", customer.customer_note, name="customer_note"),
    path(
        "customers/<str:public_id>/note/<int:note_id>/remove/",
        customer.customer_note_remove,
        name="customer_note_remove",
    ),
    path(
        "customers/<str:public_id>/promise/<int:promise_id>/kept/",
        customer.customer_promise_kept,
        name="customer_promise_kept",
    ),
    path(
        "customers/<str:public_id>/undo/<int:trait_id>/",
        customer.customer_undo,
        name="customer_undo",
    ),
    path("customers/<str:public_id>/<str:way>/", customer.customer_step, name="customer_step"),
    path("settings/", settings.show, name="settings"),
    path("settings/business/", settings.save_company, name="settings_company"),
    path("settings/own/", settings.save_own, name="settings_own"),
    path("settings/password/", settings.save_password, name="settings_password"),
    path("settings/people/", settings.add_staff, name="staff_add"),
    path("settings/people/<str:public_id>/", settings.change_staff, name="staff_change"),
    path("settings/people/<str:public_id>/link/", settings.make_link, name="staff_link"),
    path("demo/remove/", demo.remove, name="demo_remove"),
    path("healthz", login.healthz, name="healthz"),
    path("login/", login.log_in, name="login"),
    path("login/<str:token>/", login.log_in_by_link, name="login_link"),
    path("logout/", login.log_out, name="logout"),
    path("progress/", progress.progress, name="progress"),
    path("language/", login.choose_language, name="language"),
]
