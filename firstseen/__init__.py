"""The front door: arguments, settings and wiring. The only package that connects the others."""
