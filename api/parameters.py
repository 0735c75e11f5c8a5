"""Which fields belong to which types of service, in the names of the trade.

What a program sends for a type that the service is not would change nothing about the order, and somebody would pay
for comments or keywords that nobody uses. So it is refused by name. Link and quantity are read where they are needed
and may always stand there; runs and interval have refusals of their own.
"""

from api.reading import Asked, given
from api.words import ParameterNotTaken
from catalog.models import ServiceKind

MENTIONS = ("Mentions", "Mentions with Hashtags", "Mentions Custom List")
FROM_ONE_PERSON = ("Mentions User Followers", "Comment Likes", "Comment Replies", "Subscriptions")
SUBSCRIPTIONS = ("Subscriptions",)
WEB_TRAFFIC = ("Web Traffic",)

TYPES_OF: dict[str, tuple[str, ...]] = {
    "keywords": ("SEO",),
    "comments": ("Custom Comments", "Custom Comments Package", "Comment Replies"),
    "usernames": MENTIONS,
    "hashtags": ("Mentions with Hashtags",),
    "hashtag": ("Mentions Hashtag",),
    "username": FROM_ONE_PERSON,
    "media": ("Mentions Media Likers",),
    "answer_number": ("Poll",),
    "groups": ("Invites from Groups",),
    "min": SUBSCRIPTIONS,
    "max": SUBSCRIPTIONS,
    "posts": SUBSCRIPTIONS,
    "old_posts": SUBSCRIPTIONS,
    "delay": SUBSCRIPTIONS,
    "expiry": SUBSCRIPTIONS,
    "country": WEB_TRAFFIC,
    "device": WEB_TRAFFIC,
    "type_of_traffic": WEB_TRAFFIC,
    "google_keyword": WEB_TRAFFIC,
    "referring_url": WEB_TRAFFIC,
}


def require_own_parameters(asked: Asked, kind: ServiceKind) -> None:
    """Raise ParameterNotTaken for the first field that this type of service knows nothing of.

    Empty, "undefined", "null" and zero are what careless clients send for nothing.
    """
    for name, types in TYPES_OF.items():
        if given(asked, name).strip("0") and kind.label not in types:
            raise ParameterNotTaken(parameter=name, types=", ".join(types), type=kind.label)
