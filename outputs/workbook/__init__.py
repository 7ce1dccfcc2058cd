"""Workbooks that people read: described (sheets), laid out (layout), written and looked at (write), judged
(accessibility); and funders' own workbooks, filled (templates). Pure: bytes and descriptions, no files, no clock."""
