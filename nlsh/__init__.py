"""nlsh: a shell that understands plain language, offline."""

__version__ = "0.1.0"
