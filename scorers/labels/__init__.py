"""Judges against people: label files, agreement, and scores corrected for a judge's errors."""

from scorers.labels.correction import Corrected, prediction_powered
from scorers.labels.files import Label, LabelFile, check_recorded, load_labels
from scorers.labels.known_errors import JudgeErrors, rogan_gladen
from scorers.labels.record import judge_record, record_name, write_record
from scorers.labels.score import label_score, labelled_dataset, recorded_response

__all__ = [
    "Corrected",
    "JudgeErrors",
    "Label",
    "LabelFile",
    "check_recorded",
    "judge_record",
    "label_score",
    "labelled_dataset",
    "load_labels",
    "prediction_powered",
    "record_name",
    "recorded_response",
    "rogan_gladen",
    "write_record",
]
