"""The stores of the services' tests, for every test."""

from tests.services.conftest import (  # noqa: F401
    empty_url,
    postgres,
    postgres_store,
    postgres_template,
    postgres_url,
    secrets,
    sqlite_store,
    sqlite_template,
    sqlite_url,
    store,
    url,
)
