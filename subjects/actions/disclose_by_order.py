"""A case is named to the authority whose recorded order asks for the name, and to nobody else."""

from django.contrib.auth.models import User

from subjects.actions.disclose_case import Disclosure, disclose_case
from subjects.errors import OrderRefused
from subjects.models import AuditPackage, AuthorityOrder, Case
from subjects.models.reference import normalise
from subjects.package.disclosure import DisclosureOrder
from subjects.policies import check_is_officer


def disclose_by_order(
    order: AuthorityOrder, reference: str, *, package: AuditPackage | None, by: User
) -> Disclosure:
    """Build the restricted bag for one case; nothing of it is kept.

    `package` is the one in which the authority found the pseudonym. Raises `PermissionDenied` for
    everybody but the officer, `OrderRefused` for an order of another kind, for one that is
    answered, and for a reference or package that is none; and whatever `disclose_case` raises.
    """
    check_is_officer(by)
    if order.kind != AuthorityOrder.Kind.DISCLOSURE:
        raise OrderRefused("", "This order asks for no name, so no case is named by it.")
    if order.answered_at is not None:
        raise OrderRefused("", "This order is answered: no further case is named by it.")
    if package is None:
        raise OrderRefused("package", "Choose the package in which the authority found the case.")
    case = Case.objects.filter(reference=normalise(reference) or "").first()
    if case is None:
        raise OrderRefused("reference", "There is no case with this reference.")
    asked = DisclosureOrder(order.pk, order.authority, order.reference, order.legal_basis)
    return disclose_case(asked, case, package=package, by=by)
