//! What each target sends, word for word, held against the samples of the vendor's pages; and what it does not send.

use serde_json::Value;

use crate::support::scripted::{Scripted, Seen};
use crate::support::store::stored_in;
use crate::support::workdir::{Out, Workdir};

/// Loads a file with a mapping and a profile; gives how it ended and what arrived.
pub(crate) fn sent(dir: &Workdir, profile: &str, args: &[&str]) -> (Out, Vec<Seen>) {
    let server = Scripted::start(Vec::new());
    let config =
        format!("[profile.default]\nserver = \"{}\"\noperation = \"testmodule\"\n{profile}", server.url());
    dir.write("cartera.toml", &config);
    let all = [&["load", "f.csv", "-m", "t.toml", "--rate", "1000/s", "--json"], args].concat();
    let out = dir.run_with_token(&all);
    (out, server.seen())
}

/// A folder with a file and its mapping.
pub(crate) fn folder(csv: &str, mapping: &str) -> Workdir {
    let dir = Workdir::with_samples();
    dir.write("f.csv", csv);
    dir.write("t.toml", mapping);
    dir
}

/// The first line of a request, and its body.
fn line_and_body(seen: &Seen) -> (String, String) {
    let line = seen.head.lines().next().unwrap_or_default().to_owned();
    assert!(seen.head.contains("content-type: application/json"), "{}", seen.head);
    assert!(seen.head.contains("wolkvox-token: "), "{}", seen.head);
    (line, String::from_utf8(seen.body.clone()).unwrap())
}

/// Holds one request against what it must be: the method and path in lower case, and the body to the letter but for the
/// white space of the document.
fn check(seen: &Seen, line: &str, body: &str) {
    let (found_line, found_body) = line_and_body(seen);
    assert_eq!(found_line, format!("{line} http/1.1"));
    let expected: Value = serde_json::from_str(body).unwrap();
    assert_eq!(found_body, expected.to_string());
}

const OBLIGATION: &str = r#"target = "obligations-update"
[endpoint]
dates = "DD-MM-YYYY"
[obligation]
wolkvox_id = "Id CRM"
id = "Obligación"
name = "Nombre"
total_balance = "Saldo"
portfolio_type = "Cartera"
last_pay = "Pago"
last_pay_date = "Fecha pago"
expiring_date = "Vence"
days_delay = "Mora"
[obligation.custom]
Degree = "Grado"
Frequency = "Frecuencia"
"#;
const OBLIGATIONS: &str = "Id CRM;Obligación;Nombre;Saldo;Cartera;Pago;Fecha pago;Vence;Mora;Grado;Frecuencia\n\
    61fa3;obl1;Factura «1»;10.000,50;VIP;2000,00;2023-06-05;2023-07-08;90;alto;Frecuente\n";

#[test]
fn an_obligation_is_updated_as_the_documents_sample_says() {
    let dir = folder(OBLIGATIONS, OBLIGATION);
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    check(
        &seen[0],
        "post /server/api/v2/collections/updateobligation.php",
        r#"{"operation":"testmodule","wolkvox_id":"61fa3","obligation":"obl1","fields":{"id":"obl1",
            "name":"Factura «1»","total_balance":"10000.50","portfolio_type":"VIP","last_pay":"2000.00",
            "last_pay_date":"05-06-2023","expiring_date":"08-07-2023","days_delay":"90",
            "form":[{"name":"Degree","value":"alto"},{"name":"Frequency","value":"Frecuente"}]}}"#,
    );
    let shown = dir.run(&["show", "last", "--chunk", "1"]);
    assert!(shown.stdout.contains("wolkvox_id 123cb"), "the id that came back is told: {}", shown.stdout);
    assert!(!shown.stdout.contains("61fa3"), "and the record's own is masked: {}", shown.stdout);
}

#[test]
fn an_obligation_is_inserted_without_the_updates_own_key() {
    let dir = folder(OBLIGATIONS, &OBLIGATION.replace("update", "insert").replace("DD-MM", "MM-DD"));
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    check(
        &seen[0],
        "post /server/api/v2/collections/insertobligation.php",
        r#"{"operation":"testmodule","wolkvox_id":"61fa3","fields":{"id":"obl1",
            "name":"Factura «1»","total_balance":"10000.50","portfolio_type":"VIP","last_pay":"2000.00",
            "last_pay_date":"06-05-2023","expiring_date":"07-08-2023","days_delay":"90",
            "form":[{"name":"Degree","value":"alto"},{"name":"Frequency","value":"Frecuente"}]}}"#,
    );
}

