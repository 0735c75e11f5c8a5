from django.urls import path, re_path

from api.v1 import (
    file_views,
    key_views,
    money_views,
    order_views,
    refill_views,
    service_views,
    terms_views,
    webhook_message_views,
    webhook_views,
    withdrawal_views,
)

urlpatterns = [
    path("openapi.yaml", file_views.openapi_file, name="api_v1_openapi"),
    path("services/", service_views.Services.as_view(), name="api_v1_services"),
    path("services/<int:number>/", service_views.OneService.as_view(), name="api_v1_service"),
    path("orders/", order_views.Orders.as_view(), name="api_v1_orders"),
    path("orders/bulk/", order_views.ManyOrders.as_view(), name="api_v1_orders_bulk"),
    path("orders/<int:number>/", order_views.OneOrder.as_view(), name="api_v1_order"),
    path(
        "orders/<int:number>/cancellation/",
        order_views.Cancellation.as_view(),
        name="api_v1_order_cancellation",
    ),
    path("orders/<int:number>/events/", order_views.Events.as_view(), name="api_v1_order_events"),
    path("refills/", refill_views.Refills.as_view(), name="api_v1_refills"),
    path("refills/<int:number>/", refill_views.OneRefill.as_view(), name="api_v1_refill"),
    path("balance/", money_views.Balance.as_view(), name="api_v1_balance"),
    path("transactions/", money_views.Transactions.as_view(), name="api_v1_transactions"),
    path("fundings/", money_views.Fundings.as_view(), name="api_v1_fundings"),
    path("withdrawals/", withdrawal_views.Withdrawals.as_view(), name="api_v1_withdrawals"),
    path("withdrawals/quote/", withdrawal_views.WithdrawalQuote.as_view(), name="api_v1_withdrawal_quote"),
    path("withdrawals/<int:number>/", withdrawal_views.OneWithdrawal.as_view(), name="api_v1_withdrawal"),
    path(
        "withdrawals/<int:number>/cancellation/",
        withdrawal_views.WithdrawalCancellation.as_view(),
        name="api_v1_withdrawal_cancellation",
    ),
    path("terms/", terms_views.Terms.as_view(), name="api_v1_terms"),
    path("terms/<int:number>/", terms_views.OneVersion.as_view(), name="api_v1_terms_version"),
    path("keys/", key_views.Keys.as_view(), name="api_v1_keys"),
    path("keys/<int:number>/", key_views.OneKey.as_view(), name="api_v1_key"),
    path("webhooks/", webhook_views.Webhooks.as_view(), name="api_v1_webhooks"),
    path("webhooks/<int:number>/", webhook_views.OneWebhook.as_view(), name="api_v1_webhook"),
    path(
        "webhooks/<int:number>/secret/", webhook_views.WebhookSecret.as_view(), name="api_v1_webhook_secret"
    ),
    path("webhooks/<int:number>/pause/", webhook_views.WebhookPause.as_view(), name="api_v1_webhook_pause"),
    path(
        "webhooks/<int:number>/resumption/",
        webhook_views.WebhookResumption.as_view(),
        name="api_v1_webhook_resumption",
    ),
    path(
        "webhooks/<int:number>/test/", webhook_message_views.WebhookTest.as_view(), name="api_v1_webhook_test"
    ),
    path(
        "webhooks/<int:number>/messages/",
        webhook_message_views.WebhookMessages.as_view(),
        name="api_v1_webhook_messages",
    ),
    path(
        "webhooks/<int:number>/messages/<int:message>/delivery/",
        webhook_message_views.WebhookDelivery.as_view(),
        name="api_v1_webhook_delivery",
    ),
    re_path(r"^", file_views.Nowhere.as_view(), name="api_v1_nowhere"),
]
