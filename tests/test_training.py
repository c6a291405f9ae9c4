import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

import nnlib as nn


def small(seed=0):
    return nn.Network([nn.Dense(2, 8), nn.Tanh(), nn.Dense(8, 1)], nn.BinaryCrossEntropy(), seed=seed)


X = np.random.default_rng(0).normal(size=(50, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)


def test_digits_are_learned_in_seconds():
    X_train, X_test, y_train, y_test = nn.datasets.digits(seed=0)
    layers = [nn.Dense(64, 64, nn.he), nn.ReLU(), nn.Dense(64, 10)]
    net = nn.Network(layers, cost=nn.CategoricalCrossEntropy(), seed=0)
    history = nn.fit(net, X_train, y_train, nn.SGD(0.2, momentum=0.9), epochs=20, progress=False)
    assert net.accuracy(X_test, y_test) >= 0.96
    assert history.cost[-1] < 0.05 < history.cost[0]


def test_the_same_seed_gives_the_same_weights_and_another_order_others():
    weights = []
    for seed in (0, 0, 1):
        net = small()
        nn.fit(net, X, y, nn.SGD(0.5), epochs=3, batch_size=8, seed=seed, progress=False)
        weights.append(net.params)
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_a_step_of_sgd_with_momentum_by_hand():
    theta, sgd = np.array([1.0, 2.0]), nn.SGD(learning_rate=0.1, momentum=0.5)
    sgd.step(theta, np.array([1.0, 0.0]))
    assert theta == pytest.approx([0.9, 2.0])
    sgd.step(theta, np.array([1.0, -1.0]))
    assert theta == pytest.approx([0.9 - 0.15, 2.1])


def test_one_full_batch_is_one_step_downhill():
    net, other = small(), small()
    history = nn.fit(net, X, y, nn.SGD(0.5), epochs=1, batch_size=50, progress=False)
    assert history.cost == [pytest.approx(other.evaluate(X, y))]
    Z = other.forward(X)
    other.backward(Z, other.cost.targets(Z, y))
    assert np.allclose(net.params, other.params - 0.5 * other.grads)


def test_the_recorded_cost_is_the_mean_over_samples_also_with_a_short_last_batch():
    net = small()
    history = nn.fit(net, X, y, nn.SGD(1e-12), epochs=1, batch_size=32, progress=False)
    assert history.cost[0] == pytest.approx(net.evaluate(X, y))


def test_validation_cost_is_measured_after_each_epoch():
    net = small()
    history = nn.fit(net, X[:40], y[:40], nn.SGD(0.5), epochs=3, validation=(X[40:], y[40:]), progress=False)
    assert len(history.validation_cost) == 3
    assert history.validation_cost[-1] == net.evaluate(X[40:], y[40:])


def test_progress_bar_shows_the_cost(capsys):
    nn.fit(small(), X, y, nn.SGD(0.5), epochs=2)
    assert "2/2" in capsys.readouterr().err


def test_without_tqdm_training_goes_on_in_silence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    nn.fit(small(), X, y, nn.SGD(0.5), epochs=2)
    assert capsys.readouterr().err == ""


def test_a_diverging_run_stops_and_says_where():
    net = nn.Network([nn.Dense(2, 1)], nn.MeanSquaredError())
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=r"at step \d+: SGD\(learning_rate=1e\+06"),
    ):
        nn.fit(net, X, y.reshape(-1, 1), nn.SGD(1e6), epochs=500, progress=False)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("learning_rate must be positive and finite; got 0", lambda: nn.SGD(0)),
        ("momentum must be.*got 1", lambda: nn.SGD(1, momentum=1)),
        ("positive integers; got 0 and 32", lambda: nn.fit(small(), X, y, nn.SGD(1), epochs=0)),
        (
            "positive integers; got 1 and 2.5",
            lambda: nn.fit(small(), X, y, nn.SGD(1), epochs=1, batch_size=2.5),
        ),
        ("got 5 and 4", lambda: nn.wilson_interval(5, 4)),
        ("got 0 and 0", lambda: nn.wilson_interval(0, 0)),
        ("confidence must lie", lambda: nn.wilson_interval(1, 2, confidence=1.0)),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("right", "total"), [(0, 5), (5, 5), (110, 114), (1, 1000)])
def test_wilson_interval_agrees_with_scipy(right, total):
    reference = binomtest(right, total).proportion_ci(method="wilson")
    assert nn.wilson_interval(right, total) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_the_ends_of_the_wilson_interval_are_just_plausible():
    for p in nn.wilson_interval(107, 114):
        assert abs(107 / 114 - p) == pytest.approx(1.959964 * np.sqrt(p * (1 - p) / 114), rel=1e-6)


X_MOONS, Y_MOONS = nn.datasets.moons(90, seed=1)


