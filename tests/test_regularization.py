import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn

X = np.random.default_rng(0).normal(size=(12, 6))


def layer_of_a_network(layer, seed=0, dtype=np.float64):
    """A layer that has its parameters and its randomness."""
    return nn.Network(
        [layer, nn.Dense(layer.width(6), 1)], nn.MeanSquaredError(), seed=seed, dtype=dtype
    ).layers[0]


@settings(max_examples=20, deadline=None)
@given(p=st.floats(0, 0.9), seed=st.integers(0, 100))
def test_dropout_keeps_the_expected_value(p, seed):
    layer = layer_of_a_network(nn.Dropout(p), seed)
    mean = np.mean([layer.forward(np.ones((50, 6)), training=True) for _ in range(40)])
    deviation = np.sqrt(p / (1 - p) / (40 * 300))
    assert abs(mean - 1) <= 5 * deviation + 1e-12


def test_dropout_drops_entries_and_not_rows_or_columns():
    layer = layer_of_a_network(nn.Dropout(0.5))
    out = layer.forward(np.ones((200, 6)), training=True)
    assert set(np.unique(out)) == {0.0, 2.0}
    assert ((out == 0).mean(axis=0) > 0.3).all()
    assert np.unique((out == 0).sum(axis=1)).size > 3


def test_dropout_does_nothing_at_test_and_its_gradient_uses_the_same_mask():
    layer = layer_of_a_network(nn.Dropout(0.5))
    assert layer.forward(X) is X
    assert layer.backward(X) is X
    out = layer.forward(X, training=True)
    assert np.array_equal(layer.backward(np.ones_like(X)), out / X)


def test_dropconnect_drops_weights_for_a_whole_batch():
    layer = layer_of_a_network(nn.DropConnect(6, 4, 0.5))
    out = layer.forward(X, training=True)
    assert layer.mask.shape == layer.W.shape
    np.testing.assert_allclose(out, X @ (layer.W * layer.mask).T + layer.b)
    np.testing.assert_allclose(layer.forward(X), X @ layer.W.T + layer.b)


def test_the_mean_over_masks_of_dropconnect_is_the_layer_at_test():
    layer = layer_of_a_network(nn.DropConnect(6, 4, 0.3))
    mean = np.mean([layer.forward(X, training=True).copy() for _ in range(4000)], axis=0)
    np.testing.assert_allclose(mean, layer.forward(X), atol=0.2)


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.DropConnect(6, 6, 0.5), nn.BatchNorm(6)], ids=repr)
def test_float32_stays_float32(layer):
    layer = layer_of_a_network(layer, dtype=np.float32)
    out = layer.forward(X.astype("float32"), training=True)
    assert out.dtype == layer.backward(out).dtype == np.float32
    assert layer.forward(X.astype("float32")).dtype == np.float32


def test_batch_norm_in_training():
    layer = layer_of_a_network(nn.BatchNorm(6))
    out = layer.forward(3 * X + 5, training=True)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=1e-5)
    layer.gamma[:], layer.beta[:] = 1.7, -0.4
    out = layer.forward(3 * X + 5, training=True)
    np.testing.assert_allclose(out.mean(axis=0), -0.4)  # the mean is β,
    np.testing.assert_allclose(out.var(axis=0), 1.7**2, rtol=1e-4)  # the variance γ²


def test_batch_norm_averages_the_statistics_of_its_batches():
    layer = layer_of_a_network(nn.BatchNorm(6, momentum=0.25))
    layer.forward(X, training=True)
    layer.forward(X + 1, training=True)
    mean, var = np.zeros(6), np.ones(6)
    for batch in (X, X + 1):
        mean = 0.75 * mean + 0.25 * batch.mean(axis=0)
        var = 0.75 * var + 0.25 * batch.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.running_mean, mean)
    np.testing.assert_allclose(layer.running_var, var)


