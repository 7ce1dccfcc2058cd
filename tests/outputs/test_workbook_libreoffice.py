"""What LibreOffice makes of our workbooks: it opens them whole, works the formulas out to their stored values, prints."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from outputs.workbook import package
from outputs.workbook.write import write
from tests.libreoffice import converted
from tests.outputs.books import monthly_return

pytestmark = [pytest.mark.libreoffice, pytest.mark.xdist_group("libreoffice")]


def test_it_prints(tmp_path: Path):
    file = tmp_path / "return.xlsx"
    file.write_bytes(write(monthly_return()))
    printed = converted(file, "pdf", tmp_path).read_bytes()
    assert printed.startswith(b"%PDF-")
    sheets = len(openpyxl.load_workbook(file).sheetnames)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) >= sheets


def test_it_opens_whole_and_formulas_come_to_their_stored_values(tmp_path: Path):
    """The stored values are taken out of a copy, so that what comes back was worked out."""
    content = write(monthly_return())
    parts = package.parts(content)
    blank = {name: re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", part) for name, part in parts.items()}
    assert blank != parts
    whole, emptied = tmp_path / "whole.xlsx", tmp_path / "emptied.xlsx"
    whole.write_bytes(content)
    emptied.write_bytes(package.packed(blank))
    before = openpyxl.load_workbook(whole, data_only=True)
    after = openpyxl.load_workbook(converted(emptied, "xlsx", tmp_path), data_only=True)
    assert after.sheetnames == before.sheetnames
    for sheet in before.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert after[sheet.title][cell.coordinate].value == pytest.approx(cell.value, rel=1e-12), (
                    sheet.title,
                    cell.coordinate,
                )
        assert set(after[sheet.title].tables) == set(sheet.tables)
