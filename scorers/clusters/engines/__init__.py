"""A model on the cluster's own machines: vLLM engines without servers."""
