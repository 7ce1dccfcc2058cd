"""Which offences the lines of a plan have: code and title by category, and how often each.

Codes and titles are from the Home Office's list and the NFIB's (mappings/reference). Where a code has several
classes the title says which, the way forces write it ("<class> - <offence>"). From 2017-04-01 to 2023-03-31 no class
of residential burglary is listed for 028/03, and the contact centre's layout has no title: such rows keep their
category and go on marked (interfaces: outcomes, Crime category).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

# Residential burglary has other classes, and so other titles, from this day of the offence.
NEW_BURGLARY: Final = date(2023, 4, 1)
# Controlling or coercive behaviour has a class of its own from this day.
COERCION: Final = date(2020, 4, 1)

# An offence is open to these kinds of line: plain (no priority by the offence), serious (it forces priority),
# bereaved (so does a death), hate (only beside a hate flag), child (victims under 18), abuse (domestic abuse).
# `who` is where: p police, c contact centre, f fraud reports. `when`: before or since NEW_BURGLARY, since COERCION.
# vwi and vwoi: violence with and without injury.
_TABLE: Final = """
category|code|title|kind|who|weight|sex|when
vwi|008/06|Assault with injury - Assault occasioning actual bodily harm|plain|pc|72||
vwi|008/01|Assault with injury - Wounding or inflicting grievous bodily harm|plain|pc|22||
vwi|008/02|Administering poison with intent to injure or annoy|plain|pc|3||
vwi|008/20|Assault with intent to resist apprehension|plain|p|2||
vwi|008/69|Care worker ill-treat / wilfully neglect an individual|plain|pc|1||
vwi|008/60|Racially or religiously aggravated assault occasioning actual bodily harm|hate|p|60||
vwi|008/06|Assault with injury - Assault occasioning actual bodily harm|hate|p|40||
vwi|005/01|Wounding with intent or causing grievous bodily harm with intent|serious|pc|95||
vwi|002/00|Attempted murder|serious|pc|5||
vwi|004/04|Causing death by dangerous driving|bereaved|p|60||
vwi|004/08|Causing Death by Careless or Inconsiderate Driving|bereaved|p|40||
vwi|008/06|Assault with injury - Assault occasioning actual bodily harm|abuse|pc|88||
vwi|008/01|Assault with injury - Wounding or inflicting grievous bodily harm|abuse|pc|9||
vwi|005/01|Wounding with intent or causing grievous bodily harm with intent|abuse|pc|3||
vwoi|105/01|Common assault and battery|plain|pc|45||
vwoi|195/94|Harassment|plain|pc|22||
vwoi|008/72|Send indecent or grossly offensive communication to cause distress or anxiety|plain|pc|14||
vwoi|003/01|Threats to Kill|plain|pc|9||
vwoi|008/30|Harassment - Putting people in fear of violence|plain|pc|6||
vwoi|195/12|Pursue a course of conduct in breach of S1 (1) which amounts to stalking|plain|pc|4||
vwoi|008/57|Racially or religiously aggravated common assault or beating|hate|p|55||
vwoi|008/56|Racially or religiously aggravated harassment or stalking without violence|hate|p|45||
vwoi|036/01|Kidnapping|serious|pc|45||
vwoi|036/03|False imprisonment|serious|pc|40||
vwoi|036/06|Hold person in slavery or servitude|serious|pc|8||
vwoi|036/08|Arrange or facilitate travel of another person with a view to exploitation|serious|pc|7||
vwoi|105/01|Common assault and battery|abuse|pc|52||
vwoi|195/94|Harassment|abuse|pc|22||
vwoi|008/72|Send indecent or grossly offensive communication to cause distress or anxiety|abuse|pc|8||
vwoi|003/01|Threats to Kill|abuse|pc|7||
vwoi|195/12|Pursue a course of conduct in breach of S1 (1) which amounts to stalking|abuse|pc|7||
vwoi|036/03|False imprisonment|abuse|pc|2||
vwoi|008/67|Engage in controlling/coercive behaviour in an intimate / family relationship.|abuse|pc|12||coercion
other_crime|034/01|Robbery - personal|plain|p|70||
other_crime|125/09|Causing intentional harassment, alarm or distress|plain|p|18||
other_crime|125/11|Fear or provocation of violence|plain|p|12||
other_crime|||plain|c|80||
other_crime|125/09|Causing intentional harassment, alarm or distress|plain|c|12||
other_crime|087/01|Unlawful eviction of Occupier|plain|c|5||
other_crime|087/02|Unlawful harassment of Occupier|plain|c|3||
other_crime|008/55|Racially or religiously aggravated intentional harassment or alarm or distress|hate|p|100||
other_crime|125/11|Fear or provocation of violence|abuse|p|100||
other_crime|||abuse|c|100||
arson|056/02|Arson not endangering life|plain|pc|100||
arson|056/01|Arson endangering life|serious|pc|100||
criminal_damage|149/00|Other criminal damage to a vehicle - under £5,000|plain|p|45||
criminal_damage|149/00|Other criminal damage to a residence - under £5000|plain|p|30||
criminal_damage|149/00|Other criminal damage, under £5,000|plain|p|17||
criminal_damage|058/00|Other criminal damage to a vehicle|plain|p|8||
criminal_damage|149/00|Other criminal damage|plain|c|100||
criminal_damage|058/04|Racially or religiously Aggravated Criminal Damage|hate|p|100||
criminal_damage|149/00|Other criminal damage to a residence - under £5000|abuse|pc|100||
fraud_and_forgery|053/42|Fraud by Abuse of Position|plain|pc|60||
fraud_and_forgery|053/41|Fraud by failing to disclose information|plain|pc|40||
fraud_and_forgery|NFIB3A|Online shopping and auctions|plain|f|24||
fraud_and_forgery|NFIB5A|Cheque, plastic card and online bank accounts (not PSP)|plain|f|17||
fraud_and_forgery|NFIB1H|Other advance fee frauds|plain|f|11||
fraud_and_forgery|NFIB90|Other fraud not covered elsewhere|plain|f|14||
fraud_and_forgery|NFIB3E|Computer software service fraud|plain|f|8||
fraud_and_forgery|NFIB52C|Hacking - social media and email|plain|f|7||
fraud_and_forgery|NFIB52B|Hacking - personal|plain|f|5||
fraud_and_forgery|NFIB1D|Dating scam|plain|f|4||
fraud_and_forgery|NFIB1G|Rental fraud|plain|f|3||
fraud_and_forgery|NFIB2E|Other financial investment|plain|f|3||
fraud_and_forgery|NFIB19|Fraud by abuse of position|plain|f|2||
fraud_and_forgery|NFIB50A|Computer virus / malware / spyware|plain|f|2||
burglary_dwelling|028/03|Burglary Residential|plain|p|88||before
burglary_dwelling|028/03|Attempted - Burglary Residential|plain|p|10||before
burglary_dwelling|029/00|Aggravated Burglary Residential|plain|p|2||before
burglary_dwelling|028/03|Residential Burglary of a Home|plain|p|78||since
burglary_dwelling|028/03|Attempted Residential Burglary of a Home|plain|p|10||since
burglary_dwelling|028/03|Residential Burglary of Unconnected Building|plain|p|10||since
burglary_dwelling|029/00|Aggravated Burglary Residential (Home)|plain|p|2||since
burglary_dwelling|028/03||plain|c|100||
burglary_non_dwelling|030/02|Burglary business and community|plain|pc|92||
burglary_non_dwelling|030/02|Attempted Burglary - Business and Community|plain|p|8||
theft_from_the_person|039/00|Theft from the person of another|plain|pc|100||
bicycle_theft|044/00|Theft of a pedal cycle|plain|pc|100||
other_theft|045/10|Theft from a motor vehicle|plain|pc|38||
other_theft|049/10|Theft if not classified elsewhere|plain|pc|31||
other_theft|048/01|Theft of a motor vehicle|plain|pc|20||
other_theft|126/00|Interference with a motor vehicle|plain|p|5||
other_theft|040/00|Theft in a dwelling other than from automatic machine or meter|plain|pc|4||
other_theft|035/00|Blackmail|plain|pc|2||
other_theft|040/00|Theft in a dwelling other than from automatic machine or meter|abuse|pc|100||
homicide|001/01|Murder of persons aged 1 yr or over|plain|pc|75||
homicide|004/01|Manslaughter|plain|pc|25||
rape|019/08|Rape of a female aged 16 and over|plain|pc|88|F|
rape|019/12|Rape of a female aged 16 and over - Attempted rape of a female aged 16 or over|plain|pc|4|F|
rape|019/10|Rape of a male aged 16 and over|plain|pc|8|M|
rape|019/07|Rape of a female child under 16|child|pc|85|F|
rape|019/09|Rape of a male child under 16|child|pc|15|M|
rape|019/08|Rape of a female aged 16 and over|abuse|pc|100|F|
other_sexual_offences|020/05|Sexual assault on a female|plain|pc|66|F|
other_sexual_offences|020/03|Assault on a female by penetration|plain|pc|9|F|
other_sexual_offences|017/15|Sexual assault on a male|plain|pc|10|M|
other_sexual_offences|088/09|Exposure|plain|pc|10||
other_sexual_offences|088/10|Voyeurism|plain|pc|5||
other_sexual_offences|020/05|Sexual assault on a female|child|pc|60|F|
other_sexual_offences|071/08|Cause or incite the sexual exploitation of a child - Child 13 - 17|child|pc|25||
other_sexual_offences|017/15|Sexual assault on a male|child|pc|15|M|
other_sexual_offences|020/05|Sexual assault on a female|abuse|pc|100|F|
non_crime||Anti-social behaviour - personal|plain|p|40||
non_crime||Neighbour dispute|plain|p|35||
non_crime||Concern for safety|plain|p|25||
non_crime|||plain|c|100||
non_crime||Non-crime hate incident|hate|p|100||
non_crime||Domestic incident|abuse|p|100||
non_crime|||abuse|c|100||
"""

# Domestic abuse by category, in a thousand: police and contact centre. The report prints risk and borough alone.
ABUSE_POLICE: Final = {
    "violence_without_injury": 420,
    "violence_with_injury": 235,
    "non_crime": 225,
    "criminal_damage": 70,
    "other_crime": 25,
    "other_theft": 15,
    "rape": 6,
    "other_sexual_offences": 4,
}
ABUSE_CONTACT: Final = {
    "other_crime": 470,
    "violence_without_injury": 240,
    "violence_with_injury": 130,
    "non_crime": 120,
    "criminal_damage": 15,
    "rape": 15,
    "other_sexual_offences": 10,
}

_SHORT: Final = {"vwi": "violence_with_injury", "vwoi": "violence_without_injury"}
_WHO: Final = {"mps": "p", "btp": "p", "colp": "p", "action_fraud": "f", "contact_centre": "c"}


@dataclass(frozen=True, slots=True)
class Offence:
    """One line of the table: an offence as one kind of sender writes it. `sex`: the victim's, if the title says so."""

    category: str
    code: str
    title: str
    kind: str
    who: str
    weight: int
    sex: str
    when: str


@cache
def offences() -> tuple[Offence, ...]:
    """The whole table; a plan holds offences by their place in it."""
    _, *lines = (line.split("|") for line in _TABLE.strip().splitlines())
    return tuple(
        Offence(_SHORT.get(category, category), code, title, kind, who, int(weight), sex, when)
        for category, code, title, kind, who, weight, sex, when in lines
    )


@cache
def pool(source: str, category: str, kind: str) -> tuple[int, ...]:
    """Places in offences() that a line of this source, category and kind may have; plain where the kind has none."""
    sent = [
        (place, offence)
        for place, offence in enumerate(offences())
        if offence.category == category and _WHO[source] in offence.who
    ]
    chosen = tuple(place for place, offence in sent if offence.kind == kind)
    if chosen or kind not in ("child", "hate", "abuse"):
        return chosen
    return tuple(place for place, offence in sent if offence.kind == "plain")


def stands_on(when: str, day: date) -> bool:
    """Whether an offence's title was in use for an offence of that day."""
    if when == "coercion":
        return day >= COERCION
    return not when or (day < NEW_BURGLARY) == (when == "before")
