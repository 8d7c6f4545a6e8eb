"""MiniLM (all-MiniLM-L6-v2) by onnxruntime: knows meaning where the default knows wording."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lib.embeddings.cache import cache_folder
from mlops_lib.embeddings.minilm_graph import GRAPH_VERSION, IDS, MASK, write_graph
from mlops_lib.embeddings.protocol import digest_of, embedder_id, unit_rows
from mlops_lib.embeddings.weights import INSTALL, SHA256, TOKENIZER, WEIGHTS, model_files
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 16
"""Texts at once: larger batches leave the processor's cache and are slower."""

LONGEST = 256
"""Tokens of a text; the rest is cut off, as the model's own settings do."""

DIMENSIONS = 384

_FRAME = 2
"""Tokens that stand before and after every text; one of no other says nothing."""

NEEDS = ("onnx", "onnxruntime", "safetensors", "tokenizers")
"""What the extra `embeddings` installs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniLmEmbedder:
    """Sentence vectors by MiniLM. Made by `load_minilm`.

    Attributes:
        fingerprint: hash of weights, tokeniser and graph.
        tokeniser: from texts to tokens.
        session: onnxruntime's, with one thread that does not spin.
    """

    fingerprint: str
    tokeniser: Any = field(repr=False)
    session: Any = field(repr=False)

    @property
    def name(self) -> str:
        """Of the model."""
        return "minilm-l6-v2"

    @property
    def version(self) -> str:
        """Of the graph."""
        return str(GRAPH_VERSION)

    @property
    def id(self) -> str:
        """Name and the start of the fingerprint."""
        return embedder_id(self.name, self.fingerprint)

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row per text, of length 1; all zeros for a text without a word.

        Texts go through in batches of like length, so that little is padded.

        Args:
            texts: any number, also none.
        """
        import numpy as np

        tokens = [each.ids for each in self.tokeniser.encode_batch(_clean(texts))]
        worded = (place for place, each in enumerate(tokens) if len(each) > _FRAME)
        order = sorted(worded, key=lambda place: len(tokens[place]))
        vectors = np.zeros((len(tokens), DIMENSIONS), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            vectors[some] = self.session.run(None, _padded([tokens[place] for place in some]))[0]
        return unit_rows(vectors).astype(np.float32)


def load_minilm() -> MiniLmEmbedder:
    """Check the weights, write the graph if it is not cached yet, and load both.

    Raises:
        InputError: if the extra or the weights are missing, or the weights are not genuine.
    """
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise InputError.of(
            f'"minilm" needs {", ".join(missing)}; {INSTALL}', field="embedder", value="minilm"
        )
    from tokenizers import Tokenizer

    files = model_files()
    tokeniser = Tokenizer.from_file(str(files.tokenizer))
    tokeniser.enable_truncation(LONGEST)
    tokeniser.no_padding()
    return MiniLmEmbedder(
        fingerprint=digest_of([SHA256[WEIGHTS], SHA256[TOKENIZER], f"{GRAPH_VERSION} {LONGEST}"]),
        tokeniser=tokeniser,
        session=_session(_graph(files.weights)),
    )


def _graph(weights: Path) -> Path:
    """The cached graph; written beside and moved, so that nobody reads half a file."""
    path = cache_folder() / f"minilm-{GRAPH_VERSION}-{SHA256[WEIGHTS]}.onnx"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder) / path.name
            write_graph(weights, draft)
            os.replace(draft, path)
    return path


def _session(graph: Path) -> Any:  # noqa: ANN401
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InputError.of(
            f"cannot be loaded ({error}); delete it, it is written anew", source=str(graph)
        ) from error


def _clean(texts: Sequence[str]) -> list[str]:
    """Half a surrogate pair, as broken logs hold it, is no text that a tokeniser takes."""
    return [text.encode("utf-8", errors="replace").decode("utf-8") for text in texts]


def _padded(tokens: Sequence[Sequence[int]]) -> "dict[str, NDArray[np.int64]]":
    import numpy as np

    longest = max(len(each) for each in tokens)
    ids = np.zeros((len(tokens), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, each in enumerate(tokens):
        ids[row, : len(each)] = each
        mask[row, : len(each)] = 1
    return {IDS: ids, MASK: mask}
