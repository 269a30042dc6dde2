"""The desk goes on without a picture: nobody is turned away for not sending one (R-033, R-151)."""

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import lock_case, move
from subjects.errors import NotYet
from subjects.lifecycle import State
from subjects.models import RightsRequest
from subjects.policies import actor_of, check_can_review


def review_without_picture(rights_request: RightsRequest, *, by: User) -> None:
    """Take a request that waits for a picture into review.

    A picture sent later is searched all the same. Raises `NotYet` for one that does not wait
    for a picture.
    """
    check_can_review(by)
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if rights_request.state != State.AWAITING_PICTURE:
            message = "this request is not waiting for a picture"
            raise NotYet(message)
        move(rights_request, State.IN_REVIEW, actor=actor_of(by))
