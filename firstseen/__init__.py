"""The command line: arguments, settings and wiring. The only package that connects the others."""
