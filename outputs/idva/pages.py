"""The sheets of the workbook of IDVA posts, in their order. Pure."""

from __future__ import annotations

from outputs.idva.cells import Place
from outputs.idva.counted import Counted
from outputs.idva.sheet_cases import boroughs, caseload
from outputs.idva.sheet_changes import forecast, moves_sheet, variance
from outputs.idva.sheet_checks import Places, checks
from outputs.idva.sheet_days import areas, daily, daily_by_area, groups, months, posts, summary
from outputs.workbook.sheets import Sheet


def pages(of: Counted) -> list[Sheet]:
    """All sheets: first what is signed, last the days that everything comes from."""
    of_days = daily(of)
    days = Place.of(of_days)
    in_areas = daily_by_area(of)
    of_months, of_areas, of_posts = months(of, days), areas(of, Place.of(in_areas)), posts(of)
    title = "Starts, leavers, absences and other changes in the quarter"
    changes = moves_sheet("Changes", "changes", title, of.changes)
    places = Places(days, *(Place.of(each) for each in (of_months, of_areas, of_posts, changes)))
    return [
        summary(of, days, Place.of(of_posts)),
        of_months,
        of_areas,
        of_posts,
        groups("By specialism", "by_specialism", "Specialism", of.specialisms),
        groups("By setting", "by_setting", "Setting", of.settings),
        changes,
        variance(of),
        forecast(of),
        moves_sheet("Coming changes", "coming", "What the roster says of the next quarter", of.forecast.coming),
        caseload(of, Place.of(of_areas)),
        boroughs(of),
        checks(of, places),
        of_days,
        in_areas,
    ]
