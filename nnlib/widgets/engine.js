// The arithmetic of nnlib for the explorables: the same formulas in the same order, in float64.
// Samples are rows, W is (n_out, n_in) row by row, and the 1/m stands in the cost only.
// It knows nothing of the page. tests/site/test_engine.py compares it with nnlib.

/** @typedef {{f: (z: number) => number, d: (z: number) => number}} Scalar a function and its slope */

/** @type {Record<string, Scalar>} */
export const ACTIVATIONS = {
  Identity: { f: (z) => z, d: () => 1 },
  Step: { f: (z) => (z > 0 ? 1 : 0), d: (_z) => 0 },
  Sigmoid: {
    f: (z) => { const e = Math.exp(-Math.abs(z)); return (z >= 0 ? 1 : e) / (1 + e); },
    d: (z) => { const e = Math.exp(-Math.abs(z)); return e / ((1 + e) * (1 + e)); },
  },
  Tanh: {
    f: Math.tanh,
    d: (z) => { const e = Math.exp(-Math.abs(z)), q = e * e; return (4 * q) / ((1 + q) * (1 + q)); },
  },
  ReLU: { f: (z) => (z > 0 ? z : 0), d: (z) => (z > 0 ? 1 : 0) },
  LeakyReLU: { f: (z) => (z > 0 ? z : 0.01 * z), d: (z) => (z > 0 ? 1 : 0.01) },
  Softsign: { f: (z) => z / (1 + Math.abs(z)), d: (z) => { const s = 1 / (1 + Math.abs(z)); return s * s; } },
};

/**
 * A cost of one score z against one target y: prediction, loss of the pair, and slope of the loss in z.
 * @typedef {{link: (z: number) => number, loss: (z: number, y: number) => number,
 *   slope: (z: number, y: number) => number, boundary: number}} PairCost
 */

/** @type {Record<string, PairCost>} */
export const COSTS = {
  MeanSquaredError: { link: (z) => z, loss: (z, y) => ((z - y) * (z - y)) / 2, slope: (z, y) => z - y, boundary: 0.5 },
  MeanAbsoluteError: { link: (z) => z, loss: (z, y) => Math.abs(z - y), slope: (z, y) => Math.sign(z - y), boundary: 0.5 },
  Huber: huber(1),
  Hinge: { link: (z) => z, loss: (z, y) => Math.max(0, 1 - y * z), slope: (z, y) => (y * z < 1 ? -y : 0), boundary: 0 },
  BinaryCrossEntropy: {
    link: ACTIVATIONS.Sigmoid.f,
    loss: (z, y) => Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z))),
    slope: (z, y) => ACTIVATIONS.Sigmoid.f(z) - y,
    boundary: 0.5,
  },
};

/**
 * Huber's cost with the bend at delta.
 * @param {number} delta @returns {PairCost}
 */
export function huber(delta) {
  return {
    link: (z) => z,
    loss: (z, y) => { const r = Math.abs(z - y); return r <= delta ? (r * r) / 2 : delta * (r - delta / 2); },
    slope: (z, y) => Math.max(-delta, Math.min(delta, z - y)),
    boundary: 0.5,
  };
}

/** Marsaglia's xorshift128 seeded by splitmix32; 53 bits a number. */
export class Random {
  /** @param {number} seed */
  constructor(seed) {
    let h = seed | 0;
    /** @type {number[]} */
    this.state = [0, 0, 0, 0].map(() => {
      h = (h + 0x9e3779b9) | 0;
      let t = h ^ (h >>> 16);
      t = Math.imul(t, 0x21f0aaad);
      t ^= t >>> 15;
      t = Math.imul(t, 0x735a2d97);
      return (t ^ (t >>> 15)) | 0;
    });
    if (!this.state.some(Boolean)) this.state[0] = 1;
  }

  /** 32 random bits. @returns {number} */
  bits() {
    const s = this.state;
    let t = s[3];
    t ^= t << 11;
    t ^= t >>> 8;
    s[3] = s[2]; s[2] = s[1]; s[1] = s[0];
    s[0] = t ^ s[0] ^ (s[0] >>> 19);
    return s[0] >>> 0;
  }

