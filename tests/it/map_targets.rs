//! `map` and `inspect` name the target that a file is for; lines beside each other and tables that belong together are
//! seen, and what is written loads as the hand-written mapping does once its questions are answered.

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::support::workdir::Workdir;

/// A sample, its target, what a person answers to each question, and what only the hand-written mapping says.
struct Sample {
    name: &'static str,
    target: &'static str,
    /// The key of each question, and the line that answers it.
    answers: &'static [(&'static str, &'static str)],
    /// Keys of the bodies that stand in no column of the file.
    apart: &'static [&'static str],
    /// The tenant's own names in the hand-written mapping, and those of the draft.
    names: &'static [(&'static str, &'static str)],
}

const SAMPLES: [Sample; 6] = [
    Sample {
        name: "luna-pagos",
        target: "obligations-update",
        answers: &[("dates", "dates = \"DD-MM-YYYY\"")],
        apart: &[],
        names: &[],
    },
    Sample {
        name: "luna-obligaciones",
        target: "obligations-insert",
        answers: &[("dates", "dates = \"DD-MM-YYYY\"")],
        apart: &["portfolio_type"],
        names: &[("\"name\":\"Asesor\"", "\"name\":\"asesor\"")],
    },
    Sample {
        name: "luna-gestiones",
        target: "managements",
        answers: &[
            ("dates", "dates = \"YYYY-MM-DD\""),
            (
                "tipifycation_code",
                "tipifycation_code    = { column = \"Resultado\", map = { \"Promesa de pago\" = \"12\", \"No contesta\" = \"30\", \"Número equivocado\" = \"41\" } }",
            ),
        ],
        apart: &["type_interaction"],
        names: &[],
    },
    Sample {
        name: "luna-casos",
        target: "cases",
        answers: &[
            ("case-type", "case-type   = { constant = \"Request\" }"),
            ("responsible", "responsible = { constant = \"agente@ensayo\" }"),
            ("owner", "owner       = { constant = \"agente@ensayo\" }"),
            ("priority", "priority    = { constant = \"low\" }"),
        ],
        apart: &[],
        names: &[("Nro de obligación", "obligacion")],
    },
    Sample {
        name: "luna-actividades",
        target: "activities",
        answers: &[
            ("type", "type = \"call\""),
            ("status", "status          = { constant = \"created\" }"),
            ("name_module", "name_module     = { constant = \"collections\" }"),
        ],
        apart: &["country", "code"],
        names: &[],
    },
    Sample {
        name: "luna-ventas",
        target: "custom",
        answers: &[("module", "module = \"Ventas\"")],
        // How a module wants its values is nobody's guess.
        apart: &["Fecha", "Domicilio"],
        names: &[
            ("Fecha de venta", "Fecha"),
            ("Con domicilio", "Domicilio"),
            ("{\"type\":\"currency\",\"value\":", ""),
            ("},\"Fecha\"", ",\"Fecha\""),
        ],
    },
];

/// Takes keys away wherever they stand.
fn without(value: &mut Value, keys: &[&str]) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| !keys.contains(&key.as_str()));
            object.values_mut().for_each(|value| without(value, keys));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| without(value, keys)),
        _ => {}
    }
}

/// The bodies that a mapping makes of a file, after `names` are put in place of others.
fn bodies(dir: &Workdir, file: &str, mapping: &str, sample: &Sample, is_by_hand: bool) -> Vec<Value> {
    let out = dir.run(&["check", file, "-m", mapping, "--bodies", "bodies.ndjson"]);
    assert_eq!(out.code, 0, "{file} {mapping}: {}{}", out.stdout, out.stderr);
    let mut text = std::fs::read_to_string(dir.path("bodies.ndjson")).unwrap();
    for (own, drafted) in sample.names.iter().filter(|_| is_by_hand) {
        text = text.replace(own, drafted);
    }
    let parse = |line: &str| {
        let mut body: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        without(&mut body, sample.apart);
        body
    };
    text.lines().map(parse).collect()
}

