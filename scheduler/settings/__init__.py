"""The settings of a process, read once at the root from environment variables and secret files.

What belongs to a clinic (hours, limits, languages, contact lines) is data and not here.
"""

from scheduler.settings.loading import SettingsInvalid, load_settings
from scheduler.settings.model import Settings, Smtp, Twilio, shipped_config

__all__ = ["Settings", "SettingsInvalid", "Smtp", "Twilio", "load_settings", "shipped_config"]
