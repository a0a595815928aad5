"""What a child that was killed while it saved leaves behind does not end the adding up of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coverage import Coverage, CoverageData
from coverage.exceptions import CoverageWarning

from tests.coverage_files import discard_cut_off

if TYPE_CHECKING:
    from pathlib import Path

ARCS = {f"/code/{number}.py": {(line, line + 1) for line in range(100)} for number in range(40)}


def saved(folder: Path, name: str) -> Path:
    """A data file as a measured child leaves it."""
    path = folder / name
    data = CoverageData(str(path))
    data.add_arcs(ARCS)
    data.close()
    return path


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_part_of_a_file_goes_and_the_others_count(tmp_path: Path, share: float) -> None:
    whole, cut = saved(tmp_path, ".coverage.a"), saved(tmp_path, ".coverage.b")
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    assert discard_cut_off(tmp_path) == [".coverage.b"]
    assert not cut.exists()
    together = Coverage(data_file=str(tmp_path / ".coverage"), config_file=False)
    together.combine(strict=True)
    assert together.get_data().measured_files() == set(ARCS)


def test_what_is_whole_stays(tmp_path: Path) -> None:
    whole = saved(tmp_path, ".coverage.a")
    assert discard_cut_off(tmp_path) == []
    assert whole.exists()


def test_coverage_itself_warns_of_half_a_file_and_leaves_it_where_it_is(tmp_path: Path) -> None:
    """Why it is looked for at all."""
    cut = saved(tmp_path, ".coverage.b")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    with pytest.warns(CoverageWarning, match="malformed"):
        Coverage(data_file=str(tmp_path / ".coverage"), config_file=False).combine()
    assert cut.exists()
