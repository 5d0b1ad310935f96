"""``python -m firstseen``: the same as the program ``firstseen``."""

from firstseen.cli import main

main()
