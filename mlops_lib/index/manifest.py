"""What a stored version of an index is made of, and the proof that its files are whole."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError
from mlops_lib.index.disk import to_json

MANIFEST = "manifest.json"
"""Written last: a folder without one is no version."""

FORMAT = 1
"""Version of the files; another one is refused, never guessed at."""

VERSION = re.compile(r"idx-[0-9a-f]{12}")
"""How versions are called; nothing else becomes part of a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What one version was built from. It knows no clock: equal inputs give equal bytes.

    Attributes:
        version: name of the version, from its content.
        corpus: hash over the names and bytes of all pages.
        pages: how many there are.
        sections: how many, which is also the number of vectors.
        chunker: name and version of what cut the pages.
        embedder: id of what made the vectors.
        embedder_name: how to get that embedder again.
        dimensions: of the vectors.
        libraries: name to version of what the numbers depend on.
        files: name to SHA-256 of every other file of the version.
        format: version of the files themselves.
        checksum: SHA-256 of all of the above; "" in a version built before there was one.
    """

    version: str
    corpus: str
    pages: int
    sections: int
    chunker: str
    embedder: str
    embedder_name: str
    dimensions: int
    libraries: dict[str, str]
    files: dict[str, str]
    format: int = FORMAT
    checksum: str = ""


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest of a version that is being built, and return it with its checksum."""
    sealed = replace(manifest, checksum=_checksum(manifest))
    (folder / MANIFEST).write_text(to_json(asdict(sealed)), encoding="utf-8")
    return sealed


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a version.

    Raises:
        InputError: if there is none, it is not of this form, or it changed since it was written.
        FileNotFoundError: never; a version that has gone is an InputError like any other.
    """
    path = folder / MANIFEST
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**content)
    except OSError as error:
        raise InputError.of("is no version of an index", source=str(folder)) from error
    except (ValueError, TypeError) as error:
        raise InputError.of(f"is no manifest: {error}", source=str(path)) from error
    if manifest.format != FORMAT or not _is_sound(manifest):
        known = ", ".join(each.name for each in fields(Manifest))
        raise InputError.of(
            f"must be of format {FORMAT}, with the fields {known}",
            source=str(path),
            value=manifest.format,
        )
    if manifest.checksum not in {"", _checksum(manifest)}:
        raise InputError.of("is damaged: it changed since it was built", source=str(path))
    return manifest


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def broken_files(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Names of the files that are missing or are not what the manifest says."""
    return tuple(
        name
        for name, expected in sorted(manifest.files.items())
        if not (folder / name).is_file() or file_hash(folder / name) != expected
    )


def missing_files(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Names of the files that are not there; reads none, so it is quick for any size."""
    return tuple(name for name in sorted(manifest.files) if not (folder / name).is_file())


def whole_manifest(folder: Path) -> Manifest:
    """The manifest of a version whose files are all as they were built.

    Raises:
        InputError: if it is no version, or damaged; names the files.
    """
    manifest = read_manifest(folder)
    broken = broken_files(folder, manifest)
    if broken:
        raise InputError.of(
            f"is damaged: {', '.join(broken)} changed since it was built", source=str(folder)
        )
    return manifest


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a version with all its files as they were built."""
    try:
        whole_manifest(folder)
    except InputError:
        return False
    return True


def _checksum(manifest: Manifest) -> str:
    content = to_json(asdict(replace(manifest, checksum="")))
    return hashlib.sha256(content.encode("utf-8", errors="surrogatepass")).hexdigest()


def _is_sound(manifest: Manifest) -> bool:
    return (
        isinstance(manifest.version, str)
        and VERSION.fullmatch(manifest.version) is not None
        and isinstance(manifest.files, dict)
        and isinstance(manifest.embedder_name, str)
        # A file of a version lies in its folder: no manifest points elsewhere.
        and all(isinstance(name, str) and "/" not in name for name in manifest.files)
    )
