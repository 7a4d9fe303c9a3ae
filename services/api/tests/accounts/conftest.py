"""People with accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adsum_api.access.rights import Role
from adsum_api.accounts import service
from adsum_api.accounts.service import NewAccount
from adsum_api.runtime import Runtime
from adsum_store.models import Account, School

PASSWORD = "correct horse battery"


@pytest.fixture
def add_account(runtime: Runtime, school: School) -> Callable[..., Account]:
    """Make an account whose password is `PASSWORD`."""

    def add(username: str, role: Role = Role.OFFICE, password: str | None = PASSWORD) -> Account:
        new = NewAccount(username, role, username.title(), f"{username}@school.example", password)
        with runtime.store.begin() as work:
            return service.add(work, school, runtime.passwords, new)

    return add
