//! A profile held against itself, against ranges, and headers against headers.

use proptest::prelude::*;

use super::lost::{differences, moved, successor};
use super::profile::{Amounts, ColumnProfile, TableProfile};
use super::*;
use crate::survey::{DateOrder, DecimalSign, Format};

fn figures() -> impl Strategy<Value = ColumnProfile> {
    let format = prop_oneof![
        Just(None),
        Just(Some(Format::Dates(DateOrder::DayMonthYear))),
        Just(Some(Format::Decimal(DecimalSign::Comma))),
    ];
    let amounts = proptest::option::of((-9_000_000_i64..9_000_000_000, 0_u64..500, 1_i64..90_000));
    (
        0_u64..500,
        0_u64..500,
        0_u64..500,
        proptest::collection::vec(0_u64..500, 0..12),
        any::<bool>(),
        format,
        amounts,
    )
        .prop_map(|(blanks, words, other, widths, is_id, format, amounts)| ColumnProfile {
            is_id,
            format,
            cells: blanks + words + other + widths.iter().sum::<u64>(),
            blanks,
            words,
            widths,
            amounts: amounts.map(|(sum, count, median)| Amounts {
                sum: Decimal::new(sum, 2),
                count,
                median: median.into(),
            }),
            ..ColumnProfile::default()
        })
}

fn profiles() -> impl Strategy<Value = Profile> {
    let table = proptest::collection::vec(figures(), 1..6).prop_map(|mut columns| {
        for (at, column) in columns.iter_mut().enumerate() {
            column.at = at;
            column.name = format!("Columna {at}");
            column.fields = vec![format!("field{at}")];
        }
        TableProfile {
            file: "f.csv".into(),
            sheet: Some("Hoja".into()),
            encoding: "UTF-8".into(),
            header: columns.iter().map(|column| column.name.clone()).collect(),
            columns,
        }
    });
    (proptest::collection::vec(table, 1..3), 0_u64..100_000, 0_u64..100_000)
        .prop_map(|(tables, rows, records)| Profile { tables, rows, records })
}

fn baseline(run: RunId, profile: Profile) -> Baseline {
    Baseline { run, day: jiff::civil::date(2026, 10, 3), profile }
}

fn stops(now: &Profile, memory: &[Baseline]) -> Vec<Code> {
    let changes = compare(now, memory);
    changes.iter().filter(|change| change.weight == Weight::Stop).map(|change| change.code).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A file against itself never drifts, whatever else is remembered, and what is stored is what was seen.
    #[test]
    fn a_file_against_itself_never_drifts(now in profiles(), others in proptest::collection::vec(profiles(), 0..5)) {
        let text = serde_json::to_string(&now).unwrap();
        let stored: Profile = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&stored, &now);
        let others = others.into_iter().map(|profile| baseline(1, profile));
        let memory: Vec<Baseline> = std::iter::once(baseline(2, stored)).chain(others).collect();
        prop_assert_eq!(compare(&now, &memory), vec![]);
    }

    /// What one of the remembered loads has shown stops none.
    #[test]
    fn counts_within_the_range_never_stop(
        now in profiles(), rows in proptest::collection::vec((1_u64..100_000, 1_u64..100_000), 1..6), seen in 0_usize..6,
    ) {
        let with = |(rows, records)| Profile { rows, records, ..now.clone() };
        let memory: Vec<Baseline> = rows.iter().map(|counts| baseline(1, with(*counts))).collect();
        prop_assert_eq!(stops(&with(rows[seen % rows.len()]), &memory), vec![]);
    }

    /// The columns that are said to have moved explain the new order: without them, both orders are the same.
    #[test]
    fn moved_columns_explain_the_order(order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle()) {
        let name = |at: &usize| format!("c{at}");
        let before: Vec<String> = (0..12).map(|at| name(&at)).collect();
        let now: Vec<String> = order.iter().map(name).collect();
        let gone: Vec<&str> = moved(&before, &now).into_iter().map(|(name, ..)| name).collect();
        let rest = |names: &[String]| -> Vec<String> {
            names.iter().filter(|name| !gone.contains(&name.as_str())).cloned().collect()
        };
        prop_assert_eq!(rest(&before), rest(&now));
    }

    /// As many records are equal as both files have in common.
    #[test]
    fn equal_records_are_counted(
        common in proptest::collection::btree_set(0_u64..1000, 0..40), more in proptest::collection::btree_set(1000_u64..1040, 0..20),
    ) {
        let bytes = |records: &std::collections::BTreeSet<u64>| -> Vec<u8> {
            records.iter().flat_map(|record| u128::from(*record).to_be_bytes()).collect()
        };
        let all = common.union(&more).copied().collect();
        prop_assert_eq!(equal_records(&bytes(&all), &bytes(&common)), common.len() as u64);
        prop_assert_eq!(equal_records(&bytes(&more), &bytes(&common)), 0);
    }
}

