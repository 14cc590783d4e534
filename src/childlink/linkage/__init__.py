"""The linkage engine: which records of several extracts are the same child.

In the order data flows: ``extracts`` reads, ``standardise`` gives the records frame, ``prepare`` codes it,
``blocking`` finds candidate pairs, ``compare`` gives their agreement ``levels``, ``em`` trains the ``model``
that scores them, ``passes`` decides what is plain, ``resolve`` makes children of pairs, ``review`` lists what
a person must decide. ``engine.link`` is all of that without files; ``run.run_link`` is it from files to files,
with child ids; ``evaluate`` compares links with a truth.
"""
