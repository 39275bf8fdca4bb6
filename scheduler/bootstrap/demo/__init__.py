"""The demo that is served: a filled throw-away clinic under a clock that can be moved. It sends nothing to anybody."""

from scheduler.bootstrap.demo.opening import Demo, build_demo_app, open_demo
from scheduler.bootstrap.demo.refusing import refuse_real_settings

__all__ = ["Demo", "build_demo_app", "open_demo", "refuse_real_settings"]
