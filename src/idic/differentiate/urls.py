"""Addresses of the room Differentiate."""

from __future__ import annotations

from django.urls import path

from idic.differentiate.views import (
    forecast,
    matrix,
    months,
    needs,
    overlap,
    readiness,
    segment_export,
    segments,
    shape,
    tiers,
    treatment,
)

app_name = "differentiate"
urlpatterns = [
    path("matrix/", matrix.matrix, name="matrix"),
    path("matrix/shape/", shape.shape, name="shape"),
    path("matrix/forecast/", forecast.forecast, name="forecast"),
    path("segments/", segments.segment_list, name="segment_list"),
    path("segments/new/", segments.segment_create, name="segment_create"),
    path("segments/overlap/", overlap.segment_overlap, name="segment_overlap"),
    path("segments/<str:public_id>/", segments.segment_detail, name="segment_detail"),
    path("segments/<str:public_id>/edit/", segments.segment_edit, name="segment_edit"),
    path("segments/<str:public_id>/export/", segment_export.segment_export, name="segment_export"),
    path("segments/<str:public_id>/freeze/", segments.segment_freeze, name="segment_freeze"),
    path("segments/<str:public_id>/archive/", segments.segment_archive, name="segment_archive"),
    path("segments/<str:public_id>/restore/", segments.segment_restore, name="segment_restore"),
    path("tiers/", tiers.tier_list, name="tier_list"),
    path("tiers/publish/", tiers.tier_publish, name="tier_publish"),
    path("tiers/discard/", tiers.tier_discard, name="tier_discard"),
    path("tiers/arrange/", tiers.tier_arrange, name="tier_arrange"),
    path("tiers/restore/", tiers.tier_restore, name="tier_restore"),
    path("tiers/<str:code>/edit/", tiers.tier_edit, name="tier_edit"),
    path("tiers/<str:code>/plan/", treatment.plan_edit, name="plan_edit"),
    path("near/", treatment.near_list, name="near_list"),
    path("care/", treatment.care, name="care"),
    path("needs/", needs.need_list, name="need_list"),
    path("needs/<int:group_id>/edit/", needs.need_edit, name="need_edit"),
    path("rfm/", months.rfm, name="rfm"),
    path("rfm/edit/", months.rfm_edit, name="rfm_edit"),
    path("equity/", months.equity, name="equity"),
    path("readiness/", readiness.readiness, name="readiness"),
    path("readiness/ideal/", readiness.ideal_choose, name="ideal_choose"),
    path("readiness/watch/", readiness.upsell_watch, name="upsell_watch"),
    path(
        "readiness/<str:public_id>/overrule/",
        readiness.readiness_overrule,
        name="readiness_overrule",
    ),
]
