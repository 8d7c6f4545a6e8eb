"""The two versions of the demo's corpus: one that lacks three topics, and one that covers them."""

import shutil
import tempfile
from pathlib import Path

from mlops_lib.errors import InputError

VERSIONS = {"v1": ("corpus",), "v2": ("corpus", "corpus_candidate")}
"""The folders of each version; a page of a later one replaces a page of the same name."""

_MARK = ".corpus-version"
"""Says that a folder was written here, and may be replaced."""


def write_version(version: str, out: str | Path, *, root: str | Path = ".") -> int:
    """Write a version of the corpus as one folder of pages, replacing an older one at once.

    Args:
        version: which one.
        out: the folder.
        root: where the folders of `VERSIONS` lie.

    Returns:
        The number of pages.

    Raises:
        InputError: if there is no such version, a folder of it is missing, or `out` is something
            else.
    """
    if version not in VERSIONS:
        raise InputError.of(f"must be one of {', '.join(VERSIONS)}", field="version", value=version)
    target = Path(out)
    if target.exists() and not (target / _MARK).is_file():
        raise InputError.of("exists, and was not written by this command", source=str(out))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for folder in VERSIONS[version]:
            if not (Path(root) / folder).is_dir():
                raise InputError.of("no such folder", source=str(Path(root) / folder))
            shutil.copytree(Path(root) / folder, partial, dirs_exist_ok=True)
        (partial / _MARK).write_text(f"{version}\n", encoding="utf-8")
        partial.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return sum(1 for _ in target.rglob("*.md"))
