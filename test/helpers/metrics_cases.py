"""Metrics of whole epochs: how Keras makes them, and the helper that takes their place."""

from functools import partial

import numpy as np

try:
    import metrics
except ImportError:  # where Keras records
    metrics = None


def data(kind):
    """Targets and outputs by name, with the edges among them: 0, 1, ties, one sample, one class only."""
    rng = np.random.RandomState(5)
    if kind == "binary":
        targets, outputs = (rng.rand(19, 1) > 0.6).astype("float32"), rng.rand(19, 1).astype("float32")
        edges = np.array([0, 1, 0.5, 0.5, 1, 0, 0.25, 0.75, 0.1, 0.3], "float32")[:, None]
        truth = np.array([0, 1, 1, 0, 0, 1, 1, 1, 0, 1], "float32")[:, None]
        return {
            "random": (targets, outputs),
            "edges": (truth, edges),
            "one": (targets[:1], outputs[:1]),
            "all false": (np.zeros_like(targets), outputs),
            "all true": (np.ones_like(targets), outputs),
        }
    scores = rng.rand(19, 3).astype("float32") ** 2
    outputs = scores / scores.sum(1, keepdims=True)
    targets = np.eye(3, dtype="float32")[rng.randint(0, 3, 19)]
    if kind == "classes":
        edges = np.array([[1, 0, 0], [0, 0, 0], [0.5, 0.5, 0], [0, 1, 0]], "float32")
        return {
            "random": (targets, outputs),
            "edges": (targets[:4], edges),
            "one": (targets[:1], outputs[:1]),
            "no third": (np.eye(3, dtype="float32")[np.arange(19) % 2], outputs),
        }
    if kind == "numbers":
        return {"random": (scores[::-1] * 3, scores), "one": (scores[3:4], scores[:1])}
    labels = (rng.rand(9, 4, 5, 1) > 0.5).astype("float32")
    return {
        "random": (labels, np.where(rng.rand(9, 4, 5, 1) > 0.7, 1, rng.rand(9, 4, 5, 1)).astype("float32")),
        "one": (labels[:1], rng.rand(1, 4, 5, 1).astype("float32")),
    }


def columns(function, outputs, targets, **options):
    """The mean of a metric over the columns."""
    values = [function(*pair, **options) for pair in zip(outputs.T, targets.T)]
    return sum(values) / len(values)


