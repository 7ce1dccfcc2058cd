"""`python -m exchange.cli` is the command `lvws`."""

from exchange.cli import main

main()
