"""Addresses of Identify: sources and imports. Customers have theirs in `web`."""

from django.urls import path

from idic.identify.views import (
    forms,
    imports,
    mailboxes,
    public_form,
    questions,
    recipes,
    sources,
    undoing,
    webhooks,
    websites,
    wizard,
)

app_name = "identify"
urlpatterns = [
    path("sources/", sources.source_list, name="source_list"),
    path("sources/new/", websites.source_new, name="source_new"),
    path("sources/<str:source_id>/", websites.source_detail, name="source_detail"),
    path("sources/<str:source_id>/keys/new/", websites.source_key_new, name="source_key_new"),
    path(
        "sources/<str:source_id>/keys/<int:key_id>/revoke/",
        websites.source_key_revoke,
        name="source_key_revoke",
    ),
    path("sources/<str:source_id>/secret/", webhooks.source_secret, name="source_secret"),
    path("sources/<str:source_id>/switch/", webhooks.source_switch, name="source_switch"),
    path("sources/<str:source_id>/check/", webhooks.source_check, name="source_check"),
    path("sources/<str:source_id>/pull/", webhooks.source_pull, name="source_pull"),
    path("sources/<str:source_id>/retry/", websites.source_retry, name="source_retry"),
    path("questions/", questions.question_list, name="question_list"),
    path("questions/new/", questions.question_new, name="question_new"),
    path("questions/<str:question_id>/edit/", questions.question_edit, name="question_edit"),
    path("f/<str:token>/", public_form.form_page, name="form_page"),
    path("f/<str:token>/look.css", public_form.form_look, name="form_look"),
    path("f/<str:token>/thanks/", public_form.form_thanks, name="form_thanks"),
    path("f/<str:token>/<str:personal>/", public_form.form_page, name="form_personal"),
    path("forms/", forms.form_list, name="form_list"),
    path("forms/new/", forms.form_new, name="form_new"),
    path("forms/<str:form_id>/", forms.form_detail, name="form_detail"),
    path("forms/<str:form_id>/edit/", forms.form_edit, name="form_edit"),
    path("forms/<str:form_id>/preview/", forms.form_preview, name="form_preview"),
    path("forms/<str:form_id>/switch/", forms.form_switch, name="form_switch"),
    path("forms/<str:form_id>/held/<str:submission_id>/", forms.form_decide, name="form_decide"),
    path("questions/<str:question_id>/remove/", questions.question_remove, name="question_remove"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/recipes/", recipes.recipe_list, name="recipe_list"),
    path("imports/recipes/<int:recipe_id>/", recipes.recipe_change, name="recipe_change"),
    path(
        "imports/<str:import_id>/recipes/<int:recipe_id>/", recipes.recipe_take, name="recipe_take"
    ),
    path("imports/<str:import_id>/recipe/", recipes.recipe_save, name="recipe_save"),
    path("imports/<str:import_id>/", imports.import_detail, name="import_detail"),
    path("imports/<str:import_id>/columns/", wizard.import_columns, name="import_columns"),
    path("imports/<str:import_id>/choices/", wizard.import_choices, name="import_choices"),
    path("imports/<str:import_id>/check/", wizard.import_check, name="import_check"),
    path("imports/<str:import_id>/start/", wizard.import_start, name="import_start"),
    path("imports/<str:import_id>/discard/", wizard.import_discard, name="import_discard"),
    path("imports/<str:import_id>/undo/", undoing.import_undo, name="import_undo"),
    path("imports/<str:import_id>/errors.csv", imports.import_errors, name="import_errors"),
]
