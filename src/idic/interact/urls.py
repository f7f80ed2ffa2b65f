"""Addresses of Interact. The short ones at the end are what customers open."""

from django.urls import path

from idic.interact.views import campaigns, care, editor, outbox, policy, public, review

app_name = "interact"
_CAMPAIGN = "campaigns/<str:campaign_id>/"
urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign_create"),
    path("campaigns/restore/", campaigns.campaign_restore, name="campaign_restore"),
    path(_CAMPAIGN, campaigns.campaign_detail, name="campaign_detail"),
    path(f"{_CAMPAIGN}audience/", editor.campaign_audience, name="campaign_audience"),
    path(f"{_CAMPAIGN}message/", editor.campaign_message, name="campaign_message"),
    path(f"{_CAMPAIGN}preview/", editor.campaign_preview, name="campaign_preview"),
    path(f"{_CAMPAIGN}example/", editor.campaign_example, name="campaign_example"),
    path(f"{_CAMPAIGN}starter/", editor.campaign_starter, name="campaign_starter"),
    path(f"{_CAMPAIGN}schedule/", editor.campaign_schedule, name="campaign_schedule"),
    path(f"{_CAMPAIGN}review/", review.campaign_review, name="campaign_review"),
    path(f"{_CAMPAIGN}control/", review.campaign_control, name="campaign_control"),
    path(f"{_CAMPAIGN}launch/", review.campaign_launch, name="campaign_launch"),
    path(f"{_CAMPAIGN}test/", review.campaign_test, name="campaign_test"),
    path(f"{_CAMPAIGN}pause/", campaigns.campaign_pause, name="campaign_pause"),
    path(f"{_CAMPAIGN}resume/", campaigns.campaign_resume, name="campaign_resume"),
    path(f"{_CAMPAIGN}cancel/", campaigns.campaign_cancel, name="campaign_cancel"),
    path(f"{_CAMPAIGN}copy/", campaigns.campaign_copy, name="campaign_copy"),
    path(f"{_CAMPAIGN}delete/", campaigns.campaign_delete, name="campaign_delete"),
    path(
        f"{_CAMPAIGN}left-out/<str:reason>/",
        campaigns.campaign_left_out,
        name="campaign_left_out",
    ),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<str:message_id>/", outbox.message_detail, name="message_detail"),
    path("outbox/<str:message_id>/mail/", outbox.message_mail, name="message_mail"),
    path("outbox/<str:message_id>/settle/", outbox.message_settle, name="message_settle"),
    path("contact-rules/", policy.policy, name="policy"),
    path("cases/new/<str:customer_id>/", care.case_create, name="case_create"),
    path("cases/<str:case_id>/close/", care.case_close, name="case_close"),
    path("cases/<str:case_id>/reopen/", care.case_reopen, name="case_reopen"),
    path("r/<str:word>", public.click, name="click"),
    path("o/<str:token>.gif", public.opened, name="opened"),
    path("u/<str:token>", public.unsubscribe, name="unsubscribe"),
]
