from django.urls import path

from billing import deposit_views, funding_views, views, withdrawal_views

urlpatterns = [
    path("statement/", views.statement, name="statement"),
    path("statement.csv", views.statement_csv, name="statement_csv"),
    path("funds/", funding_views.funding_list, name="funding_list"),
    path("funds/<int:number>/receipt/", funding_views.funding_receipt, name="funding_receipt"),
    path("funds/<int:number>/receipt.pdf", funding_views.funding_receipt_pdf, name="funding_receipt_pdf"),
    path("funds/withdraw/", withdrawal_views.withdrawal_new, name="withdrawal_new"),
    path("funds/withdraw/quote/", withdrawal_views.withdrawal_quote, name="withdrawal_quote"),
    path("funds/withdrawals/", withdrawal_views.withdrawal_list, name="withdrawal_list"),
    path("funds/withdrawals/<int:number>/", withdrawal_views.withdrawal_detail, name="withdrawal_detail"),
    path(
        "funds/withdrawals/<int:number>/cancel/", withdrawal_views.withdrawal_cancel, name="withdrawal_cancel"
    ),
    path("funds/add/", deposit_views.funds_add, name="funds_add"),
    path("funds/add/quote/", deposit_views.funds_quote, name="funds_quote"),
    path("funds/<str:code>/", deposit_views.payment_detail, name="payment_detail"),
    path("funds/<str:code>/open/", deposit_views.payment_open, name="payment_open"),
    path("stripe/webhook", deposit_views.stripe_webhook, name="stripe_webhook"),
]
