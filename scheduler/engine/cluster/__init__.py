"""The engine of many machines: Procrastinate on PostgreSQL runs the table of tasks, with nobody elected to lead."""

from scheduler.engine.cluster.running import ClusterEngine
from scheduler.engine.cluster.tables import engine_schema

__all__ = ["ClusterEngine", "engine_schema"]
