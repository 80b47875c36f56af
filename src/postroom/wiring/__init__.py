"""The composition root: the only place that names concrete classes. child.py is the entry of a child process."""
