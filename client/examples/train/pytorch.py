"""The training loop that a PyTorch user would write, on one thread, timed from rows in memory to the update."""

import json
import resource
import sys
import time

import torch

torch.set_num_threads(1)
print(json.dumps({"version": f"torch {torch.__version__}"}), flush=True)

pipe = sys.stdin.buffer
job = json.loads(pipe.readline())
rows, width = job["rows"], job["width"]


def read(count):
    return torch.frombuffer(bytearray(pipe.read(4 * count)), dtype=torch.float32)


inputs_in_memory = read(rows * width)
labels_in_memory = read(rows)
shapes = []
units = width
for outputs in [*job["hidden"], 1]:
    shapes.append((units, outputs))
    units = outputs
weights_in_memory = read(sum((inputs + 1) * outputs for inputs, outputs in shapes))


def model():
    layers = []
    at = 0
    for inputs, outputs in shapes:
        dense = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            size = inputs * outputs
            dense.weight.copy_(weights_in_memory[at : at + size].view(outputs, inputs))
            dense.bias.copy_(weights_in_memory[at + size : at + size + outputs])
        at += size + outputs
        layers += [dense, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def run():
    start = time.perf_counter()
    torch.manual_seed(7)
    inputs = inputs_in_memory.clone().view(rows, width)
    labels = labels_in_memory.clone()
    network = model()
    criterion = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(
        network.parameters(), lr=job["learning_rate"], weight_decay=job["weight_decay"]
    )
    with torch.no_grad():
        criterion(network(inputs).squeeze(1), labels).item()
    for _ in range(job["epochs"]):
        order = torch.randperm(rows)
        for some in order.split(job["batch"]):
            optimizer.zero_grad()
            loss = criterion(network(inputs[some]).squeeze(1), labels[some])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        loss = criterion(network(inputs).squeeze(1), labels).item()
    flat = torch.nn.utils.parameters_to_vector(network.parameters()).detach()
    (flat - weights_in_memory).tolist()
    return time.perf_counter() - start, loss


for _ in iter(pipe.readline, b""):
    seconds, loss = run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "loss": loss, "peak_mib": peak}), flush=True)
