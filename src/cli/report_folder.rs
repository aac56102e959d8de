//! The report's files in a run's folder: which ones there are, under which names, and what to do with old ones.
//!
//! What stands in them is [`crate::report`]'s matter. A file that is open in another program is written beside it,
//! and one of an earlier state of the run that no longer holds is taken away.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::crew;
use crate::draft::{Draft, write_whole};
use crate::lang::Say;
use crate::ledger::{Ledger, Run, RunId, RunKind, RunState};
use crate::problem::Result;
use crate::report::front_sheet::Front;
use crate::report::gone::gone_csv;
use crate::report::html::{Case, certificate, page};
use crate::report::measures::Measures;
use crate::report::{rows_csv, terminal, workbook};

use super::Desk;
use super::outcome::internal;
use super::spooled_workbook::{spooled, unwritable};

/// The most names that are tried for a report file that is open elsewhere.
const NAMES_TRIED: u32 = 9;
/// From so many rows on the writing takes seconds, and is told before it begins.
const ROWS_TOLD: usize = 100_000;

/// Writes the files of a run's report.
pub(super) struct ReportFolder<'f> {
    desk: &'f Desk,
    folder: &'f Path,
    /// Where rows are kept that are being written.
    spools: &'f Path,
    case: Case<'f>,
    /// The records that are no longer in the file, and the runs that sent them.
    gone: &'f [(String, RunId)],
    /// The files written so far.
    paths: Vec<PathBuf>,
}

