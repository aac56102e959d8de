"""Makes the sources of the ten workbooks; LibreOffice converts them (see README.md). The people are invented."""
import datetime, sys
from openpyxl import Workbook
from openpyxl.styles import Font

PEOPLE = [
    ("0010305551", "Ana Peña", "Bogotá", 1234567.89, datetime.date(2026, 1, 31)),
    ("0010305552", "José Ríos", "Medellín", 250000, datetime.date(2026, 2, 28)),
    ("0010305553", "Lucía Núñez", "Cúcuta", 98765.4, datetime.date(2026, 3, 15)),
    ("0010305554", "Íñigo Ávila", "Cali", 1500000.5, datetime.date(2026, 4, 2)),
]
HEADER = ["Cédula", "Nombre", "Ciudad", "Saldo", "Vence"]

def rows(sheet, at, people=PEOPLE, text_dates=False):
    for column, name in enumerate(HEADER, 1):
        sheet.cell(at, column, name).font = Font(bold=True)
    for number, person in enumerate(people, at + 1):
        for column, value in enumerate(person, 1):
            if text_dates and column == 5:
                value = value.strftime("%d/%m/%Y")
            cell = sheet.cell(number, column, value)
            if column == 4:
                cell.number_format = "#,##0.00"
            if column == 5 and not text_dates:
                cell.number_format = "dd/mm/yyyy"

def book(name="Cartera"):
    made = Workbook()
    made.active.title = name
    return made, made.active

def hidden():
    made, sheet = book("Resumen")
    sheet.append(["Resumen", "Enero"]); sheet.sheet_state = "hidden"
    rows(made.create_sheet("Cartera"), 1)
    made.active = 1
    return made

def hidden_rows():
    made, sheet = book(); rows(sheet, 1)
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[4].hidden = True
    return made

def hidden_columns():
    made, sheet = book(); rows(sheet, 1)
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet.column_dimensions.group("G", "XFD", hidden=True)
    return made

def filtered():
    made, sheet = book(); rows(sheet, 1)
    sheet.auto_filter.ref = "A1:E5"
    sheet.auto_filter.add_filter_column(2, ["Bogotá", "Cali"])
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[4].hidden = True
    return made

def merges():
    made, sheet = book()
    sheet.cell(1, 1, "BANCO INVENTADO S.A.").font = Font(bold=True); sheet.merge_cells("A1:E1")
    rows(sheet, 3)
    sheet.cell(5, 1, None); sheet.merge_cells("A4:A5")
    sheet.cell(5, 2, None); sheet.merge_cells("B4:B5")
    return made

def year_1904():
    made, sheet = book(); made.epoch = datetime.datetime(1904, 1, 1); rows(sheet, 1)
    return made

def numbers():
    made, sheet = book()
    sheet.append(["Cédula", "Código", "Tasa", "Activo", "Nota"])
    for number, (code, rate, active, note) in enumerate(
        [(17, 0.125, True, "x"), (204, 0.3, False, "=1/0"), (9, 0.0725, True, "y")], 2):
        sheet.append([1030555120 + number, code, rate, active, note])
        sheet.cell(number, 2).number_format = "0000000000"
        sheet.cell(number, 3).number_format = "0.00%"
    return made

def totals():
    made, sheet = book()
    sheet["A1"] = "Cartera a 31 de octubre"
    rows(sheet, 3, text_dates=True)
    sheet["A8"] = "TOTAL"; sheet["D8"] = "=SUM(D4:D7)"; sheet["D8"].number_format = "#,##0.00"
    return made

def two_lines():
    made, sheet = book()
    for at, value in [("A1", "Cédula"), ("B1", "Saldo"), ("B2", "capital"), ("C2", "intereses"), ("D1", "Ciudad")]:
        sheet[at] = value
    sheet.merge_cells("A1:A2"); sheet.merge_cells("B1:C1"); sheet.merge_cells("D1:D2")
    for person in PEOPLE:
        sheet.append([person[0], person[3], person[3] / 4, person[2]])
    return made

def several():
    made, sheet = book("Enero"); rows(sheet, 1)
    rows(made.create_sheet("Febrero"), 1, PEOPLE[:2])
    made.create_sheet("Notas").append(["Sin datos"])
    made["Notas"].sheet_state = "hidden"
    return made

def semicolons():
    made, sheet = book(); rows(sheet, 1, text_dates=True)
    return made

for make in [hidden, hidden_rows, hidden_columns, filtered, merges, year_1904, numbers, totals, two_lines, several, semicolons]:
    make().save(f"{sys.argv[1]}/{make.__name__.replace('_', '-')}.xlsx")
