"""What every test gets: the databases, and hypothesis settings that a busy machine doesn't change."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.databases.plugin", "tests.databases.stores"]

# The same examples each time and no deadline: a failure is a fault, never a slow minute.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
