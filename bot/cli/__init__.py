"""The command line, one module per command. Each loads what it needs only when it is performed: `pejling --help` is quick."""
