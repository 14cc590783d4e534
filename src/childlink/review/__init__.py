"""Clerical review: a person looks at pairs of records that the linkage could not decide, and decides.

``records`` shows two records side by side, ``session`` keeps the queue and the answers, ``app`` is the screen.
"""