#[test]
fn a_profile_chooses_method_path_keys_and_the_order_of_dates() {
    let mapping = OBLIGATION.replace("[endpoint]\ndates = \"DD-MM-YYYY\"\n", "");
    let short = mapping.split("name = ").next().unwrap();
    let dir = folder(OBLIGATIONS, &format!("{short}last_pay_date = \"Fecha pago\"\n"));
    let profile = r#"[profile.default.endpoints.obligations-update]
method = "PUT"
path = "/server/API/v2/collections/insertObligation.php"
keys = { wolkvox_id = "wolkvox-id", last_pay_date = "fecha" }
dates = "YYYY-MM-DD"
"#;
    let (out, seen) = sent(&dir, profile, &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    check(
        &seen[0],
        "put /server/api/v2/collections/insertobligation.php",
        r#"{"operation":"testmodule","wolkvox-id":"61fa3","obligation":"obl1","fields":{"id":"obl1","fecha":"2023-06-05"}}"#,
    );
}

#[test]
fn what_the_documents_do_not_settle_is_asked_for_by_its_line() {
    let dir = folder(OBLIGATIONS, &OBLIGATION.replace("dates = \"DD-MM-YYYY\"", ""));
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (1, 0));
    assert_eq!(out.first_code().as_deref(), Some("endpoint-setting-missing"));
    assert!(
        out.stderr.contains("t.toml") && out.stderr.contains("dates = \"YYYY-MM-DD\" |"),
        "{}",
        out.stderr
    );
    for (profile, nearest) in [
        ("[profile.default.endpoints.obligation-update]", "obligations-update"),
        ("[profile.default.endpoints.obligations-update]\nmetod = \"PUT\"", "method"),
        ("[profile.default.endpoints.obligations-update]\nkeys = { wolkvox-id = \"x\" }", "wolkvox_id"),
        ("[profile.default.endpoints.obligations-update]\nmethod = \"GET\"", "POST, PUT, PATCH"),
        ("[profile.default.endpoints.obligations-update]\ndates = \"DD/MM/YYYY\"", "DD-MM-YYYY"),
        ("[profile.default.endpoints.obligations-update]\npath = \"insert.php\"", "/server/API/v2"),
    ] {
        let (out, seen) = sent(&dir, profile, &[]);
        assert_eq!((out.code, seen.len()), (1, 0), "{profile}");
        assert!(out.stderr.contains("cartera.toml:") && out.stderr.contains(nearest), "{}", out.stderr);
    }
    dir.write("t.toml", &OBLIGATION.replace("dates =", "date ="));
    let (out, _) = sent(&dir, "", &[]);
    assert!(out.stderr.contains("t.toml:3") && out.stderr.contains("«dates»"), "{}", out.stderr);
}

#[test]
fn an_obligation_that_stands_twice_is_never_guessed() {
    let twice = format!("{OBLIGATIONS}61fa3;obl1;Factura;1;VIP;500;2023-06-06;2023-07-08;90;alto;x\n");
    let dir = folder(&twice, OBLIGATION);
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (3, 0), "{}", out.stderr);
    assert_eq!(out.first_code().as_deref(), Some("duplicate-obligation"));
    dir.write("t.toml", &format!("{OBLIGATION}[rules]\non_duplicate = \"last\"\n"));
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    assert!(String::from_utf8_lossy(&seen[0].body).contains("\"last_pay\":\"500\""));
}

