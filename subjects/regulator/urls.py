"""The routes of the authority's door: they read, and one orders a package."""

from django.urls import path

from subjects.regulator import cases, deadlines, figures, guide, orders, packages, sign_in, start

app_name = "regulator"
CASE = "cases/<slug:pseudonym>/"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("code/", sign_in.code, name="code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("", start.start, name="start"),
    path("figures/", figures.figures, name="figures"),
    path("cases/", cases.cases, name="cases"),
    path(CASE, cases.case, name="case"),
    path(CASE + "deadlines/", deadlines.deadlines, name="deadlines"),
    path("packages/", packages.packages, name="packages"),
    path("packages/<uuid:pk>/", packages.package, name="package"),
    path("packages/<uuid:pk>.zip", packages.fetch, name="fetch"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:pk>/", orders.order, name="order"),
    path("orders/<uuid:pk>.zip", orders.pack, name="order_pack"),
    path("texts/", guide.published_texts, name="texts"),
    path("texts/<path:path>", guide.one_text, name="text"),
    path("guide/", guide.guide, name="guide"),
    path("accesses/", start.accesses, name="accesses"),
]