  /** Uniform on [0, 1). @returns {number} */
  uniform() {
    const high = this.bits() >>> 5, low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Standard normal, by Box and Muller. @returns {number} */
  normal() {
    const r = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return r * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The numbers below n in random order (Fisher and Yates). @param {number} n @returns {Int32Array} */
  permutation(n) {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      const kept = order[i]; order[i] = order[j]; order[j] = kept;
    }
    return order;
  }
}

/**
 * @typedef {{n_in: number, n_out: number, w: number, b: number, W: Float64Array, B: Float64Array, dW: Float64Array,
 *   dB: Float64Array, Z: Float64Array, A: Float64Array, dZ: Float64Array, mask: Float64Array}} DenseLayer
 *   w and b: where the weights and biases begin in the parameter vector
 * @typedef {{kind: string, lam: number}} Penalty kind: "", "L1" or "L2"
 * @typedef {{sizes: number[], activation?: string, cost?: string, dropout?: number, penalty?: Penalty, seed?: number,
 *   initializer?: string}} NetworkOptions
 */

/**
 * Dense layers with one activation between them, as nn.Network([Dense, act, Dropout, Dense, …]).
 * The last layer gives the scores; the cost owns the output activation.
 */
export class Network {
  /** @param {NetworkOptions} options */
  constructor({ sizes, activation = "Tanh", cost = "BinaryCrossEntropy", dropout = 0, penalty = { kind: "", lam: 0 },
    seed = 0, initializer = "glorot" }) {
    this.sizes = sizes;
    this.activation = ACTIVATIONS[activation];
    this.costName = cost;
    this.dropout = dropout;
    this.penalty = penalty;
    let n = 0;
    for (let l = 1; l < sizes.length; l++) n += sizes[l] * (sizes[l - 1] + 1);
    /** All parameters, layer by layer: W row by row, then b. */
    this.params = new Float64Array(n);
    this.grads = new Float64Array(n);
    this.random = new Random(seed ^ 0x5bd1e995); // of the dropout
    this.room = 0;
    this.m = 0;
    /** @type {Float64Array} */
    this.X = new Float64Array(0);
    /** @type {DenseLayer[]} */
    this.layers = [];
    for (let l = 1, at = 0; l < sizes.length; l++) {
      const n_in = sizes[l - 1], n_out = sizes[l], nw = n_in * n_out, none = new Float64Array(0);
      this.layers.push({
        n_in, n_out, w: at, b: at + nw,
        W: this.params.subarray(at, at + nw), B: this.params.subarray(at + nw, at + nw + n_out),
        dW: this.grads.subarray(at, at + nw), dB: this.grads.subarray(at + nw, at + nw + n_out),
        Z: none, A: none, dZ: none, mask: none,
      });
      at += nw + n_out;
    }
    this.initialize(seed, initializer);
  }

  /** Random start weights, biases 0. @param {number} seed @param {string} initializer "glorot", "he" or "zeros" */
  initialize(seed, initializer) {
    const random = new Random(seed);
    for (const layer of this.layers) {
      const limit = Math.sqrt(6 / (layer.n_in + layer.n_out)), scale = Math.sqrt(2 / layer.n_in);
      for (let i = 0; i < layer.W.length; i++) {
        layer.W[i] = initializer === "zeros" ? 0 : initializer === "he" ? scale * random.normal() : limit * (2 * random.uniform() - 1);
      }
      layer.B.fill(0);
    }
  }

  /** @param {number} m make room for m samples */
  reserve(m) {
    if (m <= this.room) return;
    this.room = m;
    for (const layer of this.layers) {
      layer.Z = new Float64Array(m * layer.n_out);
      layer.A = new Float64Array(m * layer.n_out);
      layer.dZ = new Float64Array(m * layer.n_out);
      layer.mask = new Float64Array(m * layer.n_out);
    }
  }

