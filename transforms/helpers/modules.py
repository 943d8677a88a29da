"""Modules that an nn.Sequential needs and torch.nn lacks. Images are (N, C, H, W), sequences (N, T, C).

Recurrent modules have the parameters of torch.nn's (weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, ...), in
its order of gates. Keras has one bias where torch.nn adds two: bias_hh_l0 stays 0, except where a GRU resets after.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

LSTM_BOTH_WAYS = True  # some LSTM is bidirectional
GRU_BOTH_WAYS = True
RNN_BOTH_WAYS = True
MASKED_BOTH_WAYS = True  # some recurrent module that skips masked steps is bidirectional
SAME_MASK = True  # recurrent modules drop the same inputs and states at every step
NORMALIZATION_ADAPT = True  # the script calls adapt
NORMALIZATION_TRANSFORM = True  # and the layer itself
MASKED_INDICES = True  # steps of index 0 are masked
MASKED_VALUES = True  # steps of sequences that are all one value are
MASKED_RNN = True  # recurrent modules skip them
MASKED_POOL = True  # a mean leaves out masked steps
MASKED_OTHERS = True  # modules of other kinds are told of the mask


class DroppedEmbedding(nn.Embedding):
    """An embedding that drops whole rows of its table while training, the same for all samples."""

    def __init__(self, num_embeddings, embedding_dim, rate):
        super().__init__(num_embeddings, embedding_dim)
        self.rate = rate

    def forward(self, x):
        kept = F.dropout(torch.ones_like(self.weight[:, :1]), self.rate, self.training)
        return F.embedding(x, self.weight * kept)


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class Reshape(nn.Module):
    """Give each sample another shape."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


class RepeatVector(nn.Module):
    """Repeat each vector: (N, C) to (N, times, C)."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def forward(self, x):
        return x.unsqueeze(1).expand(-1, self.times, -1)


class Lambda(nn.Module):
    """Apply a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Rescaling(nn.Module):
    """Multiply, and add an offset."""

    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.scale = scale
        self.offset = offset

    def forward(self, x):
        return x * self.scale + self.offset if self.offset else x * self.scale


class Normalization(nn.Module):
    """Subtract a mean and divide by a standard deviation."""

    def __init__(self, mean=0.0, variance=1.0, axis=-1):
        super().__init__()
        self.axis = axis
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("variance", torch.as_tensor(variance, dtype=torch.float32))

    def forward(self, x):
        return (x - self.mean) / self.variance.sqrt().clamp(min=1e-7)

    if NORMALIZATION_ADAPT:

        def adapt(self, data):
            """Take the mean and variance of data (N, ..., C), of each feature or, where axis is None, of all."""
            data = torch.as_tensor(np.asarray(data), dtype=torch.float32, device=self.mean.device)
            dims = tuple(range(data.dim() if self.axis is None else data.dim() - 1))
            self.mean = data.mean(dims, keepdim=True)
            self.variance = data.var(dims, keepdim=True, correction=0)

    if NORMALIZATION_TRANSFORM:

        def transform(self, data):
            """Normalized data, as an array."""
            data = torch.as_tensor(np.asarray(data), dtype=torch.float32, device=self.mean.device)
            return self.forward(data).cpu().numpy()


class TimeDistributed(nn.Module):
    """Apply a module to every step: (N, T, ...)."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class GlobalAveragePool(nn.Module):
    """Mean over axes."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.mean(self.dim)


class GlobalMaxPool(nn.Module):
    """Largest value over axes."""

    def __init__(self, dim, keepdim=False):
        super().__init__()
        self.dim = dim
        self.keepdim = keepdim

    def forward(self, x):
        if self.keepdim:
            return x.amax(self.dim, keepdim=True)
        else:
            return x.amax(self.dim)


