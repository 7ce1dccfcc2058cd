"""From Splink's settings to the SQL that scores given pairs, by Splink's own builders, which touch no database."""

from __future__ import annotations

from typing import Any, Final

from exchange.matching.levels import COMPARISONS
from exchange.matching.score import PAIRS, PEOPLE

_LAST: Final = "__splink__df_predict"


def sql_of(settings: dict[str, Any]) -> str:
    """The steps that Splink takes in linker.inference.predict() for registered pairs, as one statement for DuckDB."""
    from splink.internals.comparison_vector_values import (  # noqa: PLC0415 - heavy
        compute_comparison_vector_values_from_id_pairs_sqls,
    )
    from splink.internals.dialects import SplinkDialect  # noqa: PLC0415
    from splink.internals.predict import predict_from_comparison_vectors_sqls  # noqa: PLC0415
    from splink.internals.settings_creator import SettingsCreator  # noqa: PLC0415

    made = SettingsCreator.from_path_or_dict(settings).get_settings("duckdb")
    steps = compute_comparison_vector_values_from_id_pairs_sqls(
        # Splink keeps these in sets, whose order is another in every process.
        sorted(made._columns_to_select_for_blocking),
        sorted(made._columns_to_select_for_comparison_vector_values),
        input_tablename_l=PEOPLE,
        input_tablename_r=PEOPLE,
        source_dataset_input_column=made.column_info_settings.source_dataset_input_column,
        unique_id_input_column=made.column_info_settings.unique_id_input_column,
        link_type=made._link_type,
        sql_dialect_str="duckdb",
    )
    # In training mode Splink shows the levels, and leaves out the values that were compared.
    steps += predict_from_comparison_vectors_sqls(
        unique_id_input_columns=made.column_info_settings.unique_id_input_columns,
        core_model_settings=made.core_model_settings,
        sql_dialect=SplinkDialect.from_string("duckdb"),
        training_mode=True,
    )
    assert steps[-1]["output_table_name"] == _LAST
    assert PAIRS in steps[0]["sql"]
    named = ",\n".join(f"{step['output_table_name']} as ({step['sql'].rstrip()}\n)" for step in steps)
    shown = ["match_weight", "referral_id_l", "referral_id_r", *(f"gamma_{each.name}" for each in COMPARISONS)]
    text = f"with {named}\nselect {', '.join(shown)} from {_LAST}\n"
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"
