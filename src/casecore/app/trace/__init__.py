"""Where the events of a command or of a stream are: in the store, in the topics, in each view."""
