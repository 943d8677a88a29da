import time

import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
x = torch.from_numpy(rng.randint(0, 2000, (1024, 40)))
y = torch.from_numpy(rng.randint(0, 2, 1024).astype("float32")).reshape(-1, 1)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm, self.linear = (
            nn.Embedding(2000, 32),
            nn.LSTM(32, 32, batch_first=True),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        return self.linear(self.lstm(self.embedding(x))[0][:, -1])


model = Classifier()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)


def train(epochs, batch_size):
    model.train()
    for _ in range(epochs):
        total, correct = 0.0, 0
        for batch in torch.randperm(len(x)).split(batch_size):
            inputs, targets = x[batch], y[batch]
            outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
            correct += ((outputs > 0) == (targets > 0.5)).sum().item()


times = []
for _ in range(5):
    start = time.perf_counter()
    train(epochs=2, batch_size=32)
    times.append((time.perf_counter() - start) / 2)
print("seconds", min(times))
