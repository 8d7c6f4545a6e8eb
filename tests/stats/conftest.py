from hypothesis import settings

# scipy's first call is slow and its exact tests vary in cost: no deadline, the same cases each run.
settings.register_profile("statistics", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("statistics")
