"""What finance reads of a reconciliation: a page, two lists of everything, one list of what to do by hand.

`meanings` says every class in plain words, `settlement` finds what does not come out, `adjustments` proposes what to do
about it, `sheets` writes the lists, `statement` adds up what the page shows, `page` renders it, `writer` does it all.
"""
