import modules
import numpy as np
import pytest
import torch
from conftest import close, load
from torch import nn

recorded = load("modules")
X, UNITS = torch.tensor(recorded["x"]), 3
ACTIVATIONS = {
    "relu": torch.relu,
    "linear": lambda x: x,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": modules.hard_sigmoid,
}


def set_weights(module, weights, suffix=""):
    """Keras's arrays as the parameters of a recurrent module: it has another order of gates in GRUs, and two biases."""
    kernel, recurrent, bias = (torch.tensor(w) for w in weights)
    if isinstance(module, nn.GRU):
        order = torch.cat([torch.arange(UNITS) + start for start in (UNITS, 0, 2 * UNITS)])
        kernel, recurrent, bias = kernel[:, order], recurrent[:, order], bias[..., order]
    biases = bias if bias.dim() == 2 else (bias, torch.zeros_like(bias))
    for name, value in zip(
        ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (kernel.T, recurrent.T, *biases)
    ):
        getattr(module, f"{name}_l0{suffix}").data = value.contiguous()


def plain_module(case):
    """A class of torch.nn's step, or the loop where activations ask for it."""
    options = dict(case["options"])
    in_loop = {"activation", "recurrent_activation", "reset_after"} & set(options)
    if case["kind"] == "SimpleRNN" and options.get("activation") == "relu":
        options["nonlinearity"] = options.pop("activation")
        in_loop = set()
    backwards = options.pop("go_backwards", False)
    if not in_loop:
        module = getattr(modules, case["kind"])(2, UNITS, **options)
        return nn.Sequential(modules.Flip(), module) if backwards else module
    for name in ("activation", "recurrent_activation"):
        if name in options:
            options[name] = ACTIVATIONS[options[name]]
    kind = {"LSTM": "LoopLSTM", "GRU": "LoopGRU", "SimpleRNN": "LoopRNN"}[case["kind"]]
    module = getattr(modules, kind)(2, UNITS, **options)
    return nn.Sequential(modules.Flip(), module) if backwards else module


def name_of(case):
    return "-".join([case["kind"], str(case["merge"]), *case["options"], *(["mask"] if case["mask"] else [])])


@pytest.mark.parametrize("case", [one for one in recorded["recurrent"] if not one["mask"]], ids=name_of)
def test_recurrent(case):
    if not case["merge"]:
        module = plain_module(case)
        set_weights(module[-1] if isinstance(module, nn.Sequential) else module, case["weights"])
        close(module(X), case["output"])
        return
    merge = {} if case["merge"] == "concat" else {"merge": case["merge"]}
    pair = modules.Bidirectional(plain_module(case), plain_module(case), **merge)
    set_weights(pair.ahead, case["weights"][:3])
    set_weights(pair.back, case["weights"][3:])
    close(pair(X), case["output"])
    if set(case["options"]) <= {"return_sequences"} and not merge:
        module = getattr(modules, case["kind"])(2, UNITS, **case["options"], bidirectional=True)
        set_weights(module, case["weights"][:3])
        set_weights(module, case["weights"][3:], "_reverse")
        close(module(X), case["output"])


@pytest.mark.parametrize("case", [one for one in recorded["recurrent"] if one["mask"]], ids=name_of)
def test_masked(case):
    kind = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}[case["kind"]]
    module, mask = (
        kind(2, UNITS, batch_first=True, bidirectional=bool(case["merge"])),
        torch.tensor(case["mask"]).bool(),
    )
    set_weights(module, case["weights"][:3])
    if case["merge"]:
        set_weights(module, case["weights"][3:], "_reverse")
    sequences = bool(case["options"].get("return_sequences"))
    masked = modules.Masked(module, return_sequences=sequences)
    close(masked(X, mask), case["output"])
    ids = torch.where(mask, torch.arange(1, 21).reshape(4, 5), 0)
    embedding = nn.Embedding(21, 2)
    embedding.weight.data[1:] = X.flatten(0, 1)
    close(modules.MaskedSequential(embedding, nn.Dropout(0.0), masked)(ids), case["output"])
    steps = torch.where(mask[..., None], X, torch.tensor(9.0))
    close(modules.MaskedSequential(modules.Masking(9.0), masked)(steps), case["output"])


def test_masked_stack():
    torch.manual_seed(0)
    first = modules.Masked(nn.LSTM(2, 3, batch_first=True), return_sequences=True)
    second = modules.Masked(nn.GRU(3, 4, batch_first=True))
    masked = modules.MaskedSequential(nn.Embedding(9, 2), first, nn.Identity(), second, nn.Linear(4, 1))
    ids = torch.tensor([[0, 0, 3, 4], [3, 4, 0, 0], [3, 0, 0, 4]])
    expected = masked(torch.tensor([[3, 4]]))
    close(masked(ids), expected.detach().expand(3, 1))


