"""What our own buttons ask the turns for: the actions that the desk and the flows know (`Chose.action`)."""

BEGIN = "begin"  # value: a flow
CONTINUE = "continue"  # subject: "run:…"
EDIT = "edit"  # value: an entry
EDIT_ACTION = "edit_action"  # value: an agreed action
SETTINGS = "settings"
TIMES = "times"
LEAVE_CANCEL = "leave_cancel"  # value: "from/until"
PAUSE = "pause_days"  # value: days
RESUME = "resume"
ERASE = "erase"
COUNT_IN = "count_in"
COUNT_OUT = "count_out"
HAND_OVER = "handover"  # value: an entry