def test_batch_norm_at_test_is_an_affine_map_that_a_dense_layer_can_take_in():
    net = nn.Network([nn.Dense(6, 5), nn.BatchNorm(5), nn.Dense(5, 2)], nn.MeanSquaredError(), seed=1)
    dense, norm, last = net.layers
    for _ in range(5):
        net.forward(X, training=True)
    norm.gamma[:], norm.beta[:] = np.linspace(0.5, 2, 5), np.linspace(-1, 1, 5)
    folded = nn.Network([nn.Dense(6, 5), nn.Dense(5, 2)], nn.MeanSquaredError())
    scale = norm.gamma / np.sqrt(norm.running_var + norm.epsilon)
    folded.layers[0].W[:] = scale[:, None] * dense.W
    folded.layers[0].b[:] = scale * (dense.b - norm.running_mean) + norm.beta
    folded.layers[1].W[:], folded.layers[1].b[:] = last.W, last.b
    np.testing.assert_allclose(folded.forward(X), net.forward(X), atol=1e-12)


def test_batch_norm_predicts_for_one_sample_and_cannot_train_on_it():
    layer = layer_of_a_network(nn.BatchNorm(6))
    layer.forward(X, training=True)
    np.testing.assert_allclose(layer.forward(X)[:1], layer.forward(X[:1]))
    with pytest.raises(ValueError, match="one sample: its variance is 0"):
        layer.forward(X[:1], training=True)


def test_batch_norm_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its batch norm is not compared")
    ours, theirs = layer_of_a_network(nn.BatchNorm(6)), torch.nn.BatchNorm1d(6, dtype=torch.float64)
    for shift in (0, 1, 5):
        np.testing.assert_allclose(
            ours.forward(X + shift, training=True),
            theirs(torch.tensor(X + shift)).detach().numpy(),
            atol=1e-10,
        )
    np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy(), atol=1e-12)
    theirs.eval()
    np.testing.assert_allclose(ours.forward(X), theirs(torch.tensor(X)).detach().numpy(), atol=1e-10)


WEIGHTS = np.array([0.0, -2.0, 0.5, 3.0])


def test_penalties_by_hand():
    assert nn.L1(0.1).value(WEIGHTS) == pytest.approx(0.55)
    assert nn.L2(0.1).value(WEIGHTS) == pytest.approx(0.05 * (4 + 0.25 + 9))
    assert nn.Lp(0.1, 4).value(WEIGHTS) == pytest.approx(0.025 * (16 + 0.0625 + 81))
    np.testing.assert_allclose(nn.Lp(0.1, 4).gradient(WEIGHTS), 0.1 * WEIGHTS**3)
    np.testing.assert_allclose(nn.Lp(0.1, 0.5).gradient(WEIGHTS)[0], 0)  # infinitely steep: held at 0


@pytest.mark.parametrize(("special", "p"), [(nn.L1, 1), (nn.L2, 2)])
def test_l1_and_l2_are_lp(special, p):
    assert special(0.3).value(WEIGHTS) == nn.Lp(0.3, p).value(WEIGHTS)
    np.testing.assert_allclose(special(0.3).gradient(WEIGHTS), nn.Lp(0.3, p).gradient(WEIGHTS))


def test_a_penalty_leaves_biases_and_batch_norm_alone():
    layers = [nn.Dense(6, 4), nn.BatchNorm(4), nn.DropConnect(4, 2, 0.0)]
    with_penalty = nn.Network(layers, nn.MeanSquaredError(), penalty=nn.L2(0.5), seed=0)
    Z = with_penalty.forward(X, training=True)
    without = nn.MeanSquaredError().value(Z, np.zeros((12, 2)))
    assert with_penalty.backward(Z, np.zeros((12, 2))) == pytest.approx(without)  # the cost alone
    grads = with_penalty.grads.copy()
    with_penalty.penalty = None
    with_penalty.backward(with_penalty.forward(X, training=True), np.zeros((12, 2)))
    difference = grads - with_penalty.grads
    names = [name.split(".")[1][:1] for name in with_penalty.parameter_names()]
    is_weight = np.array([name == "W" for name in names])
    np.testing.assert_allclose(difference[is_weight], 0.5 * with_penalty.params[is_weight])
    np.testing.assert_allclose(difference[~is_weight], 0, atol=1e-15)
    assert is_weight.sum() == 6 * 4 + 4 * 2


