//! What happens to a portfolio after it is loaded: each sample loads, and its faulty twin names its rows.

use std::collections::BTreeSet;

use crate::support::store::{stored_in, stored_records};
use crate::support::workdir::Workdir;

const NAMES: [&str; 6] =
    ["luna-pagos", "luna-obligaciones", "luna-gestiones", "luna-casos", "luna-actividades", "luna-ventas"];

/// Loads a sample into the stand-in; gives how it ended.
fn load(dir: &Workdir, file: &str, mapping: &str) -> crate::support::workdir::Out {
    let (file, mapping) = (format!("samples/{file}.csv"), format!("mappings/{mapping}.toml"));
    dir.run(&["load", &file, "-m", &mapping, "--sandbox", "--rate", "1000/s", "--burst", "100", "--json"])
}

#[test]
fn each_sample_loads_and_its_twin_names_the_rows_at_fault() {
    let dir = Workdir::with_samples();
    assert_eq!(load(&dir, "almacenes-luna", "almacenes-luna").code, 0);
    let expected = dir.csv("samples/luna-faulty.expected.csv", b',');
    for (run, name) in (2..).step_by(2).zip(NAMES) {
        let out = load(&dir, name, name);
        assert_eq!(out.code, 0, "{name}: {}\n{}", out.stdout, out.stderr);
        let twin = format!("{name}-faulty");
        let out = load(&dir, &twin, name);
        assert_eq!(out.code, 3, "{twin}: {}\n{}", out.stdout, out.stderr);
        let reported = dir.reported(&format!("cartera-{}/errors.xlsx", run + 1), &twin);
        let found: BTreeSet<(String, String)> =
            reported.iter().map(|(row, cells)| (row.clone(), cells["cartera_code"].clone())).collect();
        let named = expected.iter().filter(|line| line["file"] == format!("{twin}.csv"));
        let named: BTreeSet<(String, String)> =
            named.map(|line| (line["row"].clone(), line["code"].clone())).collect();
        assert_eq!(found, named, "{twin}");
    }
    let crm = dir.state("sandbox");
    let cases = stored_in(&crm, "cases");
    assert_eq!(
        cases.iter().filter(|case| case["file"].as_array().is_some_and(|files| files.len() == 2)).count(),
        7
    );
    assert_eq!(stored_in(&crm, "managements").len(), 12 + 9);
    let calls = stored_in(&crm, "wolkvox_activities");
    assert_eq!((calls.len(), calls[0]["phone"]["code"].as_str()), (12 + 9, Some("57")));
    assert_eq!(stored_in(&crm, "Ventas")[0]["Valor"]["type"], "currency");
    let paid = stored_records(&crm);
    let last_pays = paid.values().flat_map(|record| record["Obligations"].as_object().unwrap().values());
    assert_eq!(last_pays.filter(|obligation| obligation.get("last_pay").is_some()).count(), 12);
}
