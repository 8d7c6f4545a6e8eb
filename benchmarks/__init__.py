"""Speed of the product beside its peers; run by `make bench`, never as a test."""
