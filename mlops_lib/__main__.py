"""`python -m mlops_lib` is `mlops`."""

from mlops_lib.cli import main

if __name__ == "__main__":
    main()
