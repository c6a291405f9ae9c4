"""Networks in files, and copies of networks."""

import copy
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn

X = np.random.default_rng(0).normal(size=(8, 5))
ACTIVATIONS = st.sampled_from(
    [
        nn.Identity(),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.ReLU(),
        nn.LeakyReLU(0.2),
        nn.Softsign(),
        nn.Softmax(),
        nn.Step(),
    ]
)
COSTS = st.sampled_from(
    [
        nn.MeanSquaredError(),
        nn.MeanAbsoluteError(),
        nn.Huber(0.5),
        nn.Hinge(),
        nn.BinaryCrossEntropy(),
        nn.CategoricalCrossEntropy(),
    ]
)
PENALTIES = st.sampled_from([None, nn.L1(0.1), nn.L2(0.2), nn.Lp(0.3, 1.5)])


@st.composite
def networks(draw):
    width, layers = 5, []
    for _ in range(draw(st.integers(1, 3))):
        n_out = draw(st.integers(1, 4))
        dense = [nn.Dense(width, n_out), nn.DropConnect(width, n_out, 0.25)]
        between = [[], [nn.BatchNorm(n_out, momentum=0.3)], [nn.Dropout(0.125)]]
        layers += [draw(st.sampled_from(dense)), *draw(st.sampled_from(between)), draw(ACTIVATIONS)]
        width = n_out
    dtype = draw(st.sampled_from(["float64", "float32"]))
    return nn.Network(layers, draw(COSTS), seed=draw(st.integers(0, 9)), dtype=dtype, penalty=draw(PENALTIES))


@settings(max_examples=60, deadline=None)
@given(net=networks())
def test_what_is_loaded_is_what_was_saved(net, tmp_path_factory):
    path = tmp_path_factory.mktemp("nets") / "net.npz"
    net.forward(net.samples(X), training=True)  # running statistics that are not those of the start
    net.save(path)
    loaded = nn.Network.load(path)
    assert repr(loaded) == repr(net)
    assert loaded.params.dtype == net.params.dtype
    assert np.array_equal(loaded.params, net.params)
    assert np.array_equal(loaded.forward(net.samples(X)), net.forward(net.samples(X)))


def example():
    layers = [nn.Dense(5, 4), nn.BatchNorm(4), nn.ReLU(), nn.Dense(4, 3)]
    return nn.Network(layers, nn.CategoricalCrossEntropy(), seed=1)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_the_layers_of_a_copy_live_in_the_copy(duplicate):
    net = example()
    other = duplicate(net)
    other.layers[0].W[0, 0] = 7
    assert other.params[0] == 7
    assert net.params[0] != 7
    other.backward(other.forward(X, training=True), np.eye(3)[[0] * 8])
    assert np.shares_memory(other.layers[3].dW, other.grads)


def test_a_file_is_data_and_runs_nothing(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (print, ("boom",))

    path = tmp_path / "bomb.npz"
    np.savez(path, header=np.array(json.dumps({})), params=np.array([Bomb()], dtype=object))
    with pytest.raises(ValueError, match="not a file of nnlib, or is damaged"):
        nn.Network.load(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"layers": [["Perceptron", {"w": [1]}]]}, "there is no layer called 'Perceptron'"),
        (
            {"layers": [["Dense", {"n_in": 5, "n_out": 4, "initializer": "os.system"}]]},
            "Dense cannot be made from",
        ),
        ({"layers": [["Dense", {"n_in": 5}]]}, "Dense cannot be made from"),
        ({"layers": [["Dense", {"n_in": 5, "n_out": -4}]]}, "two positive integers"),
        ({"cost": ["print", {}]}, "there is no part called 'print'"),
        ({"dtype": "int8"}, "dtype must be float64 or float32"),
        ({"cost": 3}, "does not describe a network"),
        (
            {"layers": [["Dense", {"n_in": 5, "n_out": 7}]]},
            r"expected params of shape \(42,\); got shape \(47,\)",
        ),
    ],
)
def test_a_header_that_lies_is_refused(header, message, tmp_path):
    path = tmp_path / "net.npz"
    net = example()
    net.save(path)
    stored, arrays = nn.storage.read_arrays(path)
    nn.storage.write_arrays(path, stored | header, arrays)
    with pytest.raises((ValueError, TypeError), match=message):
        nn.Network.load(path)


def test_missing_statistics_are_refused(tmp_path):
    path = tmp_path / "net.npz"
    example().save(path)
    header, arrays = nn.storage.read_arrays(path)
    del arrays["layers[1].running_mean"]
    nn.storage.write_arrays(path, header, arrays)
    with pytest.raises(ValueError, match=r"expected layers\[1\].running_mean of shape \(4,\); got nothing"):
        nn.Network.load(path)


def no_header():
    file = io.BytesIO()
    np.savez(file, params=np.zeros(3))
    return file.getvalue()


def header_of(text):
    file = io.BytesIO()
    np.savez(file, header=np.array(text))
    return file.getvalue()


def array_only():
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def half():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("header.npy", b"x" * 1000)
    return file.getvalue()[:200]


@pytest.mark.parametrize(
    "content", [b"", b"junk", no_header(), header_of("{"), header_of("[1]"), array_only(), half()]
)
def test_a_damaged_file_is_refused(content, tmp_path):
    path = tmp_path / "net.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a file of nnlib"):
        nn.Network.load(path)


def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "net.npz"
    example().save(path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        nn.storage.write_arrays(path, {"what": object()}, {})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]


def test_a_file_that_is_not_there_is_told_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.Network.load(tmp_path / "none.npz")
