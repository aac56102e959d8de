//! What a mapping says about values and rows: filters, blank cells, control totals, days in arrears, documents and
//! phones of a country.

use serde_json::Value;

use crate::support::store::stored_records;
use crate::support::workdir::{Out, SMALL_MAPPING, Workdir};

const HEADER: &str = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo;Estado;Vence";

/// A folder with `f.csv` of these rows and the small mapping with some lines more.
fn folder(rows: &[&str], more: &str) -> Workdir {
    let dir = Workdir::with_samples();
    dir.write("f.csv", &format!("{HEADER}\n{}\n", rows.join("\n")));
    dir.write("m.toml", &format!("{SMALL_MAPPING}{more}"));
    dir
}

fn load(dir: &Workdir, more: &[&str]) -> Out {
    dir.run(&[&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"], more].concat())
}

fn check(dir: &Workdir, more: &[&str]) -> Out {
    dir.run(&[&["check", "f.csv", "-m", "m.toml", "--json"], more].concat())
}

fn problem<'r>(result: &'r Value, code: &str) -> Option<&'r Value> {
    result["problems"].as_array().unwrap().iter().find(|problem| problem["code"] == code)
}

const PORTFOLIO: [&str; 5] = [
    "1001;Ana;a@x.co;3005550001;01;Consumo;1.000,50;ACTIVO;31/01/2026",
    "1001;Ana;a@x.co;3005550001;02;Consumo;0,00;Activo;31/01/2026",
    "1002;Eva;e@x.co;3005550002;01;Consumo;2.000,25;CERRADO;28/02/2026",
    "1001;Otra;a@x.co;3005550001;01;Vivienda;7,00;CERRADO;31/01/2026",
    "1003;Luz;l@x.co;3005550003;01;Consumo;500,00;activo;15/03/2026",
];

#[test]
fn a_filter_skips_rows_with_its_line_and_they_have_no_say() {
    let filters = "[filters]\nEstado = \"ACTIVO\"\nSaldo = { above = 0 }\n";
    let dir = folder(&PORTFOLIO, filters);
    let out = load(&dir, &[]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!((&result["books"]["rows_skipped"], &result["books"]["rows_loaded"]), (&3.into(), &2.into()));
    assert_eq!(
        (&result["money"]["read"], &result["money"]["skipped"]),
        (&"3507.75".into(), &"2007.25".into())
    );
    let expected = serde_json::json!([
        { "filter": "m.toml:12 «Estado»", "rows": 2 },
        { "filter": "m.toml:13 «Saldo»", "rows": 1 },
    ]);
    assert_eq!(result["filters"], expected);
    assert!(problem(&result, "conflicting-rows").is_none(), "a filtered row does not contradict");
    assert!(problem(&result, "duplicate-obligation").is_none());
    let skipped = dir.sheet("cartera-1/errors.xlsx", "skipped");
    let reasons: Vec<(&str, &str)> =
        skipped[1..].iter().map(|line| (line[2].as_str(), line[5].as_str())).collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons.contains(&("3", "no cumple el filtro m.toml:13 «Saldo» del mapeo")), "{reasons:?}");
    let stored = stored_records(&dir.state("sandbox"));
    assert_eq!(stored.keys().map(String::as_str).collect::<Vec<_>>(), ["1001", "1003"]);
}

#[test]
fn a_filter_reads_dates_by_the_column_and_never_guesses() {
    // 01/02 is the first of February, because another row's day is 31, though that row is left out.
    let rows = [
        "1001;Ana;a@x.co;3005550001;01;C;1,50;A;01/02/2026",
        "1002;Eva;e@x.co;3005550002;01;C;1,50;B;31/01/2026",
        "1003;Luz;l@x.co;3005550003;01;C;1,50;A;ayer",
    ];
    let dir = folder(&rows, "[filters]\nVence = { from = 2026-02-01 }\nEstado = \"A\"\n");
    let out = load(&dir, &[]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["books"]["rows_skipped"], 1);
    let reported = &dir.reported("cartera-1/errors.xlsx", "f")["4"];
    assert_eq!(
        (reported["cartera_code"].as_str(), reported["cartera_status"].as_str()),
        ("bad-date", "invalid")
    );
    assert_eq!(stored_records(&dir.state("sandbox")).len(), 1);
}

#[test]
fn filters_that_leave_nothing_are_no_success() {
    let dir = folder(&PORTFOLIO, "[filters]\nEstado = \"VIGENTE\"\n");
    let out = load(&dir, &[]);
    assert_eq!(out.code, 1, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["error"]["code"], "filters-leave-nothing");
    assert!(result["error"]["next"].as_str().unwrap().contains("m.toml:12 «Estado»"));
    assert_eq!(load(&dir, &["--expect-rows", "0"]).code, 0, "where nothing is expected, nothing is right");
}