class SamePad(nn.Module):
    """Pad so that a window of this kernel and stride gives ceil(size / stride) cells; the odd one goes after."""

    def __init__(self, kernel, stride, dilation=None, value=0.0):
        super().__init__()
        self.windows = list(zip(kernel, stride, dilation or [1] * len(kernel)))
        self.value = value

    def forward(self, x):
        pads = []
        for size, (kernel, stride, dilation) in zip(reversed(x.shape[2:]), reversed(self.windows)):
            total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
            pads += [total // 2, total - total // 2]
        return F.pad(x, pads, value=self.value)


class SameAvgPool(SamePad):
    """Average over windows that give ceil(size / stride) cells; what lies outside does not count."""

    def forward(self, x):
        pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3]
        kernel, stride, _ = zip(*self.windows)
        inside = pool(super().forward(torch.ones_like(x[:1, :1])), kernel, stride)
        return pool(super().forward(x), kernel, stride) / inside


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalization that keeps the biased variance for evaluation, and takes batches of one."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims, shape = ([0], (-1,)) if x.dim() == 2 else ([0, 2], (-1, 1))
        var, mean = torch.var_mean(x, dims, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var, self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)


class GaussianNoise(nn.Module):
    """Add noise while training."""

    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + self.stddev * torch.randn_like(x) if self.training else x


class GaussianDropout(nn.Module):
    """Multiply by noise around 1 while training."""

    def __init__(self, rate):
        super().__init__()
        self.stddev = (rate / (1 - rate)) ** 0.5

    def forward(self, x):
        return x * (1 + self.stddev * torch.randn_like(x)) if self.training else x


class FrozenBatchNorm(nn.BatchNorm2d):
    """Batch normalization by its statistics also in training, on any number of axes."""

    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


class ActivityRegularization(nn.Module):
    """Keep what the outputs add to the loss: a mean over samples."""

    def __init__(self, l1=0.0, l2=0.0):
        super().__init__()
        self.l1 = l1
        self.l2 = l2

    def forward(self, x):
        if self.l1 and self.l2:
            self.penalty = (self.l1 * x.abs().sum() + self.l2 * x.square().sum()) / len(x)
        elif self.l1:
            self.penalty = self.l1 * x.abs().sum() / len(x)
        else:
            self.penalty = self.l2 * x.square().sum() / len(x)
        return x


class ActivityPenalty(nn.Module):
    """Keep what a function of the outputs adds to the loss, for each sample."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        self.penalty = self.function(x) / len(x)
        return x


class SharedDropout(nn.Module):
    """Dropout with one mask for all places along some axes."""

    def __init__(self, rate, dims):
        super().__init__()
        self.rate, self.dims = rate, dims

    def forward(self, x):
        shape = [1 if i in self.dims else size for i, size in enumerate(x.shape)]
        return x * F.dropout(x.new_ones(shape), self.rate, self.training)


class BoundedReLU(nn.Module):
    """x above a threshold, a slope below it, no more than a maximum."""

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0):
        super().__init__()
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def forward(self, x):
        above = torch.where(x > self.threshold, x, self.negative_slope * (x - self.threshold))
        return above if self.max_value is None else above.clamp(max=self.max_value)


class PReLU(nn.Module):
    """x above 0, below it x times a weight of each place in the sample."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return torch.where(x > 0, x, self.weight * x)


class EinsumDense(nn.Module):
    """A sum of products with a weight, as an equation says."""

    def __init__(self, equation, shape, bias=None):
        super().__init__()
        self.equation = equation
        self.weight = nn.Parameter(torch.empty(shape))
        self.has_bias = bias is not None
        if bias is not None:
            self.bias = nn.Parameter(torch.zeros(bias))

    def forward(self, x):
        outputs = torch.einsum(self.equation, x, self.weight)
        return outputs + self.bias if self.has_bias else outputs


