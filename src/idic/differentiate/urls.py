"""Addresses of the room Differentiate."""

from __future__ import annotations

from django.urls import path

from idic.differentiate.views import matrix, needs, overlap, segment_export, segments, shape, tiers

app_name = "differentiate"
urlpatterns = [
    path("matrix/", matrix.matrix, name="matrix"),
    path("matrix/shape/", shape.shape, name="shape"),
    path("segments/", segments.segment_list, name="segment_list"),
    path("segments/new/", segments.segment_create, name="segment_create"),
    path("segments/overlap/", overlap.segment_overlap, name="segment_overlap"),
    path("segments/<str:public_id>/", segments.segment_detail, name="segment_detail"),
    path("segments/<str:public_id>/edit/", segments.segment_edit, name="segment_edit"),
    path("segments/<str:public_id>/export/", segment_export.segment_export, name="segment_export"),
    path("segments/<str:public_id>/freeze/", segments.segment_freeze, name="segment_freeze"),
    path("segments/<str:public_id>/archive/", segments.segment_archive, name="segment_archive"),
    path("segments/<str:public_id>/restore/", segments.segment_restore, name="segment_restore"),
    path("matrix/tiers/", tiers.tier_list, name="tier_list"),
    path("matrix/tiers/publish/", tiers.tier_publish, name="tier_publish"),
    path("matrix/tiers/discard/", tiers.tier_discard, name="tier_discard"),
    path("matrix/tiers/<str:code>/edit/", tiers.tier_edit, name="tier_edit"),
    path("matrix/needs/<int:group_id>/edit/", needs.need_edit, name="need_edit"),
]