#[test]
fn a_filter_on_a_column_that_is_not_there_is_refused_with_the_nearest() {
    let dir = folder(&PORTFOLIO, "[filters]\nEstad = \"ACTIVO\"\n");
    let out = load(&dir, &[]);
    assert_eq!(out.code, 1);
    let message = out.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("m.toml:12") && message.contains("«Estado»"), "{message}");
}

#[test]
fn each_choice_about_blanks_is_counted() {
    let mapping = SMALL_MAPPING
        .replace("Email = \"Correo\"", "Email = { column = \"Correo\", default = \"sin@x.co\" }")
        .replace("Telephone = \"Celular\"", "Telephone = { column = \"Celular\", blank = \"empty\" }")
        .replace("[expediente]", "[source]\nblank_values = [\"S/D\"]\n[expediente]");
    let rows = [
        "1001;Ana;a@x.co;S/D;01;C;1,50;A;",
        "1001;Ana;;;02;C;;A;",
        "1002;Eva;s/d;;01;C;1,50;A;",
        "1003;S/D;;3005550003;01;C;;A;",
        "1004;Luz;l@x.co;3005550004;-;C;1,50;A;",
    ];
    let dir = folder(&rows, "");
    dir.write("m.toml", &mapping);
    let out = check(&dir, &[]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    let count = |field: &str, of_record: bool, counts: [u64; 4]| {
        let [omitted, empty, default, rejected] = counts;
        serde_json::json!({ "field": field, "of_record": of_record, "omitted": omitted, "empty": empty,
            "default": default, "rejected": rejected })
    };
    let expected = Value::Array(vec![
        count("Name", true, [0, 0, 0, 1]),
        count("Email", true, [0, 0, 1, 0]),
        count("Telephone", true, [0, 2, 0, 0]),
        count("id", false, [0, 0, 0, 1]),
        count("total_balance", false, [1, 0, 0, 0]),
    ]);
    assert_eq!(result["blanks"], expected, "what is held back counts for no choice");
    let text = dir.run(&["check", "f.csv", "-m", "m.toml"]).stdout;
    for line in [
        "Celdas en blanco",
        "  Telephone: 2 expedientes con el campo vacío",
        "  Email: 1 expediente con el valor por defecto",
        "  total_balance: 1 obligación sin ese campo",
        "  Name: 1 fila inválida porque falta",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
}

#[test]
fn control_totals_that_are_not_met_send_nothing() {
    let dir = folder(&PORTFOLIO, "");
    for (flags, code, said) in [
        (vec!["--expect-rows", "6"], "control-rows", vec!["6", "5", "-1", "--expect-rows"]),
        (
            vec!["--expect-rows", "5", "--expect-total", "total_balance=3.507,76"],
            "control-total",
            vec!["3507.76", "3507.75", "-0.01", "--expect-total"],
        ),
        (vec!["--expect-total", "Saldo=3507"], "control-total", vec!["3507", "3507.75", "0.75"]),
    ] {
        for out in [load(&dir, &flags), check(&dir, &flags)] {
            assert_eq!(out.code, 1, "{flags:?}: {}", out.stderr);
            let result = out.json();
            result.assert_balance();
            assert_eq!(
                (result["status"].as_str(), result["error"]["code"].as_str()),
                (Some("refused"), Some(code))
            );
            let text = format!("{} {}", result["error"]["message"], result["error"]["next"]);
            assert!(said.iter().all(|part| text.contains(part)), "{flags:?}: {text}");
        }
    }
    assert!(dir.requests_in("state/sandbox").is_empty(), "nothing is sent");
    let flags =
        ["--expect-rows", "5", "--expect-total", "Saldo=3,507.75", "--expect-total", "total_balance=3507.75"];
    assert_eq!(check(&dir, &flags).code, 3, "what is expected is there; one row is a duplicate");
    let out = check(&dir, &["--expect-total", "Saldos=5"]);
    assert_eq!(out.code, 1);
    assert!(out.json()["error"]["message"].as_str().unwrap().contains("--expect-total"));
    assert_eq!(check(&dir, &["--expect-total", "Saldo=8.450"]).code, 2, "which sign is meant is not guessed");
}

#[test]
fn expectations_of_the_mapping_count_what_passes_the_filters_and_flags_win() {
    let expect = "[filters]\nEstado = \"ACTIVO\"\n[expect]\nrows = 3\n[expect.totals]\nSaldo = 1500.50\n";
    let dir = folder(&PORTFOLIO, expect);
    assert_eq!(check(&dir, &[]).code, 0);
    let out = check(&dir, &["--expect-rows", "4"]);
    assert_eq!(out.code, 1, "{}", out.stderr);
    dir.write("m.toml", &format!("{SMALL_MAPPING}{}", expect.replace("1500.50", "1500.51")));
    let out = check(&dir, &[]);
    let result = out.json();
    assert_eq!((out.code, result["error"]["code"].as_str()), (1, Some("control-total")));
    let next = result["error"]["next"].as_str().unwrap();
    assert!(next.contains("m.toml:16") && next.contains("filtros: 2"), "{next}");
}

#[test]
fn an_amount_that_cannot_be_read_meets_no_total() {
    let rows = [PORTFOLIO[0], "1009;Luz;l@x.co;3005550009;01;C;mil;ACTIVO;"];
    let out = check(&folder(&rows, ""), &["--expect-total", "Saldo=1000.50"]);
    assert_eq!(out.code, 1, "{}", out.stdout);
    assert!(out.json()["error"]["next"].as_str().unwrap().contains("no se pudieron leer: 1"));
}

#[test]
fn the_totals_row_may_mean_all_rows_or_those_that_are_loaded() {
    for (total, code) in [("3.507,75", 0), ("1.500,50", 0), ("1.500,51", 1)] {
        let total = format!("TOTAL;;;;;;{total};;");
        let rows: Vec<&str> = PORTFOLIO.into_iter().chain([total.as_str()]).collect();
        let dir = folder(&rows, "[filters]\nEstado = \"ACTIVO\"\n");
        assert_eq!(load(&dir, &[]).code, code, "{total}");
    }
}

#[test]
fn an_error_report_is_exempt_from_control_totals() {
    let rows = [PORTFOLIO[0], PORTFOLIO[2], "1009;Luz;nadie;3005550009;01;C;7,00;ACTIVO;"];
    let dir = folder(&rows, "[expect]\nrows = 3\n[expect.totals]\ntotal_balance = \"3.007,75\"\n");
    assert_eq!(load(&dir, &[]).code, 3);
    let report = std::fs::read_to_string(dir.path("cartera-1/errors-f.csv")).unwrap();
    dir.write("cartera-1/errors-f.csv", &report.replacen("nadie", "l@x.co", 1));
    let out = dir.run(&["load", "cartera-1/errors-f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(stored_records(&dir.state("sandbox")).len(), 3);
}

#[test]
fn days_in_arrears_are_those_of_the_run_even_when_it_is_corrected_later() {
    let rows = [
        "1001;Ana;a@x.co;3005550001;01;C;1,50;A;31/01/2026",
        "1002;Eva;nadie;3005550002;01;C;1,50;A;15/01/2026",
        "1003;Luz;l@x.co;3005550003;01;C;1,50;A;15/12/2026",
    ];
    let dir = folder(&rows, "days_delay = { days_since = \"Vence\" }\n");
    let out = load(&dir, &["--as-of", "2026-03-01"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert_eq!(out.json()["as_of"], "2026-03-01");
    let report = std::fs::read_to_string(dir.path("cartera-1/errors-f.csv")).unwrap();
    dir.write("cartera-1/errors-f.csv", &report.replacen("nadie", "e@x.co", 1));
    let out = dir.run(&["load", "cartera-1/errors-f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(out.json()["as_of"], "2026-03-01", "the day of the run that it corrects");
    let stored = stored_records(&dir.state("sandbox"));
    let days = |id: &str| stored[id]["Obligations"]["01"]["days_delay"].as_str().unwrap().to_owned();
    assert_eq!([days("1001"), days("1002"), days("1003")], ["29", "45", "0"]);
    let text = dir.run(&["check", "f.csv", "-m", "m.toml", "--as-of", "2026-03-01"]).stdout;
    assert!(text.contains("Días de mora contados hasta el 01/03/2026"), "{text}");
}

#[test]
fn a_country_warns_of_documents_and_phones_and_sends_them_as_they_are() {
    let rows = [
        "900.123.456-8;Paz SAS;a@x.co;300 555 0001;01;C;1,50;A;",
        "900.123.456-7;Luz SAS;b@x.co;+57 300 555 0002;01;C;1,50;A;",
        "1001;Ana;c@x.co;5550003;01;C;1,50;A;",
    ];
    let dir = folder(&rows, "");
    let mapping = SMALL_MAPPING
        .replace("[expediente]", "country = \"CO\"\n[expediente]")
        .replace("\"Celular\"", "{ column = \"Celular\", convert = [\"phone\"] }");
    dir.write("m.toml", &mapping);
    let out = load(&dir, &[]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let result = out.json();
    for (code, found) in [("check-digit", "CO: 8"), ("phone-out-of-plan", "CO")] {
        let problem = problem(&result, code).unwrap();
        assert_eq!((&problem["count"], &problem["severity"]), (&1.into(), &"warning".into()), "{code}");
        assert!(problem["example"].as_str().unwrap().contains(found), "{problem}");
    }
    let stored = stored_records(&dir.state("sandbox"));
    assert_eq!(stored["900.123.456-7"]["Telephone"], "3005550002");
    assert_eq!(stored["1001"]["Telephone"], "5550003");
}
