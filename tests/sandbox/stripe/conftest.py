from .local_stripe import local_stripe  # noqa: F401 - a fixture
