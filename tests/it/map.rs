//! `map` writes a mapping that `check` reads, or asks; `targets` gives the schema and the template.

use rust_xlsxwriter::Workbook;
use serde_json::Value;

use crate::support::workdir::Workdir;

/// The bodies that a mapping makes of a file, as JSON; and the exit code.
fn bodies(dir: &Workdir, file: &str, mapping: &str) -> (i32, Vec<Value>) {
    let out = dir.run(&["check", file, "-m", mapping, "--bodies", "bodies.ndjson"]);
    let text = std::fs::read_to_string(dir.path("bodies.ndjson")).unwrap_or_default();
    (out.code, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Takes a field of every obligation away.
fn without(bodies: &mut [Value], field: &str) {
    for body in bodies {
        for record in body["collections"].as_array_mut().unwrap() {
            for obligation in record["Obligations"].as_array_mut().unwrap() {
                obligation.as_object_mut().unwrap().remove(field).unwrap();
            }
        }
    }
}

fn map(dir: &Workdir, file: &str) -> Value {
    let out = dir.run(&["map", file, "-o", "new.toml", "--force", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    out.json().into_value()
}

#[test]
fn every_sample_is_mapped_as_by_hand() {
    let dir = Workdir::with_samples();
    for (file, by_hand, code) in [
        ("samples/banco-andino.xlsx", "mappings/banco-andino.toml", 0),
        ("samples/cooperativa-faulty.csv", "mappings/cooperativa.toml", 3),
        ("samples/cooperativa-corrected.csv", "mappings/cooperativa.toml", 0),
        ("samples/almacenes-luna.csv", "mappings/almacenes-luna.toml", 0),
        ("samples/caja-sur.xlsx", "mappings/caja-sur.toml", 0),
        ("samples/caja-sur-faulty.xlsx", "mappings/caja-sur.toml", 3),
    ] {
        let summary = map(&dir, file);
        assert_eq!(
            (&summary["sheet"].is_null(), &summary["target"]),
            (&!file.contains("andino"), &Value::from("collections"))
        );
        // Of one name in 81 it is asked whether it may be blank.
        let asked = usize::from(file.contains("caja-sur-faulty"));
        assert_eq!(summary["questions"], asked, "{file}");
        let text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
        assert_eq!(text.matches("Name           = { column = \"Nombre\", blank = \"?\" }").count(), asked);
        dir.write("new.toml", &text.replace("blank = \"?\"", "blank = \"reject\""));
        let guessed = bodies(&dir, file, "new.toml");
        let mut written = bodies(&dir, file, by_hand);
        assert!(guessed.0 == code && written.0 == code && !guessed.1.is_empty(), "{file}: {}", guessed.0);
        if by_hand.contains("andino") || by_hand.contains("luna") {
            // The one thing that stands in no column: the hand-written mapping adds it as a constant.
            without(&mut written.1, "portfolio_type");
        }
        assert!(guessed.1 == written.1, "{file} is not mapped as by hand");
    }
}

#[test]
fn a_guess_is_written_the_same_way_each_time_and_in_both_languages() {
    let dir = Workdir::with_samples();
    let text = |lang: &str| {
        let args = ["map", "samples/banco-andino.xlsx", "-o", "m.toml", "--force", "--lang", lang];
        let out = dir.run(&args);
        (out.stdout, std::fs::read_to_string(dir.path("m.toml")).unwrap())
    };
    let (spanish, english) = (text("es"), text("en"));
    assert_eq!(spanish, text("es"));
    assert!(spanish.1.contains("97 %: «Cédula» es un nombre conocido de Identification; todos los valores"));
    assert!(english.1.contains("97 %: “Cédula” is a known name of Identification; all values"));
    assert!(spanish.0.contains("12 campos seguros") && english.0.contains("12 fields sure"), "{}", spanish.0);
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()).collect()
    };
    assert_eq!(lines(&spanish.1), lines(&english.1), "only the comments differ");
}

#[test]
fn what_is_there_is_not_overwritten() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", "mine");
    let args = ["map", "samples/banco-andino.xlsx", "-o", "m.toml", "--json"];
    let out = dir.run(&args);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("file-exists")), "{}", out.stderr);
    assert!(out.stderr.contains("--force"), "{}", out.stderr);
    assert_eq!(std::fs::read_to_string(dir.path("m.toml")).unwrap(), "mine");
    assert_eq!(dir.run(&[&args[..], &["--force"]].concat()).code, 0);
    let nowhere = dir.run(&["map", "samples/banco-andino.xlsx", "-o", "none/m.toml", "--json"]);
    assert_eq!((nowhere.code, nowhere.json()["error"]["code"].as_str()), (8, Some("file-unwritable")));
}