class MaxoutDense(nn.Module):
    """The largest of `pieces` linear functions, for each output."""

    def __init__(self, in_features, out_features, pieces, bias=True):
        super().__init__()
        bound = (9 / (pieces * in_features * out_features)) ** 0.25
        self.weight = nn.Parameter(torch.empty(pieces, in_features, out_features).uniform_(-bound, bound))
        self.has_bias = bias
        if bias:
            self.bias = nn.Parameter(torch.zeros(pieces, out_features))

    def forward(self, x):
        outputs = x @ self.weight
        return (outputs + self.bias[:, None] if self.has_bias else outputs).amax(0)


class Highway(nn.Module):
    """A linear layer and its input, mixed by a gate of the input."""

    def __init__(self, features, activation=None, bias=True):
        super().__init__()
        self.linear = nn.Linear(features, features, bias=bias)
        self.gate = nn.Linear(features, features, bias=bias)
        self.activation = activation

    def forward(self, x):
        outputs = self.linear(x) if self.activation is None else self.activation(self.linear(x))
        return torch.lerp(x, outputs, torch.sigmoid(self.gate(x)))


class SReLU(nn.Module):
    """x between two thresholds, lines of other slopes beyond them, with weights of each place in the sample."""

    def __init__(self, *shape):
        super().__init__()
        bound = (9 / np.prod(shape)) ** 0.25
        self.left = nn.Parameter(torch.zeros(shape))
        self.left_slope = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.width = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.right_slope = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        right = self.left + self.width.abs()
        below, above = (x - self.left).clamp(max=0), (x - right).clamp(min=0)
        return x.clamp(self.left, right) + self.left_slope * below + self.right_slope * above


class ParametricSoftplus(nn.Module):
    """alpha * log(1 + exp(beta * x)), with weights of each place in the sample."""

    def __init__(self, *shape, alpha=0.2, beta=5.0):
        super().__init__()
        self.alpha = nn.Parameter(alpha * torch.ones(shape))
        self.beta = nn.Parameter(beta * torch.ones(shape))

    def forward(self, x):
        return self.alpha * F.softplus(self.beta * x)


class SpectralNorm(nn.Module):
    """A module whose weight is divided by its largest singular value before each step of training, for good."""

    def __init__(self, module, iterations=1, columns=False):
        super().__init__()
        self.module = module
        self.iterations = iterations
        self.columns = columns
        size = module.weight.shape[1 if columns else 0]
        self.register_buffer("u", nn.init.trunc_normal_(torch.empty(size), std=0.02, a=-0.04, b=0.04))

    @torch.no_grad()
    def normalize(self):
        matrix = self.module.weight.T if self.columns else self.module.weight.flatten(1)
        if matrix.any():
            for _ in range(self.iterations):
                v = F.normalize(self.u @ matrix, dim=0)
                self.u.copy_(F.normalize(matrix @ v, dim=0))
            self.module.weight.div_(self.u @ matrix @ v)

    def forward(self, x):
        if self.training:
            self.normalize()
        return self.module(x)


class JointSoftmax(nn.Module):
    """A softmax over several axes at once."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return (x - x.logsumexp(self.dims, keepdim=True)).exp()


class Sparsemax(nn.Module):
    """What Keras computes as its sparsemax: how far values are above a threshold that the largest set."""

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        ordered, _ = x.movedim(self.dim, -1).sort(descending=True)
        sums = ordered.cumsum(-1)
        above = ordered > (sums - 1) / torch.arange(1, x.shape[self.dim] + 1, device=x.device)
        # Keras adds up all the sums, not only the last: the outputs are no probabilities
        threshold = ((sums * above).sum(-1, keepdim=True) - 1) / above.sum(-1, keepdim=True)
        return (x - threshold.movedim(-1, self.dim)).clamp(min=0)


class Normalize(nn.Module):
    """Scale to length 1 along axes."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return F.normalize(x, dim=self.dims)


