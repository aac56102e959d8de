//! `gone.csv`: the records that a creditor's last file had and this one does not, for a person to decide about.
//!
//! They are still in the CRM, which cannot be asked to delete them. Values stand as the CRM has them; it is data.

use csv::{Terminator, WriterBuilder};

use super::mask;
use crate::ledger::RunId;

/// By which Excel knows that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Most records that are named on a screen.
const SHOWN: usize = 3;

/// The keys of the records and the runs that sent them last: UTF-8 with a byte order mark, lines ending in CRLF.
pub fn gone_csv(gone: &[(String, RunId)]) -> Vec<u8> {
    let written = || {
        let mut writer = WriterBuilder::new()
            .delimiter(b';')
            .terminator(Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.to_vec());
        writer.write_record(["cartera_key", "cartera_run"])?;
        for (key, run) in gone {
            writer.write_record([key, &run.to_string()])?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    };
    let written: csv::Result<Vec<u8>> = written();
    written.expect("a vector takes every byte")
}

/// The first of them, masked.
pub fn named(gone: &[(String, RunId)]) -> String {
    let shown: Vec<String> = gone.iter().take(SHOWN).map(|(key, _)| mask::text(key)).collect();
    let more = if gone.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_listed_whole_and_named_masked() {
        let gone: Vec<_> = (0..4).map(|number| (format!("00123456{number}"), 14)).collect();
        let text = String::from_utf8(gone_csv(&gone[..2])).unwrap();
        assert_eq!(text, "\u{feff}cartera_key;cartera_run\r\n001234560;14\r\n001234561;14\r\n");
        assert_eq!(named(&gone[..1]), "00****60");
        assert_eq!(named(&gone), "00****60, 00****61, 00****62, …");
    }
}