#[test]
fn a_question_stops_check_and_load_until_a_person_answers() {
    let dir = Workdir::with_samples();
    dir.write(
        "f.csv",
        "Cédula;Nombre;Buzón;Celular;Factura;Concepto;Vence;Saldo total\n\
         1900345678;Ana Paz;a@example.com;3005550123;F-1;Luz;01/02/2026;1.500,25\n\
         1900345679;Luis Gil;;3005550124;F-2;Luz;03/04/2026;2.500,25\n",
    );
    let summary = map(&dir, "f.csv");
    assert_eq!((&summary["questions"], &summary["next"]), (&Value::from(2), &Value::Null), "{summary:#}");
    let text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
    let asked =
        text.lines().position(|line| line.starts_with("Email") && line.contains("\"?\"")).unwrap() + 1;
    for command in [vec!["check"], vec!["load", "--sandbox"]] {
        let args = [&command[..], &["f.csv", "-m", "new.toml", "--json"]].concat();
        let out = dir.run(&args);
        assert_eq!(
            (out.code, out.json()["error"]["code"].as_str()),
            (1, Some("mapping-question")),
            "{}",
            out.stderr
        );
        assert!(out.stderr.contains(&format!("new.toml:{asked}:")), "{}", out.stderr);
    }
    let email = "Email          = { constant = \"sincorreo@example.com\" }";
    assert!(text.contains(&format!("# {email}")), "{text}");
    let line = text.lines().nth(asked - 1).unwrap();
    let answered = text.replace(line, email).replace("dates = \"?\"", "dates = \"DD/MM/YYYY\"");
    dir.write("new.toml", &answered);
    assert_eq!(bodies(&dir, "f.csv", "new.toml").0, 0);
}

#[test]
fn the_most_promising_sheet_is_taken_and_said() {
    let dir = Workdir::with_samples();
    let mut book = Workbook::new();
    let notes = book.add_worksheet().set_name("Notas").unwrap();
    notes.write_string(0, 0, "Cartera enviada por el banco").unwrap();
    let sheet = book.add_worksheet().set_name("Base").unwrap();
    sheet.write_string(0, 0, "Banco Sol").unwrap();
    let header = ["Cédula", "Nombre", "Correo", "Celular", "No. Crédito", "Producto", "Saldo"];
    let cells = ["1900345678", "Ana Paz", "a@example.com", "3005550123", "C-1", "Consumo", "5"];
    for (column, (name, cell)) in (0..).zip(header.iter().zip(cells)) {
        sheet.write_string(2, column, *name).unwrap();
        sheet.write_string(3, column, cell).unwrap();
    }
    book.save(dir.path("two.xlsx")).unwrap();
    let summary = map(&dir, "two.xlsx");
    assert_eq!((summary["sheet"].as_str(), summary["header_row"].as_u64()), (Some("Base"), Some(3)));
    let text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
    assert!(text.contains("sheet = \"Base\"") && !text.contains("header_row"), "{text}");
    assert_eq!(bodies(&dir, "two.xlsx", "new.toml").0, 0);
    let page = dir.run(&["map", "two.xlsx", "-o", "new.toml", "--force"]).stdout;
    assert!(page.starts_with("Hoja «Base», la más prometedora de 2; encabezado en la fila 3\n"), "{page}");
}

