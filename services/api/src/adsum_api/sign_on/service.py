"""Whose account somebody that the provider knows signs in to."""

from __future__ import annotations

import structlog

from adsum_api.access.rights import Role
from adsum_api.accounts import service as local
from adsum_api.accounts.service import NewAccount, WrongPassword
from adsum_api.errors import DomainError, Forbidden, Unavailable
from adsum_api.runtime import Runtime
from adsum_api.sign_on.admission import Claims, NoAccountHere, name_of
from adsum_api.sign_on.attempt import Attempt
from adsum_api.sign_on.settings import SignOn
from adsum_store.models import Account
from adsum_store.repositories import account_identities, schools
from adsum_store.unit_of_work import UnitOfWork

log = structlog.get_logger()


class AccountClosed(Forbidden):
    """The account is disabled, or its owner has left."""

    def __init__(self) -> None:
        super().__init__("your account here is closed: ask an administrator")


class BoundToAnother(Forbidden):
    """The address now belongs to somebody else than at the first sign-in."""

    def __init__(self) -> None:
        super().__init__(
            "the account with your address was opened by another person at your provider: ask an "
            "administrator to run `adsum-api accounts unlink`"
        )


def begin(runtime: Runtime, sign_on: SignOn, wanted: str) -> tuple[str, str]:
    """Return where the browser is sent, and the cookie that it has to bring back; raise `ProviderAway`."""
    now = runtime.clock()
    attempt = Attempt.begin(wanted)
    return sign_on.provider.authorization_url(attempt, now), attempt.sealed(runtime.vault, now)


def finish(runtime: Runtime, sign_on: SignOn, attempt: Attempt, code: str) -> str:
    """Return the token of a new session for whoever `code` stands for.

    Raises `ProviderAway`, `NotConfirmed`, `NotTrusted`, or why this person may not sign in here. No
    connection is held while the provider is asked.
    """
    now = runtime.clock()
    claims = sign_on.provider.claims(code, attempt, now, sign_on.admission.lacks_address)
    try:
        with runtime.store.begin() as work:
            account = _account(work, runtime, sign_on, claims)
            token = local.begin_session(work, account.id, now)
            local.note_sign_in(work, account, "single sign-on")
    except WrongPassword:
        log.warning("sign_on_refused", reason="AccountClosed")
        raise AccountClosed from None
    except DomainError as error:
        log.warning("sign_on_refused", reason=type(error).__name__)
        raise
    return token


def _account(work: UnitOfWork, runtime: Runtime, sign_on: SignOn, claims: Claims) -> Account:
    """Return the account of these claims: the bound one, else the one with their address, which is bound now,
    else a new one where the school agreed on its role."""
    issuer, subject = sign_on.provider.registration.issuer, str(claims["sub"])
    bound = account_identities.account_of(work, issuer, subject)
    if bound is not None:
        return bound
    address = sign_on.admission.address(claims)
    found = account_identities.accounts_with_email(work, address)
    if len(found) > 1:
        raise NoAccountHere
    account = found[0] if found else _made(work, runtime, sign_on.admission.role(claims), claims, address)
    if account_identities.is_bound(work, account, issuer):
        raise BoundToAnother
    account_identities.bind(work, account, issuer, subject)
    local.note_change(work, account, "linked", issuer=issuer)
    return account


def _made(work: UnitOfWork, runtime: Runtime, role: Role, claims: Claims, address: str) -> Account:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    new = NewAccount(address, role, name_of(claims, address), address)
    return local.add(work, school, runtime.passwords, new)
