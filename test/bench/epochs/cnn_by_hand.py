import time

import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
x = torch.from_numpy(rng.rand(1024, 28, 28, 1).astype("float32")).reshape(-1, 1, 28, 28)
y = torch.from_numpy(rng.randint(0, 10, 1024))

model = nn.Sequential(
    nn.Conv2d(1, 16, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(800, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
)
loss_fn = nn.CrossEntropyLoss()
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
            correct += (outputs.argmax(1) == targets).sum().item()


times = []
for _ in range(5):
    start = time.perf_counter()
    train(epochs=2, batch_size=64)
    times.append((time.perf_counter() - start) / 2)
print("seconds", min(times))