METRICS = {
    "auc": ("binary", "AUC()", "auc", {}),
    "auc 11": ("binary", "AUC(num_thresholds=11)", "auc", {"num_thresholds": 11}),
    "pr": ("binary", "AUC(curve='PR')", "pr_auc", {}),
    "pr 11": ("binary", "AUC(11, 'PR')", "pr_auc", {"num_thresholds": 11}),
    "auc of classes": ("classes", "AUC()", "auc", {}),
    "auc of labels": ("classes", "AUC(multi_label=True)", partial(columns, "auc"), {}),
    "pr of labels": ("classes", "AUC(curve='PR', multi_label=True)", partial(columns, "pr_auc"), {}),
    "precision at recall": ("binary", "PrecisionAtRecall(0.6)", "precision_at_recall", {"at_least": 0.6}),
    "recall at precision": ("binary", "RecallAtPrecision(0.5)", "recall_at_precision", {"at_least": 0.5}),
    "recall at all": ("binary", "RecallAtPrecision(1.0)", "recall_at_precision", {"at_least": 1.0}),
    "sensitivity": (
        "binary",
        "SensitivityAtSpecificity(0.7)",
        "sensitivity_at_specificity",
        {"at_least": 0.7},
    ),
    "specificity": (
        "binary",
        "SpecificityAtSensitivity(0.7, num_thresholds=11)",
        "specificity_at_sensitivity",
        {"at_least": 0.7, "num_thresholds": 11},
    ),
    "f1 macro": ("classes", "F1Score(average='macro')", "f_score", {"average": "macro"}),
    "f1 micro": ("classes", "F1Score('micro')", "f_score", {"average": "micro"}),
    "f1 weighted": (
        "classes",
        "F1Score('weighted', threshold=0.4)",
        "f_score",
        {"average": "weighted", "threshold": 0.4},
    ),
    "f2": (
        "binary",
        "FBetaScore('macro', 2.0, 0.5)",
        "f_score",
        {"average": "macro", "beta": 2.0, "threshold": 0.5},
    ),
    "iou of maps": ("maps", "MeanIoU(num_classes=2)", "mean_iou", {"num_classes": 2}),
    "one iou of maps": ("maps", "IoU(2, [1])", "mean_iou", {"num_classes": 2, "classes": [1]}),
    "binary iou": ("maps", "BinaryIoU()", ("mean_iou", lambda outputs: outputs >= 0.5), {"num_classes": 2}),
    "binary iou edges": (
        "binary",
        "BinaryIoU([1], threshold=0.25)",
        ("mean_iou", lambda outputs: outputs >= 0.25),
        {"num_classes": 2, "classes": [1]},
    ),
    "iou of classes": (
        "classes",
        "OneHotMeanIoU(3)",
        ("mean_iou", lambda outputs: outputs.argmax(-1), lambda targets: targets.argmax(-1)),
        {"num_classes": 3},
    ),
    "iou of a class": (
        "classes",
        "OneHotIoU(3, target_class_ids=[0, 2])",
        ("mean_iou", lambda outputs: outputs.argmax(-1), lambda targets: targets.argmax(-1)),
        {"num_classes": 3, "classes": [0, 2]},
    ),
    "auc of thresholds": (
        "binary",
        "AUC(thresholds=[0.25, 0.5, 0.9])",
        "stepped_auc",
        {"thresholds": [0.25, 0.5, 0.9]},
    ),
    "pr of thresholds": (
        "binary",
        "AUC(curve='PR', thresholds=[0.9, 0.25])",
        "pr_auc",
        {"thresholds": [0.9, 0.25]},
    ),
    "auc low": ("binary", "AUC(summation_method='minoring')", "stepped_auc", {"summation": "minoring"}),
    "pr high": (
        "binary",
        "AUC(30, 'PR', summation_method='majoring')",
        "stepped_auc",
        {"num_thresholds": 30, "summation": "majoring", "pr": True},
    ),
    "precision of the largest": (
        "classes",
        "Precision(top_k=2)",
        ("precision", lambda outputs: metrics.largest_only(outputs, 2)),
        {"threshold": -np.inf},
    ),
    "recall of the largest above": (
        "classes",
        "Recall(0.4, top_k=1, class_id=1)",
        (
            "recall",
            lambda outputs: metrics.largest_only(outputs, 1)[:, 1],
            lambda targets: targets[:, 1],
        ),
        {"threshold": 0.4},
    ),
    "positives": ("numbers", "TruePositives(0.1)", "true_positives", {"threshold": 0.1}),
    "negatives": ("numbers", "FalseNegatives(0.1)", "false_negatives", {"threshold": 0.1}),
    "f1 each": ("classes", "F1Score()", "f_score", {"each": True}),
    "r2": ("numbers", "R2Score()", "r2_score", {}),
    "r2 each": ("numbers", "R2Score(class_aggregation=None)", "r2_score", {"each": True}),
    "r2 weighted": (
        "numbers",
        "R2Score(class_aggregation='variance_weighted_average', num_regressors=2)",
        "r2_score",
        {"weighted": True, "num_regressors": 2},
    ),
    "iou without a class": (
        "classes",
        "OneHotMeanIoU(3, ignore_class=0)",
        ("mean_iou", lambda outputs: outputs.argmax(-1), lambda targets: targets.argmax(-1)),
        {"num_classes": 3, "ignored": 0},
    ),
    "pearson": ("numbers", "PearsonCorrelation()", "pearson_correlation", {}),
    "concordance": ("numbers", "ConcordanceCorrelation()", "concordance_correlation", {}),
    "equal": ("binary", "Accuracy()", "equal_values", {}),
}
