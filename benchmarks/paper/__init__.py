"""The paper's tables by one command: `python -m benchmarks.paper MODEL`, or `make paper MODEL=...`.

The plan with its cost comes first; then CoSApien, CoSAlign-Test and the capability set for a model, for
its baselines, and for what SFT and DPO on the released pairs make of it (docs/paper_table.md).
"""
