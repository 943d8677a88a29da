"""Modules that an nn.Sequential needs and torch.nn lacks."""

import torch
import torch.nn.functional as F
from torch import nn


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


class GlobalAveragePool(nn.Module):
    """Mean over axes."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.mean(self.dim)


class GlobalMaxPool(nn.Module):
    """Largest value over axes."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
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


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False, bidirectional=False):
        super().__init__(input_size, hidden_size, batch_first=True, bidirectional=bidirectional)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, (hidden, _) = super().forward(x)
        return outputs if self.return_sequences else torch.cat(list(hidden), -1)


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False, bidirectional=False):
        super().__init__(input_size, hidden_size, batch_first=True, bidirectional=bidirectional)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, hidden = super().forward(x)
        return outputs if self.return_sequences else torch.cat(list(hidden), -1)


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(
        self, input_size, hidden_size, nonlinearity="tanh", return_sequences=False, bidirectional=False
    ):
        super().__init__(
            input_size, hidden_size, nonlinearity=nonlinearity, batch_first=True, bidirectional=bidirectional
        )
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, hidden = super().forward(x)
        return outputs if self.return_sequences else torch.cat(list(hidden), -1)


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalization that keeps the biased variance for evaluation, as Keras does here."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims = [0, 2][: x.dim() - 1]
        with torch.no_grad():
            self.running_mean.lerp_(x.mean(dims), self.momentum)
            self.running_var.lerp_(x.var(dims, correction=0), self.momentum)
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)


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


class SpatialDropout1d(nn.Dropout1d):
    """Drop whole features of sequences (N, T, C)."""

    def forward(self, x):
        return super().forward(x.mT).mT


def truncated_normal_(weight, mode):
    """Keras's normal initializers: cut off at two standard deviations, by fan in or by both fans."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