#[test]
fn each_sample_is_mapped_to_its_target_and_asks_what_nobody_can_know() {
    let dir = Workdir::with_samples();
    for sample in &SAMPLES {
        let file = format!("samples/{}.csv", sample.name);
        let out = dir.run(&["map", &file, "-o", "new.toml", "--force", "--json"]);
        let summary = out.json().into_value();
        assert_eq!(summary["target"], sample.target, "{file}");
        assert_eq!(summary["questions"], sample.answers.len(), "{file}: {summary:#}");
        let unanswered = dir.run(&["check", &file, "-m", "new.toml", "--json"]);
        assert_eq!(unanswered.json()["error"]["code"], "mapping-question", "{file}");
        let mut text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
        for (key, answer) in sample.answers {
            let is_asked = |line: &&str| line.starts_with(key) && line.contains("= \"?\"");
            let question =
                text.lines().find(is_asked).unwrap_or_else(|| panic!("{key} is not asked\n{text}"));
            let offered = answer.split('=').next().unwrap().to_owned();
            assert!(text.contains(&format!("# {offered}=")), "{key} is offered no answer\n{text}");
            text = text.replace(question, answer);
        }
        dir.write("samples/new.toml", &text);
        let by_hand = format!("mappings/{}.toml", sample.name);
        let (written, guessed) = (
            bodies(&dir, &file, &by_hand, sample, true),
            bodies(&dir, &file, "samples/new.toml", sample, false),
        );
        assert!(!written.is_empty() && guessed == written, "{file}: {:#} {:#}", guessed[0], written[0]);
    }
}

#[test]
fn a_filled_template_of_each_target_maps_itself() {
    let dir = Workdir::with_samples();
    for target in ["obligations-insert", "obligations-update", "managements", "cases", "activities"] {
        assert_eq!(dir.run(&["targets", target, "--template", "t.xlsx", "--force"]).code, 0, "{target}");
        let described = dir.run(&["targets", target, "--json"]).json().into_value();
        let fields = described["fields"].as_array().unwrap();
        let examples = fields.iter().map(|field| field["example"].as_str().unwrap());
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, fields.iter().map(|field| field["name"].as_str().unwrap())).unwrap();
        sheet.write_row(1, 0, examples).unwrap();
        book.save(dir.path("filled.xlsx")).unwrap();
        let header = dir.sheet("t.xlsx", "Cartera").swap_remove(1);
        assert_eq!(header.len(), fields.len(), "{target}: {header:?}");
        let out = dir.run(&["map", "filled.xlsx", "-o", "new.toml", "--force", "--target", target, "--json"]);
        let summary = out.json().into_value();
        let found = summary["fields"].as_array().unwrap();
        for field in found {
            assert_eq!(field["columns"], json!([field["field"]]), "{target}");
        }
        let asked: Vec<&Value> = found.iter().filter(|field| !field["question"].is_null()).collect();
        assert!(
            asked.iter().all(|field| field["question"].as_str().unwrap().contains("prueba")),
            "{asked:?}"
        );
    }
}

#[test]
fn a_text_that_nobody_put_in_is_refused() {
    let dir = Workdir::with_samples();
    let file = "samples/luna-gestiones.csv";
    assert_eq!(dir.run(&["map", file, "-o", "new.toml"]).code, 0);
    let text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
    let offered = text.lines().find(|line| line.starts_with("# tipifycation_code")).unwrap();
    assert!(offered.contains("\"No contesta\" = \"…\""), "{offered}");
    let asked = text.lines().find(|line| line.starts_with("tipifycation_code")).unwrap();
    let text = text.replace(asked, &offered[2..]).replace("dates = \"?\"", "dates = \"YYYY-MM-DD\"");
    dir.write("new.toml", &text);
    let out = dir.run(&["check", file, "-m", "new.toml", "--json"]);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("mapping-question")), "{text}");
    let line = text.lines().position(|line| line == &offered[2..]).unwrap() + 1;
    assert!(out.stderr.contains(&format!("new.toml:{line}:")), "{}", out.stderr);
}

