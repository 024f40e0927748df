"""`make bench`: the product's pages at 300,000 events, beside a hand-written route and stock FAB."""
