"""Documents people hand out: one outline, made into Word, PDF or a page to print. Knows nothing of where the words come from.

`outline` is what a document says; `charts` draws its charts as shapes; `word`, `pdf` and `page` make the file. The libraries are
loaded when a document is made, and it is made off the event loop.
"""
