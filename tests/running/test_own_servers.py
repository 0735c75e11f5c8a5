"""The servers that a test run starts for itself."""

from tests.services import Run


def test_a_valkey_that_was_stopped_answers_again_after_its_next_start(own_valkey: Run) -> None:
    own_valkey.stop()
    assert not own_valkey.server.answers()

    own_valkey.start()

    assert own_valkey.server.answers()


def test_a_postgres_that_was_killed_answers_again_after_its_next_start(own_postgres: Run) -> None:
    own_postgres.kill()
    assert not own_postgres.server.answers()

    own_postgres.start()

    assert own_postgres.server.answers()