def test_shifts():
    image = np.zeros((1, 8, 8))
    image[0, 3, 4] = 1
    rng, places = np.random.default_rng(0), set()
    for _ in range(300):
        moved = nn.random_shifts(image.reshape(1, -1), rng, pixels=1).reshape(8, 8)
        assert moved.sum() == 1
        places.add(tuple(map(int, np.argwhere(moved)[0])))
    assert places == {(3 + i, 4 + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}


def test_each_image_is_shifted_for_itself_and_what_leaves_is_gone():
    rng = np.random.default_rng(0)
    moved = nn.random_shifts(np.ones((50, 64), "float32"), rng, pixels=3)
    assert moved.dtype == np.float32
    assert np.unique(moved.sum(axis=1)).size > 5
    assert moved.sum(axis=1).min() >= 25


def test_rotations():
    image = np.zeros((1, 9, 9))
    image[0, 4, 7] = 1.0  # three to the right of the middle
    rng = np.random.default_rng(0)
    turned = nn.random_rotations(image.reshape(1, -1), rng, shape=(9, 9), degrees=0)
    assert np.array_equal(turned.reshape(9, 9), image[0])
    angles = []
    for _ in range(50):
        turned = nn.random_rotations(image.reshape(1, -1), rng, shape=(9, 9), degrees=30).reshape(9, 9)
        row, column = (np.tensordot(turned, grid, 2) / turned.sum() - 4 for grid in np.mgrid[:9, :9])
        angles.append(np.degrees(np.arctan2(row, column)))
        assert np.hypot(row, column) == pytest.approx(3, abs=0.3)
    assert -33 < min(angles) < -20 < 20 < max(angles) < 33


def test_a_quarter_turn_is_exact():
    image = np.arange(9.0).reshape(1, 9)

    class Quarter:
        def uniform(self, low, high, size):
            return np.full(size, 90.0)

    turned = nn.random_rotations(image, Quarter(), shape=(3, 3)).reshape(3, 3)
    both = [np.rot90(image.reshape(3, 3), k) for k in (1, -1)]
    assert any(np.allclose(turned, quarter) for quarter in both)


def test_rotated_whole_numbers_are_floats_and_float32_stays():
    rng = np.random.default_rng(0)
    assert nn.random_rotations(np.ones((2, 4), int), rng, shape=(2, 2)).dtype == np.float64
    assert nn.random_rotations(np.ones((2, 4), "float32"), rng, shape=(2, 2)).dtype == np.float32


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("at least 0 and less than 1; got 1", lambda rng: nn.Dropout(1)),
        ("at least 0 and less than 1; got -0.1", lambda rng: nn.DropConnect(2, 2, -0.1)),
        ("DropConnect expects two positive integers", lambda rng: nn.DropConnect(2, 0, 0.1)),
        ("a positive integer, the number of features; got 0", lambda rng: nn.BatchNorm(0)),
        ("a positive integer, the number of features; got 2.0", lambda rng: nn.BatchNorm(2.0)),
        ("momentum between 0 and 1", lambda rng: nn.BatchNorm(2, momentum=0)),
        ("momentum between 0 and 1", lambda rng: nn.BatchNorm(2, momentum=1.5)),
        ("positive epsilon", lambda rng: nn.BatchNorm(2, epsilon=0)),
        ("positive epsilon", lambda rng: nn.BatchNorm(2, epsilon=np.inf)),
        (
            "BatchNorm.* expects 3 features; the layer before it has 2",
            lambda rng: nn.Network([nn.Dense(2, 2), nn.BatchNorm(3)], nn.MeanSquaredError()),
        ),
        ("lam must not be negative", lambda rng: nn.L2(-1)),
        ("lam must not be negative", lambda rng: nn.L1(np.inf)),
        ("p must be positive; got 1 and 0", lambda rng: nn.Lp(1, 0)),
        ("p must be positive; got 1 and inf", lambda rng: nn.Lp(1, np.inf)),
        ("8 × 8 pixels as rows; got shape", lambda rng: nn.random_shifts(np.ones((2, 9)), rng)),
        ("8 × 8 pixels as rows; got shape", lambda rng: nn.random_rotations(np.ones(64), rng)),
        ("pixels must not be negative", lambda rng: nn.random_shifts(np.ones((2, 64)), rng, pixels=-1)),
        ("degrees must be", lambda rng: nn.random_rotations(np.ones((2, 64)), rng, degrees=-1)),
        ("degrees must be", lambda rng: nn.random_rotations(np.ones((2, 64)), rng, degrees=np.inf)),
        ("patience must be a positive integer", lambda rng: nn.EarlyStopping(patience=0)),
        ("patience must be a positive integer", lambda rng: nn.EarlyStopping(patience=1.5)),
        ("min_delta not negative", lambda rng: nn.EarlyStopping(min_delta=-1)),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
