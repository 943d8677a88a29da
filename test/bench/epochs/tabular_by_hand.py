import time

import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
x = torch.from_numpy(rng.rand(2048, 8).astype("float32"))
y = torch.from_numpy(rng.randint(0, 2, 2048).astype("float32")).reshape(-1, 1)

model = nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 1))
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
for _ in range(8):
    start = time.perf_counter()
    train(epochs=4, batch_size=32)
    times.append((time.perf_counter() - start) / 4)
print("seconds", min(times))
