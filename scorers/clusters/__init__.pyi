from .ask import ask_by_ray
from .cluster import Cluster
from .settings import ClusterSettings

__all__ = ["Cluster", "ClusterSettings", "ask_by_ray"]