def noisy_run(epochs, checkpoint=None, callbacks=(), penalty=None, validation=True, optimizer=None):
    """A run with everything in it that draws random numbers or remembers."""
    layers = [nn.Dense(2, 8), nn.BatchNorm(8), nn.Tanh(), nn.Dropout(0.2), nn.DropConnect(8, 1, 0.1)]
    net = nn.Network(layers, nn.BinaryCrossEntropy(), seed=0, penalty=penalty)
    history = nn.fit(
        net,
        X_MOONS,
        Y_MOONS,
        optimizer or nn.Adam(nn.WarmUp(nn.Cosine(0.05, steps=40), steps=5)),
        epochs,
        batch_size=16,
        seed=3,
        validation=(X_MOONS, Y_MOONS) if validation else None,
        callbacks=callbacks,
        augment=lambda X, rng: X + rng.normal(scale=0.05, size=X.shape),
        checkpoint=checkpoint,
        progress=False,
    )
    return net, history


def test_a_run_that_was_interrupted_gives_the_same_bits(tmp_path):
    straight, expected = noisy_run(6, callbacks=[nn.EarlyStopping(patience=9)])
    file = tmp_path / "run.npz"

    class Interrupted(Exception):
        pass

    def pull_the_plug(net, history):
        if len(history.cost) == 4:
            raise Interrupted

    with pytest.raises(Interrupted):  # in the fourth epoch: three are in the checkpoint
        noisy_run(6, file, callbacks=[nn.EarlyStopping(patience=9), pull_the_plug])
    resumed, history = noisy_run(6, file, callbacks=[nn.EarlyStopping(patience=9)])
    assert history == expected
    before, after = straight.state(), resumed.state()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)


def test_a_run_that_was_killed_goes_on_in_another_process(tmp_path):
    file = tmp_path / "run.npz"
    straight, expected = noisy_run(8)
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import os, test_training as t\n"
        "def kill(net, history):\n"
        "    if len(history.cost) == 5: os._exit(9)\n"
        f"t.noisy_run(8, {str(file)!r}, callbacks=[kill])\n"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 9
    resumed, history = noisy_run(8, file)
    assert history == expected
    assert straight.params.tobytes() == resumed.params.tobytes()


def test_a_finished_run_is_not_trained_again_and_a_longer_one_goes_on(tmp_path):
    file = tmp_path / "run.npz"
    first, _ = noisy_run(3, file)
    again, history = noisy_run(3, file)
    assert np.array_equal(first.params, again.params)
    assert len(history.cost) == 3
    longer, history = noisy_run(5, file)
    assert len(history.cost) == 5
    assert np.array_equal(longer.params, noisy_run(5)[0].params)


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    file = tmp_path / "run.npz"

    def enough(net, history):
        return len(history.cost) == 2

    noisy_run(9, file, callbacks=[enough])
    _, history = noisy_run(9, file, callbacks=[enough])
    assert len(history.cost) == 2


def test_the_checkpoint_of_another_run_is_refused(tmp_path):
    file = tmp_path / "run.npz"
    noisy_run(2, file)
    with pytest.raises(ValueError, match="is of another run: net differ"):
        noisy_run(2, file, penalty=nn.L2(0.1))
    with pytest.raises(ValueError, match="is of another run: optimizer differ"):
        noisy_run(2, file, optimizer=nn.SGD(0.1))


def test_early_stopping_goes_back_to_the_best_network():
    costs = [0.9, 0.5, 0.7, 0.4, 0.41, 0.395, 0.6, 0.7]
    net = nn.Network([nn.Dense(1, 1)], nn.MeanSquaredError())
    stop, history = nn.EarlyStopping(patience=3, min_delta=0.01), nn.History()
    stopped_at = None
    for epoch, cost in enumerate(costs):
        net.params[:] = epoch
        history.validation_cost.append(cost)
        if stop(net, history):
            stopped_at = epoch
            break
    assert (stopped_at, stop.best_epoch, stop.best_cost) == (6, 3, 0.4)  # 0.395 is not better by 0.01
    stop.finish(net)
    assert (net.params == 3).all()


def test_early_stopping_needs_a_validation_set():
    with pytest.raises(ValueError, match="needs a validation set"):
        noisy_run(2, callbacks=[nn.EarlyStopping()], validation=False)


def test_early_stopping_that_saw_nothing_changes_nothing():
    net = nn.Network([nn.Dense(1, 1)], nn.MeanSquaredError())
    before = net.params.copy()
    nn.EarlyStopping().finish(net)
    assert np.array_equal(net.params, before)


def test_all_callbacks_are_called_and_one_is_enough_to_stop():
    calls = []
    callbacks = [lambda net, history: True, lambda net, history: calls.append(len(history.cost))]
    _, history = noisy_run(5, callbacks=callbacks)
    assert calls == [1]
    assert len(history.cost) == 1


def test_a_callback_may_do_nothing_but_look():
    class Looking(nn.Callback):
        def __call__(self, net, history):
            self.seen = len(history.cost)

    looking = Looking()
    noisy_run(3, callbacks=[looking])
    assert looking.seen == 3
    assert looking.state() == {}
    with pytest.raises(NotImplementedError):
        nn.Callback()(None, None)


