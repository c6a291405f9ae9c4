import math

import numpy as np
import pytest

import nnlib as nn

# Each of ours, the same written with numbers only, step by step, and the same in PyTorch.
WANTED = {
    "SGD": (lambda: nn.SGD(0.05), lambda torch, p: torch.optim.SGD(p, lr=0.05)),
    "momentum": (
        lambda: nn.SGD(0.05, momentum=0.9),
        lambda torch, p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    ),
    "Nesterov": (
        lambda: nn.SGD(0.05, momentum=0.9, nesterov=True),
        lambda torch, p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    ),
    "Adam": (
        lambda: nn.Adam(0.03, beta1=0.8, beta2=0.99, epsilon=1e-6),
        lambda torch, p: torch.optim.Adam(p, lr=0.03, betas=(0.8, 0.99), eps=1e-6),
    ),
    "AdamW": (
        lambda: nn.AdamW(0.03, weight_decay=0.1),
        lambda torch, p: torch.optim.AdamW(p, lr=0.03, weight_decay=0.1),
    ),
}


def slope(x):
    """Of a curved valley with ripples, so that no two steps are alike."""
    x = np.asarray(x)
    return np.linspace(0.5, 3, x.size) * x + np.sin(3 * x) + 0.1 * x.sum()


START = np.random.default_rng(0).normal(size=40)


@pytest.mark.parametrize("name", WANTED)
def test_a_hundred_steps_of_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its trajectories are not compared")
    ours, theirs = WANTED[name]
    x, optimizer = START.copy(), ours()
    parameter = torch.nn.Parameter(torch.tensor(START))
    peer = theirs(torch, [parameter])
    for _ in range(100):
        optimizer.step(x, slope(x))
        parameter.grad = torch.tensor(slope(parameter.detach().numpy()))
        peer.step()
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=0, atol=1e-9)


def adam_by_the_book(x, steps, eta, beta1, beta2, epsilon, decay=0.0):
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in range(1, steps + 1):
        g = slope(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        x = (1 - eta * decay) * x - eta * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return x


def momentum_by_the_book(x, steps, eta, mu, nesterov):
    v = np.zeros_like(x)
    for _ in range(steps):
        g = slope(x)
        v = mu * v + g
        x = x - eta * (g + mu * v if nesterov else v)
    return x


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: nn.SGD(0.05), lambda x: momentum_by_the_book(x, 100, 0.05, 0, False)),
        (lambda: nn.SGD(0.05, momentum=0.9), lambda x: momentum_by_the_book(x, 100, 0.05, 0.9, False)),
        (
            lambda: nn.SGD(0.05, momentum=0.9, nesterov=True),
            lambda x: momentum_by_the_book(x, 100, 0.05, 0.9, True),
        ),
        (lambda: nn.Adam(0.03), lambda x: adam_by_the_book(x, 100, 0.03, 0.9, 0.999, 1e-8)),
        (lambda: nn.AdamW(0.03), lambda x: adam_by_the_book(x, 100, 0.03, 0.9, 0.999, 1e-8, 0.01)),
    ],
    ids=["SGD", "momentum", "Nesterov", "Adam", "AdamW"],
)
def test_a_hundred_steps_by_the_book(make, expected):
    x, optimizer = START.copy(), make()
    for _ in range(100):
        optimizer.step(x, slope(x))
    np.testing.assert_allclose(x, expected(START), rtol=0, atol=1e-12)


def test_a_vector_longer_than_a_piece_moves_as_its_parts_would(monkeypatch):
    whole, parts = START.copy(), START.copy()
    first, second = nn.Adam(0.1), nn.Adam(0.1)
    for _ in range(3):
        first.step(whole, slope(whole))
    monkeypatch.setattr(nn.optimizers, "PIECE", 7)
    for _ in range(3):
        second.step(parts, slope(parts))
    assert np.array_equal(whole, parts)


def test_decoupled_decay_of_plain_sgd_is_the_l2_penalty():
    decayed, penalized = START.copy(), START.copy()
    a, b = nn.SGD(0.05, weight_decay=0.3), nn.SGD(0.05)
    for _ in range(20):
        a.step(decayed, slope(decayed))
        b.step(penalized, slope(penalized) + 0.3 * penalized)
    np.testing.assert_allclose(decayed, penalized, atol=1e-12)


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate_everywhere():
    x = START.copy()
    nn.Adam(learning_rate=0.01).step(x, slope(START))
    np.testing.assert_allclose(np.abs(x - START), 0.01, rtol=1e-5)


def test_schedules():
    steps = nn.StepDecay(1.0, every=10, factor=0.5)
    assert [steps(t) for t in (0, 9, 10, 25)] == [1.0, 1.0, 0.5, 0.25]
    cosine = nn.Cosine(2.0, steps=100, minimum=1.0)
    assert [cosine(t) for t in (0, 50, 100, 1000)] == pytest.approx([2, 1.5, 1, 1])
    assert cosine(25) == pytest.approx(1 + (1 + math.cos(math.pi / 4)) / 2)
    warm = nn.WarmUp(nn.StepDecay(1.0, every=5), steps=4)
    assert [warm(t) for t in (0, 3, 4, 8, 9)] == pytest.approx([0.25, 1, 1, 1, 0.1])
    assert nn.WarmUp(3.0, steps=2)(0) == 1.5


