"""The routes of the desk."""

from django.urls import path

from subjects.desk import (
    answers,
    case_page,
    dates,
    faces,
    log_page,
    orders,
    packages,
    passphrase,
    queue,
    regulators,
    sign_in,
)

app_name = "desk"
CASE = "cases/<str:reference>/"
CANDIDATE = CASE + "candidates/<uuid:found>"
REQUEST = "requests/<uuid:pk>/"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("", queue.queue, name="queue"),
    path("regulators/", regulators.regulators, name="regulators"),
    path("regulators/new/", regulators.new_regulator, name="new_regulator"),
    path("regulators/<uuid:pk>/", regulators.regulator, name="regulator"),
    path("regulators/<uuid:pk>/revoke/", regulators.revoke, name="revoke_regulator"),
    path("packages/", packages.packages, name="packages"),
    path("packages/<uuid:pk>.zip", packages.package_file, name="package"),
    path("orders/", orders.orders, name="orders"),
    path("orders/new/", orders.new_order, name="new_order"),
    path("orders/<uuid:pk>/", orders.order, name="order"),
    path("orders/<uuid:pk>.zip", orders.pack, name="order_pack"),
    path("orders/<uuid:pk>/count/", orders.count, name="count_order"),
    path("orders/<uuid:pk>/prove/", orders.prove, name="prove_order"),
    path("orders/<uuid:pk>/answer/", orders.answer, name="answer_order"),
    path("orders/<uuid:pk>/disclose/", orders.disclose, name="disclose_order"),
    path("log/", log_page.log, name="log"),
    path(CASE, case_page.case, name="case"),
    path(CASE + "passphrase/", passphrase.passphrase, name="passphrase"),
    path(CASE + "identity/", case_page.settle_identity, name="identity"),
    path(CASE + "probes/<uuid:pk>.jpg", faces.probe, name="probe"),
    path(CANDIDATE + ".jpg", faces.candidate, name="candidate"),
    path(CANDIDATE + "/picture.jpg", faces.whole_picture, name="picture"),
    path(CANDIDATE + "/decide/", case_page.decide, name="decide"),
    path(REQUEST + "propose/", answers.propose, name="propose"),
    path(REQUEST + "approve/", answers.approve, name="approve"),
    path(REQUEST + "send-back/", answers.send_back, name="send_back"),
    path(REQUEST + "extend/", dates.extend, name="extend"),
    path(REQUEST + "withdraw/", dates.withdraw, name="withdraw"),
    path(REQUEST + "resume/", case_page.resume, name="resume"),
    path(REQUEST + "without-picture/", case_page.go_on, name="go_on"),
]
