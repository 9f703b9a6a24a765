"""Long work, watched: lines about how far it is, and scores of a model while it is trained.

Nothing is exported here: the parts of `cosalign` import the files.
"""
