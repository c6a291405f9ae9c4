"""Data-parallel training on Dask: the same trajectory, whatever the number of workers, even if one dies."""

import contextlib
import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest

import nnlib as nn
from nnlib.parallel import DataParallel, part_gradient, search

pytestmark = pytest.mark.filterwarnings("ignore")  # distributed and its own imports warn as they please


class Here:
    """A stand-in for a cluster: tasks run at once, in this process."""

    def __init__(self, workers):
        self.workers, self.sizes = workers, []

    def nthreads(self):
        return dict.fromkeys(range(self.workers), 1)

    def submit(self, function, *arguments, pure):
        self.sizes.append(len(arguments[2]))
        return function(*arguments)

    def map(self, function, arguments, pure):
        return [function(argument) for argument in arguments]

    def gather(self, futures):
        return futures


@pytest.fixture(scope="module")
def data():
    X, _, y, _ = nn.datasets.digits(seed=0)
    return X[:203], y[:203]


def network(cost=None, penalty=None, **options):
    layers = [nn.Dense(64, 12), nn.LeakyReLU(0.1), nn.Dense(12, 10)]
    return nn.Network(layers, cost or nn.CategoricalCrossEntropy(), seed=3, penalty=penalty, **options)


def train(net, data, **options):
    more = {"epochs": 3, "batch_size": 50, "progress": False} | options
    return nn.fit(net, *data, nn.Adam(0.01), **more)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("penalty", [None, nn.L2(0.01)])
def test_the_trajectory_is_that_of_one_process(data, workers, penalty):
    alone, together = network(penalty=penalty), network(penalty=penalty)
    expected = train(alone, data, validation=data)
    history = train(DataParallel(together, Here(workers)), data, validation=data)
    np.testing.assert_allclose(together.params, alone.params, rtol=0, atol=1e-12)
    np.testing.assert_allclose(history.cost, expected.cost, rtol=0, atol=1e-12)
    np.testing.assert_allclose(history.validation_cost, expected.validation_cost, rtol=0, atol=1e-12)


def test_a_batch_is_cut_into_parts_as_equal_as_can_be(data):
    client = Here(2)
    train(DataParallel(network(), client, parts=4), data, epochs=1)
    assert client.sizes == [13, 13, 12, 12] * 4 + [1, 1, 1]


def test_parts_of_unequal_size_count_by_their_size(data):
    X, y = data[0][:3], data[1][:3]
    net, parallel = network(), DataParallel(network(), Here(2))
    Y = net.cost.targets(np.empty((3, 10)), y)
    value = net.backward(net.forward(X, training=True), Y)
    assert parallel.backward(parallel.forward(X, training=True), Y) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(parallel.grads, net.grads, rtol=0, atol=1e-15)


def test_workers_keep_the_precision_and_the_settings_of_layers_and_cost(data):
    net = nn.Network([nn.Dense(64, 1), nn.LeakyReLU(0.3)], nn.Huber(0.05), seed=1, dtype=np.float32)
    parallel = DataParallel(net, Here(2))
    X = parallel.samples(data[0])
    Y = net.cost.targets(np.empty((len(X), 1), np.float32), data[1][:, None])
    value, grads = part_gradient(parallel.recipe, net.params, X, Y)
    assert grads.dtype == np.float32
    assert value == net.backward(net.forward(X, training=True), Y)
    np.testing.assert_array_equal(grads, net.grads)


def test_a_checkpoint_moves_between_one_process_and_many(data, tmp_path):
    whole, begun, continued = network(), network(), network()
    train(whole, data, epochs=4)
    train(begun, data, epochs=2, checkpoint=tmp_path / "run.npz")
    train(DataParallel(continued, Here(2)), data, epochs=4, checkpoint=tmp_path / "run.npz")
    np.testing.assert_allclose(continued.params, whole.params, rtol=0, atol=1e-12)


@pytest.mark.parametrize("layer", [nn.BatchNorm(12), nn.Dropout(0.5), nn.DropConnect(12, 12, 0.5)], ids=repr)
def test_a_layer_that_needs_the_whole_batch_is_refused(layer):
    net = nn.Network([nn.Dense(64, 12), layer, nn.Dense(12, 10)], nn.CategoricalCrossEntropy())
    with pytest.raises(ValueError, match="on a part of a batch"):
        DataParallel(net, Here(2))


def test_a_number_of_parts_must_be_positive():
    with pytest.raises(ValueError, match="parts must be a positive integer; got 0"):
        DataParallel(network(), Here(1), parts=0)


def test_a_search_puts_the_best_first_and_keeps_the_order_of_equals():
    tried = [{"a": 1, "b": 0}, {"a": 3, "b": 1}, {"a": 1, "b": 5}]
    best = search(Here(1), lambda a, b: a, tried)
    assert best == [({"a": 3, "b": 1}, 3), ({"a": 1, "b": 0}, 1), ({"a": 1, "b": 5}, 1)]


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="pip install '.[parallel]'")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        distributed.LocalCluster(**options, dashboard_address=None, host="127.0.0.1") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield SimpleNamespace(client=client, cluster=cluster)


def test_real_workers_give_the_same_trajectory_and_one_may_die(cluster, data):
    alone, together = network(), network()
    expected = train(alone, data, epochs=6)
    pids = list(cluster.client.run(os.getpid).values())
    assert os.getpid() not in pids

    def kill_one(net, history):
        if len(history.cost) == 2:
            os.kill(pids[0], getattr(signal, "SIGKILL", signal.SIGTERM))

    history = train(DataParallel(together, cluster.client, parts=2), data, epochs=6, callbacks=[kill_one])
    np.testing.assert_allclose(together.params, alone.params, rtol=0, atol=1e-12)
    np.testing.assert_allclose(history.cost, expected.cost, rtol=0, atol=1e-12)
    with contextlib.suppress(TimeoutError):
        cluster.client.wait_for_workers(2, timeout=120)
    assert pids[0] not in cluster.client.run(os.getpid).values()


def test_a_search_runs_on_real_workers(cluster):
    best = search(cluster.client, lambda x: -abs(x - 2), [{"x": x} for x in range(4)])
    assert [c["x"] for c, _ in best] == [2, 1, 3, 0]
