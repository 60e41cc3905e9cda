"""croissant.json: the release in the Croissant 1.0 vocabulary of MLCommons."""

from typing import Any

import pyarrow as pa

from export.options import Format
from export.schema import Row, columns
from export.summary import Summary

CONFORMS = "http://mlcommons.org/croissant/1.0"
ENCODINGS = {
    Format.PARQUET: "application/x-parquet",
    Format.JSONL: "application/jsonlines",
}
DATA_TYPES = {
    pa.string(): "sc:Text",
    pa.bool_(): "sc:Boolean",
    pa.int32(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.timestamp("ms", "UTC"): "sc:DateTime",
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(summary: Summary, row: Row) -> dict[str, Any]:
    """The description: a file object with its sha256 for each data file, a record set for each."""
    title = f"{summary.options.title}: {summary.dataset}"
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": title,
        "description": f"{title}. Consented and redacted; README.md says what was dropped.",
        "license": summary.options.license,
        "version": f"1.0.0+{summary.release}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": file.path,
                "contentSize": f"{file.bytes} B",
                "encodingFormat": ENCODINGS[summary.options.format],
                "sha256": file.sha256,
            }
            for file in summary.files
        ],
        "recordSet": [_records(file.path, row) for file in summary.files],
    }


def _records(path: str, row: Row) -> dict[str, Any]:
    name = path.partition("/")[2].partition(".")[0]
    fields = []
    for column, made in columns(row).items():
        source = {"fileObject": {"@id": path}, "extract": {"column": column}}
        field = _field(f"{name}/{column}", column, made.type, source)
        fields.append({**field, "description": made.says})
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _field(
    where: str, name: str, type: pa.DataType, source: dict[str, Any], inside: str = "$"
) -> dict[str, Any]:
    """A field and, where its type is made of others, its parts; `inside` is the path to it."""
    field: dict[str, Any] = {"@type": "cr:Field", "@id": where, "name": name}
    if pa.types.is_list(type):
        field["repeated"], type, inside = True, type.value_type, f"{inside}[*]"
    if pa.types.is_struct(type):
        field["subField"] = [
            _field(f"{where}/{part.name}", part.name, part.type, source, f"{inside}.{part.name}")
            for part in type
        ]
        return field
    field["dataType"] = DATA_TYPES[type]
    step = {} if inside in ("$", "$[*]") else {"transform": {"jsonPath": inside}}
    field["source"] = {**source, **step}
    return field