impl<'f> ReportFolder<'f> {
    /// The report of a run, of which nothing is written yet.
    pub(super) fn new(
        desk: &'f Desk,
        (folder, spools): (&'f Path, &'f Path),
        case: Case<'f>,
        gone: &'f [(String, RunId)],
    ) -> ReportFolder<'f> {
        ReportFolder { desk, folder, spools, case, gone, paths: Vec::new() }
    }

    /// Writes all of them; their paths, what a person opens first.
    pub(super) fn write(mut self) -> Result<Vec<String>> {
        let folder = self.folder;
        crate::platform::private_folder().create(folder).map_err(|error| unwritable(folder, error))?;
        let rows = self.rows();
        if rows >= ROWS_TOLD {
            let lang = self.case.lang;
            self.desk.screen.remark(&Say::ReportBegun.with(lang, &[("rows", &lang.count(rows as u64))]));
        }
        self.small("report.html", Some(page::page(&self.case).as_bytes()))?;
        // They take long, and are written at the same time.
        let (tables, workbook) = crew::both(crew::hands(), || self.tables(), || self.workbook());
        self.paths.extend(workbook?);
        self.paths.extend(tables?);
        self.small("gone.csv", (!self.gone.is_empty()).then(|| gone_csv(self.gone)).as_deref())?;
        let run = self.case.run;
        // What was never sent needs no certificate.
        let is_sent = run.kind != RunKind::Check && run.state != RunState::Refused;
        let certificate = is_sent.then(|| certificate::certificate(&self.case));
        self.small("certificate.html", certificate.as_deref().map(str::as_bytes))?;
        let path = folder.join("summary.json");
        let mut summary = self.case.summary.clone();
        summary.reports = self.paths.iter().map(|path| path.display().to_string()).collect();
        summary.reports.push(path.display().to_string());
        let text = serde_json::to_string_pretty(&summary).map_err(internal)?;
        write_whole(&path, text.as_bytes()).map_err(|error| unwritable(&path, error))?;
        Ok(summary.reports)
    }

    /// A file that is small; without a text what there is of an earlier state is taken away.
    fn small(&mut self, name: &str, text: Option<&[u8]>) -> Result<()> {
        let path = self.folder.join(name);
        let Some(text) = text else {
            take_away(&path);
            return Ok(());
        };
        let written = self.put(&path, |out| out.write_all(text).map_err(|error| unwritable(&path, error)))?;
        self.paths.push(written);
        Ok(())
    }

    /// The workbook of the rows that did not go in, if there are any.
    fn workbook(&self) -> Result<Option<PathBuf>> {
        let path = self.folder.join("errors.xlsx");
        if self.rows() == 0 {
            take_away(&path);
            return Ok(None);
        }
        self.put(&path, |out| self.errors_xlsx(&path, out)).map(Some)
    }

    /// How many rows the workbook tells of.
    fn rows(&self) -> usize {
        let Case { evidence, .. } = self.case;
        let failed = evidence.failed.iter().chain(&evidence.pending).map(Vec::len).sum::<usize>();
        failed + evidence.skipped.iter().map(Vec::len).sum::<usize>()
    }

    fn errors_xlsx(&self, path: &Path, out: &mut Draft) -> Result<()> {
        let Case { evidence, run, lang, causes, books, .. } = self.case;
        let is_check = run.kind == RunKind::Check;
        let (head, planned) =
            if is_check { (Say::HeadCheck, Say::StateValid) } else { (Say::HeadLoad, Say::StateUnsent) };
        let front = Front {
            title: terminal::headline(self.case.summary, head, lang),
            books,
            planned,
            measures: Measures::of(run),
            causes,
        };
        spooled((self.spools, path), |spools| {
            workbook::errors_xlsx(evidence, &front, (run.id, lang), spools, out)
        })
    }

    /// The CSV of each table with failed rows.
    fn tables(&self) -> Result<Vec<PathBuf>> {
        let Case { evidence, run, lang, .. } = self.case;
        let mut paths = Vec::new();
        for (ordinal, (source, failed)) in evidence.tables.iter().zip(&evidence.failed).enumerate() {
            let path = self.folder.join(format!("errors-{}.csv", file_name(&source.name)));
            if failed.is_empty() {
                take_away(&path);
                continue;
            }
            let csv = |out: &mut Draft| rows_csv::errors_csv(evidence, ordinal, (run.id, lang), out);
            paths.push(self.put(&path, |out| csv(out).map_err(|error| unwritable(&path, error)))?);
        }
        Ok(paths)
    }

    /// Writes a file, or one beside it when it is open in another program, and says so; gives its path.
    fn put(&self, path: &Path, write: impl FnOnce(&mut Draft) -> Result<()>) -> Result<PathBuf> {
        let mut draft = Draft::beside(path).map_err(|error| unwritable(path, error))?;
        write(&mut draft)?;
        let mut written = draft.finish().map_err(|error| unwritable(path, error))?;
        let Err(first) = written.put(path) else { return Ok(path.to_path_buf()) };
        let (stem, extension) = (path.file_stem().unwrap_or_default(), path.extension().unwrap_or_default());
        for number in 2..=NAMES_TRIED {
            let name = format!("{}-{number}.{}", stem.to_string_lossy(), extension.to_string_lossy());
            let other = path.with_file_name(name);
            if written.put(&other).is_ok() {
                let values = [("old", path.display().to_string()), ("new", other.display().to_string())];
                let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
                self.desk.screen.remark(&Say::ReportRenamed.with(self.desk.lang(), &values));
                return Ok(other);
            }
        }
        Err(unwritable(path, first))
    }
}

/// Removes a file of an earlier state of the run; one that is open elsewhere stays.
fn take_away(path: &Path) {
    std::fs::remove_file(path).ok();
}

/// `cartera-RUN`, unless that folder holds the report of another ledger's run.
pub(super) fn folder_of(run: &Run, ledger: &Ledger) -> PathBuf {
    let plain = PathBuf::from(format!("cartera-{}", run.id));
    let other = std::fs::read_to_string(plain.join("summary.json"))
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .is_some_and(|known| known["ledger"].as_str().is_some_and(|known| known != ledger.id()));
    if other { PathBuf::from(format!("cartera-{}-{}", run.id, ledger.id())) } else { plain }
}

/// A table's name as part of a file's name.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.') { c } else { '_' };
    name.chars().map(safe).collect::<String>().trim().to_owned()
}
