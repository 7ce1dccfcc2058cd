"""The shapes of phones, e-mail addresses and postcodes that can be used, in whole columns and typed in one by one.

Written so that RE2 and Python's re read them alike. The bounds are those of the interfaces (outcomes, Warned and kept).
"""

from __future__ import annotations

from typing import Final

# National numbers without their 0: mobiles have ten digits, others nine or ten. Ofcom's numbers for drama fit.
NATIONAL: Final = r"(?:7[0-9]{9}|[12358][0-9]{8,9}|9[0-9]{9})"
EMAIL: Final = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)
EMAIL_LONGEST: Final = 254
POSTCODE: Final = (
    r"(?i)^(?:[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY])|GIR)"
    r" ?[0-9][ABD-HJLNP-UW-Z]{2}$"
)
