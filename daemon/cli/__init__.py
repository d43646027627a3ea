"""The command line. Each command is a module here that is imported only when it is called."""
