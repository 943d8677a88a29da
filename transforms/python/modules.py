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


def hard_sigmoid(x):
    """The sigmoid in three straight pieces, as Keras 1 and 2 have it."""
    return (0.2 * x + 0.5).clamp(0, 1)


class DropSteps(nn.Module):
    """Drop whole features of sequences (N, T, C), the same at every step."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        return x * F.dropout(torch.ones_like(x[:, :1]), self.rate, self.training)


class Flip(nn.Module):
    """Turn sequences (N, T, C) around."""

    def forward(self, x):
        return x.flip(1)


class LoopLSTM(nn.LSTM):
    """An LSTM with any activations, a step at a time; dropout masks are one a gate and sequence."""

    def __init__(
        self,
        input_size,
        hidden_size,
        activation=None,
        recurrent_activation=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
    ):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation
        self.recurrent_activation = recurrent_activation
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid if self.recurrent_activation is None else self.recurrent_activation
        if self.drop:
            kept = [F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training) for _ in range(4)]
            parts = [F.linear(x * mask, weight) for mask, weight in zip(kept, self.weight_ih_l0.chunk(4))]
            inputs = torch.cat(parts, -1) + self.bias_ih_l0
        else:
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        h = c = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop:
            masks = [F.dropout(torch.ones_like(h), self.recurrent_drop, self.training) for _ in range(4)]
        outputs = []
        for step in inputs.unbind(1):
            if self.recurrent_drop:
                parts = [F.linear(h * mask, weight) for mask, weight in zip(masks, self.weight_hh_l0.chunk(4))]
                i, f, g, o = (step + torch.cat(parts, -1)).chunk(4, -1)
            else:
                i, f, g, o = (step + F.linear(h, self.weight_hh_l0)).chunk(4, -1)
            c = gate(f) * c + gate(i) * act(g)
            h = gate(o) * act(c)
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


class LoopGRU(nn.GRU):
    """A GRU with any activations, a step at a time; dropout masks are one a gate and sequence."""

    def __init__(
        self,
        input_size,
        hidden_size,
        activation=None,
        recurrent_activation=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        return_sequences=False,
    ):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation
        self.recurrent_activation = recurrent_activation
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.reset_after = reset_after
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid if self.recurrent_activation is None else self.recurrent_activation
        if self.drop:
            kept = [F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training) for _ in range(3)]
            parts = [F.linear(x * mask, weight) for mask, weight in zip(kept, self.weight_ih_l0.chunk(3))]
            inputs = torch.cat(parts, -1) + self.bias_ih_l0
        else:
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        h = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop:
            masks = [F.dropout(torch.ones_like(h), self.recurrent_drop, self.training) for _ in range(3)]
        to_reset, to_update, to_new = self.weight_hh_l0.chunk(3)
        reset_bias, update_bias, new_bias = self.bias_hh_l0.chunk(3)
        outputs = []
        for step in inputs.unbind(1):
            r, z, n = step.chunk(3, -1)
            before = [h * mask for mask in masks] if self.recurrent_drop else [h] * 3
            r = gate(r + F.linear(before[0], to_reset, reset_bias))
            z = gate(z + F.linear(before[1], to_update, update_bias))
            if self.reset_after:
                n = act(n + r * F.linear(before[2], to_new, new_bias))
            else:
                n = act(n + F.linear(r * before[2], to_new, new_bias))
            h = z * h + (1 - z) * n
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


class LoopRNN(nn.RNN):
    """A plain recurrent layer with any activation, a step at a time."""

    def __init__(
        self, input_size, hidden_size, activation=None, dropout=0.0, recurrent_dropout=0.0, return_sequences=False
    ):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        if self.drop:
            x = x * F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training)
        h = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop:
            mask = F.dropout(torch.ones_like(h), self.recurrent_drop, self.training)
        outputs = []
        for step in F.linear(x, self.weight_ih_l0, self.bias_ih_l0).unbind(1):
            h = act(step + F.linear(h * mask if self.recurrent_drop else h, self.weight_hh_l0))
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


class Bidirectional(nn.Module):
    """Two recurrent layers, one over the sequence and one over its reverse."""

    def __init__(self, ahead, back, merge="concat"):
        super().__init__()
        self.ahead, self.back, self.merge = ahead, back, merge

    def forward(self, x):
        ahead, back = self.ahead(x), self.back(x.flip(1))
        if back.dim() == 3:
            back = back.flip(1)
        if self.merge == "concat":
            return torch.cat([ahead, back], -1)
        return {"sum": ahead + back, "mul": ahead * back, "ave": (ahead + back) / 2}[self.merge]
