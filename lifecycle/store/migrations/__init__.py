"""How the tables of a store came to be as they are: one file in `versions/` for each revision, for Alembic.

Revisions are never changed once released. Each has its statements written out, so that what it does stays the same
whatever becomes of `schema`.
"""