class LocallyConnected1d(nn.Module):
    """A convolution of sequences (N, C, T) to `size` steps, each with weights of its own."""

    def __init__(self, in_channels, out_channels, size, kernel_size, stride=1, bias=True):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        bound = (6 / size / (kernel_size * in_channels + out_channels)) ** 0.5
        weight = torch.empty(size, kernel_size, in_channels, out_channels)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.has_bias = bias
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels, size))

    def forward(self, x):
        windows = x.unfold(2, self.kernel_size, self.stride)
        outputs = torch.einsum("nctk,tkcf->nft", windows, self.weight)
        return outputs + self.bias if self.has_bias else outputs


class LocallyConnected2d(nn.Module):
    """A convolution of images (N, C, H, W) to `size`, each place with weights of its own."""

    def __init__(self, in_channels, out_channels, size, kernel_size, stride=(1, 1), bias=True):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        (height, width), (rows, columns) = size, kernel_size
        bound = (6 / (height * width) / (rows * columns * in_channels + out_channels)) ** 0.5
        weight = torch.empty(*size, *kernel_size, in_channels, out_channels)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.has_bias = bias
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels, *size))

    def forward(self, x):
        (rows, columns), (down, across) = self.kernel_size, self.stride
        windows = x.unfold(2, rows, down).unfold(3, columns, across)
        outputs = torch.einsum("nchwij,hwijcf->nfhw", windows, self.weight)
        return outputs + self.bias if self.has_bias else outputs


class SpatialDropout1d(nn.Dropout1d):
    """Drop whole features of sequences (N, T, C)."""

    def forward(self, x):
        return super().forward(x.mT).mT


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(
        self, input_size, hidden_size, bias=True, return_sequences=False, bidirectional=False, dropout=0.0
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True, bidirectional=bidirectional)
        self.return_sequences = return_sequences
        self.drop = dropout

    def forward(self, x):
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        if LSTM_BOTH_WAYS:
            outputs, (hidden, _) = super().forward(x)
            return outputs if self.return_sequences else torch.cat(list(hidden), -1)
        else:
            outputs, _ = super().forward(x)
            return outputs if self.return_sequences else outputs[:, -1]


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(
        self, input_size, hidden_size, bias=True, return_sequences=False, bidirectional=False, dropout=0.0
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True, bidirectional=bidirectional)
        self.return_sequences = return_sequences
        self.drop = dropout

    def forward(self, x):
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        if GRU_BOTH_WAYS:
            outputs, hidden = super().forward(x)
            return outputs if self.return_sequences else torch.cat(list(hidden), -1)
        else:
            outputs, _ = super().forward(x)
            return outputs if self.return_sequences else outputs[:, -1]


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(
        self,
        input_size,
        hidden_size,
        nonlinearity="tanh",
        bias=True,
        return_sequences=False,
        bidirectional=False,
        dropout=0.0,
    ):
        super().__init__(
            input_size,
            hidden_size,
            nonlinearity=nonlinearity,
            bias=bias,
            batch_first=True,
            bidirectional=bidirectional,
        )
        self.return_sequences = return_sequences
        self.drop = dropout

    def forward(self, x):
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        if RNN_BOTH_WAYS:
            outputs, hidden = super().forward(x)
            return outputs if self.return_sequences else torch.cat(list(hidden), -1)
        else:
            outputs, _ = super().forward(x)
            return outputs if self.return_sequences else outputs[:, -1]


class StatefulLSTM(nn.LSTM):
    """An LSTM that goes on where the batch before ended: its last output, or with return_sequences all."""

    def __init__(
        self, input_size, hidden_size, bias=True, return_sequences=False, dropout=0.0, stateful=True
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True)
        self.return_sequences = return_sequences
        self.drop = dropout
        self.state = None
        self.stateful = stateful

    def forward(self, x):
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        outputs, (hidden, cell) = super().forward(x, self.state)
        if self.stateful:
            self.state = hidden.detach(), cell.detach()
        return outputs if self.return_sequences else outputs[:, -1]


