"""Fixtures that every test may use. PostgreSQL and Valkey are started by the plugin `tests.services`."""

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let transactional tests empty the tables: only here may the books be truncated."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND (tgtype & 32) > 0"
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"')
    yield
    # A server's thread may still hold the connection of a browser's last request.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def terms(request):
    """Terms are in force; mark the test with `profile("alphasmm")` for the other ones."""
    from tests.factories import publish_terms

    mark = request.node.get_closest_marker("profile")
    return publish_terms(mark.args[0] if mark else "bestsmmkart")
