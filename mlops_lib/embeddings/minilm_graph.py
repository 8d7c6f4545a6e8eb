"""MiniLM as an ONNX graph, written from its weights: no torch, no export, no download.

BERT (Devlin et al. 2019) with 6 layers of 12 heads, then the mean over the tokens, as
sentence-transformers/all-MiniLM-L6-v2 does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAPH_VERSION = 1
"""Part of the cached file's name: raise it when the graph changes."""

IDS, MASK, OUTPUT = "input_ids", "attention_mask", "embedding"

_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_OPSET, _IR_VERSION = 17, 9
_LAYER_NORM_EPSILON = 1e-12
_HIDDEN_SCORE = -10_000.0


@dataclass(slots=True)
class _Graph:
    """The nodes and constants of a graph that is being written."""

    weights: "dict[str, NDArray[np.generic]]"
    nodes: list[Any] = field(default_factory=list)
    constants: "dict[str, NDArray[np.generic]]" = field(default_factory=dict)

    def constant(self, name: str, value: "NDArray[np.generic]") -> str:
        self.constants[name] = value
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def add(self, operator: str, inputs: Sequence[str], **attributes: object) -> str:
        from onnx import helper

        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def shape(self, *sizes: int) -> str:
        import numpy as np

        name = "shape_" + "_".join(str(size) for size in sizes)
        return self.constant(name, np.array(sizes, dtype=np.int64))

    def number(self, value: float) -> str:
        import numpy as np

        return self.constant(f"number_{value}", np.array(value, dtype=np.float32))

    def dense(self, rows: str, name: str) -> str:
        product = self.add("MatMul", [rows, self._transposed(name)])
        return self.add("Add", [product, self.weight(f"{name}.bias")])

    def layer_norm(self, rows: str, name: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add(
            "LayerNormalization", [rows, scale, shift], axis=-1, epsilon=_LAYER_NORM_EPSILON
        )

    def _transposed(self, name: str) -> str:
        import numpy as np

        turned = np.ascontiguousarray(self.weights[f"{name}.weight"].T)
        return self.constant(f"{name}.weight", turned)


def write_graph(weights: Path, target: Path) -> None:
    """Write the graph with its weights inside.

    Args:
        weights: the safetensors file.
        target: the ONNX file to write.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    graph = _Graph(load_file(weights))
    output = _pooled(graph, _encoded(graph))
    both = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in (IDS, MASK)
    ]
    graph.nodes.append(helper.make_node("Identity", [output], [OUTPUT]))
    result = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", _WIDTH])
    constants = [numpy_helper.from_array(value, name) for name, value in graph.constants.items()]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "minilm", both, [result], constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    onnx.save(model, str(target))


def _encoded(graph: _Graph) -> str:
    """Embeddings of the tokens, then the layers."""
    rows = _token_embeddings(graph)
    hidden = _hidden_scores(graph)
    for layer in range(_LAYERS):
        name = f"encoder.layer.{layer}"
        attended = graph.dense(
            _attention(graph, rows, hidden, name), f"{name}.attention.output.dense"
        )
        rows = graph.layer_norm(
            graph.add("Add", [attended, rows]), f"{name}.attention.output.LayerNorm"
        )
        widened = _gelu(graph, graph.dense(rows, f"{name}.intermediate.dense"))
        narrowed = graph.dense(widened, f"{name}.output.dense")
        rows = graph.layer_norm(graph.add("Add", [narrowed, rows]), f"{name}.output.LayerNorm")
    return rows


def _token_embeddings(graph: _Graph) -> str:
    import numpy as np

    words = graph.add("Gather", [graph.weight("embeddings.word_embeddings.weight"), IDS])
    size = graph.add("Shape", [IDS], start=1, end=2)
    zero = graph.constant("zeros_1", np.zeros(1, dtype=np.int64))
    table = graph.weight("embeddings.position_embeddings.weight")
    places = graph.add("Slice", [table, zero, size, zero])
    first_kind = graph.constant(
        "token_type", graph.weights["embeddings.token_type_embeddings.weight"][0]
    )
    total = graph.add("Add", [graph.add("Add", [words, first_kind]), places])
    return graph.layer_norm(total, "embeddings.LayerNorm")


def _hidden_scores(graph: _Graph) -> str:
    """0 for a token, a large negative score for padding; shape (batch, 1, 1, tokens)."""
    import numpy as np

    axes = graph.constant("axes_1_2", np.array([1, 2], dtype=np.int64))
    mask = graph.add("Cast", [MASK], to=1)
    padding = graph.add("Sub", [graph.number(1.0), graph.add("Unsqueeze", [mask, axes])])
    return graph.add("Mul", [padding, graph.number(_HIDDEN_SCORE)])


def _attention(graph: _Graph, rows: str, hidden: str, layer: str) -> str:
    split = graph.shape(0, 0, _HEADS, _WIDTH // _HEADS)
    heads = {}
    for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        made = graph.dense(rows, f"{layer}.attention.self.{part}")
        heads[part] = graph.add("Transpose", [graph.add("Reshape", [made, split])], perm=order)
    scores = graph.add("MatMul", [heads["query"], heads["key"]])
    scaled = graph.add("Div", [scores, graph.number((_WIDTH / _HEADS) ** 0.5)])
    weights = graph.add("Softmax", [graph.add("Add", [scaled, hidden])], axis=-1)
    mixed = graph.add("MatMul", [weights, heads["value"]])
    together = graph.add("Transpose", [mixed], perm=[0, 2, 1, 3])
    return graph.add("Reshape", [together, graph.shape(0, 0, _WIDTH)])


def _gelu(graph: _Graph, rows: str) -> str:
    """x/2 · (1 + erf(x / √2)): Hendrycks and Gimpel (2016), exact."""
    error = graph.add("Erf", [graph.add("Div", [rows, graph.number(2**0.5)])])
    product = graph.add("Mul", [rows, graph.add("Add", [error, graph.number(1.0)])])
    return graph.add("Mul", [product, graph.number(0.5)])


def _pooled(graph: _Graph, rows: str) -> str:
    """Mean over the tokens that are no padding."""
    import numpy as np

    last = graph.constant("axis_last", np.array([-1], dtype=np.int64))
    tokens = graph.constant("axis_tokens", np.array([1], dtype=np.int64))
    mask = graph.add("Unsqueeze", [graph.add("Cast", [MASK], to=1), last])
    total = graph.add("ReduceSum", [graph.add("Mul", [rows, mask]), tokens], keepdims=0)
    return graph.add("Div", [total, graph.add("ReduceSum", [mask, tokens], keepdims=0)])