def test_augmented_samples_are_what_is_trained_on():
    seen = []

    def augment(X, rng):
        seen.append(X.copy())
        return np.zeros_like(X)

    net = nn.Network([nn.Dense(2, 1, nn.zeros)], nn.MeanSquaredError())
    X, y = np.ones((6, 2)), np.ones((6, 1))
    nn.fit(net, X, y, nn.SGD(0.1), epochs=1, batch_size=4, augment=augment, progress=False)
    assert [len(batch) for batch in seen] == [4, 2]
    assert (net.layers[0].W == 0).all()  # no input, no gradient
    assert net.layers[0].b[0] != 0


def test_augmented_samples_must_fit():
    net = nn.Network([nn.Dense(2, 1)], nn.MeanSquaredError())
    with pytest.raises(ValueError, match=r"expects \(m, 2\)"):
        nn.fit(net, np.ones((4, 2)), np.ones((4, 1)), nn.SGD(0.1), 1, augment=lambda X, rng: X[:, :1])


def test_a_batch_too_small_for_batch_norm_is_refused_before_training():
    net = nn.Network([nn.Dense(2, 2), nn.BatchNorm(2), nn.Dense(2, 1)], nn.MeanSquaredError())
    before = net.params.copy()
    with pytest.raises(ValueError, match="9 samples in batches of 4 leave a batch of 1"):
        nn.fit(net, np.ones((9, 2)), np.ones((9, 1)), nn.SGD(0.1), 1, batch_size=4, progress=False)
    assert np.array_equal(net.params, before)


def test_history_plots_itself():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert nn.History(cost=[1.0, 0.5]).plot(ax) is ax
    plt.close("all")


def test_memory_does_not_grow_with_the_steps():
    X = np.random.default_rng(0).normal(size=(4000, 20))
    net = nn.Network([nn.Dense(20, 32), nn.ReLU(), nn.Dense(32, 1)], nn.MeanSquaredError())
    y, adam = X[:, :1], nn.Adam()
    nn.fit(net, X, y, adam, epochs=1, progress=False)

    def peak(epochs):
        tracemalloc.start()
        nn.fit(net, X, y, adam, epochs=epochs, progress=False)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(6) <= peak(2) + 4096


def test_split_holds_out_the_same_share_of_each_class():
    y = np.array([0] * 50 + [1] * 30 + [2] * 20)
    X = np.arange(100)
    X_train, X_test, y_train, y_test = nn.train_test_split(X, y, test_size=0.3, seed=5)
    assert np.bincount(y_test).tolist() == [15, 9, 6]
    assert sorted([*X_train, *X_test]) == X.tolist()
    assert np.array_equal(y[X_train], y_train)
    assert np.array_equal(y[X_test], y_test)
    assert not np.array_equal(nn.train_test_split(X, y, test_size=0.3, seed=6)[1], X_test)
    assert np.array_equal(nn.train_test_split(X, y, test_size=0.3, seed=5)[1], X_test)


def test_split_of_numbers_and_of_labels_without_classes():
    X, numbers = np.arange(10.0), np.arange(10.0)
    _, X_test, _, y_test = nn.train_test_split(X, numbers, test_size=0.3)
    assert np.array_equal(X_test, y_test)
    assert len(X_test) == 3
    labels = np.array([0] * 9 + [1])
    assert len(nn.train_test_split(X, labels, test_size=0.3, stratify=False)[0]) == 7


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("one label for each sample", lambda: nn.train_test_split([1, 2], [1])),
        ("one label for each sample", lambda: nn.train_test_split(1, 1)),
        ("test_size must lie between 0 and 1", lambda: nn.train_test_split([1, 2], [0, 1], test_size=1)),
        ("leaves one side without some class", lambda: nn.train_test_split([1, 2], [0, 1])),
        ("leaves one side empty", lambda: nn.train_test_split([1, 2], [0.0, 1.0], test_size=0.9)),
        ("two vectors of labels", lambda: nn.confusion_matrix([0, 1], [0])),
        ("two vectors of labels", lambda: nn.confusion_matrix([], [])),
        ("two vectors of labels", lambda: nn.confusion_matrix([0.5], [1])),
        ("two vectors of labels", lambda: nn.confusion_matrix([-1], [1])),
        ("labels from 0 to 1; got 2", lambda: nn.confusion_matrix([0, 2], [0, 1], n_classes=2)),
    ],
)
def test_bad_splits_and_counts_are_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()


def test_confusion_matrix_of_scikit_learn():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 5, (2, 300))
    assert np.array_equal(nn.confusion_matrix(y_true, y_pred), metrics.confusion_matrix(y_true, y_pred))
    assert nn.confusion_matrix([0], [1], n_classes=4).shape == (4, 4)
