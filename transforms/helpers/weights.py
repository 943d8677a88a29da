"""The weights of models as Keras has them."""

import numpy as np
import torch
from modules import truncated_normal_
from torch import nn

EMBEDDINGS = True  # some layer is an embedding, whose matrix Keras does not transpose
RUNNING_STATISTICS = True  # some layer is a batch normalization
FROZEN_BIASES = True  # some layer is recurrent: its second bias stays 0, and Keras has none

GLOROT_UNIFORM = True  # initializers that a builder is given by name
HE_UNIFORM = True
LECUN_UNIFORM = True
GLOROT_NORMAL = True
HE_NORMAL = True
LECUN_NORMAL = True
UNIFORM = True
NORMAL = True
ZEROS = True
ONES = True
ORTHOGONAL = True


def initialize(tensor, name):
    """Initialize a weight as Keras's initializer of that name does."""
    if GLOROT_UNIFORM and name == "glorot_uniform":
        nn.init.xavier_uniform_(tensor)
    elif HE_UNIFORM and name == "he_uniform":
        nn.init.kaiming_uniform_(tensor, nonlinearity="relu")
    elif LECUN_UNIFORM and name == "lecun_uniform":
        nn.init.kaiming_uniform_(tensor, nonlinearity="linear")
    elif GLOROT_NORMAL and name == "glorot_normal":
        truncated_normal_(tensor, "glorot")
    elif HE_NORMAL and name == "he_normal":
        truncated_normal_(tensor, "he")
    elif LECUN_NORMAL and name == "lecun_normal":
        truncated_normal_(tensor, "lecun")
    elif UNIFORM and name in ("uniform", "random_uniform"):
        nn.init.uniform_(tensor, -0.05, 0.05)
    elif NORMAL and name in ("normal", "random_normal"):
        nn.init.normal_(tensor, 0.0, 0.05)
    elif ZEROS and name in ("zero", "zeros"):
        nn.init.zeros_(tensor)
    elif ONES and name in ("one", "ones"):
        nn.init.ones_(tensor)
    elif ORTHOGONAL and name == "orthogonal":
        nn.init.orthogonal_(tensor)
    else:
        raise ValueError(f"unknown initializer: {name}")


def weight_views(module, trainable=None):
    """The tensors of a model or layer, in Keras's order and layout."""
    views = []
    for layer in module.modules():
        for name, tensor in layer.named_parameters(recurse=False):
            if FROZEN_BIASES and name.startswith("bias_hh"):
                continue
            if trainable is not None and tensor.requires_grad != trainable:
                continue
            if EMBEDDINGS and isinstance(layer, nn.Embedding):
                views.append(tensor.detach())
            else:
                # (out, in, height, width) is (height, width, in, out) in Keras.
                axes = [*range(2, tensor.dim()), 1, 0] if tensor.dim() > 1 else [0]
                views.append(tensor.detach().permute(axes))
        if trainable:
            continue
        if RUNNING_STATISTICS and isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            views += [layer.running_mean, layer.running_var]
    return views


def get_weights(module, trainable=None):
    """The weights of a model or layer as NumPy arrays, in Keras's order and layout."""
    return [view.cpu().numpy().copy() for view in weight_views(module, trainable)]


def set_weights(module, arrays):
    """Set the weights of a model or layer from arrays in Keras's order and layout."""
    views = weight_views(module)
    if [np.shape(array) for array in arrays] != [tuple(view.shape) for view in views]:
        raise ValueError("these arrays do not have the shapes of the weights")
    for view, array in zip(views, arrays):
        view.copy_(torch.as_tensor(np.array(array)))
