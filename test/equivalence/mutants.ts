/**
 * Wrong translations that people make, as edits of right ones: the harness must notice each of them.
 * A harness that can't fail proves nothing.
 */
export interface Mutant {
  readonly case: string;
  readonly name: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** The first comparison that disagrees. */
  readonly shows:
    | "layers"
    | "first outputs"
    | "dropout"
    | "steps"
    | "losses"
    | "weights"
    | "modes"
    | "values"
    | "printed"
    | "progress";
}

export const mutants: readonly Mutant[] = [
  // what is said about weights
  {
    case: "constraints_initializers",
    name: "a constraint holds the weights along the other axis",
    from: "max_norm_(model[0].weight, 0.2, dim=1)",
    to: "max_norm_(model[0].weight, 0.2, dim=0)",
    shows: "weights",
  },
  {
    case: "pretrained_embedding",
    name: "a frozen table of embeddings is trained",
    from: "dtype=torch.float32)),",
    to: "dtype=torch.float32), freeze=False),",
    shows: "weights",
  },
  {
    case: "constraints_initializers",
    name: "an activity regularizer is forgotten",
    from: "\n        + model[6].penalty",
    to: "",
    shows: "weights",
  },
  {
    case: "constraints_initializers",
    name: "an offset that Keras leaves out is trained",
    from: "waves[2].bias.requires_grad_(False)\n",
    to: "",
    shows: "weights",
  },
  // targets
  {
    case: "one_target_many_outputs",
    name: "a target for the first output only",
    from: ".reshape(-1, 1).expand(-1, 4)",
    to: ".reshape(-1, 1) * torch.eye(4)[0]",
    shows: "losses",
  },
  // models inside models
  {
    case: "nested_models",
    name: "a model inside another gets maps in the wrong order",
    from: "    Permute(0, 2, 3, 1),\n    nn.Sequential(\n        nn.Flatten(),",
    to: "    Permute(0, 1, 3, 2),\n    nn.Sequential(\n        nn.Flatten(),",
    shows: "first outputs",
  },
  // what the layers compute
  {
    case: "channels_first",
    name: "'same' pads rows where it pads columns, with the channels first",
    from: "nn.ZeroPad2d((0, 1, 1, 1))",
    to: "nn.ZeroPad2d((1, 0, 1, 1))",
    shows: "first outputs",
  },
  {
    case: "stateful_lstm",
    name: "each batch starts from zeros",
    from: "super().forward(x, self.state)",
    to: "super().forward(x)",
    shows: "losses",
  },
  {
    case: "masked_sequences",
    name: "padding is read like words",
    from: "mask = x != 0",
    to: "mask = x >= 0",
    shows: "first outputs",
  },
  {
    case: "video_frames",
    name: "the axes of frames stay as they are",
    from: "Permute(0, 1, 3, 4, 2),\n    nn.Flatten(2),",
    to: "nn.Flatten(2),",
    shows: "first outputs",
  },
  {
    case: "mnist_cnn",
    name: "'same' pads the start instead of the end",
    from: "nn.ZeroPad2d((0, 1, 0, 1))",
    to: "nn.ZeroPad2d((1, 0, 1, 0))",
    shows: "first outputs",
  },
  {
    case: "mnist_cnn",
    name: "'same' without its extra cell",
    from: /nn\.ZeroPad2d\(\(0, 1, 0, 1\)\),.*\n\s*nn\.Conv2d\(1, 32, (.*?), stride=2\)/,
    to: "nn.Conv2d(1, 32, $1, stride=2, padding=1)",
    shows: "first outputs",
  },
  {
    case: "cifar10_batchnorm",
    name: "images are reshaped where their axes must be permuted",
    from: ".permute(0, 3, 1, 2)",
    to: ".reshape(-1, 3, 32, 32)",
    shows: "first outputs",
  },
  {
    case: "cifar10_batchnorm",
    name: "PyTorch's epsilon in batch normalization",
    from: /, eps=(0\.001|1e-3)/g,
    to: "",
    shows: "first outputs",
  },
  {
    case: "cifar10_batchnorm",
    name: "Keras's momentum is given to PyTorch",
    from: /momentum=0\.01\b/g,
    to: "momentum=0.99",
    shows: "weights",
  },
  {
    case: "imdb_lstm",
    name: "sequences are padded at the end",
    from: "maxlen - len(kept)",
    to: "0",
    shows: "first outputs",
  },
  {
    case: "imdb_lstm",
    name: "sequences are cut at the end",
    from: "sequence[-maxlen:]",
    to: "sequence[:maxlen]",
    shows: "first outputs",
  },
  {
    case: "imdb_conv1d",
    name: "word numbers are not shifted",
    from: /\+ 3\b|\+ index_from/g,
    to: "+ 0",
    shows: "first outputs",
  },
  {
    case: "imdb_lstm_dropout",
    name: "gates in another order",
    from: /\bi, f, g, o =/g,
    to: "f, i, g, o =",
    shows: "first outputs",
  },
  {
    case: "imdb_lstm_dropout",
    name: "another rate of recurrent dropout",
    from: "recurrent_dropout=0.2",
    to: "recurrent_dropout=0.3",
    shows: "dropout",
  },
  {
    case: "gru_simple_rnn_bidirectional",
    name: "the last time step of both directions",
    from: /torch\.cat\(list\(hidden\), -1\)/g,
    to: "outputs[:, -1]",
    shows: "first outputs",
  },
  {
    case: "gru_simple_rnn_bidirectional",
    name: "sequences are read backwards",
    from: /super\(\)\.forward\(x\)/g,
    to: "super().forward(x.flip(1))",
    shows: "first outputs",
  },
  {
    case: "sine_lstm",
    name: "both biases of an LSTM are trained",
    from: ".requires_grad_(False)",
    to: "",
    shows: "weights",
  },
  // what is minimized, and how
  {
    case: "mnist_mlp",
    name: "the loss is a sum",
    from: "nn.CrossEntropyLoss()",
    to: 'nn.CrossEntropyLoss(reduction="sum")',
    shows: "losses",
  },
  {
    case: "mnist_mlp",
    name: "softmax twice",
    from: /nn\.Linear\(512, num_classes\)/,
    to: "nn.Linear(512, num_classes), nn.Softmax(1)",
    shows: "losses",
  },
  {
    case: "target_rank",
    name: "targets of shape (n,) against outputs of shape (n, 1)",
    from: /\.(view|reshape)\((-1|len\(\w+\)), 1\)|\.unsqueeze\(1\)/,
    to: "",
    shows: "losses",
  },
  {
    case: "mnist_mlp",
    name: "PyTorch's learning rate of RMSprop",
    from: /lr=(0\.001|1e-3), /,
    to: "",
    shows: "weights",
  },
  {
    case: "mnist_mlp",
    name: "PyTorch's decay of RMSprop's average",
    from: /alpha=0\.9, /,
    to: "",
    shows: "weights",
  },
  {
    case: "mnist_cnn",
    name: "another learning rate of Adam",
    from: "eps=1e-7",
    to: "lr=0.0011, eps=1e-7",
    shows: "weights",
  },
  {
    case: "mnist_cnn_data_format",
    name: "an older default rate of Adadelta",
    from: /lr=(0\.001|1e-3)/,
    to: "lr=1.0",
    shows: "weights",
  },
  {
    case: "csv_binary",
    name: "gradients add up",
    from: "optimizer.zero_grad()",
    to: "pass",
    shows: "weights",
  },
  {
    case: "learning_rate_by_hand",
    name: "the rate stays as it was",
    from: "= rate * 0.5",
    to: "= rate",
    shows: "weights",
  },
  {
    case: "learning_rate_by_hand",
    name: "values of gradients are clipped instead of their norms",
    from: "clip_grad_norm_(parameter",
    to: "clip_grad_value_(parameter",
    shows: "weights",
  },
  {
    case: "learning_rate_schedule",
    name: "the rate falls at once, not in steps",
    from: "step // (STEPS_PER_EPOCH * 2)",
    to: "step / (STEPS_PER_EPOCH * 2)",
    shows: "weights",
  },
  {
    case: "learning_rate_schedule",
    name: "the boundary belongs to the next rate",
    from: /bisect_left/g,
    to: "bisect_right",
    shows: "weights",
  },
  {
    case: "fashion_list_logits",
    name: "another batch size where the script names none",
    from: "batch_size=32",
    to: "batch_size=64",
    shows: "steps",
  },
  // modes
  {
    case: "mnist_mlp",
    name: "never in evaluation mode",
    from: /model\.train\(training\)|model\.eval\(\)/g,
    to: "model.train()",
    shows: "modes",
  },
  {
    case: "mnist_mlp",
    name: "never in training mode",
    from: "model.train(training)",
    to: "model.eval()",
    shows: "dropout",
  },
  {
    case: "mnist_mlp",
    name: "another rate of dropout",
    from: "nn.Dropout(0.2)",
    to: "nn.Dropout(0.3)",
    shows: "dropout",
  },
  // what is measured, and on which rows
  {
    case: "mnist_cnn",
    name: "the head validates, the tail trains",
    from: "x[:n_train], x[n_train:], y[:n_train], y[n_train:]",
    to: "x[-n_train:], x[:-n_train], y[-n_train:], y[:-n_train]",
    shows: "first outputs",
  },
  {
    case: "mnist_cnn",
    name: "the head validates, and trains too",
    from: "x[:n_train], x[n_train:], y[:n_train], y[n_train:]",
    to: "x[:n_train], x[: len(x) - n_train], y[:n_train], y[: len(x) - n_train]",
    shows: "values",
  },
  {
    case: "csv_binary",
    name: "predictions are logits",
    from: /\.sigmoid\(\)/,
    to: "",
    shows: "values",
  },
  {
    case: "fashion_list_logits",
    name: "probabilities over the wrong axis",
    from: /nn\.Softmax\((dim=)?(-1|1)\)/,
    to: "nn.Softmax(0)",
    shows: "values",
  },
  {
    case: "names_taken",
    name: "means of batches, whatever their size",
    from: /loss\.detach\(\) \* len\(batch\)|loss \* len\(batch\)/,
    to: "loss.detach() * batch_size",
    shows: "values",
  },
  {
    case: "mnist_mlp",
    name: "another name of a metric",
    from: /"accuracy": /,
    to: '"acc": ',
    shows: "values",
  },
  // data around the model
  {
    case: "tf_argmax_predictions",
    name: "the likeliest class over the wrong axis",
    from: "np.argmax(predict(model, x_test), axis=1)",
    to: "np.argmax(predict(model, x_test).repeat(20, 1), axis=0)",
    shows: "values",
  },
  {
    case: "tf_numpy_functions",
    name: "an index outside the classes counts from the end",
    from: /\(np\.asarray\(\[0, 2, -1, 5\].*astype\("float32"\)/,
    to: 'np.eye(3, dtype="float32")[[0, 2, -1, 2]]',
    shows: "values",
  },
  {
    case: "tf_numpy_functions",
    name: "the deviation of a sample",
    from: "np.std(flat)",
    to: "np.std(flat, ddof=1)",
    shows: "values",
  },
  {
    case: "tokenizer_sentiment",
    name: "words in the order in which they come",
    from: "sorted(self.word_counts, key=self.word_counts.get, reverse=True)",
    to: "list(self.word_counts)",
    shows: "first outputs",
  },
  {
    case: "tokenizer_sentiment",
    name: "unknown words are left out",
    from: ", oov_token='<OOV>'",
    to: "",
    shows: "layers",
  },
  // callbacks
  {
    case: "callback_without_list",
    name: "patience of one epoch more",
    from: /wait >= (self\.patience|\d)/,
    to: "wait > $1",
    shows: "steps",
  },
  {
    case: "callback_without_list",
    name: "the last weights instead of the best",
    from: /(\w+\.)*model\.load_state_dict\((\w+\.)*\w+\)|model\.load_state_dict\(\w+\)/,
    to: "pass",
    shows: "weights",
  },
  {
    case: "gan_points",
    name: "the generator's training moves the discriminator, too",
    from: "torch.optim.Adam(generator.parameters()",
    to: "torch.optim.Adam(gan.parameters()",
    shows: "weights",
  },
  {
    case: "gan_points",
    name: "predictions of the discriminator are logits",
    from: "return outputs.sigmoid()",
    to: "return outputs",
    shows: "printed",
  },
  {
    case: "gan_images",
    name: "a discriminator that is held still normalizes by its batch",
    from: "norm.eval()",
    to: "norm.train()",
    shows: "losses",
  },
  // losses
  {
    case: "losses_compared",
    name: "probabilities are not scaled to a sum of 1",
    from: "(outputs / outputs.sum(-1, keepdim=True))",
    to: "outputs",
    shows: "losses",
  },
  {
    case: "losses_compared",
    name: "label smoothing of PyTorch's kind for binary targets",
    from: "targets * 0.8 + 0.1",
    to: "targets * 0.8 + 0.2 / 3",
    shows: "losses",
  },
  {
    case: "losses_compared",
    name: "targets of 0 and 1 are taken for margins as they are",
    from: "signs(targets) * outputs",
    to: "targets * outputs",
    shows: "losses",
  },
  {
    case: "losses_compared",
    name: "the divergence is averaged over classes too",
    from: "(targets * (targets / outputs).log()).sum(-1)",
    to: "targets * (targets / outputs).log()",
    shows: "losses",
  },
  {
    case: "losses_compared",
    name: "a loss that falls as the angle grows",
    from: "-F.cosine_similarity",
    to: "F.cosine_similarity",
    shows: "losses",
  },
  {
    case: "losses_compared",
    name: "PyTorch's default of the Huber loss",
    from: "delta=0.5",
    to: "delta=1.0",
    shows: "losses",
  },
  {
    case: "imbalanced_weights",
    name: "losses are divided by the sum of their weights",
    from: "loss = losses.mean()",
    to: "loss = losses.sum() / (sample_weight if sample_weight is not None else losses).sum()",
    shows: "losses",
  },
  {
    case: "imbalanced_weights",
    name: "validation is not weighed",
    from: "metrics=metrics, sample_weight=val_weights",
    to: "metrics=metrics",
    shows: "values",
  },
  {
    case: "imbalanced_weights",
    name: "validation is weighed by class",
    from: "val_weights = sample_weights(y_val, sample_weight=tail)",
    to: "val_weights = sample_weights(y_val, class_weight, tail)",
    shows: "progress",
  },
  {
    case: "imbalanced_weights",
    name: "the first weights are those of the tail",
    from: "sample_weight[n_train:]",
    to: "sample_weight[: len(y_val)]",
    shows: "values",
  },
  {
    case: "custom_losses",
    name: "the branches of a condition are exchanged",
    from: "torch.where(cond, squared_loss, linear_loss)",
    to: "torch.where(cond, linear_loss, squared_loss)",
    shows: "losses",
  },
  {
    case: "custom_losses",
    name: "a loss of each sample is summed",
    from: "bce_dice_loss(targets, outputs).mean()",
    to: "bce_dice_loss(targets, outputs).sum()",
    shows: "losses",
  },
  {
    case: "custom_losses",
    name: "one number a batch is weighed by the size of the batch",
    from: "len(batch) if value.dim() else share",
    to: "len(batch)",
    shows: "values",
  },
  // functions of the script as layers and activations
  {
    case: "own_functions",
    name: "the features are centred over the batch",
    from: "x = x - x.mean(1, keepdim=True)",
    to: "x = x - x.mean(0, keepdim=True)",
    shows: "first outputs",
  },
  {
    case: "own_functions",
    name: "the activation is another one",
    from: "x * F.softplus(x).tanh()",
    to: "x * F.softplus(x).sigmoid()",
    shows: "first outputs",
  },
  // metrics
  {
    case: "metrics_binary",
    name: "probabilities are taken from logits without the sigmoid",
    from: "auc(outputs.sigmoid(), targets)",
    to: "auc(outputs, targets)",
    shows: "steps",
  },
  {
    case: "metrics_binary",
    name: "the threshold of the recall is the usual one",
    from: ", threshold=0.3)",
    to: ")",
    shows: "values",
  },
  {
    case: "metrics_classes",
    name: "the largest three instead of the largest two",
    from: "targets, k=2)",
    to: "targets, k=3)",
    shows: "printed",
  },
  {
    case: "metrics_classes",
    name: "a mean of squares of each batch",
    from: ".mean().sqrt()",
    to: ".mean(1).sqrt().mean()",
    shows: "values",
  },
  // rarer layers
  {
    case: "local_and_cells",
    name: "the second cell runs in the other direction, too",
    from: "    LSTM(5, 4, return_sequences=True),\n    Flip(),",
    to: "    Flip(),\n    LSTM(5, 4, return_sequences=True),",
    shows: "first outputs",
  },
  // weights, files and estimators
  {
    case: "sklearn_estimators",
    name: "options of the estimator do not reach fit",
    from: "{**self.options_of(fit, skip=5), **options}",
    to: "options",
    shows: "steps",
  },
  {
    case: "sklearn_estimators",
    name: "the default optimizer whatever the grid says",
    from: "}[optimizer]",
    to: '}["adam"]',
    shows: "weights",
  },
  {
    case: "frozen_base",
    name: "frozen normalizations follow the batches",
    from: "    hold_frozen_norms(model)\n",
    to: "",
    shows: "weights",
  },
  {
    case: "frozen_base",
    name: "all of the base is trained again",
    from: "    layer.requires_grad_(False)",
    to: "    pass",
    shows: "weights",
  },
  {
    case: "frozen_layers",
    name: "layers are counted as modules",
    from: "model[:6]",
    to: "model[:-2]",
    shows: "weights",
  },
  {
    case: "sklearn_regression_keras1",
    name: "the sign of later versions' scores",
    from: "return loss\n",
    to: "return -loss\n",
    shows: "printed",
  },
  {
    case: "weights_read_back",
    name: "kernels in PyTorch's layout",
    from: "views.append(tensor.detach().permute(axes))",
    to: "views.append(tensor.detach())",
    shows: "values",
  },
  // images in batches
  {
    case: "images_from_folders",
    name: "the last images of each folder are for validation",
    from: 'files[:split] if subset == "validation" else files[split:]',
    to: 'files[-split:] if subset == "validation" else files[:-split]',
    shows: "losses",
  },
  {
    case: "images_from_folders",
    name: "images are resized as torchvision does by default",
    from: "Image.Resampling.NEAREST",
    to: "Image.Resampling.BILINEAR",
    shows: "losses",
  },
  {
    case: "augmented_images",
    name: "images are turned the other way round",
    from: "matrix[1::-1, 1::-1]",
    to: "matrix[:2, :2]",
    shows: "values",
  },
  {
    case: "callbacks_of_every_kind",
    name: "a callback leaves the rate as it is",
    from: '["lr"] = 0.5 * self',
    to: '["lr"] = self',
    shows: "weights",
  },
  {
    case: "callbacks_by_batches",
    name: "the loss of a batch where the mean so far is told",
    from: "(totals / seen).item()",
    to: "loss.item()",
    shows: "values",
  },
  {
    case: "batch_generators",
    name: "a sequence is not told of the end of an epoch",
    from: '        if hasattr(batches, "on_epoch_end"):\n            batches.on_epoch_end()\n    return history',
    to: "    return history",
    shows: "losses",
  },
  {
    case: "steps_of_arrays",
    name: "an epoch is one pass, whatever its steps",
    from: "islice(batches, steps_per_epoch)",
    to: "islice(batches, 8)",
    shows: "steps",
  },
  {
    case: "data_pipelines",
    name: "the rows that fill no batch are trained on too",
    from: ", drop_last=True",
    to: "",
    shows: "steps",
  },
  {
    case: "data_pipelines",
    name: "what is skipped is what is left",
    from: "[30:]",
    to: "[:30]",
    shows: "printed",
  },
  {
    case: "image_folder_dataset",
    name: "files are in the order of their names",
    from: "RandomState(seed).shuffle(samples)",
    to: "RandomState(seed)",
    shows: "losses",
  },
  {
    case: "image_folder_dataset",
    name: "corners of images stay in their place",
    from: 'mode="bilinear"',
    to: 'mode="bilinear", align_corners=True',
    shows: "losses",
  },
  {
    case: "image_folder_dataset",
    name: "batches are not scaled",
    from: "(x / 255, y)",
    to: "(x, y)",
    shows: "losses",
  },
  {
    case: "images_from_table",
    name: "the last rows of the table are for validation",
    from: 'dataframe[:split] if subset == "validation" else dataframe[split:]',
    to: 'dataframe[-split:] if subset == "validation" else dataframe[:-split]',
    shows: "losses",
  },
];

/** The conversion with the mistake in it; an error where there is nothing to mistake any more. */
export function mutate(text: string, { case: name, name: mistake, from, to }: Mutant): string {
  const mutated = text.replace(from, to);
  if (mutated === text) throw new Error(`${name}: there is no ${from} to make the mistake "${mistake}"`);
  return mutated;
}
