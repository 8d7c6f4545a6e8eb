"""The reference application: it answers questions from the guide in `corpus/`, and logs each one.

It is what the notebooks judge: real retrieval, real answers, real logs. Run `python -m assistant`.
"""
