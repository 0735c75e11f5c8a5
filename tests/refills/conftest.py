from tests.orders.conftest import alice, bob, books, sam

__all__ = ["alice", "bob", "books", "sam"]