/// A table of one column, so many rows and cells.
fn simple(rows: u64, median: i64, blanks: u64) -> Profile {
    let median = Decimal::from(median);
    let amounts = Amounts { sum: median * Decimal::from(rows), count: rows, median };
    let column = ColumnProfile {
        name: "Saldo".into(),
        fields: vec!["total_balance".into()],
        cells: rows,
        blanks,
        amounts: Some(amounts),
        ..ColumnProfile::default()
    };
    let table =
        TableProfile { header: vec!["Saldo".into()], columns: vec![column], ..TableProfile::default() };
    Profile { tables: vec![table], rows, records: rows }
}

#[test]
fn the_limits_are_where_they_are_said_to_be() {
    let last = [baseline(14, simple(1000, 1000, 20))];
    let cases: [(Profile, &[Code]); 12] = [
        (simple(600, 1000, 12), &[]),
        (simple(599, 1000, 12), &[Code::DriftRows, Code::DriftRecords]),
        (simple(1999, 1000, 40), &[]),
        (simple(2000, 1000, 40), &[Code::DriftRows, Code::DriftRecords]),
        (simple(1000, 2990, 20), &[]),
        (simple(1000, 4900, 20), &[Code::DriftTotal]),
        (simple(1000, 5000, 20), &[Code::DriftScale]),
        (simple(1000, 300, 20), &[]),
        (simple(1000, 210, 20), &[Code::DriftTotal]),
        (simple(1000, 199, 20), &[Code::DriftScale]),
        (simple(1000, 1000, 269), &[]),
        (simple(1000, 1000, 270), &[Code::DriftBlanks]),
    ];
    for (at, (now, expected)) in cases.iter().enumerate() {
        assert_eq!(stops(now, &last), *expected, "case {at}");
    }
    // What has happened before is no surprise.
    let memory = [baseline(14, simple(1000, 1000, 20)), baseline(13, simple(300, 90_000, 120))];
    assert_eq!(stops(&simple(300, 90_000, 100), &memory), []);
    assert_eq!(stops(&simple(299, 1000, 5), &memory), [Code::DriftRows, Code::DriftRecords]);
    // Nothing to be compared with, or too little.
    assert_eq!(stops(&simple(3, 1, 3), &[]), []);
    assert_eq!(stops(&simple(2, 900_000, 2), &[baseline(1, simple(19, 1, 0))]), []);
}

#[test]
fn factors_are_called_by_their_power_of_ten() {
    let last = [baseline(1, simple(50, 1000, 0))];
    for (median, expected) in [
        (100_000, "× 100"),
        (81_000, "× 100"),
        (10, "÷ 100"),
        (1_200_000, "× 1000"),
        (6000, "× 6"),
        (1, "÷ 1000"),
    ] {
        let changes = compare(&simple(50, median, 0), &last);
        assert_eq!(changes[0].factor.as_deref(), Some(expected), "{median}");
    }
}

#[test]
fn a_lost_column_is_found_by_its_name_or_its_place() {
    let names = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    let before = names("Cédula Nombre Saldo Ciudad");
    for (now, lost, expected) in [
        ("CEDULA Nombre Saldo Ciudad", "Cédula", Some("CEDULA")),
        ("Cédula Nombre Saldo_Total Ciudad", "Saldo", Some("Saldo_Total")),
        ("Cédula Nombre Valor Ciudad", "Saldo", Some("Valor")),
        ("Cédula Nombre Ciudad", "Saldo", None),
    ] {
        let now = names(now);
        let (gone, new) = differences(&before, &now);
        assert_eq!(gone.iter().map(|(_, name)| *name).collect::<Vec<_>>(), [lost]);
        assert_eq!(successor(gone[0], &new), expected, "{now:?}");
    }
}