  /**
   * Scores of m samples; every layer keeps its Z and A (the last layer's A is not used).
   * @param {Float64Array} X m rows @param {number} m @param {boolean} [training] drop units?
   * @returns {Float64Array} the last layer's Z, valid up to m rows
   */
  forward(X, m, training = false) {
    this.reserve(m);
    this.X = X;
    this.m = m;
    const f = this.activation.f, last = this.layers.length - 1, keep = 1 - this.dropout;
    this.dropped = training && this.dropout > 0;
    let input = X;
    for (let l = 0; l <= last; l++) {
      const { n_in, n_out, W, B, Z, A, mask } = this.layers[l];
      for (let i = 0; i < m; i++) {
        const row = i * n_in;
        for (let j = 0; j < n_out; j++) {
          let z = 0;
          for (let k = 0, w = j * n_in; k < n_in; k++, w++) z += input[row + k] * W[w];
          Z[i * n_out + j] = z + B[j];
        }
      }
      if (l < last) {
        const end = m * n_out;
        for (let i = 0; i < end; i++) A[i] = f(Z[i]);
        if (this.dropped) {
          for (let i = 0; i < end; i++) {
            mask[i] = this.random.uniform() < this.dropout ? 0 : 1 / keep;
            A[i] *= mask[i];
          }
        }
      }
      input = A;
    }
    return this.layers[last].Z;
  }

  /**
   * Average loss of the last forward, without the penalty.
   * @param {ArrayLike<number>} y one target a sample; for CategoricalCrossEntropy its class @returns {number}
   */
  value(y) {
    const { Z, n_out } = this.layers[this.layers.length - 1], m = this.m;
    let total = 0;
    if (this.costName === "CategoricalCrossEntropy") {
      for (let i = 0; i < m; i++) total += logSumExp(Z, i * n_out, n_out) - Z[i * n_out + y[i]];
    } else {
      const { loss } = COSTS[this.costName];
      for (let i = 0; i < m; i++) total += loss(Z[i], y[i]);
    }
    return total / m;
  }

  /**
   * Fill grads with the gradient of cost and penalty, from the last forward.
   * @param {ArrayLike<number>} y as in value
   */
  backward(y) {
    const m = this.m, last = this.layers.length - 1, top = this.layers[last], d = this.activation.d;
    if (this.costName === "CategoricalCrossEntropy") {
      const K = top.n_out;
      for (let i = 0; i < m; i++) {
        const norm = logSumExp(top.Z, i * K, K);
        for (let k = 0; k < K; k++) top.dZ[i * K + k] = (Math.exp(top.Z[i * K + k] - norm) - (k === y[i] ? 1 : 0)) / m;
      }
    } else {
      const { slope } = COSTS[this.costName];
      for (let i = 0; i < m; i++) top.dZ[i] = slope(top.Z[i], y[i]) / m;
    }
    for (let l = last; l >= 0; l--) {
      const { n_in, n_out, W, dW, dB, dZ } = this.layers[l], below = l > 0 ? this.layers[l - 1] : null;
      const input = below ? below.A : this.X;
      dW.fill(0);
      dB.fill(0);
      if (below) below.dZ.fill(0, 0, m * n_in);
      for (let i = 0; i < m; i++) {
        const row = i * n_in;
        for (let j = 0; j < n_out; j++) {
          const g = dZ[i * n_out + j];
          if (g === 0) continue;
          dB[j] += g;
          const w = j * n_in;
          for (let k = 0; k < n_in; k++) dW[w + k] += g * input[row + k];
          if (below) for (let k = 0; k < n_in; k++) below.dZ[row + k] += g * W[w + k];
        }
      }
      if (below) {
        const end = m * n_in, { Z, mask } = below, lower = below.dZ;
        if (this.dropped) for (let i = 0; i < end; i++) lower[i] *= mask[i];
        for (let i = 0; i < end; i++) lower[i] *= d(Z[i]);
      }
    }
    const { kind, lam } = this.penalty;
    if (kind && lam) {
      for (const { W, dW } of this.layers) {
        for (let i = 0; i < W.length; i++) dW[i] += kind === "L1" ? lam * Math.sign(W[i]) : lam * W[i];
      }
    }
  }

  /** What the penalty adds to the cost. @returns {number} */
  penaltyValue() {
    const { kind, lam } = this.penalty;
    let total = 0;
    if (kind) for (const { W } of this.layers) for (const w of W) total += kind === "L1" ? Math.abs(w) : (w * w) / 2;
    return lam * total;
  }

  /** Prediction from a score (the cost's link); for classes use classify. @param {number} z @returns {number} */
  link(z) {
    return COSTS[this.costName].link(z);
  }

