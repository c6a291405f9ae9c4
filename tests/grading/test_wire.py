"""Plain data crosses unchanged, and nothing else crosses."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grading import wire

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.complex_numbers(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)
arrays = hnp.arrays(
    st.sampled_from(["f8", "f4", "i8", "u1", "?", "c16", ">f8"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0),
)


def there_and_back(value):
    return wire.decode(wire.loads(wire.dumps({"v": wire.encode(value)}))["v"])


@settings(max_examples=100, deadline=None)
@given(plain)
def test_plain_values_cross_unchanged(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@settings(max_examples=100, deadline=None)
@given(arrays)
def test_arrays_cross_unchanged(value):
    back = there_and_back(value)
    assert back.dtype == value.dtype.newbyteorder("=")
    assert np.array_equal(back, value, equal_nan=value.dtype.kind in "fc")
    assert back.shape == value.shape


@pytest.mark.parametrize(
    "value", [np.float64(0.1), np.int64(3), np.bool_(True), np.float32(2), np.array(["a", "bc"])]
)
def test_scalars_and_texts_of_numpy_cross(value):
    back = there_and_back(value)
    assert np.array_equal(back, value)
    assert back.dtype == value.dtype


def test_views_subclasses_and_non_contiguous_arrays_arrive_as_plain_arrays():
    class Mine(np.ndarray):
        pass

    value = np.arange(12.0).reshape(3, 4).view(Mine)[:, ::2].T
    back = there_and_back(value)
    assert type(back) is np.ndarray
    assert np.array_equal(back, value)


@pytest.mark.parametrize("name", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_a_generator_crosses_with_its_state(name):
    rng = np.random.Generator(getattr(np.random, name)(7))
    rng.normal(size=3)
    assert np.array_equal(there_and_back(rng).normal(size=5), rng.normal(size=5))


@pytest.mark.parametrize("value", [object(), len, np.array([object()]), b"x", {1: {2: object()}}])
def test_other_things_do_not_cross(value):
    with pytest.raises(wire.WireError):
        wire.encode(value)


def test_nothing_crosses_that_holds_itself():
    loop = []
    loop.append(loop)
    with pytest.raises(wire.WireError, match="itself"):
        wire.encode(loop)


@pytest.mark.parametrize(
    "message",
    [
        {"t": "array", "dtype": "O", "shape": [1], "b": "AAAAAAAAAAA="},
        {"t": "array", "dtype": "<f8", "shape": [1 << 60], "b": ""},
        {"t": "array", "dtype": "<f8", "shape": [-1], "b": ""},
        {"t": "array", "dtype": "V8", "shape": [1], "b": "AAAAAAAAAAA="},
        {"t": "array", "dtype": "no", "shape": [1], "b": ""},
        {"t": "array", "dtype": "<f8", "shape": [1], "b": "$$"},
        {"t": "dict", "v": [[{"t": "dict", "v": []}, 1]]},
        {"t": "dict", "v": 3},
        {"t": "set", "v": [[1]]},
        {"t": "complex", "v": ["a"]},
        {"t": "rng", "state": {"t": "dict", "v": [["bit_generator", "os"]]}},
        {"t": "pickle", "v": "cos\nsystem\n"},
        {},
    ],
)
def test_malformed_messages_are_refused(message):
    with pytest.raises(wire.WireError):
        wire.decode(json.loads(json.dumps(message)))


def test_too_deep_and_too_long_messages_are_refused():
    with pytest.raises(wire.WireError):
        wire.loads(b"[" * 200_000)
    deep = 1
    for _ in range(60):
        deep = [deep]
    with pytest.raises(wire.WireError):
        wire.decode(deep)
    with pytest.raises(wire.WireError, match="MB"):
        wire.dumps({"v": "x" * wire.MAX_BYTES})
    with pytest.raises(wire.WireError, match="more than 1000000 numbers"):
        wire.loads(b'{"v":[' + b"[]," * 1_000_001 + b"[]]}")


def test_a_bool_is_a_bool_whatever_byte_came():
    array = wire.decode({"t": "array", "dtype": "|b1", "shape": [2], "b": "AgA="})
    assert array.view(np.uint8).tolist() == [1, 0]


def test_restore_writes_what_became_of_arguments():
    array, inner, rng = np.zeros(3), np.ones(2), np.random.default_rng(1)
    args = [array, [inner, 5], {"a": inner, "b": 1}, (inner,), rng]
    after = np.random.default_rng(2)
    wire.restore(args, [np.arange(3.0), [np.zeros(2), 6], {"a": np.zeros(2), "c": 2}, (np.zeros(2),), after])
    assert array.tolist() == [0, 1, 2]
    assert inner.tolist() == [0, 0]
    assert args[1][1] == 6
    assert args[2]["c"] == 2
    assert "b" not in args[2]
    wire.restore(rng, after)
    assert rng.normal() == np.random.default_rng(2).normal()
    longer = [1]
    wire.restore(longer, [1, 2])
    assert longer == [1, 2]
