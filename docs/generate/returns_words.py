"""What docs/returns.md says besides the tables: what returns are, what counts, and how the documents were read."""

from __future__ import annotations

from typing import Final

HEAD: Final = """\
# Returns

What the service tells MOPAC of each month and quarter: a workbook for people, and the same figures in `figures.csv`
for programs, with table, row and column by the keys below. Every figure can be traced to the referrals, files and lines
that make it up (`lvws returns trace`), and every version made again byte for byte (`lvws returns rebuild`).

- [From draft to receipt](returns-life.md): built, approved by a second person, delivered, received; later versions
- [Small numbers](disclosure.md): what is hidden, and what could be computed from the rest
- [Workbooks](workbooks.md): how they are made, and the rules of accessibility that they keep
- [Inputs](inputs.md): what no feed can tell and staff give for a quarter
- [Adding a return](adding-a-return.md)
"""

COUNTS: Final = """
## What counts

- **In a period** are the referrals that were received in it. Of police and fraud files that is the business date of the
  file, the earliest where a referral came several times; of all others the day, in London, on which they were received.
- **Up to the cut-off** counts what happened to those referrals: take-up, support, visits, steps of the standards.
  The cut-off is the end of the 10th day after the period unless another one is asked for; `--cut-off 2020-04-30` is the
  end of that day. A cut-off that has not come yet is refused.
- **As known at** is a moment too: the return is made from what the database knew then. Without one, it is now. A file
  or correction that comes later changes no version that was approved; it makes the next one, which says what moved.
- **No referrals** are rows that said nothing new (duplicates), rows that may not be held (excluded: no consent, opted
  out, organisations) and broken rows (quarantined) until they are corrected. Only Data quality counts them.
- **Withdrawn** referrals stay counted. So do held ones, and those that are for another service.
- **Victims and witnesses** are never added up. Witness referrals count in Witnesses, Service standards, Data quality,
  Unknown rates and Held referrals, in the quarter's indicators that name witnesses, and in no other table.
- **Referrals are not people**: who is referred twice counts twice, except where the unit or the column says people.
- **A rate** is a fraction of its own table, to four decimals, half up; the column says what is divided by what.
  Divided by 0 it is not available.
- **Totals** are counted by themselves, and the build fails where the parts do not sum to them. A row that is part of
  none may overlap with others.
- **A quarter** is counted from its own referrals, at its own cut-off. Its referrals, take-up and counts of events are
  the sums of its months at that cut-off, or the build fails; people, medians and what is open at the end are its own.
  What people answered (outcomes, surveys) counts in the quarter of the answer, whenever they were referred.
- **Blank cells** of `figures.csv` have a status: `suppressed` (a small number, or what would tell one) or
  `not_available`. In the workbook they are `[c]` and `[x]`.
"""

READINGS: Final = """
## How the documents were read

They leave these open; each is a choice of ours, which MOPAC may change.

- **Age** is that on the day on which the referral was received, not on the day of the offence. Where no day of birth is
  known, it is the age that the sender gives.
- **Blank risk** of domestic abuse counts as low or medium. How often it is blank is in Unknown rates.
- **An unknown borough**, spelled in a way that no table knows, is not given, and not outside London.
- **Take-up** is the first event of take-up that stands: one that was taken back does not count.
- **The role** is that of the caseworker who was allocated last, up to the cut-off.
- **The kind of support**, immediate or ongoing, is that of the support that was started last, up to the cut-off.
- **A late file** came later than the day after its business date.
- **A rate of nothing** is not available, and not 0.
- **Repeat victims**: twelve months are counted back from the offence, not from the referral; two feeds that tell of one
  crime tell of one.
- **Who calls a witness**: where it is not given, the prosecution.
- **Clocks** of the service standards: see [triage](triage.md#the-clocks).
"""

CHANGES: Final = """
## Changes

`changes`: in a second and later version of a period, each figure that moved since the version that was approved before;
its row is the figure's table, row and column. The parts add up to the difference. A figure that is hidden in either
version is not there.
"""