@pytest.mark.parametrize("kind, weights, outputs", recorded["stateful"])
def test_stateful(kind, weights, outputs):
    names = {
        "LSTM": ("StatefulLSTM", "LoopLSTM"),
        "GRU": ("StatefulGRU", "LoopGRU"),
        "SimpleRNN": ("StatefulRNN", "LoopRNN"),
    }
    for name in names[kind]:
        options = {"stateful": True} if name.startswith("Loop") else {}
        module = getattr(modules, name)(2, UNITS, **options)
        set_weights(module, weights)
        close(module(X), outputs[0])
        close(module(X), outputs[1])
        modules.reset_states(nn.Sequential(module))
        close(module(X), outputs[2])


@pytest.mark.parametrize("options, weights, output", recorded["convolutional"]["results"])
def test_conv_lstm(options, weights, output):
    options = dict(options)
    if "recurrent_activation" in options:
        options["recurrent_activation"] = ACTIVATIONS[options["recurrent_activation"]]
    module = modules.ConvLSTM(2, 2, 3, **options)
    kernel, recurrent, bias = (torch.tensor(w) for w in weights)
    module.input.weight.data, module.hidden.weight.data = (w.permute(3, 2, 0, 1) for w in (kernel, recurrent))
    module.input.bias.data = bias
    x = torch.tensor(recorded["convolutional"]["x"]).movedim(-1, 2)
    close(module(x).movedim(2 if options.get("return_sequences") else 1, -1), output)


@pytest.mark.parametrize("batches, before, outputs, after, evaluated", recorded["norm"])
def test_batch_norm(batches, before, outputs, after, evaluated):
    module = modules.BatchNorm1d(3, eps=1e-3, momentum=0.1)
    names = ("weight", "bias", "running_mean", "running_var")
    for name, value in zip(names, before):
        getattr(module, name).data = torch.tensor(value)
    layout = lambda x: x.mT if x.dim() == 3 else x
    for x, expected in zip(batches, outputs):
        close(layout(module(layout(torch.tensor(x)))), expected)
    for name, expected in zip(names, after):
        close(getattr(module, name), expected)
    close(layout(module.eval()(layout(torch.tensor(batches[0])))), evaluated)
    assert module.train()(torch.ones(1, 3)).shape == (1, 3)


RECURRENT = ("LSTM", "GRU", "SimpleRNN", "LoopLSTM", "LoopGRU", "LoopRNN", "DropSteps")


