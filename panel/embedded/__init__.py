"""Runs PostgreSQL, Valkey and the panel's own programs as children of one process, with nothing installed.

Imports no Django: this package starts what Django needs.
"""
