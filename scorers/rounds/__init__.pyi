from .commands import add_round_verbs
from .whole_run import response_text, run_responses

__all__ = ["add_round_verbs", "response_text", "run_responses"]