class StatefulGRU(nn.GRU):
    """A GRU that goes on where the batch before ended: its last output, or with return_sequences all."""

    def __init__(
        self, input_size, hidden_size, bias=True, return_sequences=False, dropout=0.0, stateful=True
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True)
        self.return_sequences = return_sequences
        self.drop = dropout
        self.state = None
        self.stateful = stateful

    def forward(self, x):
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        outputs, hidden = super().forward(x, self.state)
        if self.stateful:
            self.state = hidden.detach()
        return outputs if self.return_sequences else outputs[:, -1]


class StatefulRNN(nn.RNN):
    """A plain recurrent layer that goes on where the batch before ended: its last output, or with return_sequences all."""

    def __init__(
        self,
        input_size,
        hidden_size,
        nonlinearity="tanh",
        bias=True,
        return_sequences=False,
        dropout=0.0,
        stateful=True,
    ):
        super().__init__(input_size, hidden_size, nonlinearity=nonlinearity, bias=bias, batch_first=True)
        self.return_sequences = return_sequences
        self.drop = dropout
        self.state = None
        self.stateful = stateful

    def forward(self, x):
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        outputs, hidden = super().forward(x, self.state)
        if self.stateful:
            self.state = hidden.detach()
        return outputs if self.return_sequences else outputs[:, -1]


def reset_states(model):
    """Let recurrent modules start from zeros again."""
    for module in model.modules():
        if hasattr(module, "state"):
            module.state = None


class Bidirectional(nn.Module):
    """Two recurrent modules, one over the sequence and one over its reverse."""

    def __init__(self, ahead, back, merge=None):
        super().__init__()
        self.ahead, self.back = ahead, back
        self.merge = merge

    def forward(self, x):
        ahead, back = self.ahead(x), self.back(x.flip(1))
        if back.dim() == 3:
            back = back.flip(1)
        if self.merge is None:
            return torch.cat([ahead, back], -1)
        else:
            return {"sum": ahead + back, "mul": ahead * back, "ave": (ahead + back) / 2}[self.merge]


class Flip(nn.Module):
    """Turn sequences (N, T, C) around."""

    def forward(self, x):
        return x.flip(1)


class DropSteps(nn.Module):
    """Drop features of sequences (N, T, C), the same at every step."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        return x * F.dropout(torch.ones_like(x[:, :1]), self.rate, self.training)


def hard_sigmoid(x):
    """The sigmoid in three straight pieces, as Keras 1 and 2 draw it."""
    return (0.2 * x + 0.5).clamp(0, 1)


def squareplus(x):
    """A smooth relu, of square roots."""
    return (x + (x.square() + 4).sqrt()) / 2


def sparse_plus(x):
    """A relu with a parabola from -1 to 1."""
    return torch.where(x < 1, (x.clamp(min=-1) + 1).square() / 4, x)


def sparse_sigmoid(x):
    """The sigmoid as one straight piece from -1 to 1."""
    return ((x + 1) / 2).clamp(0, 1)


def gates(x, masks, weight):
    """x times the weights of each gate, each with its own dropout mask."""
    return torch.cat([F.linear(x * mask, part) for mask, part in zip(masks, weight.chunk(len(masks)))], -1)


class LoopLSTM(nn.LSTM):
    """An LSTM with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(
        self,
        input_size,
        hidden_size,
        activation=None,
        recurrent_activation=None,
        bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        stateful=False,
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True)
        self.bias = bias
        self.stateful = stateful
        if stateful:
            self.state = None
        self.activation = activation
        self.recurrent_activation = recurrent_activation
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid if self.recurrent_activation is None else self.recurrent_activation
        if self.drop and self.recurrent_drop:
            if SAME_MASK:
                kept = F.dropout(x.new_ones(4, len(x), 1, x.shape[-1]), self.drop, self.training)
            else:
                kept = F.dropout(x.new_ones(4, *x.shape), self.drop, self.training)
            inputs = gates(x, kept, self.weight_ih_l0) + (self.bias_ih_l0 if self.bias else 0)
        elif self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0 if self.bias else None)
        else:
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0 if self.bias else None)
        if self.stateful and self.state is not None:
            h, c = self.state
        else:
            h = c = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop and SAME_MASK:
            masks = F.dropout(x.new_ones(4, *h.shape), self.recurrent_drop, self.training)
        outputs = []
        for step in inputs.unbind(1):
            if self.recurrent_drop:
                if not SAME_MASK:
                    masks = F.dropout(x.new_ones(4, *h.shape), self.recurrent_drop, self.training)
                i, f, g, o = (step + gates(h, masks, self.weight_hh_l0)).chunk(4, -1)
            else:
                i, f, g, o = (step + F.linear(h, self.weight_hh_l0)).chunk(4, -1)
            c = gate(f) * c + gate(i) * act(g)
            h = gate(o) * act(c)
            outputs.append(h)
        if self.stateful:
            self.state = h.detach(), c.detach()
        return torch.stack(outputs, 1) if self.return_sequences else h