const MANAGEMENT: &str = r#"target = "managements"
[endpoint]
dates = "YYYY-MM-DD"
[management]
tipifycation_code = { column = "Resultado", map = { "Promesa" = "12", "No contesta" = "30" } }
tipifycation_desc = "Resultado"
id_customer = "Cédula"
customer_id = "Cédula"
wolkvox_idRecord = "Id CRM"
wolkvox_idCall = "Llamada"
client_name = "Nombre"
client_lastname = "Apellido"
client_type_document = { constant = "CC" }
client_telephone = "Teléfono"
agent_name = "Agente"
agent_id = "Extensión"
type_interaction = { constant = "call" }
time = "Hora"
date = "Fecha"
campaign_id = "Campaña"
wolkvox_idCustomer = "Cliente"
wolkvox_phoneCall = "Teléfono"
wolkvox_CrmPhoneCall = "Teléfono"
obligation = "Obligación"
"#;
const MANAGEMENTS: &str = "Id CRM;Cédula;Nombre;Apellido;Teléfono;Resultado;Agente;Extensión;Fecha;Hora;Llamada;Campaña;Cliente;Obligación\n\
    61fa3;0012345;Ana;Paz;3005550123;Promesa;Eva;1204;2026-01-31;14:30;77.1;5012;9001;obl1\n\
    61fa3;0012345;Ana;Paz;3005550123;Promesa;Eva;1204;2026-01-31;14:30;77.1;5012;9001;obl1\n";

#[test]
fn a_management_is_sent_with_both_spellings_as_in_the_sample() {
    let dir = folder(MANAGEMENTS, MANAGEMENT);
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 2), "each row is a management of its own: {}", out.stderr);
    check(
        &seen[0],
        "post /server/api/v2/collections/insertgestion.php",
        r#"{"operation":"testmodule","fields":{"tipifycation_code":"12","tipifycation_desc":"Promesa",
            "module":"collections","id_customer":"0012345","customer_id":"0012345","wolkvox_idRecord":"61fa3",
            "wolkvox_idCall":"77.1","client_name":"Ana","client_lastname":"Paz","client_type_document":"CC",
            "client_telephone":"3005550123","agent_name":"Eva","agent_id":"1204","type_interaction":"call",
            "time":"14:30","date":"2026-01-31","campaign_id":"5012","tipification_code":"12",
            "tipification_description":"Promesa","wolkvox_idCustomer":"9001","wolkvox_phoneCall":"3005550123",
            "wolkvox_CrmPhoneCall":"3005550123","obligation":"obl1"}}"#,
    );
}

#[test]
fn a_setting_chooses_one_spelling_of_the_typification() {
    let short =
        MANAGEMENT.split("id_customer").next().unwrap().replace("dates = \"YYYY-MM-DD\"\n", "SETTING\n");
    let short = format!("{short}wolkvox_idRecord = \"Id CRM\"\nobligation = \"Obligación\"\n");
    for (setting, keys, body) in [
        (
            "typification = \"tipifycation\"",
            "",
            r#""tipifycation_code":"12","tipifycation_desc":"Promesa","module":"collections","wolkvox_idRecord":"61fa3""#,
        ),
        (
            "typification = \"tipification\"",
            "tipification_description = \"tipification_desc\"",
            r#""module":"collections","wolkvox_idRecord":"61fa3","tipification_code":"12","tipification_desc":"Promesa""#,
        ),
        (
            "",
            "",
            r#""tipifycation_code":"12","tipifycation_desc":"Promesa","module":"collections","wolkvox_idRecord":"61fa3","tipification_code":"12","tipification_description":"Promesa""#,
        ),
    ] {
        let dir = folder(MANAGEMENTS, &short.replace("SETTING", setting));
        let profile = format!("[profile.default.endpoints.managements]\nkeys = {{ {keys} }}\n");
        let (out, seen) = sent(&dir, &profile, &["--limit", "1"]);
        assert_eq!((out.code, seen.len()), (4, 1), "{}", out.stderr);
        let expected = format!(r#"{{"operation":"testmodule","fields":{{{body},"obligation":"obl1"}}}}"#);
        check(&seen[0], "post /server/api/v2/collections/insertgestion.php", &expected);
    }
}

const ACTIVITY: &str = r#"target = "activities"
[endpoint]
type = "call"
[activity]
status = { constant = "created" }
name = "Asunto"
priority = { column = "Prioridad", map = { "Alta" = "high", "Baja" = "low" } }
name_module = { constant = "collections" }
completion_date = "Cuándo"
remember = "Avisar"
reminder_date = "Aviso"
description = "Nota"
id_record = "Id CRM"
location = "Lugar"
wolkvox_owner = "Dueño"
phone_country = { constant = "COLOMBIA" }
phone_code = { constant = "57" }
phone = "Teléfono"
"#;
const ACTIVITIES: &str = "Id CRM;Asunto;Prioridad;Cuándo;Avisar;Aviso;Nota;Lugar;Dueño;Teléfono\n\
    64cb;Llamar;Alta;31/01/2026 2:30 p. m.;Sí;30/01/2026;Prometió;Norte;ADMIN_@mimodulo;1234567898\n";

#[test]
fn an_activity_has_its_boolean_its_object_and_its_dates() {
    let dir = folder(ACTIVITIES, ACTIVITY);
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    let body = r#"{"operation":"testmodule","module":"wolkvox_activities","type":"call","fields":{"status":"created",
        "name":"Llamar","priority":"high","name_module":"collections","completion_date":"2026-01-31 14:30:00",
        "remember":true,"reminder_date":"2026-01-30 00:00:00","description":"Prometió","id_record":"64cb",
        "location":"Norte","wolkvox_owner":"ADMIN_@mimodulo","phone":{"type":"telephone","country":"COLOMBIA",
        "code":"57","value":"1234567898"}}}"#;
    check(&seen[0], "post /server/api/v2/custom/insert.php", body);

    let compact = ACTIVITY.replace("type = \"call\"", "type = \"call\"\ndate_times = \"YYYYMMDD HHMMSS\"");
    dir.write("t.toml", &compact);
    let (_, seen) = sent(&dir, "", &[]);
    let body = body
        .replace("2026-01-31 14:30:00", "20260131 143000")
        .replace("2026-01-30 00:00:00", "20260130 000000");
    check(&seen[0], "post /server/api/v2/custom/insert.php", &body);

    let task = ACTIVITY.split("location").next().unwrap().replace("\"call\"", "\"task\"");
    dir.write("t.toml", &task.replace("remember = \"Avisar\"", "remember = \"Nota\""));
    let (out, seen) = sent(&dir, "", &[]);
    let code = out.first_code();
    assert_eq!((out.code, seen.len(), code.as_deref()), (3, 0, Some("bad-boolean")), "{}", out.stderr);
    dir.write("t.toml", &task.replace("type = \"task\"", ""));
    let (out, _) = sent(&dir, "", &[]);
    assert_eq!(out.first_code().as_deref(), Some("endpoint-setting-missing"));
}

