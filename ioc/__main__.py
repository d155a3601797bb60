"""`python -m ioc`: the command line where its script is not on the PATH."""

from ioc.main import main

main()