@pytest.mark.parametrize("name", RECURRENT)
@pytest.mark.parametrize("same", [True, False])
def test_dropout_of_inputs_is_the_same_at_every_step_or_drawn_anew(name, same, monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr(modules, "SAME_MASK", same)
    seen, dropout = [], nn.functional.dropout

    def spy(*args):
        seen.append(dropout(*args))
        return seen[-1]

    monkeypatch.setattr(nn.functional, "dropout", spy)
    kind = getattr(modules, name)
    module = kind(0.5) if name == "DropSteps" else kind(50, 2, dropout=0.5)
    module(torch.ones(3, 4, 50))
    module.eval()(torch.ones(3, 4, 50))
    assert seen[0].shape == (3, 1 if same or name == "DropSteps" else 4, 50)
    assert set(seen[0].unique().tolist()) == {0.0, 2.0}
    assert seen[1].unique().tolist() == [1.0]


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("kind", [modules.LoopLSTM, modules.LoopGRU, modules.LoopRNN])
def test_recurrent_dropout(kind, same, monkeypatch):
    """Masks are drawn once a batch or at every step, one a gate, and scale what they keep."""
    monkeypatch.setattr(modules, "SAME_MASK", same)
    module, plain = kind(2, UNITS, dropout=0.5, recurrent_dropout=0.5), kind(2, UNITS)
    module.load_state_dict(plain.state_dict())
    masks = []

    def ones(x, rate, training):
        masks.append(x.shape)
        assert (rate, training) == (0.5, True)
        return x * 0.5

    monkeypatch.setattr(nn.functional, "dropout", ones)
    halved = kind(2, UNITS)
    halved.load_state_dict({k: v / 2 if "weight" in k else v for k, v in plain.state_dict().items()})
    close(module(X), halved(X))
    gates = {modules.LoopLSTM: (4,), modules.LoopGRU: (3,), modules.LoopRNN: ()}[kind]
    steps = X.shape[1]
    assert masks == [(*gates, 4, 1 if same else steps, 2)] + [(*gates, 4, UNITS)] * (1 if same else steps)
    monkeypatch.undo()
    close(module.eval()(X), plain(X))
    torch.manual_seed(0)
    assert not torch.allclose(module.train()(X), plain(X))
    module(X).sum().backward()
    assert module.weight_hh_l0.grad.abs().sum() > 0


@pytest.mark.parametrize(
    "size, kernel, stride, dilation", [(7, 3, 2, 1), (8, 3, 2, 1), (5, 4, 1, 1), (6, 2, 3, 1), (9, 3, 2, 2)]
)
def test_same_pad(size, kernel, stride, dilation):
    """As many cells as ceil(size / stride), the odd pad at the end."""
    pad = modules.SamePad((kernel, kernel), (stride, stride), (dilation, dilation), value=5.0)
    x = pad(torch.zeros(1, 2, size, size + 1))
    conv = nn.Conv2d(2, 1, kernel, stride, dilation=dilation)
    assert conv(x).shape[2:] == (-(-size // stride), -(-(size + 1) // stride))
    before, after = (x[0, 0, :, x.shape[3] // 2] == 5.0).nonzero().flatten(), x.shape[2] - size
    assert (before < after).sum() == after // 2


def test_small_modules():
    x = torch.arange(24.0).reshape(2, 3, 4)
    assert modules.Permute(0, 2, 1)(x).shape == (2, 4, 3)
    assert modules.Reshape(2, 6)(x).shape == (2, 2, 6)
    assert modules.Reshape(-1, 2)(x).shape == (2, 6, 2)
    assert modules.RepeatVector(5)(x[:, 0])[:, 3].equal(x[:, 0])
    assert modules.Lambda(lambda x: x + 1)(x).equal(x + 1)
    assert modules.GlobalAveragePool(1)(x).equal(x.mean(1))
    assert modules.GlobalMaxPool((1, 2))(x).tolist() == [11, 23]
    flat = modules.TimeDistributed(nn.Flatten())(x.reshape(2, 3, 2, 2))
    assert flat.equal(x)


def test_masked_average():
    embedding = nn.Embedding(5, 2)
    pooled = modules.MaskedSequential(embedding, modules.MaskedAveragePool())(
        torch.tensor([[0, 1, 2], [3, 0, 0]])
    )
    close(pooled[0], embedding.weight[1:3].mean(0).detach())
    close(pooled[1], embedding.weight[3].detach())


def test_noise():
    torch.manual_seed(0)
    x = torch.ones(2000, 50)
    noisy = modules.GaussianNoise(0.3)(x)
    assert abs(noisy.std() - 0.3) < 0.01
    scaled = modules.GaussianDropout(0.2)(x)
    assert abs(scaled.std() - 0.5) < 0.01
    for module in (modules.GaussianNoise(0.3), modules.GaussianDropout(0.2)):
        assert module.eval()(x).equal(x)
    steps = modules.SpatialDropout1d(0.5)(torch.ones(4, 6, 100))
    assert steps.equal(steps[:, :1].expand_as(steps))
    assert set(steps.unique().tolist()) == {0.0, 2.0}


def test_truncated_normal():
    torch.manual_seed(0)
    weight = torch.empty(200, 300)
    for mode, variance in (("glorot", 2 / 500), ("he", 2 / 300), ("lecun", 1 / 300)):
        modules.truncated_normal_(weight, mode)
        assert np.isclose(weight.std().item(), variance**0.5, rtol=0.02)
        assert weight.abs().max() <= 2 * variance**0.5 / 0.8796


def test_dropped_embedding():
    embedding = modules.DroppedEmbedding(1000, 3, 0.25)
    indices = torch.arange(1000).repeat(2, 1)
    rows = embedding(indices)
    scaled = rows / embedding.weight
    dropped = (scaled == 0).all(-1)
    close(scaled[~dropped], torch.full_like(scaled[~dropped], 1 / 0.75))
    assert torch.equal(dropped[0], dropped[1])  # a row is dropped for all samples
    assert 0.2 < dropped.float().mean() < 0.3
    close(embedding.eval()(indices[0]), embedding.weight)


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}])
def test_dropout_of_conv_lstm(options, monkeypatch):
    """A mask a gate, the same at every step."""
    module = modules.ConvLSTM(2, 3, 2, return_sequences=True, **options).train()
    x = torch.randn(2, 4, 2, 5, 4)
    shape = (4, 2, 1, 2, 5, 4) if "dropout" in options else (4, 2, 3, 4, 3)
    masks = (torch.rand(shape) > 0.5).float() * 2
    drawn = []

    def given(ones, rate, training):
        assert ones.shape == masks.shape and (ones == 1).all() and rate == 0.5 and training
        drawn.append(rate)
        return masks

    monkeypatch.setattr(modules.F, "dropout", given)
    outputs = module(x)
    h = c = torch.zeros(2, 3, 4, 3)
    for t in range(4):
        inputs = [x[:, t] * masks[gate, :, 0] if "dropout" in options else x[:, t] for gate in range(4)]
        states = [h * masks[gate] if "recurrent_dropout" in options else h for gate in range(4)]
        parts = [
            (module.input(value) + module.hidden(state)).chunk(4, 1)[gate]
            for gate, (value, state) in enumerate(zip(inputs, states))
        ]
        i, f, g, o = parts
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        close(outputs[:, t], h)
    assert len(drawn) == 1
