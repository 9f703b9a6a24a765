"""Policies whose responses rules can judge: candidates and pairs without a taxonomy of risks.

They replace the stages from `prompts` to `judge`. Nothing is exported here: files import files.
"""
