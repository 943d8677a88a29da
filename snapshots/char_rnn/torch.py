'''Writes text one character at a time, in the manner of a file.'''
from __future__ import print_function
import torch
from torch import nn
import numpy as np
import random
import sys

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


path = 'data/corpus.txt'
text = open(path, encoding='utf-8').read().lower()
print('corpus length:', len(text))

chars = sorted(list(set(text)))
print('total chars:', len(chars))
char_indices = dict((c, i) for i, c in enumerate(chars))
indices_char = dict((i, c) for i, c in enumerate(chars))

# cut the text in semi-redundant sequences of maxlen characters
maxlen = 20
step = 5
sentences = []
next_chars = []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i: i + maxlen])
    next_chars.append(text[i + maxlen])
print('nb sequences:', len(sentences))

print('Vectorization...')
x = np.zeros((len(sentences), maxlen, len(chars)), dtype=bool)
y = np.zeros((len(sentences), len(chars)), dtype=bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        x[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1


# build the model: a single LSTM
print('Build model...')
model = nn.Sequential(
    LSTM(len(chars), 48),
    nn.Linear(48, len(chars)),
).to(device)
model.apply(init_weights)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.9, eps=1e-7)


def sample(preds, temperature=1.0):
    # helper function to sample an index from a probability array
    preds = np.asarray(preds).astype('float64')
    preds = np.log(preds) / temperature
    exp_preds = np.exp(preds)
    preds = exp_preds / np.sum(exp_preds)
    probas = np.random.multinomial(1, preds, 1)
    return np.argmax(probas)


# train the model, output generated text after each iteration
for iteration in range(1, 3):
    print()
    print('-' * 50)
    print('Iteration', iteration)
    fit(model, loss_fn, optimizer, x, y, batch_size=64, epochs=1)

    start_index = random.randint(0, len(text) - maxlen - 1)

    for diversity in [0.5, 1.0]:
        print()
        print('----- diversity:', diversity)

        generated = ''
        sentence = text[start_index: start_index + maxlen]
        generated += sentence
        print('----- Generating with seed: "' + sentence + '"')
        sys.stdout.write(generated)

        for i in range(15):
            x_pred = np.zeros((1, maxlen, len(chars)))
            for t, char in enumerate(sentence):
                x_pred[0, t, char_indices[char]] = 1.

            preds = predict(model, x_pred)[0]
            next_index = sample(preds, diversity)
            next_char = indices_char[next_index]

            generated += next_char
            sentence = sentence[1:] + next_char

            sys.stdout.write(next_char)
            sys.stdout.flush()
        print()