#[test]
fn a_users_synonyms_are_used() {
    let dir = Workdir::with_samples();
    dir.write("f.csv", "Nº Carné;Nombre\nX-1;Ana Paz\n");
    let field = || {
        let args = ["map", "f.csv", "-o", "new.toml", "--force", "--target", "collections", "--json"];
        dir.run(&args).json().into_value()["columns"][0]["field"]["name"].clone()
    };
    assert_eq!(field(), "no_carne");
    dir.write("cartera.toml", "[synonyms]\nIdentification = [\"N° carne\"]\n");
    assert_eq!(field(), "Identification");
    let seen = dir.run(&["inspect", "f.csv", "--json"]).json().into_value();
    assert_eq!(seen["tables"][0]["columns"][0]["field"]["name"], "Identification");
    dir.write("cartera.toml", "[synonyms]\nIdentificacion = [\"N° carne\"]\n");
    let out = dir.run(&["map", "f.csv", "-o", "n.toml", "--json"]);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("synonym-unknown-field")));
    assert!(out.stderr.contains("cartera.toml:2") && out.stderr.contains("Identification"), "{}", out.stderr);
}

#[test]
fn inspect_says_what_each_column_would_be() {
    let dir = Workdir::with_samples();
    let seen = dir.run(&["inspect", "samples/banco-andino.xlsx", "--json"]).json().into_value();
    let columns = seen["tables"][0]["columns"].as_array().unwrap();
    let field = |name: &str| &columns.iter().find(|column| column["column"] == name).unwrap()["field"];
    assert_eq!(
        field("Cédula"),
        &serde_json::json!({ "name": "Identification", "confidence": 97, "custom": false })
    );
    assert_eq!(field("Ciudad"), &serde_json::json!({ "name": "ciudad", "confidence": null, "custom": true }));
    let page = dir.run(&["inspect", "samples/banco-andino.xlsx"]).stdout;
    assert!(page.contains("Identification 97 %") && page.contains("propio: ciudad"), "{page}");
}

#[test]
fn a_filled_template_maps_itself() {
    let dir = Workdir::with_samples();
    assert_eq!(dir.run(&["targets", "collections", "--template", "t.xlsx"]).code, 0);
    assert_eq!(dir.run(&["targets", "collections", "--template", "t.xlsx"]).code, 1, "it is not overwritten");
    let rows = dir.sheet("t.xlsx", "Cartera");
    assert!(rows[0][0].starts_with("Obligatorio: identificación"), "{rows:?}");
    assert_eq!(rows[1][..4], ["Identification", "Name", "Email", "Telephone"]);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let filled =
        ["1900345678", "Ana Paz", "a@example.com", "3005550123", "Calle 1", "0012", "Consumo", "1500.25"];
    for (number, row) in (0..).zip(&rows) {
        sheet.write_row(number, 0, row.iter().map(String::as_str)).unwrap();
    }
    sheet.write_row(2, 0, filled).unwrap();
    book.save(dir.path("filled.xlsx")).unwrap();
    let summary = map(&dir, "filled.xlsx");
    assert_eq!((&summary["sure"], &summary["questions"]), (&Value::from(14), &Value::from(0)), "{summary:#}");
    let (code, bodies) = bodies(&dir, "filled.xlsx", "new.toml");
    let record = &bodies[0]["collections"][0];
    assert_eq!((code, record["Identification"].as_str()), (0, Some("1900345678")));
    assert_eq!(
        (&record["Name"], &record["Obligations"][0]["name"]),
        (&Value::from("Ana Paz"), &Value::from("Consumo"))
    );
    assert_eq!(record["Obligations"][0]["id"], "0012");
}