const CUSTOM: &str = r#"target = "custom"
[endpoint]
module = "Ventas"
[fields]
"Company name " = "Empresa"
Nit = { column = "Nit", blank = "reject" }
Valor = { column = "Valor", type = "amount", decimal = ",", typed = "currency" }
"Fecha de venta" = { column = "Fecha", type = "date", send_as = "MM-DD-YYYY" }
Activo = { column = "Activo", type = "boolean" }
"#;
const CUSTOMS: &str =
    "Empresa;Nit;Valor;Fecha;Activo\nLuna SAS;0900;1.000,5;2026-01-31;sí\nTotal Sol;0901;2;2026-02-01;no\n";

#[test]
fn records_of_a_module_go_together_or_one_by_one() {
    let one = r#"{"Company name ":"Luna SAS","Nit":"0900","Valor":{"type":"currency","value":"1000.5"},"Fecha de venta":"01-31-2026","Activo":true}"#;
    let two = r#"{"Company name ":"Total Sol","Nit":"0901","Valor":{"type":"currency","value":"2"},"Fecha de venta":"02-01-2026","Activo":false}"#;
    let dir = folder(CUSTOMS, CUSTOM);
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    let body = format!(r#"{{"operation":"testmodule","module":"Ventas","fields":[{one},{two}]}}"#);
    check(&seen[0], "post /server/api/v2/custom/insertmany.php", &body);

    dir.write("t.toml", &CUSTOM.replace("[fields]", "bulk = false\n[fields]"));
    let (out, seen) = sent(&dir, "", &["--again"]);
    assert_eq!((out.code, seen.len()), (0, 2), "{}", out.stderr);
    for (seen, record) in seen.iter().zip([one, two]) {
        let body = format!(r#"{{"operation":"testmodule","module":"Ventas","fields":{record}}}"#);
        check(seen, "post /server/api/v2/custom/insert.php", &body);
    }
}

#[test]
fn a_rehearsal_keeps_the_records_of_a_module_and_the_activities() {
    let dir = folder(CUSTOMS, CUSTOM);
    let load = ["load", "f.csv", "-m", "t.toml", "--sandbox", "--rate", "1000/s", "--json"];
    assert_eq!(dir.run(&load).code, 0);
    dir.write("f.csv", ACTIVITIES);
    dir.write("t.toml", ACTIVITY);
    assert_eq!(dir.run(&load).code, 0);
    let sales = stored_in(&dir.state("sandbox"), "Ventas");
    assert_eq!(sales.len(), 2);
    assert_eq!(sales[0]["Valor"]["value"], "1000.5");
    let calls = stored_in(&dir.state("sandbox"), "wolkvox_activities");
    assert_eq!((calls.len(), &calls[0]["type"], &calls[0]["remember"]), (1, &"call".into(), &true.into()));
}

const CASE: &str = r#"target = "cases"
[endpoint]
closed = ["Cerrado", "closed"]
[case]
case-type = { constant = "Claims" }
responsible = { constant = "user@operation" }
owner = { constant = "user@operation" }
contact = "Correo"
description = "Descripción"
status = "Estado"
priority = { constant = "low" }
solution = "Solución"
file = "Archivos"
[case.custom]
"Nro de crédito" = "Crédito"
Canal = { constant = "web" }
"#;
const CASES: &str = "Correo;Descripción;Estado;Solución;Archivos;Crédito\n\
    ana@example.com;Pide \"paz y salvo\";Abierto;;cartas/0012.pdf; fotos\\a b.JPG;01\n";

/// A folder with cases and the files that go with them.
fn folder_of_cases(rows: &str) -> Workdir {
    let quoted = CASES.replace("cartas/0012.pdf; fotos\\a b.JPG", "\"cartas/0012.pdf; fotos\\a b.JPG\"");
    let dir = folder(
        &format!("{}{rows}", quoted.replace("Pide \"paz y salvo\"", "\"Pide \"\"paz y salvo\"\"\"")),
        CASE,
    );
    std::fs::create_dir(dir.path("cartas")).unwrap();
    std::fs::create_dir(dir.path("fotos")).unwrap();
    dir.write("cartas/0012.pdf", "%PDF-1.7 uno");
    dir.write("cartas/0013.pdf", "%PDF-1.7 dos");
    dir.write("fotos/a b.JPG", "JFIF");
    dir
}

#[test]
fn a_case_is_a_form_with_its_files() {
    let dir = folder_of_cases("");
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len()), (0, 1), "{}", out.stderr);
    let head = &seen[0].head;
    assert!(head.starts_with("post /server/api/v2/cases/insert.php http/1.1"), "{head}");
    let boundary = head.split("content-type: multipart/form-data; boundary=").nth(1).unwrap();
    let boundary = boundary.lines().next().unwrap();
    let text = |name: &str, value: &str| {
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = |name: &str, kind: &str, content: &str| {
        format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n{content}\r\n"
        )
    };
    let expected = [
        text("operation", "testmodule"),
        text("case-type", "Claims"),
        text("responsible", "user@operation"),
        text("owner", "user@operation"),
        text("contact", "ana@example.com"),
        text("description", "Pide \"paz y salvo\""),
        text("status", "Abierto"),
        text("priority", "low"),
        text("form", r#"{"Nro de crédito":"01","Canal":"web"}"#),
        file("0012.pdf", "application/pdf", "%PDF-1.7 uno"),
        file("a b.JPG", "image/jpeg", "JFIF"),
        format!("--{boundary}--\r\n"),
    ];
    assert_eq!(String::from_utf8_lossy(&seen[0].body), expected.concat());
    let shown = dir.run(&["show", "last", "--chunk", "1", "--unmasked"]);
    assert!(shown.stdout.contains("\"name\":\"0012.pdf\""), "{}", shown.stdout);
}

#[test]
fn a_case_without_its_file_or_its_solution_is_not_sent() {
    let rows = "eva@example.com;Otra;Cerrado;;;02\nleo@example.com;Otra;Abierto;;cartas/9.pdf;03\n\
        paz@example.com;Otra;Abierto;;cartas/0012.exe;04\nsol@example.com;Otra;Abierto;;../state/x.pdf;05\n\
        luz@example.com;Otra;CERRADO;Lista;;06\n";
    let dir = folder_of_cases(rows);
    let load = ["load", "f.csv", "-m", "t.toml", "--sandbox", "--rate", "1000/s", "--json"];
    dir.write("state-is-outside.pdf", "x");
    let out = dir.run(&load);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let reported = dir.reported("cartera-1/errors.xlsx", "f");
    let codes: Vec<(&str, &str)> =
        reported.values().map(|row| (row["cartera_code"].as_str(), row["cartera_field"].as_str())).collect();
    assert_eq!(
        codes,
        [
            ("missing-required", "solution"),
            ("attachment-missing", "file"),
            ("attachment-kind", "file"),
            ("attachment-missing", "file")
        ]
    );
    let cases = stored_in(&dir.state("sandbox"), "cases");
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[0]["file"][1]["name"], "a b.JPG");
    assert_eq!(cases[0]["form"]["Nro de crédito"], "01");

    // The report lies in another folder; its rows' files are where the creditor's sheet was.
    dir.write("cartas/9.pdf", "nueve");
    let mut again = load;
    again[1] = "cartera-1/errors.xlsx";
    assert_eq!(dir.run(&again).code, 3);
    assert_eq!(stored_in(&dir.state("sandbox"), "cases").len(), 3);
}

