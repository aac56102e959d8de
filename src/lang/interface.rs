//! What commands say besides problems: tables, questions, progress, kinds of things.
//!
//! One table makes the [`Say`] and its words together, so that nothing can be said in one language alone.

use serde::{Deserialize, Serialize};

use super::Lang;

macro_rules! says {
    ($($name:ident { es: $es:literal, en: $en:literal })*) => {
        /// Something that the program says; `{name}` marks a value to be filled in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(clippy::doc_markdown, reason = "the words are for people, not for rustdoc")]
        pub enum Say { $(#[doc = $en] $name,)* }

        impl Say {
            /// Everything that can be said.
            pub const ALL: &'static [Say] = &[$(Say::$name,)*];

            /// The words in a language.
            pub const fn text(self, lang: Lang) -> &'static str {
                match (self, lang) { $(
                    (Say::$name, Lang::Es) => $es,
                    (Say::$name, Lang::En) => $en,
                )* }
            }
        }
    };
}

impl Say {
    /// The words with their values.
    pub fn with(self, lang: Lang, values: &[(&str, &str)]) -> String {
        super::fill(self.text(lang), values)
    }
}

says! {
    // Kinds of files.
    KindPdf { es: "un PDF", en: "a PDF" }
    KindOldWorkbook { es: "un libro de Excel 4 o anterior", en: "a workbook of Excel 4 or older" }
    KindXmlWorkbook { es: "un libro guardado como «Hoja de cálculo XML 2003»", en: "a workbook saved as “XML Spreadsheet 2003”" }
    KindXml { es: "un archivo XML", en: "an XML file" }
    KindWord { es: "un documento de Word o de otro procesador de textos", en: "a document of Word or another word processor" }
    KindSlides { es: "una presentación", en: "a presentation" }
    KindNumbers { es: "un libro de Apple Numbers", en: "a workbook of Apple Numbers" }
    KindOffice { es: "un documento de Office que no es un libro", en: "an Office document that is no workbook" }
    KindBinary { es: "un archivo binario (tiene bytes nulos y no es texto)", en: "a binary file (it has null bytes and is not text)" }
    KindUtf32 { es: "texto en UTF-32", en: "text in UTF-32" }
    KindPicture { es: "una imagen", en: "a picture" }
    KindWebPage { es: "una página web (HTML), aunque su nombre diga otra cosa", en: "a web page (HTML), whatever its name says" }

    // Why a file cannot be opened.
    ReasonCutZip { es: "le falta el final", en: "its end is missing" }
    ReasonNoFile { es: "no es un archivo, sino una carpeta o un dispositivo", en: "it is no file but a folder or a device" }
    ReasonChanged { es: "otro programa lo cambió mientras se leía; espere a que termine y repita", en: "another program changed it while it was being read; wait until that has ended and repeat" }
    ReasonReaderTime { es: "no terminó en el tiempo permitido, reader_time =", en: "it was not done in the time allowed, reader_time =" }
    ReasonReaderDied { es: "su contenido detuvo al lector, o no cupo en la memoria permitida, reader_memory =", en: "its content stopped the reader, or did not fit into the memory allowed, reader_memory =" }
    ReasonReaderStopped { es: "el lector no pudo con su contenido", en: "its content was too much for the reader" }
    ReasonCellOrder { es: "sus celdas no están en orden", en: "its cells are out of order" }
    ReasonBigInput { es: "la entrada ocupa más de", en: "the input takes more than" }
    ReasonInflates { es: "al descomprimirlo crece más de", en: "decompressed, it grows by more than" }
    ReasonBigInside { es: "descomprimido ocupa más", en: "it takes more when decompressed" }
    ReasonBigFile { es: "el libro ocupa más", en: "the workbook takes more" }
    ReasonBigSheets { es: "sus hojas abarcan más celdas", en: "its sheets span more cells" }
    ReasonBigText { es: "el texto de sus celdas ocupa más", en: "the text of its cells takes more" }
    ReasonEntries { es: "tiene más partes", en: "it has more parts" }

    // Why a workbook cannot be read.
    BookXmlBroken { es: "su contenido está cortado o mal formado", en: "its content is cut off or malformed" }
    BookDoctype { es: "define entidades propias (DOCTYPE)", en: "it defines entities of its own (DOCTYPE)" }
    BookNotUtf8 { es: "su texto no está en UTF-8", en: "its text is not UTF-8" }
    BookDuplicatePart { es: "tiene dos partes con el mismo nombre", en: "it has two parts of the same name" }
    BookPartsOverlap { es: "sus partes se superponen", en: "its parts overlap" }
    BookPartMissing { es: "le falta una de sus partes", en: "one of its parts is missing" }
    BookWithoutWorkbook { es: "no contiene un libro", en: "it holds no workbook" }
    BookRowOrder { es: "sus filas están repetidas o en desorden", en: "its rows are repeated or out of order" }
    BookCellPlace { es: "una celda está repetida o en una posición imposible", en: "a cell is repeated or in an impossible place" }
    BookNoSuchString { es: "una celda señala un texto que no existe", en: "a cell points at a text that does not exist" }
    BookTooManyParts { es: "tiene demasiadas partes", en: "it has too many parts" }
    BookPartTooBig { es: "una de sus partes es demasiado grande", en: "one of its parts is too big" }
    BookCellTooLong { es: "el texto de una celda es demasiado largo", en: "the text of a cell is too long" }
    BookTooManyStrings { es: "tiene demasiados textos", en: "it has too many texts" }
    BookTooMuchText { es: "tiene demasiado texto", en: "it has too much text" }

    // Kinds of fields.
    KindOfId { es: "identificación", en: "identification" }
    KindOfText { es: "texto", en: "text" }
    KindOfEmail { es: "correo", en: "e-mail" }
    KindOfPhone { es: "teléfono", en: "telephone" }
    KindOfDate { es: "fecha YYYY-MM-DD", en: "date YYYY-MM-DD" }
    KindOfAmount { es: "valor", en: "amount" }
    KindOfInteger { es: "entero", en: "whole number" }

    KindOfDates { es: "fecha", en: "date" }
    KindOfNothing { es: "vacía", en: "blank" }

    KindOfPercent { es: "porcentaje", en: "percentage" }

    // Inspecting a file.
    InspectFile { es: "{name} · {container} · {bytes} bytes", en: "{name} · {container} · {bytes} bytes" }
    InspectUnpacked { es: "{name} · {container}, comprimido · {bytes} bytes", en: "{name} · {container}, compressed · {bytes} bytes" }
    InspectSheetsHeading { es: "hoja|estado|filas|columnas", en: "sheet|state|rows|columns" }
    SheetVisible { es: "visible", en: "visible" }
    SheetHidden { es: "oculta", en: "hidden" }
    SheetVeryHidden { es: "muy oculta", en: "very hidden" }
    SheetUnread { es: "no se puede leer: {reason}", en: "cannot be read: {reason}" }
    InspectChosen { es: "→ la hoja que se carga", en: "→ the sheet that is loaded" }
    InspectSeveral { es: "Se carga la hoja que tenga las columnas del mapeo; o la de `sheet = \"…\"`.", en: "The sheet with the mapping's columns is loaded; or that of `sheet = \"…\"`." }
    InspectSheet { es: "Hoja «{name}»: encabezado en la fila {header} · {rows} filas", en: "Sheet “{name}”: header in row {header} · {rows} rows" }
    InspectText { es: "{encoding} · encabezado en la fila {header} · {rows} filas", en: "{encoding} · header in row {header} · {rows} rows" }
    EncodingCertain { es: "{name} (seguro)", en: "{name} (certain)" }
    EncodingLikely { es: "{name} (probable)", en: "{name} (likely)" }
    InspectDelimiter { es: "separador {delimiter}: {even} de {rows} filas tienen {width} columnas", en: "delimiter {delimiter}: {even} of {rows} rows have {width} columns" }
    InspectDelimiterNamed { es: "separador {delimiter}: lo dice la línea `sep=`", en: "delimiter {delimiter}: the `sep=` line says so" }
    InspectQuotes { es: "comillas: en {quoted} de {cells} celdas, dobles dentro de {doubled}", en: "quotes: around {quoted} of {cells} cells, doubled inside {doubled}" }
    InspectHeading { es: "columna|tipo|formato|llenas|distintas|ejemplos", en: "column|kind|format|filled|distinct|samples" }
    InspectOpen { es: "sin prueba", en: "not proved" }
    DamageHidden { es: "filas ocultas", en: "hidden rows" }
    DamageFiltered { es: "filas ocultas por un filtro", en: "rows hidden by a filter" }
    DamageMerges { es: "grupos de celdas combinadas", en: "groups of merged cells" }
    DamageHeaders { es: "encabezados con tildes dañadas", en: "column names with broken accents" }
    DamageErrors { es: "«{column}»: errores de Excel", en: "“{column}”: errors of Excel" }
    DamageUndecodable { es: "«{column}»: bytes que no son texto", en: "“{column}”: bytes that are no text" }
    DamageScientific { es: "«{column}»: números en notación científica", en: "“{column}”: numbers in scientific notation" }
    DamageDigits { es: "«{column}»: números que perdieron ceros o dígitos", en: "“{column}”: numbers that lost zeros or digits" }
    DamageBroken { es: "«{column}»: tildes dañadas", en: "“{column}”: broken accents" }
    DamageUncalculated { es: "«{column}»: fórmulas sin valor guardado", en: "“{column}”: formulas without a stored value" }

    SheetTaken { es: "{file}: se lee la hoja «{sheet}», la única visible que tiene las columnas del mapeo", en: "{file}: sheet “{sheet}” is read, the only visible one with the mapping's columns" }

    // Targets.
    TargetCollections { es: "expedientes con sus obligaciones (massiveCollections.php)", en: "case files with their obligations (massiveCollections.php)" }
    TargetHeading { es: "campo|tipo|obligatorio|máx.|ejemplo|página", en: "field|kind|mandatory|max|example|page" }
    Yes { es: "sí", en: "yes" }
    No { es: "no", en: "no" }

    // States, as row headings of the books.
    StateRead { es: "leídas", en: "read" }
    StateLoaded { es: "cargadas", en: "loaded" }
    StateInvalid { es: "inválidas", en: "invalid" }
    StateRejected { es: "rechazadas", en: "rejected" }
    StateUnknown { es: "sin respuesta clara", en: "unknown" }
    StateUnsent { es: "sin enviar", en: "unsent" }
    StateUnchanged { es: "sin cambios", en: "unchanged" }
    StateSkipped { es: "omitidas", en: "skipped" }
    StateValid { es: "válidas", en: "valid" }
    BooksRows { es: "filas", en: "rows" }
    BooksRecords { es: "expedientes", en: "records" }
    BooksObligations { es: "obligaciones", en: "obligations" }
    BooksMoney { es: "dinero", en: "money" }
    UnreadableRows { es: "Filas cuyo valor no se pudo leer, y que no están en la suma del dinero: {rows}", en: "Rows whose amount could not be read, and which are not in the sum of money: {rows}" }

    // The result of a run on the terminal.
    HeadLoad { es: "Carga {run}", en: "Run {run}" }
    HeadCheck { es: "Revisión {run}", en: "Check {run}" }
    HeadChain { es: "La cadena desde la carga {run}, como está ahora:", en: "The chain from run {run}, as it stands now:" }
    StatusLoaded { es: "todo cargado", en: "all loaded" }
    StatusChecked { es: "todo válido", en: "all valid" }
    StatusPartial { es: "terminada con filas por corregir", en: "finished, with rows to correct" }
    StatusStopped { es: "detenida antes del final", en: "stopped before the end" }
    StatusHeld { es: "terminada con envíos sin respuesta clara", en: "finished, with unknown outcomes held" }
    StatusRefused { es: "no se envió nada", en: "nothing was sent" }
    StatusLocked { es: "ocupada por otro proceso", en: "held by another process" }
    FileLine { es: "{name} · {rows} filas", en: "{name} · {rows} rows" }
    FormatProved { es: "{column}: {format}, por la fila {row}: {value}", en: "{column}: {format}, because of row {row}: {value}" }
    AsOfLine { es: "Días de mora contados hasta el {day}", en: "Days in arrears counted up to {day}" }
    FilterLine { es: "Filtro {filter}: deja por fuera {rows} filas", en: "Filter {filter}: leaves out {rows} rows" }
    BlanksHead { es: "Celdas en blanco", en: "Blank cells" }
    BlankOmitted { es: "{field}: {count} {unit} sin ese campo", en: "{field}: {count} {unit} without that field" }
    BlankEmpty { es: "{field}: {count} {unit} con el campo vacío", en: "{field}: {count} {unit} with the field empty" }
    BlankDefault { es: "{field}: {count} {unit} con el valor por defecto", en: "{field}: {count} {unit} with the default value" }
    BlankRejected { es: "{field}: {count} filas inválidas porque falta", en: "{field}: {count} rows invalid because it is missing" }
    UploadLine { es: "Envíos: {chunks} · llamadas: {requests} · repetidas: {retries} · con espera pedida por el CRM: {throttled}", en: "Chunks: {chunks} · calls: {requests} · repeated: {retries} · told to wait by the CRM: {throttled}" }
    RealEstimate { es: "Llamadas que serían en el CRM real: {calls}, en {time} al ritmo de {rate}", en: "Calls that this would be in the real CRM: {calls}, in {time} at a pace of {rate}" }
    ProblemsHead { es: "Problemas", en: "Problems" }
    WarningsHead { es: "Avisos", en: "Warnings" }
    ReportsHead { es: "Informe: {path}", en: "Report: {path}" }
    ReportRenamed { es: "{old} está abierto en otro programa; el informe quedó en {new}", en: "{old} is open in another program; the report is in {new}" }
    NextHead { es: "Siga con: {command}", en: "Next: {command}" }
    BodiesWritten { es: "{count} envíos escritos en {path}", en: "{count} request bodies written to {path}" }

    DriftHead { es: "Cambios frente a la carga {run}, del {day}", en: "Changes since run {run}, of {day}" }
    DriftMore { es: "y {count} más: véanse con `--json`", en: "and {count} more: see them with `--json`" }

    // Questions.
    AskDrift { es: "¿Son correctos esos cambios y se sigue con la carga? [s/N] ", en: "Are these changes right, and shall the load go on? [y/N] " }
    AskSend { es: "¿Enviar {records} expedientes en {calls} llamadas a {server} / {operation}? Tomará {time}. [s/N] ", en: "Send {records} records in {calls} calls to {server} / {operation}? It will take {time}. [y/N] " }
    CanaryLine { es: "Prueba: {loaded} aceptados, {rejected} rechazados, {unknown} sin respuesta clara; faltan {left} expedientes", en: "Canary: {loaded} accepted, {rejected} rejected, {unknown} unknown; {left} records are left" }
    AskRest { es: "¿Enviar los {left} expedientes que faltan? [s/N] ", en: "Send the {left} records that are left? [y/N] " }
    AskPurge { es: "¿Olvidar para siempre las filas y los datos personales de {runs} cargas? Quedan sus cuentas. [s/N] ", en: "Forget the rows and personal data of {runs} runs for good? Their books stay. [y/N] " }
    AnswerYes { es: "s", en: "y" }

    // Progress.
    ProgressReading { es: "leyendo y revisando…", en: "reading and checking…" }
    ProgressSending { es: "enviando: {done} de {chunks} envíos, {records} expedientes, {pace} llamadas por segundo, faltan {left}", en: "sending: {done} of {chunks} chunks, {records} records, {pace} calls a second, {left} left" }
    ProgressWaiting { es: "el CRM pidió esperar {time}: {reason}", en: "the CRM asked to wait {time}: {reason}" }
    ProgressDown { es: "sin conexión; nuevo intento en {time}: {reason}", en: "no connection; next try in {time}: {reason}" }
    ProgressUnclear { es: "un envío quedó sin respuesta clara ({reason}); el siguiente en {time}", en: "one chunk had no clear answer ({reason}); the next one in {time}" }
    ProgressHeld { es: "el CRM pidió a otra carga esperar {time}", en: "the CRM asked another run to wait {time}" }
    ProgressSlowed { es: "ritmo bajado a {pace} por segundo ({reason})", en: "pace lowered to {pace} a second ({reason})" }
    ProgressQuicker { es: "ritmo subido a {pace} por segundo", en: "pace raised to {pace} a second" }
    ProgressAsGiven { es: "otra vez al ritmo pedido: {pace} por segundo", en: "back at the pace asked for: {pace} a second" }
    PaceRefused { es: "el CRM respondió: {said}", en: "the CRM said: {said}" }
    PaceSlow { es: "el CRM tarda {time} en responder", en: "the CRM takes {time} to answer" }
    ProgressStopping { es: "deteniendo: se espera la respuesta de lo ya enviado (Ctrl-C otra vez para salir ya)", en: "stopping: waiting for what was already sent (Ctrl-C again to leave at once)" }

    // The plan before sending.
    PlanCalls { es: "Plan: {calls} llamadas al ritmo de {rate}, hasta las {until}", en: "Plan: {calls} calls at a pace of {rate}, until {until}" }
    PlanLeft { es: "Quedan {left} llamadas para hoy; hay de nuevo desde {again}", en: "{left} calls are left for today; there are more from {again}" }
    PlanOver { es: "No caben hoy {over} llamadas: la carga se detendrá y sigue después con `cartera resume {run}`", en: "{over} calls do not fit today: the run will stop, and goes on later with `cartera resume {run}`" }
    QuotaAnswer { es: "El CRM dice que al token le quedan {left} de {limit} llamadas; vuelven en {hours} h", en: "The CRM says that the token has {left} of {limit} calls left; they come back in {hours} h" }
    QuotaUnread { es: "No se pudo consultar la cuota del token ({reason}); se sigue sin ese dato", en: "The token's quota could not be asked for ({reason}); going on without it" }

    // purge.
    Purged { es: "Cargas olvidadas: {runs} · carpetas de informe borradas: {reports}", en: "Runs forgotten: {runs} · report folders removed: {reports}" }
    PurgedLine { es: "Sus filas y datos personales se olvidaron el {day}.", en: "Its rows and personal data were forgotten on {day}." }

    // runs and show.
    RunsHeading { es: "carga|tipo|estado|inicio|destino|filas|cargadas|pendientes", en: "run|kind|state|started|target|rows|loaded|open" }
    NoRuns { es: "Todavía no hay cargas en {folder}.", en: "There are no runs in {folder} yet." }
    ChunksHeading { es: "envío|estado|expedientes|rechazados|sin respuesta|intentos|motivo", en: "chunk|state|records|rejected|unknown|attempts|reason" }
    UnknownHeading { es: "envío|identificación|motivo", en: "chunk|identification|reason" }
    NothingUnknown { es: "No hay envíos sin respuesta clara.", en: "No outcome is unknown." }
    AttemptsHeading { es: "inicio|fin|resultado|HTTP|detalle", en: "started|ended|verdict|HTTP|detail" }

    // explain.
    ExplainLoaded { es: "Cargada", en: "Loaded" }
    ExplainInvalid { es: "Inválida", en: "Invalid" }
    ExplainRejected { es: "Rechazada por el CRM", en: "Rejected by the CRM" }
    ExplainUnknown { es: "Sin respuesta clara", en: "Unknown" }
    ExplainUnsent { es: "Sin enviar", en: "Not sent" }
    ExplainSkipped { es: "Omitida", en: "Skipped" }
    ExplainValid { es: "Válida", en: "Valid" }
    ExplainCells { es: "Celdas, como se leyeron", en: "Cells, as they were read" }
    ExplainFields { es: "Campos", en: "Fields" }
    ExplainLine { es: "obligación {line} de la fila:", en: "obligation {line} of the row:" }
    ExplainDefault { es: "en blanco: el mapeo lo pone", en: "blank: set by the mapping" }
    ExplainOmitted { es: "(no se envía)", en: "(left out)" }
    ExplainRecord { es: "Filas de su expediente", en: "Rows of its record" }
    ExplainMore { es: "y {count} más", en: "and {count} more" }
    ExplainJson { es: "El expediente, como se envía", en: "The record, as it is sent" }
    ExplainChunk { es: "Carga {run}, envío {chunk}", en: "Run {run}, chunk {chunk}" }
    CellBlank { es: "en blanco", en: "blank" }
    CellText { es: "texto", en: "text" }
    CellNumber { es: "número", en: "number" }
    CellDate { es: "fecha", en: "date" }
    CellBool { es: "verdadero o falso", en: "true or false" }
    CellError { es: "error de fórmula", en: "formula error" }
    CellUncalculated { es: "fórmula sin valor", en: "formula without a value" }
    CellCovered { es: "bajo una combinación", en: "under a merge" }

    // The sandbox.
    SandboxListening { es: "CRM de ensayo en http://{address}, datos en {folder}. Ctrl-C para terminar.", en: "Stand-in CRM on http://{address}, its data in {folder}. Ctrl-C ends it." }
    SandboxHint { es: "Úselo con: --server http://{address} --operation ensayo, y cualquier token en CARTERA_TOKEN.", en: "Use it with: --server http://{address} --operation ensayo, and any token in CARTERA_TOKEN." }

    // Sheets and columns of the error report.
    NoteCorrect { es: "Qué hacer: {fix}", en: "What to do: {fix}" }
    SkippedHeading { es: "archivo|hoja|fila|filas|motivo|detalle", en: "file|sheet|row|rows|reason|detail" }

    // Durations.
    Seconds { es: "{n} s", en: "{n} s" }
    Minutes { es: "{n} min", en: "{n} min" }
    Hours { es: "{h} h {m} min", en: "{h} h {m} min" }

    // Why the stand-in did not start.
    SandboxNotLoopback { es: "solo escucha en esta máquina (127.0.0.1 o ::1)", en: "it listens only on this machine (127.0.0.1 or ::1)" }
    SandboxAddressInUse { es: "otro programa ya escucha en esa dirección", en: "another program already listens on that address" }
    SandboxStoreInUse { es: "otro CRM de ensayo está usando la misma carpeta", en: "another stand-in CRM is using the same folder" }

    // Reasons that are values of messages.
    ReasonLoaded { es: "todo quedó cargado", en: "all of it was loaded" }
    ReasonPartial { es: "hay filas por corregir o reintentar", en: "there are rows to correct or to retry" }
    ReasonHeld { es: "hay envíos sin respuesta clara", en: "there are unknown outcomes" }
    ReasonUnsent { es: "quedó sin terminar", en: "it was not finished" }
    ReasonAskedOther { es: "lo pidió a otra carga, o a una anterior", en: "it asked that of another run, or of an earlier one" }
    ReasonBudget { es: "se gastó `daily_budget`, menos la reserva", en: "`daily_budget` is used up, but for the reserve" }
    ReasonQuota { es: "se gastó la cuota del token, menos la reserva", en: "the token's quota is used up, but for the reserve" }
    ErrorHead { es: "No se pudo: ", en: "Could not: " }
    StopHead { es: "Detenida: ", en: "Stopped: " }
    FixHead { es: "Qué hacer: ", en: "What to do: " }
}

/// A duration as people say it: `45 s`, `12 min`, `3 h 20 min`.
pub fn duration(lang: Lang, time: std::time::Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match seconds {
        0..=90 => Say::Seconds.with(lang, &[("n", &seconds.to_string())]),
        91..=5400 => Say::Minutes.with(lang, &[("n", &seconds.div_ceil(60).to_string())]),
        _ => {
            let (hours, minutes) = (seconds / 3600, (seconds % 3600) / 60);
            Say::Hours.with(lang, &[("h", &hours.to_string()), ("m", &minutes.to_string())])
        }
    }
}

/// A day as people write it: `3 de octubre de 2026`, `3 October 2026`.
pub fn day_in_words(lang: Lang, day: jiff::civil::Date) -> String {
    const MONTHS: [(&str, &str); 12] = [
        ("enero", "January"),
        ("febrero", "February"),
        ("marzo", "March"),
        ("abril", "April"),
        ("mayo", "May"),
        ("junio", "June"),
        ("julio", "July"),
        ("agosto", "August"),
        ("septiembre", "September"),
        ("octubre", "October"),
        ("noviembre", "November"),
        ("diciembre", "December"),
    ];
    let (es, en) = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
    match lang {
        Lang::Es => format!("{} de {es} de {}", day.day(), day.year()),
        Lang::En => format!("{} {en} {}", day.day(), day.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::time::Duration;

    #[test]
    fn both_languages_take_the_same_values() {
        let placeholders = |text: &'static str| -> BTreeSet<&str> {
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
        };
        for say in Say::ALL {
            let (es, en) = (say.text(Lang::Es), say.text(Lang::En));
            assert_eq!(placeholders(es), placeholders(en), "{say:?}");
            assert_eq!(es.matches('|').count(), en.matches('|').count(), "{say:?}: columns");
        }
    }

    #[test]
    fn durations_are_said_shortly() {
        for (seconds, text) in [(5, "5 s"), (90, "90 s"), (600, "10 min"), (12_000, "3 h 20 min")] {
            assert_eq!(duration(Lang::Es, Duration::from_secs(seconds)), text);
        }
    }
}
