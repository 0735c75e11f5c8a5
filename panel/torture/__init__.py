"""The fault run: a whole panel under load, while its provider loses answers and its worker is killed again and again.

Needs no Django: it looks at the panel from outside, and asks `manage.py torture` what the books say.
"""
