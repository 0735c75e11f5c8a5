from django.urls import path

from billing import funding_views, views

urlpatterns = [
    path("statement/", views.statement, name="statement"),
    path("statement.csv", views.statement_csv, name="statement_csv"),
    path("funds/", funding_views.funding_list, name="funding_list"),
    path("funds/<int:number>/receipt/", funding_views.funding_receipt, name="funding_receipt"),
    path("funds/<int:number>/receipt.pdf", funding_views.funding_receipt_pdf, name="funding_receipt_pdf"),
]
