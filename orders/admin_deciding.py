from accounts.admin_deciding import DecidingAdmin, Decision

__all__ = ["DecidingAdmin", "Decision"]