#[test]
fn the_schema_is_printed_in_both_languages() {
    let dir = Workdir::with_samples();
    for (lang, about) in [("es", "Cómo están escritas las fechas"), ("en", "How dates are written")] {
        let out = dir.run(&["targets", "collections", "--schema", "--lang", lang]);
        let schema: Value = serde_json::from_str(&out.stdout).unwrap();
        assert_eq!(schema["properties"]["source"]["properties"]["dates"]["description"], about);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let required = schema["properties"]["expediente"]["required"].as_array().unwrap();
        assert_eq!(required, &["Identification", "Name", "Email", "Telephone"]);
    }
    assert_eq!(dir.run(&["targets", "--schema"]).code, 2, "a schema is of a target");
}

#[test]
fn the_country_that_the_values_prove_is_written_and_checks_the_next_file() {
    const OPEN: &str = "# country = \"CO\"   # ";
    let rut = ["12.345.678-5", "11.111.111-1", "22.222.222-2", "7.654.321-6", "10.000.013-K"];
    let cpf = ["52998224725", "11144477735", "12345678909", "98765432100", "39053344705"];
    let rfc = ["PAGA800101AB1", "PARA800101AB1", "MOGL790202CDA", "SORE900303EF1", "CSO010203AB9"];
    let cedula = ["1900345678", "1910223344", "1921556677", "1930111222", "1940222333"];
    let abroad = ["+57 3005550121", "+57 3005550122", "+57 3005550123", "+57 3005550124", "+57 3005550125"];
    let at_home = abroad.map(|phone| phone.trim_start_matches("+57 "));
    let of_chile = ["955550121", "955550122", "955550123", "955550124", "955550125"];
    let of_brazil = ["11955550121", "11955550122", "21955550123", "21955550124", "31955550125"];
    let of_mexico = ["5555550121", "5555550122", "3335550123", "3335550124", "8185550125"];
    for (header, documents, phones, line, wrong) in [
        ("RUT", rut, of_chile, "country = \"CL\"   # 5 documentos con su dígito", Some("12.345.678-6")),
        ("CPF", cpf, of_brazil, "country = \"BR\"   # 5 documentos con su dígito", Some("52998224724")),
        ("RFC", rfc, of_mexico, "country = \"MX\"   # 5 documentos con su dígito", Some("PAGA800101AB2")),
        ("Cédula", cedula, abroad, "country = \"CO\"   # 0 documentos con su dígito", Some("900.123.456-7")),
        // Ten digits are a document and a telephone of several countries.
        ("Cédula", cedula, at_home, OPEN, None),
    ] {
        let dir = Workdir::with_samples();
        let file = |name: &str, documents: &[&str]| {
            let row = |(at, document): (usize, &&str)| {
                let phone = phones[at % phones.len()];
                format!("{document};Ana Paz;d{at}@example.com;{phone};C-{at};Consumo;1500,25\n")
            };
            let rows: String = documents.iter().enumerate().map(row).collect();
            dir.write(name, &format!("{header};Nombre;Correo;Teléfono;No. Crédito;Producto;Saldo\n{rows}"));
        };
        file("f.csv", &documents);
        assert_eq!(map(&dir, "f.csv")["questions"], 0);
        let text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
        assert_eq!(text.lines().filter(|found| found.starts_with(line)).count(), 1, "{line}\n{text}");
        let Some(wrong) = wrong else { continue };
        file("g.csv", &[documents[0], wrong]);
        let result = dir.run(&["check", "g.csv", "-m", "new.toml", "--json"]).json().into_value();
        let problems = result["problems"].as_array().unwrap();
        let warned = problems.iter().find(|problem| problem["code"] == "check-digit").unwrap();
        assert_eq!((&warned["count"], &warned["severity"]), (&1.into(), &"warning".into()), "{header}");
        let told = format!("{}: ", &line[11..13]);
        assert!(warned["example"].as_str().unwrap().contains(&told), "{warned}");
    }
}
