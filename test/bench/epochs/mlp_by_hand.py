import time

import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
x = torch.from_numpy(rng.rand(8192, 784).astype("float32"))
y = torch.from_numpy(rng.randint(0, 10, 8192))

model = nn.Sequential(
    nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 10)
)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)


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
    train(epochs=2, batch_size=128)
    times.append((time.perf_counter() - start) / 2)
print("seconds", min(times))
