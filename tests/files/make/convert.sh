#!/bin/sh
# Converts the sources with LibreOffice: ./make.sh SOURCES OUT
set -e
convert() { soffice --headless --convert-to "$1" --outdir "$OUT" "$SOURCES/$2.xlsx"; }
SOURCES=$1 OUT=$2
convert ods hidden
convert xls hidden-rows
convert xls hidden-columns
convert ods hidden-columns
convert ods filtered
convert xls merges
convert xlsx year-1904
convert xlsx numbers
convert ods totals
convert xlsx two-lines
convert xls several
convert 'csv:Text - txt - csv (StarCalc):59,34,1,1,,0,false,true,false' semicolons
