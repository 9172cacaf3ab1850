"""Cases as a viewer sees them: without what is not for it. The command line has no viewer, and sees all."""
