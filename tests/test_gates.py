from itertools import product

import numpy as np
import pytest

from nnlib import gates

BITS = np.array(list(product([0, 1], repeat=2)))


@pytest.mark.parametrize(
    ("gate", "table"),
    [
        (gates.AND, [0, 0, 0, 1]),
        (gates.OR, [0, 1, 1, 1]),
        (gates.NAND, [1, 1, 1, 0]),
        (gates.NOR, [1, 0, 0, 0]),
    ],
)
def test_truth_tables(gate, table):
    assert gate(BITS).tolist() == table


def test_no_gate_has_an_input_on_its_boundary():
    for gate in (gates.AND, gates.OR, gates.NAND, gates.NOR):
        assert (np.abs(gate.z(BITS)) >= 0.5).all()


def test_not():
    assert gates.NOT([[0], [1]]).tolist() == [1, 0]


def test_wires_carry_one_bit_or_many():
    assert gates.nand(1, 1) == 0
    assert gates.nand(*BITS.T).tolist() == [1, 1, 1, 0]


def test_xor():
    assert gates.xor(*BITS.T).tolist() == [p ^ q for p, q in BITS]


def test_half_adder_adds():
    carry, total = gates.half_adder(*BITS.T)
    assert (2 * carry + total == BITS.sum(axis=1)).all()
