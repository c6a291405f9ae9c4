import mpmath
import numpy as np
import pytest
from autograd import elementwise_grad, jacobian
from autograd import numpy as anp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nnlib as nn

SMOOTH = {
    nn.Sigmoid: lambda z: 1 / (1 + anp.exp(-z)),
    nn.Tanh: anp.tanh,
    nn.Softsign: lambda z: z / (1 + anp.abs(z)),
    nn.Identity: lambda z: 1.0 * z,
    nn.ReLU: lambda z: anp.maximum(z, 0.0),
    nn.LeakyReLU: lambda z: anp.where(z > 0, z, 0.01 * z),
}
EVERY = [*SMOOTH, nn.Step]
Z = np.array([-30.0, -3.0, -0.5, -1e-3, 1e-3, 0.5, 3.0, 30.0])


@pytest.mark.parametrize("kind", SMOOTH)
def test_value_and_derivative_agree_with_automatic_differentiation(kind):
    f, reference = kind(), SMOOTH[kind]
    assert np.allclose(f(Z), reference(Z), rtol=1e-14, atol=0)
    assert np.allclose(f.derivative(Z), elementwise_grad(reference)(Z), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_finite_input_makes_a_warning_and_the_dtype_stays(kind, dtype):
    limits = np.finfo(dtype)
    z = np.array([limits.min, -1e3, -1, 0, 1, 1e3, limits.max], dtype)
    f = kind()
    for result in (f(z), f.derivative(z)):
        assert result.dtype == dtype
        assert np.isfinite(result).all()


@pytest.mark.parametrize("kind", EVERY)
def test_whole_numbers_become_floats(kind):
    assert kind()([-1, 0, 1]).dtype == np.float64


@pytest.mark.parametrize("z", [-745.0, -100.0, -20.0, 0.0, 20.0, 100.0])
def test_tails_are_exact_to_the_last_digits(z):
    mpmath.mp.dps = 50
    e = mpmath.exp(-mpmath.mpf(z))
    assert float(nn.Sigmoid()(z)) == pytest.approx(float(1 / (1 + e)), rel=1e-15, abs=5e-324)
    assert float(nn.Sigmoid().derivative(z)) == pytest.approx(float(e / (1 + e) ** 2), rel=1e-15, abs=5e-324)
    assert float(nn.Tanh().derivative(z / 4)) == pytest.approx(
        float(mpmath.sech(mpmath.mpf(z) / 4) ** 2), rel=4e-15
    )


def test_at_the_kink():
    assert nn.Step()([0.0]) == 0
    assert nn.Step().derivative([-1.0, 0.0, 1.0]).tolist() == [0, 0, 0]
    assert nn.ReLU().derivative([0.0]) == 0
    assert nn.LeakyReLU(0.2).derivative([0.0]) == 0.2


@pytest.mark.parametrize("epsilon", [-0.1, 1.0])
def test_leaky_relu_refuses_a_slope_that_is_none(epsilon):
    with pytest.raises(ValueError, match="epsilon must be"):
        nn.LeakyReLU(epsilon)


scores = arrays(float, (3, 4), elements=st.floats(-50, 50))


@given(scores, st.floats(-1e3, 1e3))
def test_softmax_rows_sum_to_one_and_ignore_a_shift(z, shift):
    p = nn.Softmax()(z)
    assert (p > 0).all()
    assert np.allclose(p.sum(axis=1), 1)
    assert np.allclose(nn.Softmax()(z + shift), p, rtol=1e-10)


def test_softmax_of_extreme_scores():
    most = np.finfo(float).max
    assert nn.Softmax()([[most, -most, 0]]).tolist() == [[1, 0, 0]]


def test_softmax_jacobian():
    z = np.array([0.3, -1.2, 2.0])
    reference = jacobian(lambda v: anp.exp(v) / anp.sum(anp.exp(v)))(z)
    assert np.allclose(nn.Softmax().jacobian(z), reference, atol=1e-15)


@given(scores, arrays(float, (3, 4), elements=st.floats(-3, 3)))
def test_softmax_layer_multiplies_by_the_jacobian(z, v):
    layer = nn.Softmax()
    layer.forward(z)
    expected = [layer.jacobian(row) @ direction for row, direction in zip(z, v, strict=True)]
    assert np.allclose(layer.backward(v), expected, atol=1e-12)


def test_bases_are_abstract():
    for call in (
        lambda: nn.Activation()(1.0),
        lambda: nn.Activation().derivative(1.0),
        lambda: nn.Layer().forward(Z),
        lambda: nn.Layer().backward(Z),
        lambda: nn.Cost().link(Z),
        lambda: nn.Cost().value(Z, Z),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_repr():
    assert [repr(f) for f in (nn.ReLU(), nn.LeakyReLU(0.1), nn.Softmax())] == [
        "ReLU()",
        "LeakyReLU(0.1)",
        "Softmax()",
    ]


def test_step_and_relu_are_on_just_above_zero():
    assert nn.Step()([1e-9, 0.5]).tolist() == [1, 1]
    assert nn.ReLU().derivative([1e-9, 0.5]).tolist() == [1, 1]


def test_each_row_of_softmax_has_its_own_largest_score():
    p = nn.Softmax()([[1000.0, 0.0], [0.0, -1000.0], [1.0, 1.0]])
    assert p.tolist() == [[1, 0], [1, 0], [0.5, 0.5]]


def test_layers_keep_their_input_and_their_output():
    A = np.array([[0.5, -1.0]])
    for layer in (nn.Softmax(), nn.Tanh(), nn.ReLU(), nn.Identity()):
        out = layer.forward(A)
        assert layer.Z is A
        assert layer.A is out
