"""What Slack takes, each limit with its source. Drawing splits or refuses; nothing is cut silently.

Lengths are counted as Slack's own clients count them, in UTF-16 units, which never counts too little.
"""

from __future__ import annotations

from bot.errors import PejlingError

# https://docs.slack.dev/reference/block-kit/blocks – 50 blocks in a message, 100 in a modal or Home tab
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# https://docs.slack.dev/reference/block-kit/blocks/section-block
SECTION_TEXT = 3000
# https://docs.slack.dev/reference/block-kit/blocks/header-block
HEADER_TEXT = 150
# https://docs.slack.dev/reference/block-kit/blocks/actions-block
ACTIONS_ELEMENTS = 25
# https://docs.slack.dev/reference/block-kit/blocks/context-block
CONTEXT_ELEMENTS = 10
# https://docs.slack.dev/reference/block-kit/blocks/input-block
INPUT_LABEL = 2000
INPUT_HINT = 2000
# https://docs.slack.dev/reference/block-kit/blocks – the same for every block
BLOCK_ID = 255
ACTION_ID = 255
# https://docs.slack.dev/reference/block-kit/block-elements/button-element
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
BUTTON_URL = 3000
# https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element, …/radio-button-group-element
CHECKBOX_OPTIONS = 10
# https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
SELECT_OPTIONS = 100
PLACEHOLDER = 150
# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_TEXT = 75
OPTION_VALUE = 150
# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
TYPED_TEXT = 3000
# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
# https://docs.slack.dev/reference/views/modal-views
MODAL_TITLE = 24
MODAL_BUTTON = 24
PRIVATE_METADATA = 3000
CALLBACK_ID = 255
VIEW_STACK = 3
# https://docs.slack.dev/reference/methods/views.open – the whole view, as JSON, in bytes
VIEW_SIZE = 250_000
# https://docs.slack.dev/reference/methods/chat.postMessage – text is best kept under 4,000 characters
MESSAGE_TEXT = 4000
# https://github.com/slackapi/bolt-js/issues/2509 – a hidden limit of about 13,200 for all texts of a message together
MESSAGE_TOTAL = 12_000
# https://docs.slack.dev/interactivity/handling-user-interaction – a trigger opens a view once, within three seconds
TRIGGER_SECONDS = 3
# https://docs.slack.dev/authentication/verifying-requests-from-slack – older requests are refused
REQUEST_SECONDS = 300


class TooLong(PejlingError):
    """Something cannot be drawn in Slack as it is; the message names what, and the limit, and none of its words."""


def length(text: str) -> int:
    """How long Slack thinks a text is: UTF-16 units."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def fits(text: str, limit: int) -> bool:
    return length(text) <= limit


def checked(text: str, limit: int, what: str) -> str:
    """The text, if it fits. Raises TooLong."""
    if not fits(text, limit):
        raise TooLong(f"{what}: {length(text)} signs, Slack takes {limit}")
    return text
