"""`python -m postroom.cli`: how the supervisor starts its children, whatever PATH says."""

from postroom.cli import main

main()