  /** Class of sample i of the last forward. @param {number} i @returns {number} */
  classify(i) {
    const { Z, n_out } = this.layers[this.layers.length - 1];
    if (n_out === 1) return this.link(Z[i]) > COSTS[this.costName].boundary ? 1 : 0;
    let best = 0;
    for (let k = 1; k < n_out; k++) if (Z[i * n_out + k] > Z[i * n_out + best]) best = k;
    return best;
  }
}

/** @param {Float64Array} Z @param {number} at @param {number} K @returns {number} log of the sum of exp(Z[at … at+K-1]) */
function logSumExp(Z, at, K) {
  let top = Z[at], sum = 0;
  for (let k = 1; k < K; k++) top = Math.max(top, Z[at + k]);
  for (let k = 0; k < K; k++) sum += Math.exp(Z[at + k] - top);
  return top + Math.log(sum);
}

/** Gradient descent with momentum: v ← μ v + g, θ ← θ − η v. */
export class SGD {
  /** @param {number} learningRate @param {number} [momentum] */
  constructor(learningRate, momentum = 0) {
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.velocity = new Float64Array(0);
  }

  /** @param {Float64Array} params changed in place @param {Float64Array} grads */
  step(params, grads) {
    if (this.velocity.length !== params.length) this.velocity = new Float64Array(params.length);
    const { velocity, momentum, learningRate } = this;
    for (let i = 0; i < params.length; i++) {
      velocity[i] = momentum * velocity[i] + grads[i];
      params[i] -= learningRate * velocity[i];
    }
  }
}

/** Adam of Kingma and Ba, with both corrections of the bias. */
export class Adam {
  /** @param {number} learningRate @param {number} [beta1] @param {number} [beta2] @param {number} [epsilon] */
  constructor(learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8) {
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.t = 0;
    this.first = this.second = new Float64Array(0);
  }

  /** @param {Float64Array} params changed in place @param {Float64Array} grads */
  step(params, grads) {
    if (this.first.length !== params.length) {
      this.first = new Float64Array(params.length);
      this.second = new Float64Array(params.length);
      this.t = 0;
    }
    const { first, second, beta1, beta2, learningRate, epsilon } = this;
    this.t += 1;
    const c1 = 1 - beta1 ** this.t, c2 = 1 - beta2 ** this.t;
    for (let i = 0; i < params.length; i++) {
      first[i] = beta1 * first[i] + (1 - beta1) * grads[i];
      second[i] = beta2 * second[i] + (1 - beta2) * grads[i] * grads[i];
      params[i] -= (learningRate * (first[i] / c1)) / (Math.sqrt(second[i] / c2) + epsilon);
    }
  }
}

/** Mini-batches of a training set, in a new random order each epoch; one call of step is one update. */
export class Trainer {
  /**
   * @param {Network} net @param {{step: (p: Float64Array, g: Float64Array) => void}} optimizer
   * @param {Float64Array} X m rows @param {ArrayLike<number>} y @param {number} batchSize @param {number} seed
   */
  constructor(net, optimizer, X, y, batchSize, seed) {
    this.net = net;
    this.optimizer = optimizer;
    this.X = X;
    this.y = y;
    this.m = y.length;
    this.n_in = net.sizes[0];
    this.batchSize = Math.min(batchSize, this.m);
    this.random = new Random(seed ^ 0x2545f491);
    /** @type {Int32Array} */
    this.order = new Int32Array(0);
    this.at = 0;
    this.batchX = new Float64Array(this.batchSize * this.n_in);
    this.batchY = new Float64Array(this.batchSize);
  }