class LoopGRU(nn.GRU):
    """A GRU with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(
        self,
        input_size,
        hidden_size,
        activation=None,
        recurrent_activation=None,
        bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        return_sequences=False,
        stateful=False,
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True)
        self.bias = bias
        self.stateful = stateful
        if stateful:
            self.state = None
        self.activation = activation
        self.recurrent_activation = recurrent_activation
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.reset_after = reset_after
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid if self.recurrent_activation is None else self.recurrent_activation
        if self.drop and self.recurrent_drop:
            if SAME_MASK:
                kept = F.dropout(x.new_ones(3, len(x), 1, x.shape[-1]), self.drop, self.training)
            else:
                kept = F.dropout(x.new_ones(3, *x.shape), self.drop, self.training)
            inputs = gates(x, kept, self.weight_ih_l0) + (self.bias_ih_l0 if self.bias else 0)
        elif self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0 if self.bias else None)
        else:
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0 if self.bias else None)
        if self.stateful and self.state is not None:
            h = self.state
        else:
            h = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop and SAME_MASK:
            masks = F.dropout(x.new_ones(3, *h.shape), self.recurrent_drop, self.training)
        w_r, w_z, w_n = self.weight_hh_l0.chunk(3)
        b_r, b_z, b_n = self.bias_hh_l0.chunk(3) if self.bias else (None, None, None)
        outputs = []
        for step in inputs.unbind(1):
            r, z, n = step.chunk(3, -1)
            if self.recurrent_drop:
                if not SAME_MASK:
                    masks = F.dropout(x.new_ones(3, *h.shape), self.recurrent_drop, self.training)
                h_r, h_z, h_n = masks * h
            else:
                h_r = h_z = h_n = h
            r = gate(r + F.linear(h_r, w_r, b_r))
            z = gate(z + F.linear(h_z, w_z, b_z))
            if self.reset_after:
                n = act(n + r * F.linear(h_n, w_n, b_n))
            else:
                n = act(n + F.linear(r * h_n, w_n, b_n))
            h = z * h + (1 - z) * n
            outputs.append(h)
        if self.stateful:
            self.state = h.detach()
        return torch.stack(outputs, 1) if self.return_sequences else h


class LoopRNN(nn.RNN):
    """A plain recurrent layer with any activation, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(
        self,
        input_size,
        hidden_size,
        activation=None,
        bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        stateful=False,
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True)
        self.bias = bias
        self.stateful = stateful
        if stateful:
            self.state = None
        self.activation = activation
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        if self.drop:
            if SAME_MASK:
                x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
            else:
                x = F.dropout(x, self.drop, self.training)
        inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0 if self.bias else None)
        if self.stateful and self.state is not None:
            h = self.state
        else:
            h = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop and SAME_MASK:
            masks = F.dropout(torch.ones_like(h), self.recurrent_drop, self.training)
        outputs = []
        for step in inputs.unbind(1):
            if self.recurrent_drop:
                if SAME_MASK:
                    h = act(step + F.linear(h * masks, self.weight_hh_l0))
                else:
                    dropped = F.dropout(h, self.recurrent_drop, self.training)
                    h = act(step + F.linear(dropped, self.weight_hh_l0))
            else:
                h = act(step + F.linear(h, self.weight_hh_l0))
            outputs.append(h)
        if self.stateful:
            self.state = h.detach()
        return torch.stack(outputs, 1) if self.return_sequences else h


