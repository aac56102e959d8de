//! However the making of records is divided, what comes of it is the same: every piece, in the same order.

use proptest::prelude::*;

use super::*;
use crate::portfolio::known::{Sent, Standing};
use crate::portfolio::{BodyUse, Known};
use crate::target;

const MAPPING: &str = "target = \"collections\"\n[source]\ndecimal = \",\"\n[expediente]\nIdentification = \"Id\"\n\
    Name = \"Nombre\"\nEmail = { column = \"Correo\", default = \"sin@example.com\" }\n\
    Telephone = { constant = \"3005550001\" }\n[obligation]\nid = \"Nro\"\nname = { constant = \"C\" }\n\
    total_balance = \"Saldo\"\n[expect.totals]\nSaldo = 7\n";
const HEADER: &str = "Id;Nombre;Correo;Nro;Saldo;Estado";
/// Threads and rows of a batch; the first one is no division at all.
const DIVISIONS: [(usize, usize); 6] = [(1, 1_000_000), (1, 1), (2, 1), (2, 3), (5, 2), (5, 1000)];

/// A file, the mapping's rules and filters, and what was planned of it before.
#[derive(Clone, Copy)]
struct Case<'c> {
    folder: &'c Path,
    more: &'c str,
    is_load: bool,
    /// The fingerprints of an earlier plan, where only what has changed is sent.
    earlier: Option<&'c [u8]>,
    /// The sink fails with this piece.
    fails_at: usize,
}

/// What is known of an earlier plan: one record in three is held, and one is in doubt.
fn known(fingerprints: &[u8]) -> Known {
    let mut known = Known::default();
    for (at, print) in (0u32..).zip(fingerprints.chunks_exact(16)) {
        let standing = [Standing::Accepted, Standing::Held, Standing::Doubtful][at as usize % 3];
        known.learn(print.try_into().unwrap(), Sent { attempt: at, chunk: at / 2, ordinal: at }, standing);
    }
    known
}

impl Case<'_> {
    /// Plans it: every piece as it is shown, what is known at the end, and which records the file no longer has.
    fn plan(self, (hands, rows): (usize, usize)) -> (Vec<String>, Result<PlanEnd, Code>, Vec<Sent>) {
        let mapping = mapping::file::parse("m.toml", &format!("{MAPPING}{}", self.more)).unwrap();
        let path = self.folder.join("f.csv");
        let mut opened = open(&[Input::whole(path)], &mapping, &Workplace::here(self.folder)).unwrap();
        let mut known = self.earlier.map(known);
        let settings = BodySettings {
            target: target::by_name("collections").unwrap(),
            dialect: &target::Dialect::new("op"),
            chunk_records: 3,
            body_bytes_max: 400,
            break_after: vec![2, 5],
            secret: Some(&[7; 32]),
            known: known.as_mut(),
            use_of: if self.is_load { BodyUse::Send } else { BodyUse::Count },
        };
        let mut pieces = Vec::new();
        let mut sink = |piece: Piece| {
            pieces.push(format!("{piece:?}"));
            if pieces.len() == self.fails_at { Err(Failure::new(Code::LedgerUnwritable)) } else { Ok(()) }
        };
        let division = Division { hands, bytes: 64, rows };
        let end = plan_divided(&mut opened, settings, &Earlier::default(), division, &mut sink);
        let gone = known.zip(self.earlier).map(|(known, earlier)| known.gone(earlier));
        (pieces, end.map_err(|failure| failure.code), gone.unwrap_or_default())
    }

    /// Plans it in every division, and holds what comes of it against what comes of none.
    fn plan_in_all(self) -> (Vec<String>, Result<PlanEnd, Code>) {
        let (pieces, end, gone) = self.plan(DIVISIONS[0]);
        for division in &DIVISIONS[1..] {
            let (other, other_end, other_gone) = self.plan(*division);
            for (at, (piece, other)) in pieces.iter().zip(&other).enumerate() {
                assert_eq!(piece, other, "{division:?}, piece {at}");
            }
            assert_eq!((pieces.len(), &gone), (other.len(), &other_gone), "{division:?}");
            assert_eq!(format!("{end:?}"), format!("{other_end:?}"), "{division:?}");
        }
        (pieces, end)
    }
}

fn rules(number: usize) -> String {
    let choices = ["first", "last", "reject"];
    format!(
        "[rules]\non_conflict = \"{}\"\non_duplicate = \"{}\"\npartial = \"{}\"\n{}",
        choices[number % 3],
        choices[number / 3 % 3],
        ["reject", "send_valid"][number / 9 % 2],
        ["", "[filters]\nEstado = \"A\"\n"][number / 18],
    )
}

fn write(folder: &Path, rows: &[String]) {
    std::fs::write(folder.join("f.csv"), format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_is_the_same_however_its_making_is_divided(
        rows in proptest::collection::vec(
            ("[1-6-]", "(Ana|Eva|Ñusta {60}x|)", "(a@x\\.co|malo|)", "(01|02|03|1|-)", "(1|2,50|0,1|99999999999,99|x|)", "(A|B|)"),
            1..30,
        ),
        changed in 0usize..30,
        (number, is_load, fails_at) in (0usize..36, any::<bool>(), 1usize..12),
    ) {
        let mut rows: Vec<String> = rows
            .iter()
            .map(|(id, name, email, line, amount, state)| format!("{id};{name};{email};{line};{amount};{state}"))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &rows);
        let more = rules(number);
        let case = Case { folder: folder.path(), more: &more, is_load, earlier: None, fails_at: 0 };
        let end = case.plan_in_all().1.unwrap();
        // What is packed and what is only counted comes to the same.
        let other = Case { is_load: !is_load, ..case }.plan(DIVISIONS[0]).1.unwrap();
        let counts = |end: &PlanEnd| (end.summary.chunks, end.summary.records, end.summary.bytes);
        prop_assert_eq!(counts(&end), counts(&other));

        let failed = Case { fails_at, ..case }.plan_in_all();
        prop_assert!(failed.0.len() < fails_at || failed.1.unwrap_err() == Code::LedgerUnwritable);

        // The next month: a debtor has gone, and only what has changed is sent.
        rows.remove(changed.min(rows.len() - 1));
        rows.push("7;Ana;;01;5;A".to_owned());
        write(folder.path(), &rows);
        let (_, end) = Case { earlier: Some(&end.fingerprints), ..case }.plan_in_all();
        prop_assert!(end.unwrap().summary.compared.is_some());
    }
}

#[test]
fn findings_are_told_in_the_same_pieces_however_their_finding_is_divided() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: u32| {
        let (debtor, amount) = (number * 7 % 1500, if number.is_multiple_of(3) { "x" } else { "10,5" });
        format!("{debtor};Ana;a@x.co;{number};{amount};{}", if number.is_multiple_of(5) { "B" } else { "A" })
    };
    write(folder.path(), &(1..8000).map(row).collect::<Vec<_>>());
    let more = rules(18 + 2);
    let case = Case { folder: folder.path(), more: &more, is_load: false, earlier: None, fails_at: 0 };
    let (pieces, end) = case.plan_in_all();
    assert!(pieces.iter().filter(|piece| piece.starts_with("Findings")).count() > 6);
    let summary = end.unwrap().summary;
    assert_eq!((summary.books.rows.read + summary.valid.rows, summary.filtered[0].rows), (7999, 1599));
}