  /** One update. @returns {number} cost of the batch before it, without the penalty */
  step() {
    if (this.at === 0 || this.at >= this.m) {
      this.order = this.random.permutation(this.m);
      this.at = 0;
    }
    const size = Math.min(this.batchSize, this.m - this.at), { n_in } = this;
    for (let i = 0; i < size; i++) {
      const from = this.order[this.at + i];
      for (let k = 0; k < n_in; k++) this.batchX[i * n_in + k] = this.X[from * n_in + k];
      this.batchY[i] = this.y[from];
    }
    this.at += size;
    this.net.forward(this.batchX, size, true);
    const cost = this.net.value(this.batchY);
    this.net.backward(this.batchY);
    this.optimizer.step(this.net.params, this.net.grads);
    return cost;
  }
}

/**
 * The made data sets of nnlib.datasets, by the same formulas from numbers of our own generator.
 * @type {Record<string, (n: number, noise: number, random: Random) => {points: number[][], labels: number[]}>}
 */
export const DATASETS = {
  moons: (n, noise, random) => scatter(n, 2, noise, random, (label) => {
    const t = Math.PI * random.uniform();
    return label ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)];
  }),
  circles: (n, noise, random) => scatter(n, 2, noise, random, (label) => {
    const t = 2 * Math.PI * random.uniform(), r = label ? 0.5 : 1;
    return [r * Math.cos(t), r * Math.sin(t)];
  }),
  xor: (n, noise, random) => scatter(n, 2, noise, random, (label) => {
    const sign = random.uniform() < 0.5 ? -1 : 1;
    return [sign * (0.1 + 0.9 * random.uniform()), (label ? -sign : sign) * (0.1 + 0.9 * random.uniform())];
  }),
  spirals: (n, noise, random) => scatter(n, 2, noise, random, arm(2, random)),
  "three arms": (n, noise, random) => scatter(n, 3, noise, random, arm(3, random)),
  clouds: (n, noise, random) => scatter(n, 2, noise + 0.25, random, (label) => (label ? [0.6, 0.4] : [-0.6, -0.4])),
};

/** Place on one of K arms that wind once around the middle. @param {number} K @param {Random} random */
function arm(K, random) {
  return (/** @type {number} */ label) => {
    const r = 0.1 + 0.9 * random.uniform(), angle = 2 * Math.PI * (r + label / K);
    return [r * Math.cos(angle), r * Math.sin(angle)];
  };
}

/**
 * Points of K classes in turn, each at a place and beside it by normal noise; three decimals are kept.
 * @param {number} n @param {number} K @param {number} noise @param {Random} random
 * @param {(label: number) => number[]} place
 */
function scatter(n, K, noise, random, place) {
  /** @type {number[][]} */
  const points = [];
  /** @type {number[]} */
  const labels = [];
  for (let i = 0; i < n; i++) {
    labels.push(i % K);
    points.push(place(i % K).map((c) => Math.round(1e3 * (c + noise * random.normal())) / 1e3));
  }
  return { points, labels };
}

/**
 * Hold out the same share of every class.
 * @param {number[]} labels @param {number} share @param {number} seed @returns {boolean[]} is it for the test?
 */
export function holdOut(labels, share, seed) {
  const order = [...new Random(seed ^ 0x3c6ef372).permutation(labels.length)];
  const test = labels.map(() => false);
  let seen = 0, held = 0;
  for (const label of [...new Set(labels)].sort((a, b) => a - b)) {
    for (const i of order) {
      if (labels[i] !== label) continue;
      seen += 1;
      if (Math.ceil(seen * share - 1e-9) > held) { test[i] = true; held += 1; }
    }
  }
  return test;
}

/**
 * The line y = w x + b of least cost, by Newton's method with damping for smooth costs, exactly for MAE (some best line
 * passes through two of the points).
 * @param {number[][]} points @param {string | PairCost} cost name or Huber's @returns {{w: number, b: number, cost: number}}
 */
export function fitLine(points, cost) {
  const { loss, slope } = typeof cost === "string" ? COSTS[cost] : cost, m = points.length;
  /** @param {number} w @param {number} b */
  const value = (w, b) => points.reduce((sum, [x, y]) => sum + loss(w * x + b, y), 0) / m;
  if (cost === "MeanAbsoluteError") {
    let best = { w: 0, b: points[0][1], cost: Infinity };
    for (let i = 0; i < m; i++) {
      for (let j = i + 1; j < m; j++) {
        const run = points[j][0] - points[i][0];
        if (Math.abs(run) < 1e-9) continue;
        const w = (points[j][1] - points[i][1]) / run, b = points[i][1] - w * points[i][0], c = value(w, b);
        if (c < best.cost - 1e-12) best = { w, b, cost: c };
      }
    }
    return best;
  }
  // Reweighted least squares: with weights slope(r)/r both MSE (all 1) and Huber come down to normal equations.
  let w = 0, b = 0;
  for (let round = 0; round < 500; round++) {
    let s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (const [x, y] of points) {
      const r = w * x + b - y, weight = Math.abs(r) < 1e-12 ? 1 : slope(r, 0) / r;
      s += weight; sx += weight * x; sy += weight * y; sxx += weight * x * x; sxy += weight * x * y;
    }
    const det = s * sxx - sx * sx;
    const w2 = Math.abs(det) < 1e-12 ? 0 : (s * sxy - sx * sy) / det, b2 = (sy - w2 * sx) / s;
    const moved = Math.abs(w2 - w) + Math.abs(b2 - b);
    w = w2; b = b2;
    if (moved < 1e-13) break;
  }
  return { w, b, cost: value(w, b) };
}