#[test]
fn words_that_the_crm_does_not_know_are_asked_for() {
    let dir = Workdir::with_samples();
    let out = dir.run(&["map", "samples/luna-actividades-faulty.csv", "-o", "new.toml", "--json"]);
    let summary = out.json().into_value();
    let fields = summary["fields"].as_array().unwrap();
    let priority = fields.iter().find(|field| field["field"] == "priority").unwrap();
    assert!(priority["question"].as_str().unwrap().contains("palabras"), "{priority}");
    let text = std::fs::read_to_string(dir.path("new.toml")).unwrap();
    assert!(text.contains("\"Alta\" = \"high\"") && text.contains("\"Urgentísima\" = \"…\""), "{text}");
}

#[test]
fn inspect_and_map_take_the_target_that_is_asked_for() {
    let dir = Workdir::with_samples();
    let pay = |args: &[&str]| {
        let seen =
            dir.run(&[&["inspect", "samples/luna-pagos.csv", "--json"], args].concat()).json().into_value();
        let columns = seen["tables"][0]["columns"].as_array().unwrap().clone();
        let field = columns.iter().find(|column| column["column"] == "Pago").unwrap()["field"].clone();
        (seen["target"].clone(), field["name"].clone())
    };
    assert_eq!(pay(&[]), (json!("obligations-update"), json!("last_pay")));
    assert_eq!(pay(&["--target", "collections"]), (json!("collections"), json!("pago")));
    let page = |lang: &str| dir.run(&["inspect", "samples/luna-pagos.csv", "--lang", lang]).stdout;
    let (spanish, english) = (page("es"), page("en"));
    assert!(
        spanish.contains("Destino obligations-update, el que mejor corresponde:\n  5 de 5 columnas"),
        "{spanish}"
    );
    assert!(english.contains("Target obligations-update, which fits best:\n  5 of 5 columns"), "{english}");
    let args = ["map", "samples/luna-pagos.csv", "-o", "new.toml", "--target", "managements", "--json"];
    let asked = dir.run(&args).json().into_value();
    assert_eq!((&asked["target"], asked["fits"].as_array().unwrap().len()), (&json!("managements"), 1));
    let wrong = dir.run(&["inspect", "samples/luna-pagos.csv", "--target", "pagos", "--json"]);
    assert_eq!((wrong.code, wrong.json()["error"]["code"].as_str()), (1, Some("bad-setting")));
}

#[test]
fn lines_beside_each_other_and_joined_tables_are_said() {
    let dir = Workdir::with_samples();
    let page = |command: &str, file: &str, lang: &str| {
        let args = [command, file, "--lang", lang];
        let out: &[&str] = if command == "map" { &["-o", "new.toml", "--force"] } else { &[] };
        dir.run(&[&args[..], out].concat()).stdout
    };
    for (file, spanish, english) in [
        (
            "samples/almacenes-luna.csv",
            "Obligaciones una al lado de otra: 4 por fila",
            "Obligations side by side: 4 a row",
        ),
        (
            "samples/caja-sur.xlsx",
            "Dos hojas unidas: «Deudores» por «Cédula» y «Obligaciones» por «Documento»",
            "Two sheets joined: “Deudores” by “Cédula” and “Obligaciones” by “Documento”",
        ),
    ] {
        for command in ["inspect", "map"] {
            let (in_spanish, in_english) = (page(command, file, "es"), page(command, file, "en"));
            assert!(in_spanish.contains(spanish) && in_english.contains(english), "{in_spanish}{in_english}");
        }
    }
    let wide = dir.run(&["inspect", "samples/almacenes-luna.csv", "--json"]).json().into_value();
    assert_eq!(wide["tables"][0]["side_by_side"]["numbers"], json!([1, 2, 3, 5]));
    assert_eq!(wide["joined"], Value::Null);
    let two = dir.run(&["inspect", "samples/caja-sur.xlsx", "--json"]).json().into_value();
    assert_eq!(two["joined"]["obligations"], json!({ "sheet": "Obligaciones", "key": "Documento" }));
    assert_eq!(two["tables"][1]["columns"][0]["field"]["key"], true);
}
