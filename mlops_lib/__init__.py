"""Evidence in, verdict out: the library behind the notebooks.

Each question has one package: `evaluation`, `experiments`, `drift`, `topics`. They are imported
when first used, so that `import mlops_lib` costs nothing.

Example:
    >>> from mlops_lib import drift
"""

__version__ = "0.1.0"