/**
 * Monomials x₁ⁱ x₂ʲ with 1 ≤ i + j ≤ degree, by ascending degree.
 * @param {number} degree @returns {number[][]} the exponents
 */
export function monomials(degree) {
  const found = [];
  for (let d = 1; d <= degree; d++) for (let j = 0; j <= d; j++) found.push([d - j, j]);
  return found;
}

/**
 * Features of points, each with mean 0 and standard deviation 1 over the points that it was made from.
 */
export class Features {
  /** @param {number[][]} points @param {number} degree */
  constructor(points, degree) {
    this.exponents = monomials(degree);
    const columns = this.exponents.map(([i, j]) => points.map(([x, y]) => x ** i * y ** j)), m = points.length;
    this.mean = columns.map((c) => c.reduce((a, b) => a + b, 0) / m);
    this.deviation = columns.map((c, k) => Math.sqrt(c.reduce((s, v) => s + (v - this.mean[k]) ** 2, 0) / m) || 1);
  }

  /** @param {number[][]} points @returns {Float64Array} one row a point */
  of(points) {
    return Float64Array.from(points.flatMap(([x, y]) => this.exponents.map(([i, j], k) => (x ** i * y ** j - this.mean[k]) / this.deviation[k])));
  }
}

/**
 * Weights of least penalized cross-entropy for one sigmoid unit, by accelerated proximal gradient steps with restarts
 * (Beck and Teboulle's FISTA). The problem is convex: there is one least cost. The bias carries no penalty.
 * @param {Float64Array} X m rows of p features @param {ArrayLike<number>} y 0 or 1 @param {string} kind "L1" or "L2"
 * @param {number} lam @param {Float64Array} [from] start @returns {Float64Array} p weights and the bias
 */
export function fitUnit(X, y, kind, lam, from) {
  const m = y.length, p = X.length / m, net = new Network({ sizes: [p, 1], penalty: { kind: kind === "L2" ? kind : "", lam } });
  const { params, grads } = net;
  if (from) params.set(from);
  else params.fill(0);
  // The slope of the cost changes by no more than `steep` per unit: a quarter of the largest eigenvalue of [X 1]ᵀ[X 1] / m.
  let direction = new Float64Array(p + 1).fill(1), steep = 1;
  for (let round = 0; round < 60; round++) {
    const next = new Float64Array(p + 1);
    for (let i = 0; i < m; i++) {
      let dot = direction[p];
      for (let k = 0; k < p; k++) dot += X[i * p + k] * direction[k];
      for (let k = 0; k < p; k++) next[k] += (X[i * p + k] * dot) / m;
      next[p] += dot / m;
    }
    steep = Math.hypot(...next);
    direction = next.map((v) => v / steep);
  }
  const eta = 1 / (1.02 * (steep / 4) + (kind === "L2" ? lam : 0));
  let before = params.slice(), t = 1;
  for (let round = 0; round < 20000; round++) {
    net.forward(X, m);
    net.backward(y);
    const next = new Float64Array(p + 1);
    let moved = 0, against = 0;
    for (let k = 0; k <= p; k++) {
      let v = params[k] - eta * grads[k];
      if (kind === "L1" && k < p) v = Math.sign(v) * Math.max(0, Math.abs(v) - eta * lam); // soft threshold
      next[k] = v;
      moved = Math.max(moved, Math.abs(v - params[k]));
      against += (params[k] - v) * (v - before[k]);
    }
    if (moved < 1e-11) { params.set(next); break; }
    if (against > 0) t = 1; // the momentum leads uphill: drop it
    const faster = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    for (let k = 0; k <= p; k++) params[k] = next[k] + ((t - 1) / faster) * (next[k] - before[k]);
    t = faster;
    before = next;
  }
  return params;
}