def test_the_schedule_is_followed_step_by_step():
    x, sgd = np.array([0.0]), nn.SGD(nn.StepDecay(1.0, every=2, factor=0.1))
    seen = []
    for _ in range(5):
        seen.append(sgd.rate)
        sgd.step(x, np.array([1.0]))
    assert seen == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert x[0] == pytest.approx(-2.21)


@pytest.mark.parametrize("make", [lambda: nn.SGD(0.1, momentum=0.9), nn.Adam, nn.AdamW, lambda: nn.SGD(0.1)])
def test_an_optimizer_goes_on_from_its_state(make):
    straight, broken = START.copy(), START.copy()
    one, first, second = make(), make(), make()
    for _ in range(6):
        one.step(straight, slope(straight))
    for _ in range(3):
        first.step(broken, slope(broken))
    second.load_state(first.state())
    for _ in range(3):
        second.step(broken, slope(broken))
    assert np.array_equal(straight, broken)
    assert second.t == 6


def test_float32_stays_float32():
    x = START.astype("float32")
    adam = nn.Adam()
    adam.step(x, x)
    assert {past.dtype for past in adam.memory} == {np.dtype("float32")}


def test_repr():
    assert repr(nn.SGD(0.1)) == "SGD(learning_rate=0.1, momentum=0)"
    assert repr(nn.SGD(0.1, 0.9, True, 0.01)) == (
        "SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)"
    )
    assert repr(nn.Adam()) == "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)"
    assert repr(nn.AdamW(nn.Cosine(0.1, 10))) == (
        "AdamW(learning_rate=Cosine(learning_rate=0.1, steps=10, minimum=0.0), beta1=0.9, beta2=0.999, "
        "epsilon=1e-08, weight_decay=0.01)"
    )


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("learning_rate must be positive and finite; got 0", lambda: nn.SGD(0)),
        ("learning_rate must be positive and finite; got inf", lambda: nn.Adam(np.inf)),
        ("learning_rate must be positive and finite; got nan", lambda: nn.Adam(np.nan)),
        ("momentum must be at least 0 and less than 1; got 1", lambda: nn.SGD(0.1, momentum=1)),
        ("momentum must be at least 0 and less than 1; got -0.1", lambda: nn.SGD(0.1, momentum=-0.1)),
        ("nesterov needs a momentum", lambda: nn.SGD(0.1, nesterov=True)),
        ("weight_decay must be a finite number, not negative; got -1", lambda: nn.SGD(0.1, weight_decay=-1)),
        ("weight_decay must be", lambda: nn.AdamW(weight_decay=np.inf)),
        ("beta1 must be at least 0 and less than 1; got 1", lambda: nn.Adam(beta1=1)),
        ("beta2 must be at least 0 and less than 1; got -1", lambda: nn.AdamW(beta2=-1)),
        ("epsilon must be positive", lambda: nn.Adam(epsilon=0)),
        ("every must be positive", lambda: nn.StepDecay(1.0, every=0)),
        ("factor must be positive", lambda: nn.StepDecay(1.0, every=1, factor=0)),
        ("learning_rate must be positive", lambda: nn.StepDecay(-1.0, every=1)),
        ("steps must be positive", lambda: nn.Cosine(1.0, steps=0)),
        ("learning_rate must be positive", lambda: nn.Cosine(0.0, steps=1)),
        ("steps must be positive", lambda: nn.WarmUp(1.0, steps=0)),
        ("two vectors of one length", lambda: nn.SGD(0.1).step(np.zeros(3), np.zeros(4))),
        ("two vectors of one length", lambda: nn.SGD(0.1).step(np.zeros((2, 2)), np.zeros((2, 2)))),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_optimizer_belongs_to_one_vector():
    adam = nn.Adam()
    adam.step(np.zeros(3), np.zeros(3))
    with pytest.raises(ValueError, match="remembers 3 parameters; got 4"):
        adam.step(np.zeros(4), np.zeros(4))


def test_the_base_is_abstract():
    with pytest.raises(NotImplementedError):
        nn.Optimizer(0.1).step(np.zeros(1), np.zeros(1))


def test_the_rise_ends_where_the_schedule_begins():
    warm = nn.WarmUp(lambda t: 1.0 if t == 0 else 7.0, steps=2)
    assert [warm(t) for t in range(4)] == [0.5, 1.0, 1.0, 7.0]


def test_adam_without_memory_goes_by_the_sign():
    x = START.copy()
    nn.Adam(0.01, beta1=0, beta2=0).step(x, slope(START))
    np.testing.assert_allclose(x, START - 0.01 * np.sign(slope(START)), atol=1e-8)


def test_defaults_are_those_of_the_papers():
    for optimizer in (nn.Adam(), nn.AdamW()):
        assert (optimizer.rate, optimizer.beta1, optimizer.beta2, optimizer.epsilon) == (
            1e-3,
            0.9,
            0.999,
            1e-8,
        )
    assert nn.AdamW(epsilon=1e-3).epsilon == 1e-3
    assert repr(nn.SGD(1 / 3)) == "SGD(learning_rate=0.333333, momentum=0)"