class ConvLSTM(nn.Module):
    """An LSTM whose gates are convolutions: maps (N, T, C, ...) to its last output, or all with return_sequences."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        bias=True,
        activation=None,
        recurrent_activation=None,
        return_sequences=False,
        stateful=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        axes=2,
    ):
        super().__init__()
        conv = nn.Conv1d if axes == 1 else nn.Conv3d if axes == 3 else nn.Conv2d
        self.input = conv(
            in_channels,
            4 * out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            bias=bias,
        )
        self.hidden = conv(out_channels, 4 * out_channels, kernel_size, padding="same", bias=False)
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.activation = activation
        self.recurrent_activation = recurrent_activation
        self.return_sequences = return_sequences
        self.stateful = stateful
        if stateful:
            self.state = None

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid if self.recurrent_activation is None else self.recurrent_activation
        if self.drop:
            ones = torch.ones_like(x[:, :1] if SAME_MASK else x)
            masks = F.dropout(ones.repeat(4, *[1] * x.dim()), self.drop, self.training)
            parts = [self.input((x * mask).flatten(0, 1)).chunk(4, 1)[i] for i, mask in enumerate(masks)]
            steps = torch.cat(parts, 1).unflatten(0, x.shape[:2])
        else:
            steps = self.input(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        if self.stateful and self.state is not None:
            h, c = self.state
        else:
            h = c = torch.zeros_like(steps[:, 0].chunk(4, 1)[0])
        if self.recurrent_drop and SAME_MASK:
            kept = F.dropout(torch.ones_like(h).repeat(4, *[1] * h.dim()), self.recurrent_drop, self.training)
        outputs = []
        for step in steps.unbind(1):
            if self.recurrent_drop:
                if not SAME_MASK:
                    ones = torch.ones_like(h).repeat(4, *[1] * h.dim())
                    kept = F.dropout(ones, self.recurrent_drop, self.training)
                inner = [self.hidden(h * mask).chunk(4, 1)[i] for i, mask in enumerate(kept)]
                i, f, g, o = (step + torch.cat(inner, 1)).chunk(4, 1)
            else:
                i, f, g, o = (step + self.hidden(h)).chunk(4, 1)
            c = gate(f) * c + gate(i) * act(g)
            h = gate(o) * act(c)
            outputs.append(h)
        if self.stateful:
            self.state = h.detach(), c.detach()
        return torch.stack(outputs, 1) if self.return_sequences else h


class Masked(nn.Module):
    """A recurrent module that skips the steps (N, T) where the mask is false: its last output, or with return_sequences all."""

    if MASKED_OTHERS:
        takes_mask = True

    def __init__(self, rnn, return_sequences=False, stateful=False):
        super().__init__()
        self.rnn = rnn
        self.return_sequences = return_sequences
        self.stateful = stateful
        if stateful:
            self.state = None

    def forward(self, x, mask):
        order, lengths = (~mask).int().argsort(dim=1, stable=True), mask.sum(1)  # the kept steps first
        kept = nn.utils.rnn.pack_padded_sequence(
            x.gather(1, order[..., None].expand_as(x)),
            lengths.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        if self.stateful:
            outputs, hidden = self.rnn(kept, self.state)
            ends = hidden if isinstance(hidden, tuple) else (hidden,)
            if self.state is None:
                starts = [torch.zeros_like(end) for end in ends]
            else:
                starts = self.state if isinstance(hidden, tuple) else (self.state,)
            # without a step that is kept the state stays
            ends = [
                torch.where(lengths[:, None] > 0, end, start).detach() for end, start in zip(ends, starts)
            ]
            self.state = tuple(ends) if isinstance(hidden, tuple) else ends[0]
        else:
            outputs, hidden = self.rnn(kept)
        if self.return_sequences:
            outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
            position = mask.cumsum(1)  # a skipped step repeats the output before it
            outputs = outputs.gather(1, (position - 1).clamp(min=0)[..., None].expand_as(outputs))
            if MASKED_BOTH_WAYS and self.rnn.bidirectional:
                return outputs * mask[..., None]
            else:
                return outputs * (position > 0)[..., None]
        else:
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
            return torch.cat(list(hidden), -1) * (lengths > 0)[:, None]


class MaskedLoop(nn.Module):
    """Any recurrent module with all its outputs, over the steps (N, T) where the mask is true: the last, or with return_sequences all."""

    takes_mask = True

    def __init__(self, rnn, return_sequences=False):
        super().__init__()
        self.rnn = rnn
        self.return_sequences = return_sequences

    def forward(self, x, mask):
        order = (~mask).int().argsort(dim=1, stable=True)  # the kept steps first
        outputs = self.rnn(x.gather(1, order[..., None].expand_as(x)))
        position = mask.cumsum(1)[..., None]  # a skipped step repeats the output before it
        outputs = outputs.gather(1, (position - 1).clamp(min=0).expand_as(outputs)) * (position > 0)
        return outputs if self.return_sequences else outputs[:, -1]


class MaskedBidirectional(nn.Module):
    """Two recurrent modules that skip masked steps, one over the sequence and one over its reverse."""

    takes_mask = True

    def __init__(self, ahead, back, merge=None):
        super().__init__()
        self.ahead, self.back = ahead, back
        self.merge = merge

    def forward(self, x, mask):
        ahead, back = self.ahead(x, mask), self.back(x.flip(1), mask.flip(1))
        if back.dim() == 3:
            ahead, back = ahead * mask[..., None], back.flip(1) * mask[..., None]
        if self.merge is None:
            return torch.cat([ahead, back], -1)
        else:
            return {"sum": ahead + back, "mul": ahead * back, "ave": (ahead + back) / 2}[self.merge]


class Backwards(nn.Module):
    """A recurrent module that skips masked steps, from the last to the first."""

    takes_mask = True

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x, mask):
        return self.module(x.flip(1), mask.flip(1))


class Masking(nn.Module):
    """Zeros for the steps of sequences (N, T, C) that are all `value`."""

    def __init__(self, value=0.0):
        super().__init__()
        self.value = value

    def mask(self, x):
        return (x != self.value).any(-1)

    def forward(self, x):
        return x * self.mask(x)[..., None]


class MaskedAveragePool(nn.Module):
    """The mean of the steps of (N, T, C) where the mask is true."""

    if MASKED_OTHERS:
        takes_mask = True

    def forward(self, x, mask):
        return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


class MaskedSequential(nn.Sequential):
    """Modules in a row, of which some are told the steps to skip."""

    def forward(self, x):
        if MASKED_INDICES:
            mask = x != 0
        for module in self:
            if MASKED_VALUES and isinstance(module, Masking):
                mask = module.mask(x)
            if MASKED_OTHERS:
                x = module(x, mask) if hasattr(module, "takes_mask") else module(x)
            elif MASKED_RNN and MASKED_POOL:
                takes = isinstance(module, (Masked, MaskedAveragePool))
                x = module(x, mask) if takes else module(x)
            elif MASKED_POOL:
                x = module(x, mask) if isinstance(module, MaskedAveragePool) else module(x)
            else:
                x = module(x, mask) if isinstance(module, Masked) else module(x)
        return x


def orthogonal_gates_(weight, gates):
    """Make the part of each gate orthogonal by itself, as Keras 1 does."""
    for gate in weight.chunk(gates):
        nn.init.orthogonal_(gate, gain=1.1)


def truncated_normal_(weight, mode):
    """Keras's normal initializers, cut off at two standard deviations: "glorot", "he" or "lecun"."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
