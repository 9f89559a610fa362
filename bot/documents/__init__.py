"""Files people take away: documents as Word, PDF or a page to print, and calendar files. They know nothing of where the words come from.

`outline` is what a document says; `charts` draws its charts as shapes; `word`, `pdf` and `page` make it. The libraries are loaded when a
document is made, and it is made off the event loop. `calendar_file` makes an appointment.
"""
