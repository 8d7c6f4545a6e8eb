"""`python -m mlops_lib` is `mlops`."""

from mlops_lib.cli import entry

if __name__ == "__main__":
    entry()
