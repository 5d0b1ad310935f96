"""The commands of ``firstseen``: each in the module of its name."""