#[test]
fn a_file_that_changed_after_the_plan_is_not_sent_and_its_record_can_be_retried() {
    let dir = folder_of_cases("eva@example.com;Otra;Abierto;;cartas/0013.pdf;02\n");
    let load = ["load", "f.csv", "-m", "t.toml", "--sandbox", "--rate", "1000/s", "--json", "--limit", "1"];
    assert_eq!(dir.run(&load).code, 4);
    dir.write("cartas/0013.pdf", "otra cosa");
    let out = dir.run(&["resume", "last", "--rate", "1000/s", "--json"]);
    assert_eq!((out.code, out.first_code().as_deref()), (3, Some("attachment-changed")), "{}", out.stderr);
    assert_eq!(stored_in(&dir.state("sandbox"), "cases").len(), 1);
    dir.write("cartas/0013.pdf", "%PDF-1.7 dos");
    let out = dir.run(&["retry", "last", "--rate", "1000/s", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(stored_in(&dir.state("sandbox"), "cases").len(), 2);
}

#[test]
fn debtors_go_without_obligations_where_the_operation_lets_them() {
    let head = "target = \"collections\"\n[expediente]\nIdentification = \"Id\"\nName = \"Nombre\"\nEmail = \"Correo\"\nTelephone = \"Tel\"\n";
    let dir = folder(
        "Id;Nombre;Correo;Tel;Nro\n0071;Ana;a@example.com;3005550001;\n0072;Eva;e@example.com;3005550002;01\n",
        head,
    );
    let (out, seen) = sent(&dir, "", &[]);
    assert_eq!((out.code, seen.len(), out.first_code().as_deref()), (1, 0, Some("mapping-missing-field")));
    let allowed = "[profile.default.endpoints.collections]\nwithout_obligations = true\n";
    let (out, seen) = sent(&dir, allowed, &[]);
    assert_eq!(seen.len(), 1, "{}", out.stderr);
    let ana = r#"{"Identification":"0071","Name":"Ana","Email":"a@example.com","Telephone":"3005550001","Obligations":[]}"#;
    let eva = ana.replace("0071", "0072").replace("Ana", "Eva").replace("a@", "e@").replace("0001", "0002");
    let body = format!(r#"{{"operation":"testmodule","collections":[{ana},{eva}]}}"#);
    check(&seen[0], "post /server/api/v2/collections/massivecollections.php", &body);

    // With a section of obligations, a debtor whose cells of one are all blank has none.
    dir.write("t.toml", &format!("{head}[obligation]\nid = \"Nro\"\nname = {{ constant = \"Consumo\" }}\n"));
    let (out, _) = sent(&dir, "", &["--again"]);
    assert_eq!((out.code, out.first_code().as_deref()), (3, Some("missing-required")), "{}", out.stderr);
    let (out, seen) = sent(&dir, allowed, &["--again"]);
    let eva = eva.replace("[]", r#"[{"id":"01","name":"Consumo"}]"#);
    let body = format!(r#"{{"operation":"testmodule","collections":[{ana},{eva}]}}"#);
    check(&seen[0], "post /server/api/v2/collections/massivecollections.php", &body);
    assert_eq!(out.json()["records"]["loaded"], 2, "{}", out.stderr);
}
