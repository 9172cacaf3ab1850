"""`python -m casecore.cli`, for the processes that `casecore up` starts."""

from casecore.cli.main import main

main()
