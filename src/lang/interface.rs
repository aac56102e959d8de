//! What commands say besides problems: tables, questions, progress, kinds of things.
//!
//! One table makes the [`Say`] and its words together, so that nothing can be said in one language alone.

use serde::{Deserialize, Serialize};

use super::Lang;

macro_rules! says {
    ($($name:ident { es: $es:literal, en: $en:literal })*) => {
        /// Something that the program says; `{name}` marks a value to be filled in, `{name?row|rows}` a word by its number.
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
    // Scheduled imports: what a load came to, the note beside a file, and what is told.
    WatchLoaded { es: "cargado ({loaded} de {read} filas, carga {run})", en: "loaded ({loaded} of {read} rows, run {run})" }
    WatchRefused { es: "no se envió nada ({code})", en: "nothing was sent ({code})" }
    WatchPartial { es: "de {read} filas, {invalid} inválidas y {rejected} rechazadas (carga {run})", en: "of {read} rows, {invalid} invalid and {rejected} rejected (run {run})" }
    WatchStopped { es: "se detuvo con {unsent} filas sin enviar ({code}, carga {run})", en: "stopped with {unsent} rows unsent ({code}, run {run})" }
    WatchHeld { es: "{unknown} filas sin respuesta clara (carga {run})", en: "{unknown} rows with an unknown outcome (run {run})" }
    WatchTokenRefused { es: "el CRM no aceptó el token", en: "the CRM refused the token" }
    WatchUnwritable { es: "no se pudo escribir en el disco ({code})", en: "the disk could not be written ({code})" }
    WatchNoResult { es: "la carga no dio un resultado ({code})", en: "the load gave no result ({code})" }
    WatchSame { es: "ya se cargó como la carga {run}", en: "already loaded as run {run}" }
    WatchTold { es: "{watch}: {file}: {reason}", en: "{watch}: {file}: {reason}" }
    WatchStillOpen { es: "{watch}: {file} sigue esperando a una persona: {reason}", en: "{watch}: {file} still waits for a person: {reason}" }
    WatchSilence { es: "{watch}: no llegó ningún archivo antes de las {time}", en: "{watch}: no file came by {time}" }
    WatchWhat { es: "Qué pasó: {what}", en: "What happened: {what}" }
    WatchNext { es: "Qué sigue: {next}", en: "What is next: {next}" }
    WatchesHeading { es: "vigilancia|carpeta|próxima hora|último cargado|último con problema|esperan a una persona", en: "watch|folder|next due|last loaded|last with a problem|wait for a person" }
    WatchWhole { es: "al llegar", en: "on arrival" }
    WatchChecked { es: "La configuración está bien: {count} carpetas vigiladas.", en: "The configuration is right: {count} folders watched." }

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
    SourceChanged { es: "{file} ya no es como cuando se planeó la carga {run}; se envía lo planeado. Lo corregido se carga aparte, con `cartera load`", en: "{file} is no longer what it was when run {run} was planned; what was planned is sent. Corrections are loaded on their own, with `cartera load`" }
    SourceAway { es: "{file} no está en esta carpeta, y no hace falta: se envía lo planeado en la carga {run}", en: "{file} is not in this folder, and is not needed: what was planned by run {run} is sent" }
    SourceUnseen { es: "no se alcanzó a leer si los archivos de la carga {run} siguen como cuando se planeó; se envió lo planeado", en: "there was no time to read whether the files of run {run} are still what they were when it was planned; what was planned was sent" }
    ReasonChanged { es: "otro programa lo cambió mientras se leía; espere a que termine y repita", en: "another program changed it while it was being read; wait until that has ended and repeat" }
    ReasonReaderTime { es: "no terminó en el tiempo permitido, reader_time =", en: "it was not done in the time allowed, reader_time =" }
    ReasonReaderDied { es: "su contenido detuvo al lector, o no cupo en la memoria permitida, reader_memory =", en: "its content stopped the reader, or did not fit into the memory allowed, reader_memory =" }
    ReasonNoRoom { es: "no quedó espacio para guardar las filas mientras se escriben", en: "no room was left to keep the rows while they are written" }
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
    KindOfCode { es: "código", en: "code" }
    KindOfText { es: "texto", en: "text" }
    KindOfEmail { es: "correo", en: "e-mail" }
    KindOfPhone { es: "teléfono", en: "telephone" }
    KindOfDate { es: "fecha YYYY-MM-DD", en: "date YYYY-MM-DD" }
    KindOfAmount { es: "valor", en: "amount" }
    KindOfMoment { es: "fecha y hora", en: "date and time" }
    KindOfBoolean { es: "sí o no", en: "yes or no" }
    KindOfFiles { es: "rutas de archivos, separadas por ;", en: "paths of files, parted by ;" }
    KindOfChoice { es: "uno de varios textos", en: "one of some texts" }
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
    InspectSheet { es: "Hoja «{name}»: encabezado en la fila {header} · {rows} {rows?fila|filas}", en: "Sheet “{name}”: header in row {header} · {rows} {rows?row|rows}" }
    InspectText { es: "{encoding} · encabezado en la fila {header} · {rows} {rows?fila|filas}", en: "{encoding} · header in row {header} · {rows} {rows?row|rows}" }
    EncodingCertain { es: "{name} (seguro)", en: "{name} (certain)" }
    EncodingLikely { es: "{name} (probable)", en: "{name} (likely)" }
    InspectDelimiter { es: "separador {delimiter}: {even} de las primeras {rows} filas {even?tiene|tienen} {width} {width?columna|columnas}", en: "delimiter {delimiter}: {even} of the first {rows} rows {even?has|have} {width} {width?column|columns}" }
    InspectDelimiterNamed { es: "separador {delimiter}: lo dice la línea `sep=`", en: "delimiter {delimiter}: the `sep=` line says so" }
    InspectQuotes { es: "comillas: en {quoted} de sus {cells} {cells?celda|celdas}, dobles dentro de {doubled}", en: "quotes: around {quoted} of their {cells} {cells?cell|cells}, doubled inside {doubled}" }
    InspectHeading { es: "columna|tipo|formato|llenas|distintas|ejemplos", en: "column|kind|format|filled|distinct|samples" }
    InspectFields { es: "columna|campo del CRM", en: "column|field of the CRM" }
    InspectOpen { es: "sin prueba", en: "not proved" }
    InspectFirstRow { es: "fila {row}: {what}", en: "row {row}: {what}" }
    DamageHiddenColumn { es: "«{column}»: celdas de una columna oculta", en: "“{column}”: cells of a hidden column" }
    DamageHidden { es: "{count?fila oculta|filas ocultas}", en: "hidden {count?row|rows}" }
    DamageFiltered { es: "{count?fila oculta|filas ocultas} por un filtro", en: "{count?row|rows} hidden by a filter" }
    DamageMerges { es: "{count?grupo|grupos} de celdas combinadas", en: "{count?group|groups} of merged cells" }
    DamageHeaders { es: "{count?encabezado|encabezados} con tildes dañadas", en: "column {count?name|names} with broken accents" }
    DamageBlankRows { es: "{count?fila|filas} en blanco", en: "blank {count?row|rows}" }
    DamageTotals { es: "{count?fila|filas} de totales", en: "{count?row|rows} of totals" }
    DamageRepeated { es: "{count?fila que repite|filas que repiten} el encabezado", en: "{count?row that repeats|rows that repeat} the header" }
    DamageOther { es: "{count?fila|filas} con {column}", en: "{count?row|rows} with {column}" }
    DamageErrors { es: "«{column}»: errores de Excel", en: "“{column}”: errors of Excel" }
    DamageUndecodable { es: "«{column}»: bytes que no son texto", en: "“{column}”: bytes that are no text" }
    DamageScientific { es: "«{column}»: números en notación científica", en: "“{column}”: numbers in scientific notation" }
    DamageDigits { es: "«{column}»: números que perdieron ceros o dígitos", en: "“{column}”: numbers that lost zeros or digits" }
    DamageBroken { es: "«{column}»: tildes dañadas", en: "“{column}”: broken accents" }
    DamageUncalculated { es: "«{column}»: fórmulas sin valor guardado", en: "“{column}”: formulas without a stored value" }

    SheetTaken { es: "{file}: se lee la hoja «{sheet}», la única visible que tiene las columnas del mapeo", en: "{file}: sheet “{sheet}” is read, the only visible one with the mapping's columns" }

    // What columns are guessed to be, and why.
    GuessExact { es: "«{column}» es el nombre del campo", en: "“{column}” is the field's own name" }
    GuessOwn { es: "«{column}» está en sus sinónimos de {field}", en: "“{column}” is among your synonyms of {field}" }
    GuessKnown { es: "«{column}» es un nombre conocido de {field}", en: "“{column}” is a known name of {field}" }
    GuessUsual { es: "«{column}» suele ser {field}", en: "“{column}” is mostly {field}" }
    GuessMaybe { es: "«{column}» puede ser {field}", en: "“{column}” may be {field}" }
    GuessPartly { es: "«{column}» contiene un nombre conocido de {field}", en: "“{column}” contains a known name of {field}" }
    GuessAlike { es: "«{column}» se parece a un nombre conocido de {field}", en: "“{column}” is like a known name of {field}" }
    GuessByValues { es: "«{column}» no dice nada de {field}, pero sus valores podrían serlo", en: "“{column}” says nothing of {field}, but its values might be it" }
    GuessAll { es: "todos los valores son {kind}", en: "all values are {kind}" }
    GuessShare { es: "el {share} % de los valores son {kind}", en: "{share} % of the values are {kind}" }
    GuessNoValues { es: "la columna no tiene valores que lo confirmen", en: "the column has no values to confirm it" }
    GuessSameForDebtor { es: "se repite en las filas de un mismo deudor", en: "it repeats in the rows of one debtor" }
    GuessVariesForDebtor { es: "cambia entre las filas de un mismo deudor", en: "it varies between the rows of one debtor" }
    GuessDocuments { es: "números de documento", en: "document numbers" }
    GuessCodes { es: "números o códigos", en: "numbers or codes" }
    GuessEmails { es: "correos", en: "e-mail addresses" }
    GuessPhones { es: "teléfonos", en: "telephone numbers" }
    GuessDates { es: "fechas", en: "dates" }
    GuessAmounts { es: "montos", en: "amounts" }
    GuessSmall { es: "enteros pequeños", en: "small whole numbers" }
    GuessYesNo { es: "sí o no", en: "yes or no" }
    GuessClocks { es: "horas", en: "times of day" }
    GuessShared { es: "«{column}» también es {field}", en: "“{column}” is {field}, too" }
    GuessTexts { es: "textos", en: "texts" }
    LevelVaries { es: "no es un campo del CRM; cambia entre las obligaciones del {share} % de los deudores", en: "no field of the CRM; varies between the obligations of {share} % of the debtors" }
    LevelSameForAll { es: "no es un campo del CRM; es igual en todas las filas de cada deudor", en: "no field of the CRM; the same in all rows of each debtor" }
    LevelSame { es: "no es un campo del CRM; es igual en todas las filas del {share} % de los deudores", en: "no field of the CRM; the same in all rows of {share} % of the debtors" }
    LevelKnown { es: "no es un campo del CRM; por su nombre va aquí", en: "no field of the CRM; by its name it belongs here" }
    LevelUnknown { es: "no es un campo del CRM; si es del deudor, pásela a la otra sección", en: "no field of the CRM; if it is the debtor's, move it to the other section" }
    LevelBeside { es: "no es un campo del CRM; cada obligación de la fila trae el suyo", en: "no field of the CRM; each obligation of the row brings its own" }
    LevelOddNumbers { es: "está numerada, pero con otros números que las obligaciones: va con el deudor", en: "it is numbered, but not with the obligations' numbers: it goes with the debtor" }
    LevelOneRow { es: "no es un campo del CRM; la fila es de un deudor", en: "no field of the CRM; the row is a debtor's" }
    LevelDebtors { es: "no es un campo del CRM; está en la tabla de los deudores", en: "no field of the CRM; it is in the table of the debtors" }
    LevelObligations { es: "no es un campo del CRM; está en la tabla de las obligaciones", en: "no field of the CRM; it is in the table of the obligations" }
    LevelRow { es: "no es un campo de este destino", en: "no field of this target" }
    LevelModule { es: "a la izquierda, el nombre exacto del campo en el módulo", en: "on the left, the exact name of the field in the module" }
    UnreadPattern { es: "su encabezado tiene «{n}», que en un mapeo es el número de varias columnas", en: "its header has “{n}”, which is the number of several columns in a mapping" }
    UnreadNoPlace { es: "no es un campo de este destino, y el destino no tiene campos propios", en: "no field of this target, which has no custom fields" }
    FitsWhole { es: "{taken} de {columns} {columns?columna es un campo suyo|columnas son campos suyos} y no falta ninguno obligatorio", en: "{taken} of {columns} {columns?column is a field|columns are fields} of it and no mandatory one is missing" }
    FitsButFor { es: "{taken} de {columns} {columns?columna es un campo suyo|columnas son campos suyos}; obligatorios sin columna: {missing}", en: "{taken} of {columns} {columns?column is a field|columns are fields} of it; mandatory ones without a column: {missing}" }
    FitsNothing { es: "las columnas no son las de ningún otro destino", en: "the columns are those of no other target" }
    UnreadBlank { es: "está vacía", en: "it is blank" }
    UnreadUnnamed { es: "no tiene encabezado", en: "it has no header" }
    UnreadOurs { es: "la agregó un informe de cartera", en: "a report of cartera added it" }
    UnreadTwice { es: "otra columna tiene el mismo encabezado", en: "another column has the same header" }

    // Targets.
    TargetObligationsInsert { es: "obligaciones nuevas de expedientes que ya están en el CRM (insertObligation.php)", en: "new obligations of case files that are in the CRM already (insertObligation.php)" }
    TargetObligationsUpdate { es: "pagos y saldos nuevos de obligaciones que ya están en el CRM (updateObligation.php)", en: "payments and new balances of obligations that are in the CRM already (updateObligation.php)" }
    TargetManagements { es: "gestiones hechas por fuera del CRM (insertGestion.php)", en: "managements made outside the CRM (insertGestion.php)" }
    TargetCases { es: "casos con sus adjuntos (cases/insert.php)", en: "cases with their attachments (cases/insert.php)" }
    SettingClosed { es: "los estados que cuentan como cerrados y piden «solution»", en: "the states that count as closed and ask for “solution”" }
    TargetActivities { es: "tareas, llamadas y reuniones por hacer (custom/insert.php, wolkvox_activities)", en: "tasks, calls and meetings to do (custom/insert.php, wolkvox_activities)" }
    TargetCustom { es: "registros de cualquier módulo de su operación (custom/insertMany.php, custom/insert.php)", en: "records of any module of your operation (custom/insertMany.php, custom/insert.php)" }
    SettingTypification { es: "con qué nombres se envía la tipificación: el ejemplo de los documentos usa dos", en: "under which names the typification is sent: the documents' sample uses two" }
    SettingModule { es: "el módulo de su operación que recibe los registros", en: "the module of your operation that takes the records" }
    SettingBulk { es: "varios registros en cada llamada (insertMany), o uno (insert)", en: "several records in each call (insertMany), or one (insert)" }
    SettingActivity { es: "qué clase de actividad se crea", en: "what kind of activity is made" }
    SettingMoments { es: "cómo quiere el CRM una fecha con su hora", en: "how the CRM wants a date with its time" }
    SettingWithoutObligations { es: "si un deudor puede ir sin obligaciones; los documentos del CRM no lo dicen", en: "whether a debtor may go without obligations; the CRM's documents do not say" }
    SettingsHeading { es: "línea|si no se dice|qué dice", en: "line|where it is not said|what it says" }
    SettingNeeded { es: "hay que decirlo", en: "it must be said" }
    SettingDates { es: "en qué orden quiere el CRM las fechas", en: "in which order the CRM wants dates" }
    SettingObligation { es: "con qué se nombra la obligación que se actualiza: su id o su nombre", en: "what names the obligation that is updated: its id or its name" }
    TargetCollections { es: "expedientes con sus obligaciones (massiveCollections.php)", en: "case files with their obligations (massiveCollections.php)" }
    TargetHeading { es: "campo|tipo|obligatorio|máx.|ejemplo|página", en: "field|kind|mandatory|max|example|page" }
    Yes { es: "sí", en: "yes" }
    No { es: "no", en: "no" }

    // The schema of a mapping.
    SchemaTitle { es: "Mapeo de cartera para el destino {target}", en: "Mapping of cartera for target {target}" }
    KeyTarget { es: "A qué módulo del CRM va", en: "The module of the CRM that it goes to" }
    KeyCountry { es: "País de los deudores, con dos letras (CO)", en: "Country of the debtors, in two letters (CO)" }
    KeySource { es: "Cómo está escrito el archivo; lo que falta, se encuentra", en: "How the file is written; what is left out is found" }
    KeyRules { es: "Qué hacer cuando las filas no concuerdan", en: "What to do when rows disagree" }
    KeySheet { es: "Una hoja, una lista de hojas, o \"*\" para todas", en: "A sheet, a list of sheets, or \"*\" for all" }
    KeyHeaderRow { es: "La fila de los encabezados, como la numera Excel", en: "The row of the headers, as Excel numbers it" }
    KeyEncoding { es: "El alfabeto de un CSV", en: "The encoding of a CSV" }
    KeyDelimiter { es: "Lo que separa las columnas de un CSV", en: "What separates the columns of a CSV" }
    KeyDecimal { es: "El signo que separa los centavos", en: "The sign in front of the cents" }
    KeyDates { es: "Cómo están escritas las fechas", en: "How dates are written" }
    KeyHiddenRows { es: "Qué pasa con las filas ocultas o filtradas", en: "What becomes of hidden or filtered rows" }
    KeyRepair { es: "Repara tildes dañadas (\"mojibake\") donde es seguro", en: "Repairs broken accents (\"mojibake\") where that is certain" }
    KeyMergedCells { es: "Da a las celdas combinadas el valor de la primera", en: "Gives merged cells the value of the first" }
    KeyOnConflict { es: "Las filas de un deudor difieren en sus datos: cuál vale", en: "A debtor's rows differ in the debtor's data: which one counts" }
    KeyOnDuplicate { es: "La misma obligación dos veces con otros datos: cuál vale", en: "The same obligation twice with other data: which one counts" }
    KeyPartial { es: "Una obligación mala detiene su expediente, o se envían las buenas", en: "A bad obligation holds its record back, or the good ones are sent" }
    KeyColumn { es: "El encabezado de la columna", en: "The column's header" }
    KeyJoin { es: "Varias columnas que se unen", en: "Several columns that are joined" }
    KeySeparator { es: "Lo que va entre las columnas unidas", en: "What stands between joined columns" }
    KeyFirst { es: "La primera de varias columnas que tenga algo", en: "The first of several columns that is not blank" }
    KeyConstant { es: "Un texto fijo, que no viene en el archivo", en: "A fixed text that is not in the file" }
    KeyDefault { es: "Lo que se envía si está en blanco", en: "What is sent in place of a blank" }
    KeyBlank { es: "Qué hacer con un blanco", en: "What becomes of a blank" }
    KeyConvert { es: "Conversiones, en orden", en: "Conversions, in order" }
    KeyType { es: "Qué tipo de valor es un campo propio", en: "The kind of a custom field's value" }
    KeyFilters { es: "Qué filas se cargan: columna y condición", en: "Which rows are loaded: a column and a condition" }
    KeyExpect { es: "Cuánto debe traer el archivo; si no, no se envía nada", en: "What the file must come to; otherwise nothing is sent" }
    KeyBlankValues { es: "Lo que el acreedor escribe cuando no hay dato (\"-\", \"S/D\")", en: "What the creditor writes for nothing (\"-\", \"N/A\")" }
    KeyDaysSince { es: "Días desde la fecha de esta columna hasta el día de la carga", en: "Days from this column's date to the day of the load" }
    KeyMap { es: "Las palabras del acreedor y las del CRM en su lugar", en: "The creditor's words and the CRM's in their place" }
    KeyOtherwise { es: "Lo que se envía si la palabra no está en map", en: "What is sent for a word that map does not have" }
    KeyPadLeft { es: "Completa con ceros a la izquierda hasta este largo", en: "Zeros in front, up to this length" }
    KeyRemovePrefix { es: "Quita este texto del comienzo", en: "Takes this text away from the front" }
    KeyRemoveSuffix { es: "Quita este texto del final", en: "Takes this text away from the end" }
    KeySplit { es: "Corta en cualquiera de estos textos", en: "Cuts at any of these texts" }
    KeyPart { es: "Qué parte queda: 1 la primera, -1 la última", en: "The part that is kept: 1 is the first, -1 the last" }
    KeyIs { es: "Es uno de estos textos", en: "It is one of these texts" }
    KeyNot { es: "No es ninguno de estos textos", en: "It is none of these texts" }
    KeyIsBlank { es: "true: está en blanco; false: tiene algo", en: "true: it is blank; false: it is not" }
    KeyAbove { es: "Es mayor que este valor", en: "It is more than this" }
    KeyBelow { es: "Es menor que este valor", en: "It is less than this" }
    KeyAtLeast { es: "Es este valor o más", en: "It is this or more" }
    KeyAtMost { es: "Es este valor o menos", en: "It is this or less" }
    KeyFrom { es: "Desde esta fecha, incluida (AAAA-MM-DD)", en: "From this date on, included (YYYY-MM-DD)" }
    KeyTo { es: "Hasta esta fecha, incluida (AAAA-MM-DD)", en: "Up to this date, included (YYYY-MM-DD)" }
    KeyRows { es: "Cuántas filas se cargan", en: "How many rows are loaded" }
    KeyTotals { es: "Lo que debe sumar cada campo o columna", en: "What each field or column must add up to" }
    KeyTotalsRow { es: "Si la fila de totales del archivo no cuadra: se detiene, o solo se avisa", en: "If the file's own row of totals disagrees: it stops, or is only said" }
    KeyTotal { es: "Lo que suma", en: "What it adds up to" }
    KeyTable { es: "De cuál de las dos tablas es la columna", en: "Which of the two tables the column is in" }
    KeyEndpoint { es: "Lo que los documentos del CRM dejan abierto sobre este destino, y su operación fija", en: "What the CRM's documents leave open about this target, and your operation settles" }
    KeySendAs { es: "Cómo quiere el CRM la fecha de este campo propio", en: "How the CRM wants the date of this field of your own" }
    KeyTyped { es: "El tipo que acompaña el valor: se envía {\"type\": …, \"value\": …}", en: "The type that goes with the value: it is sent as {\"type\": …, \"value\": …}" }
    KeyTables { es: "Deudores y obligaciones en dos tablas, unidas por una columna", en: "Debtors and obligations in two tables, joined by a column" }
    KeyDebtors { es: "La tabla de los deudores", en: "The debtors' table" }
    KeyObligations { es: "La tabla de las obligaciones", en: "The obligations' table" }
    KeyTableSheet { es: "Su hoja", en: "Its sheet" }
    KeyTableKey { es: "La columna que la une con la otra", en: "The column that joins it with the other" }
    KeyCustom { es: "Campos propios de su operación, con el nombre exacto que tienen en el CRM", en: "Custom fields of your operation, by the exact name that they have in the CRM" }
    FieldMandatory { es: "Obligatorio: {kind}; por ejemplo {example}", en: "Mandatory: {kind}, such as {example}" }
    FieldOptional { es: "Opcional: {kind}; por ejemplo {example}", en: "Optional: {kind}, such as {example}" }

    // The template for a creditor.
    TemplateSheet { es: "Cartera", en: "Portfolio" }
    TemplateWritten { es: "Plantilla escrita en {path}", en: "Template written to {path}" }

    // The mapping that is written from a guess.
    DraftHead { es: "Mapeo para {name}, escrito por `cartera map`. Revíselo antes de cargar.", en: "Mapping for {name}, written by `cartera map`. Look it over before you load." }
    DraftHow { es: "Cada línea: campo del CRM = \"columna del archivo\", y detrás cuán seguro es y por qué. Desde {sure} % no hace falta mirar.", en: "Each line: field of the CRM = \"column of the file\", then how sure it is and why. From {sure} % on there is no need to look." }
    DraftQuestions { es: "Preguntas abiertas: {count}. Cambie cada línea con \"?\" por una de las que están debajo, sin el # del comienzo y con un texto donde dice \"…\"; mientras tanto no se revisa ni se carga nada.", en: "Open questions: {count}. Replace each line with \"?\" by one of those below it, without the # at its beginning and with a text where it says \"…\"; until then nothing is checked or loaded." }
    DraftCountry { es: "país de los deudores; sin el # del comienzo se revisan sus documentos y teléfonos", en: "country of the debtors; without the # at its beginning their documents and telephones are checked" }
    DraftCountryProved { es: "{documents} {documents?documento|documentos} con su dígito de verificación y {phones} {phones?teléfono|teléfonos} cumplen sus reglas, y las de ningún otro", en: "{documents} {documents?document|documents} with their check digit and {phones} {phones?phone|phones} keep to its rules, and to no other's" }
    DraftSheet { es: "la más prometedora de {count} hojas", en: "the most promising of {count} sheets" }
    DraftHeaderRow { es: "la fila de los encabezados no se encuentra sola", en: "the row of the headers is not found by itself" }
    DraftProof { es: "se escribe {format}, como prueba la fila {row}: {value}", en: "written {format}, as row {row} proves: {value}" }
    DraftNone { es: "ninguna columna parece serlo", en: "no column seems to be it" }
    DraftConstant { es: "Obligación", en: "Obligation" }
    DraftCustom { es: "A la izquierda, el nombre exacto que el campo ya tiene en el CRM; borre las líneas que no quiera cargar.", en: "On the left, the exact name that the field already has in the CRM; delete the lines that you do not want to load." }
    DraftUnread { es: "Columnas que no se leen:", en: "Columns that are not read:" }
    DraftUnreadColumn { es: "columna {number} «{column}»: {why}", en: "column {number} “{column}”: {why}" }
    AskMissing { es: "pregunta: es obligatorio y ninguna columna parece serlo", en: "question: it is mandatory and no column seems to be it" }
    AskTooClose { es: "pregunta: hay más de una columna posible", en: "question: more than one column is possible" }
    AskBlank { es: "pregunta: está en blanco en {blank} de {rows} {rows?fila|filas}; \"reject\" no las carga, \"empty\" las envía vacías", en: "question: it is blank in {blank} of {rows} {rows?row|rows}; \"reject\" does not load them, \"empty\" sends them empty" }
    AskWords { es: "pregunta: el CRM recibe pocas palabras, y no se sabe cuál va por cada una de las del archivo", en: "question: the CRM takes a few words, and nobody knows which one stands for each of the file's" }
    AskSetting { es: "pregunta: {about}; si ya lo dice su perfil, borre la línea", en: "question: {about}; delete the line if your profile says it" }
    DraftLikewise { es: "igual {columns}", en: "likewise {columns}" }
    DraftKey { es: "une las dos hojas: el {share} % de las obligaciones encuentra así a su deudor", en: "joins the two sheets: {share} % of the obligations find their debtor by it" }
    AskFormat { es: "pregunta: ninguna fila prueba cómo está escrito", en: "question: no row proves how it is written" }
    DraftRules { es: "una obligación mala detiene su expediente; \"send_valid\" envía las buenas", en: "a bad obligation holds its record back; \"send_valid\" sends the good ones" }
    DraftConflict { es: "filas de un deudor que difieren: vale la primera y se avisa", en: "rows of a debtor that differ: the first one counts, and that is said" }
    DraftDuplicate { es: "la misma obligación con otros datos: no se carga, se informa", en: "the same obligation with other data: not loaded, but reported" }
    MapHeading { es: "campo|columna|confianza", en: "field|column|confidence" }
    MapWritten { es: "Mapeo escrito en {path}: {sure} {sure?campo seguro|campos seguros}, {look} por mirar, {questions} {questions?pregunta|preguntas}, {custom} {custom?campo propio|campos propios}", en: "Mapping written to {path}: {sure} {sure?field|fields} sure, {look} to look at, {questions} {questions?question|questions}, {custom} custom {custom?field|fields}" }
    MapAnswer { es: "Abra {path}, conteste las preguntas y siga con: {command}", en: "Open {path}, answer the questions, and go on with: {command}" }
    MapSheet { es: "Hoja «{sheet}», la más prometedora de {count}; encabezado en la fila {row}", en: "Sheet “{sheet}”, the most promising of {count}; header in row {row}" }
    MapTable { es: "{name}: encabezado en la fila {row}", en: "{name}: header in row {row}" }
    MapField { es: "{field} {confidence} %", en: "{field} {confidence} %" }
    MapKey { es: "une las dos hojas", en: "joins the two sheets" }
    FitsBest { es: "Destino {target}, el que mejor corresponde:", en: "Target {target}, which fits best:" }
    FitsAsked { es: "Destino {target}:", en: "Target {target}:" }
    FitsOther { es: "Si no es ese, --target {target}:", en: "If that is not it, --target {target}:" }
    BesideSeen { es: "Obligaciones una al lado de otra: {count} por fila", en: "Obligations side by side: {count} a row" }
    JoinedSeen { es: "Dos hojas unidas: «{debtors}» por «{key}» y «{obligations}» por «{other}»", en: "Two sheets joined: “{debtors}” by “{key}” and “{obligations}” by “{other}”" }
    JoinedShare { es: "el {share} % de las obligaciones encuentra a su deudor", en: "{share} % of the obligations find their debtor" }
    MapCustom { es: "propio: {name}", en: "custom: {name}" }

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
    BooksMoney { es: "dinero", en: "money" }
    UnitRecords { es: "{count?expediente|expedientes}", en: "{count?record|records}" }
    UnitManagements { es: "{count?gestión|gestiones}", en: "{count?management|managements}" }
    UnitCases { es: "{count?caso|casos}", en: "{count?case|cases}" }
    UnitActivities { es: "{count?actividad|actividades}", en: "{count?activity|activities}" }
    UnitPlain { es: "{count?registro|registros}", en: "{count?record|records}" }
    UnitObligations { es: "{count?obligación|obligaciones}", en: "{count?obligation|obligations}" }
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
    FileLine { es: "{name} · {rows} {rows?fila|filas}", en: "{name} · {rows} {rows?row|rows}" }
    FormatProved { es: "{column}: {format}, por la fila {row}: {value}", en: "{column}: {format}, because of row {row}: {value}" }
    AsOfLine { es: "Días de mora contados hasta el {day}", en: "Days in arrears counted up to {day}" }
    FilterLine { es: "Filtro {filter}: deja por fuera {rows} {rows?fila|filas}", en: "Filter {filter}: leaves out {rows} {rows?row|rows}" }
    BlanksHead { es: "Celdas en blanco", en: "Blank cells" }
    BlankOmitted { es: "{field}: {count} {unit} sin ese campo", en: "{field}: {count} {unit} without that field" }
    BlankEmpty { es: "{field}: {count} {unit} con el campo vacío", en: "{field}: {count} {unit} with the field empty" }
    BlankDefault { es: "{field}: {count} {unit} con el valor por defecto", en: "{field}: {count} {unit} with the default value" }
    BlankRejected { es: "{field}: {count} {count?fila inválida|filas inválidas} porque falta", en: "{field}: {count} {count?row|rows} invalid because it is missing" }
    PersonLevel { es: "Lo cargado está aceptado por expediente: el CRM no confirma una por una sus {obligations} {obligations?obligación|obligaciones}", en: "What is loaded is accepted record by record: the CRM does not confirm its {obligations} {obligations?obligation|obligations} one by one" }
    ReadBackLine { es: "Buscados en el CRM ({lookups} {lookups?llamada|llamadas}): {accepted} están y cuentan como cargados (la persona; sus obligaciones no se pueden leer), {absent} no estaban y se enviaron otra vez, {differs} están con otros datos, {unclear} no se aclararon", en: "Looked for in the CRM ({lookups} {lookups?call|calls}): {accepted} are there and count as loaded (the person; obligations cannot be read), {absent} were not there and were sent again, {differs} are there with other data, {unclear} did not become clear" }
    UploadLine { es: "Envíos: {chunks} · llamadas: {requests} · repetidas: {retries} · con espera pedida por el CRM: {throttled}", en: "Chunks: {chunks} · calls: {requests} · repeated: {retries} · told to wait by the CRM: {throttled}" }
    RealEstimate { es: "Llamadas que serían en el CRM real: {calls}, en {time} al ritmo de {rate}", en: "Calls that this would be in the real CRM: {calls}, in {time} at a pace of {rate}" }
    ProblemsHead { es: "Problemas", en: "Problems" }
    WarningsHead { es: "Avisos", en: "Warnings" }
    ReportsHead { es: "Informe: {path}", en: "Report: {path}" }
    ReportBegun { es: "escribiendo el informe de {rows} filas…", en: "writing the report of {rows} rows…" }
    ReportRenamed { es: "{old} está abierto en otro programa; el informe quedó en {new}", en: "{old} is open in another program; the report is in {new}" }
    NextHead { es: "Siga con: {command}", en: "Next: {command}" }
    BodiesWritten { es: "{count} {count?envío escrito|envíos escritos} en {path}", en: "{count} request {count?body|bodies} written to {path}" }

    DriftHead { es: "Cambios frente a la carga {run}, del {day}", en: "Changes since run {run}, of {day}" }
    DriftMore { es: "y {count} más: véanse con `--json`", en: "and {count} more: see them with `--json`" }

    // Questions.
    AskDrift { es: "¿Son correctos esos cambios y se sigue con la carga? [s/N] ", en: "Are these changes right, and shall the load go on? [y/N] " }
    AskSend { es: "¿Enviar {records} {unit} en {calls} {calls?llamada|llamadas} a {server} / {operation}? Tomará {time}. [s/N] ", en: "Send {records} {unit} in {calls} {calls?call|calls} to {server} / {operation}? It will take {time}. [y/N] " }
    CanaryLine { es: "Prueba: el CRM aceptó {loaded} y rechazó {rejected}; sin respuesta clara: {unknown}; {left?falta|faltan} {left} {unit}", en: "Canary: {loaded} accepted, {rejected} rejected, {unknown} unknown; {left} {unit} left" }
    AskRest { es: "¿Enviar lo que falta ({left} {unit})? [s/N] ", en: "Send what is left ({left} {unit})? [y/N] " }
    AskPurge { es: "¿Olvidar para siempre las filas y los datos personales de {runs} {runs?carga|cargas}? Quedan sus cuentas. [s/N] ", en: "Forget the rows and personal data of {runs} {runs?run|runs} for good? Their books stay. [y/N] " }
    AnswerYes { es: "s", en: "y" }

    // Only what has changed.
    UnchangedSince { es: "{records} {unit} sin cambios desde la carga {run}: no se envían", en: "{records} {unit} unchanged since run {run}: they are not sent" }
    NothingChanged { es: "Nada ha cambiado: no se envió nada.", en: "Nothing has changed: nothing was sent." }
    KnewNothing { es: "No se sabe qué tiene el CRM de {server} / {operation}: se envía todo el archivo", en: "What the CRM has of {server} / {operation} is not known: all of the file is sent" }
    FullAgain { es: "Toca una carga completa (`full_every = {every}`; la última fue la carga {run}): se envía todo el archivo", en: "A full load is due (`full_every = {every}`; the last one was run {run}): all of the file is sent" }
    FullFirst { es: "Toca una carga completa (`full_every = {every}`, y no hay ninguna con este mapeo): se envía todo el archivo", en: "A full load is due (`full_every = {every}`, and there is none with this mapping): all of the file is sent" }
    HeldBy { es: "{records} {unit} iguales a lo que quedó sin respuesta clara en la carga {run}: no se envían otra vez", en: "{records} {unit} equal to what is held in run {run}: they are not sent again" }
    GoneSince { es: "{records} {unit} de la carga {run} ya no vienen en el archivo; siguen en el CRM", en: "{records} {unit} of run {run} are no longer in the file; they are still in the CRM" }
    GoneListed { es: "{named}: la lista está en gone.csv", en: "{named}: the list is in gone.csv" }

    // Progress.
    ProgressReading { es: "leyendo y revisando…", en: "reading and checking…" }
    ProgressSending { es: "enviando: ", en: "sending: " }
    ProgressSent { es: "{done} de {chunks} {chunks?envío|envíos}", en: "{done} of {chunks} {chunks?chunk|chunks}" }
    ProgressRecords { es: "{count} {unit}", en: "{count} {unit}" }
    ProgressPace { es: "{pace} envíos/s", en: "{pace} chunks/s" }
    ProgressLeft { es: "faltan unos {time}", en: "about {time} left" }
    ProgressQuota { es: "hoy alcanza para {count} más", en: "enough for {count} more today" }
    StageRows { es: "leyendo: {count} {count?fila|filas}", en: "reading: {count} {count?row|rows}" }
    StageRecords { es: "formando registros: {count}", en: "making records: {count}" }
    ProgressRowsEach { es: "{pace} filas/s", en: "{pace} rows/s" }
    ProgressRecordsEach { es: "{pace} registros/s", en: "{pace} records/s" }
    ProgressWaiting { es: "el CRM pidió esperar {time}: {reason}", en: "the CRM asked to wait {time}: {reason}" }
    ProgressDown { es: "sin conexión; nuevo intento en {time}: {reason}", en: "no connection; next try in {time}: {reason}" }
    ProgressUnclear { es: "un envío quedó sin respuesta clara ({reason}); el siguiente en {time}", en: "one chunk had no clear answer ({reason}); the next one in {time}" }
    ProgressHeld { es: "el CRM pidió a otra carga esperar {time}", en: "the CRM asked another run to wait {time}" }
    ProgressNoCalls { es: "no quedan llamadas; hay de nuevo en {time}", en: "no calls are left; there are more in {time}" }
    ProgressSlowed { es: "ritmo bajado a {pace} por segundo ({reason})", en: "pace lowered to {pace} a second ({reason})" }
    ProgressQuicker { es: "ritmo subido a {pace} por segundo", en: "pace raised to {pace} a second" }
    ProgressAsGiven { es: "otra vez al ritmo pedido: {pace} por segundo", en: "back at the pace asked for: {pace} a second" }
    PaceRefused { es: "el CRM respondió: {said}", en: "the CRM said: {said}" }
    PaceSlow { es: "el CRM tarda {time} en responder", en: "the CRM takes {time} to answer" }
    ProgressLookingUp { es: "se buscan en el CRM {records} expedientes sin respuesta clara: {records} llamadas, una por expediente", en: "looking in the CRM for {records} records without a clear answer: {records} calls, one a record" }
    ProgressLookedUp { es: "buscados {done} de {records} expedientes sin respuesta clara", en: "looked for {done} of {records} records without a clear answer" }
    ProgressNoLookups { es: "el CRM no deja buscar los expedientes sin respuesta clara ({reason}); siguen retenidos", en: "the CRM does not let the records without a clear answer be looked for ({reason}); they stay held" }
    OddNoList { es: "Ojo: el CRM contesta sin la lista de rechazados; sus cuentas dicen que no rechazó ninguno, y así se toma ({counters})", en: "Note: the CRM answers without a list of failures; its counters say that there were none, and that is believed ({counters})" }
    OddProcessed { es: "Ojo: el CRM dice que procesó otra cantidad que la recibida; lo cargado se toma de sus demás cuentas ({counters})", en: "Note: the CRM says that it processed another number than it received; what was loaded is taken from its other counters ({counters})" }
    ProgressStopping { es: "deteniendo: se espera la respuesta de lo ya enviado (Ctrl-C otra vez para salir ya)", en: "stopping: waiting for what was already sent (Ctrl-C again to leave at once)" }

    // The plan before sending.
    PlanOneByOne { es: "el CRM recibe estos registros de uno en uno: cada uno cuesta una llamada (--canary 5 prueba con 5 antes de seguir; --limit N envía N hoy y deja el resto para `cartera resume`)", en: "the CRM takes these records one by one: each costs a call (--canary 5 tries 5 before going on; --limit N sends N now and leaves the rest to `cartera resume`)" }
    PlanHolds { es: "un segundo envío haría otro registro en el CRM: lo que quede sin respuesta clara se retiene y nunca se reenvía solo", en: "sending twice would make a second record in the CRM: what stays without a clear answer is held, and never sent again by itself" }
    ReasonNoAnswer { es: "sus consultas no tuvieron una respuesta clara", en: "its look-ups had no clear answer" }
    ProgressResolving { es: "se busca en el CRM el expediente de {records} identificaciones: una llamada por cada una", en: "looking in the CRM for the case files of {records} identifications: a call each" }
    ProgressResolved { es: "buscados {done} de {records} expedientes", en: "looked for {done} of {records} case files" }
    PlanResolve { es: "De ellas, {lookups} son consultas: una por cada identificación cuyo expediente se busca", en: "{lookups} of them are look-ups: one for each identification whose case file is looked for" }
    SettingLookupModule { es: "en qué módulo se busca el expediente por su identificación", en: "in which module a case file is looked for by its identification" }
    SettingLookupField { es: "en qué campo de ese módulo está la identificación", en: "which field of that module holds the identification" }
    PlanCalls { es: "Plan: {calls} {calls?llamada|llamadas} al ritmo de {rate}; termina hacia el {until}", en: "Plan: {calls} {calls?call|calls} at a pace of {rate}; done at about {until}" }
    PlanLookups { es: "De ellas, {lookups} {lookups?es consulta|son consultas}: una por cada expediente sin respuesta clara", en: "{lookups} of them {lookups?is a look-up|are look-ups}: one for each record without a clear answer" }
    PlanLeft { es: "{left?Queda|Quedan} {left} {left?llamada|llamadas} para hoy; vuelve a haber desde el {again}", en: "{left} {left?call is|calls are} left for today; there are more from {again}" }
    PlanOver { es: "No {over?cabe|caben} hoy {over} {over?llamada|llamadas}: la carga se detendrá y sigue después con `cartera resume {run}`", en: "{over} {over?call does|calls do} not fit today: the run will stop, and goes on later with `cartera resume {run}`" }
    QuotaAnswer { es: "El CRM dice que al token le {left?queda|quedan} {left} de {limit} llamadas; vuelven en {hours} h", en: "The CRM says that the token has {left} of {limit} calls left; they come back in {hours} h" }
    QuotaUnread { es: "No se pudo consultar la cuota del token ({reason}); se sigue sin ese dato", en: "The token's quota could not be asked for ({reason}); going on without it" }

    // purge.
    Purged { es: "Cargas olvidadas: {runs} · carpetas de informe borradas: {reports}", en: "Runs forgotten: {runs} · report folders removed: {reports}" }
    PurgedLine { es: "Sus filas y datos personales se olvidaron el {day}.", en: "Its rows and personal data were forgotten on {day}." }

    // runs and show.
    RunsHeading { es: "carga|inicio|tipo|estado|filas|cargadas|pendientes", en: "run|started|kind|state|rows|loaded|open" }
    RunsOfRun { es: "de la carga {run}", en: "of run {run}" }
    RunsMore { es: "Las {count} más recientes; las demás, con `cartera show N`.", en: "The {count} latest; the others by `cartera show N`." }
    ShowTimes { es: "comenzó el {start} y terminó el {end} ({time})", en: "started on {start} and ended on {end} ({time})" }
    ShowShort { es: "comenzó el {start} y duró {time}", en: "started on {start} and took {time}" }
    ShowStarted { es: "comenzó el {start}", en: "started on {start}" }
    ShowStopped { es: "motivo: {what} [{code}]", en: "reason: {what} [{code}]" }
    ShowQuiet { es: "y {count} {count?envío|envíos} más sin novedad; todos, con `--json`", en: "and {count} more {count?chunk|chunks} as they should be; all of them with `--json`" }
    ShowAttempt { es: "{number}. {start} · {time} · {verdict}{status}", en: "{number}. {start} · {time} · {verdict}{status}" }
    ShowUnended { es: "sin terminar", en: "not ended" }
    NoRuns { es: "Todavía no hay cargas en {folder}.", en: "There are no runs in {folder} yet." }
    ChunksHeading { es: "envío|estado|total|rechaz.|dudosos|intentos|motivo", en: "chunk|state|records|rejected|unknown|attempts|reason" }
    UnknownHeading { es: "envío|identificación|motivo|qué pasó", en: "chunk|identification|reason|what happened" }
    NothingUnknown { es: "No hay envíos sin respuesta clara.", en: "No outcome is unknown." }

    // diff.
    DiffRun { es: "carga {run}, del {day} · {files}", en: "run {run}, of {day} · {files}" }
    DiffFrom { es: "Antes: {name}", en: "Before: {name}" }
    DiffTo { es: "Ahora: {name}", en: "Now: {name}" }
    DiffHeading { es: "|deudores|antes|ahora|diferencia", en: "|debtors|before|now|difference" }
    DiffSumsHeading { es: "|deudores antes|deudores ahora|obligaciones antes|obligaciones ahora|saldo antes|saldo ahora|diferencia", en: "|debtors before|debtors now|obligations before|obligations now|balance before|balance now|difference" }
    DiffChangeHeading { es: "identificación|antes|ahora|diferencia", en: "identification|before|now|difference" }
    DiffChangesHeading { es: "cambio|obligaciones antes|obligaciones ahora|saldo antes|saldo ahora|diferencia", en: "change|obligations before|obligations now|balance before|balance now|difference" }
    DiffBefore { es: "antes", en: "before" }
    DiffAfter { es: "ahora", en: "now" }
    DiffWhole { es: "en total", en: "in all" }
    DiffNew { es: "nuevos", en: "new" }
    DiffGone { es: "ya no están", en: "gone" }
    DiffUp { es: "saldo más alto", en: "higher balance" }
    DiffDown { es: "saldo más bajo", en: "lower balance" }
    DiffOther { es: "otros datos", en: "other data" }
    DiffSame { es: "sin cambios", en: "unchanged" }
    DiffLargest { es: "Los mayores: {kind}", en: "The largest: {kind}" }
    DiffNothing { es: "No cambió nada: {count} {count?deudor, con los mismos datos|deudores, con los mismos datos}.", en: "Nothing changed: {count} {count?debtor, with the same data|debtors, with the same data}." }
    DiffInvalid { es: "Las filas inválidas no se comparan (antes {before}, ahora {after}):\nsu deudor puede figurar como nuevo o como que ya no está.", en: "Invalid rows are not compared (before {before}, now {after}): their debtor may stand as new or as gone." }
    DiffSheetSums { es: "resumen", en: "summary" }
    DiffSheetNew { es: "nuevos", en: "new" }
    DiffSheetGone { es: "ya no están", en: "gone" }
    DiffSheetChanged { es: "cambiaron", en: "changed" }

    // explain.
    ExplainLoaded { es: "Cargada", en: "Loaded" }
    ExplainInvalid { es: "Inválida", en: "Invalid" }
    ExplainRejected { es: "Rechazada por el CRM", en: "Rejected by the CRM" }
    ExplainUnknown { es: "Sin respuesta clara", en: "Unknown" }
    ExplainUnsent { es: "Sin enviar", en: "Not sent" }
    ExplainUnchanged { es: "Sin cambios: el CRM ya la tiene así", en: "Unchanged: the CRM has it so" }
    ExplainSkipped { es: "Omitida", en: "Skipped" }
    ExplainValid { es: "Válida", en: "Valid" }
    ExplainCells { es: "Celdas, como se leyeron", en: "Cells, as they were read" }
    ExplainFields { es: "Campos", en: "Fields" }
    ExplainLine { es: "{unit} {line} de la fila:", en: "{unit} {line} of the row:" }
    ExplainDefault { es: "en blanco: el mapeo lo pone", en: "blank: set by the mapping" }
    ExplainOmitted { es: "(no se envía)", en: "(left out)" }
    ExplainRecord { es: "Filas que se envían juntas", en: "Rows that are sent together" }
    ExplainMore { es: "y {count} más", en: "and {count} more" }
    ExplainJson { es: "Lo que se envía", en: "What is sent" }
    HoleWanted { es: "(el id del CRM, que se busca con {value})", en: "(the CRM's id, looked up by {value})" }
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

    // The causes of what is not loaded.
    CausesOne { es: "Una causa explica el {share} de lo que está por resolver (filas: {rows})", en: "One cause explains {share} of what is to be resolved (rows: {rows})" }
    CausesMany { es: "{count} causas explican el {share} de lo que está por resolver (filas: {rows})", en: "{count} causes explain {share} of what is to be resolved (rows: {rows})" }
    CausesSome { es: "{count} de {all} causas explican el {share} de lo que está por resolver (filas: {rows})", en: "{count} of {all} causes explain {share} of what is to be resolved (rows: {rows})" }
    CauseRows { es: "filas {state}: {rows} · {share}", en: "rows {state}: {rows} · {share}" }
    CausesMore { es: "y otras causas, que están en report.html: {count}", en: "and other causes, which are in report.html: {count}" }
    CauseWhere { es: "{unit}: {records}{money} · en {examples}", en: "{unit}: {records}{money} · at {examples}" }
    CauseAlso { es: "(también en filas que se cuentan en otra causa: {rows})", en: "(also in rows that count under another cause: {rows})" }
    CauseLineInstead { es: "O en el mapeo, en vez de la línea {number}: {line}", en: "Or in the mapping, instead of line {number}: {line}" }
    CauseLineAdded { es: "O en el mapeo, en `[source]`: {line}", en: "Or in the mapping, under `[source]`: {line}" }

    // The report's page, its certificate and the first sheet of its workbook.
    SummarySheet { es: "resumen", en: "summary" }
    SheetHow { es: "Corrija las celdas pintadas en las hojas que siguen, guarde y cargue este mismo archivo con el mismo mapeo. Esta hoja no se carga.", en: "Correct the painted cells in the sheets that follow, save, and load this same file with the same mapping. This sheet is not loaded." }
    BooksHead { es: "Cuentas", en: "Books" }
    BooksState { es: "estado", en: "state" }
    BooksShare { es: "parte del dinero", en: "share of the money" }
    CausesHead { es: "Por qué no entró todo, y qué hacer", en: "Why not all of it is in, and what to do" }
    CausesHeading { es: "filas|parte|{unit}|dinero|estado|causa|qué hacer|en el mapeo|ejemplos", en: "rows|share|{unit}|money|state|cause|what to do|in the mapping|examples" }
    CauseMoney { es: " · dinero: {money}", en: " · money: {money}" }
    CauseWeight { es: "filas {state}: {rows} · {share} · {unit}: {records}{money}", en: "rows {state}: {rows} · {share} · {unit}: {records}{money}" }
    CauseExamples { es: "Ejemplos: {examples}", en: "Examples: {examples}" }
    NoCauses { es: "Entró todo: no hay nada por resolver.", en: "All of it is in: nothing is left to resolve." }
    NoCausesCheck { es: "Todo es válido: no hay nada por corregir.", en: "All of it is valid: there is nothing to correct." }
    PageTitle { es: "{head}: {status}", en: "{head}: {status}" }
    PageLoadedMoney { es: "del dinero está cargado", en: "of the money is loaded" }
    PageLoadedRows { es: "filas cargadas de {rows}", en: "rows loaded of {rows}" }
    PageLoadedRecords { es: "{unit} en el CRM, de {records}", en: "{unit} in the CRM, of {records}" }
    PageValidMoney { es: "del dinero es válido", en: "of the money is valid" }
    PageValidRows { es: "filas válidas de {rows}", en: "rows valid of {rows}" }
    PageValidRecords { es: "{unit} sin problemas, de {records}", en: "{unit} without problems, of {records}" }
    PageOpen { es: "{money} por resolver", en: "{money} to resolve" }
    PageRunHead { es: "Esta carga", en: "This run" }
    PageNextHead { es: "Qué sigue", en: "What comes next" }
    PageNextDone { es: "Nada: no queda nada por resolver.", en: "Nothing: there is nothing left to resolve." }
    PageNextReport { es: "Abra errors.xlsx, en esta misma carpeta.", en: "Open errors.xlsx, in this same folder." }
    PageRowsHead { es: "Filas por resolver", en: "Rows to resolve" }
    PageRowsNote { es: "Aquí están las primeras {shown} de {rows} filas, con los datos personales ocultos. En errors.xlsx están todas y completas.", en: "Here are the first {shown} of {rows} rows, with personal data masked. All of them, whole, are in errors.xlsx." }
    PageRowsAll { es: "Los datos personales están ocultos; en errors.xlsx están completos.", en: "Personal data is masked; it is whole in errors.xlsx." }
    PageRowsUnmasked { es: "Esta página muestra datos personales completos: no la envíe.", en: "This page shows personal data whole: do not send it." }
    PageRowsHeading { es: "archivo|fila|estado|columna|qué pasa", en: "file|row|state|column|what is the matter" }
    PageFilter { es: "Filtrar", en: "Filter" }
    PageFilterCount { es: "filas a la vista", en: "rows in view" }
    PageSort { es: "Ordenar por", en: "Sort by" }
    PageTimeHead { es: "Cómo fue el envío", en: "How the sending went" }
    PageTimeLine { es: "{requests} llamadas en {time}: {pace} por minuto en promedio.", en: "{requests} calls in {time}: {pace} a minute on average." }
    PageTimePause { es: "La pausa más larga: {time}, desde las {at}.", en: "The longest pause: {time}, from {at} on." }
    PageTimePeak { es: "La altura mayor: {count} llamadas en {time}", en: "The tallest: {count} calls in {time}" }
    PageTimeTable { es: "Los mismos datos en una tabla", en: "The same figures as a table" }
    PageTimeHeading { es: "desde|respondidas|repetidas|rechazadas o aplazadas|sin respuesta clara", en: "from|answered|repeated|refused or put off|unknown" }
    PageFactsHead { es: "De qué carga se trata", en: "Which run this is" }
    PageFilesHeading { es: "archivo|tamaño|filas|huella (BLAKE3)", en: "file|size|rows|fingerprint (BLAKE3)" }
    FactTarget { es: "Destino", en: "Target" }
    FactServer { es: "Servidor y operación", en: "Server and operation" }
    FactProfile { es: "Perfil", en: "Profile" }
    FactMapping { es: "Mapeo", en: "Mapping" }
    FactMappingPrint { es: "Huella del mapeo (BLAKE3)", en: "Fingerprint of the mapping (BLAKE3)" }
    FactFormats { es: "Formatos decididos", en: "Formats decided" }
    FactAsOf { es: "Días de mora hasta", en: "Days in arrears up to" }
    FactOperator { es: "Operador", en: "Operator" }
    FactStarted { es: "Inicio", en: "Began" }
    FactFinished { es: "Fin", en: "Ended" }
    FactNotFinished { es: "no ha terminado", en: "it has not ended" }
    FactRun { es: "Carga", en: "Run" }
    FactChain { es: "{run} (cadena: {runs})", en: "{run} (chain: {runs})" }
    FactState { es: "Estado", en: "State" }
    FactVersion { es: "Versión", en: "Version" }
    FactUnknown { es: "no se sabe", en: "not known" }
    PageSandbox { es: "Ensayo: se cargó en el CRM de ensayo de esta máquina, no en el real.", en: "A rehearsal: this was loaded into this machine's stand-in CRM, not into the real one." }
    CertificateTitle { es: "Constancia de carga", en: "Certificate of loading" }
    CertificateSays { es: "Los archivos de esta lista se leyeron y se cargaron en {server} / {operation} como dicen las cuentas de abajo.", en: "The files listed here were read and loaded into {server} / {operation} as the books below say." }
    CertificateFiles { es: "Archivos recibidos", en: "Files received" }
    CertificateMoreFiles { es: "y otros archivos, que están en report.html: {count}", en: "and other files, which are in report.html: {count}" }
    CertificateTotals { es: "Totales de control", en: "Control totals" }
    CertificateMeasure { es: "medida|leído|cargado|no cargado", en: "measure|read|loaded|not loaded" }
    CertificateStates { es: "Filas por estado", en: "Rows by state" }
    CertificateCauses { es: "Lo que no se cargó, y lo que hace falta", en: "What was not loaded, and what is needed" }
    CertificateMoreCauses { es: "y otras causas, que están en report.html: {count}", en: "and other causes, which are in report.html: {count}" }
    CertificateNote { es: "Emitida el {at} con cartera {version}. No contiene datos personales. La huella cambia si cambia un solo byte: con `b3sum ARCHIVO` se comprueba que el archivo es el mismo.", en: "Issued on {at} by cartera {version}. It holds no personal data. A fingerprint changes with a single byte: `b3sum FILE` shows whether a file is the same." }
    CertificateSigned { es: "Nombre y firma de quien carga", en: "Name and signature of who loads" }
    CertificateReceived { es: "Nombre y firma de quien recibe", en: "Name and signature of who receives" }

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
    // A command line that is not understood.
    UsageNoCommand { es: "no existe el comando `{arg}`", en: "there is no command `{arg}`" }
    UsageNoOption { es: "no existe la opción `{arg}`", en: "there is no option `{arg}`" }
    UsageNearest { es: "quizás quiso escribir `{name}`", en: "perhaps you meant `{name}`" }
    UsageSurplus { es: "sobra `{arg}`", en: "`{arg}` is too many" }
    UsageCommandMissing { es: "falta el comando", en: "the command is missing" }
    UsageMissing { es: "falta `{arg}`", en: "`{arg}` is missing" }
    UsageNoValue { es: "a `{arg}` le falta su valor", en: "`{arg}` lacks its value" }
    UsageTakesNone { es: "`{arg}` no lleva valor y se le dio «{value}»", en: "`{arg}` takes no value and was given “{value}”" }
    UsageBadValue { es: "`{arg}` no admite «{value}»", en: "`{arg}` does not take “{value}”" }
    UsageTwice { es: "`{arg}` se dio más de una vez", en: "`{arg}` was given more than once" }
    UsageConflict { es: "`{arg}` no va junto con `{other}`", en: "`{arg}` does not go with `{other}`" }
    UsageNotText { es: "uno de los argumentos tiene bytes que no son texto", en: "one of the arguments has bytes that are no text" }
    UsageOther { es: "no se entiende lo que se escribió", en: "what was typed is not understood" }
    UsageFix { es: "vea todo lo que se puede escribir con `{command} --help`", en: "see all that can be typed with `{command} --help`" }
    // What a run is and where it stands; what became of a chunk; what an answer meant.
    RunLoad { es: "carga", en: "load" }
    RunCheck { es: "revisión", en: "check" }
    RunCorrected { es: "corrección", en: "corrected" }
    RunRetry { es: "reintento", en: "retry" }
    RunRetryUnknown { es: "reenvío", en: "resend" }
    RunPlanning { es: "sin planear", en: "planning" }
    RunPlanned { es: "por enviar", en: "to be sent" }
    RunSending { es: "enviando", en: "sending" }
    RunStopped { es: "detenida", en: "stopped" }
    RunFinished { es: "terminada", en: "finished" }
    RunRefused { es: "no enviada", en: "refused" }
    ChunkPlanned { es: "por enviar", en: "to be sent" }
    ChunkSending { es: "enviando", en: "sending" }
    ChunkSettled { es: "contestado", en: "answered" }
    ChunkUnknown { es: "sin respuesta", en: "unknown" }
    ChunkSplit { es: "dividido", en: "split" }
    VerdictAnswered { es: "contestado", en: "answered" }
    VerdictRefused { es: "rechazado entero", en: "refused as a whole" }
    VerdictTooLarge { es: "demasiado grande", en: "too large" }
    VerdictNotNow { es: "pidió esperar", en: "asked to wait" }
    VerdictQuotaEnded { es: "cuota agotada", en: "quota used up" }
    VerdictUnknown { es: "sin respuesta clara", en: "unclear" }
    VerdictNotSent { es: "no salió", en: "did not leave" }
    VerdictTokenRefused { es: "token rechazado", en: "token refused" }
    VerdictEndpointRefused { es: "llamada no aceptada", en: "call not taken" }
    VerdictExcept { es: "{count} no {count?aceptado|aceptados}", en: "{count} not accepted" }

    // What the system, the network and the parsers say.
    SystemNoOpening { es: "un archivo de la carpeta no se puede abrir o crear", en: "a file of the folder cannot be opened or made" }
    SystemMissing { es: "no existe", en: "it does not exist" }
    SystemReplaced { es: "hay otro archivo en su lugar", en: "another file is in its place" }
    SystemDenied { es: "no hay permiso", en: "there is no permission" }
    SystemExists { es: "ya existe", en: "it exists already" }
    SystemFull { es: "no queda espacio en el disco", en: "there is no space left on the disk" }
    SystemReadOnly { es: "allí solo se puede leer", en: "it can only be read there" }
    SystemFolder { es: "es una carpeta", en: "it is a folder" }
    SystemNoFolder { es: "una parte de la ruta no es una carpeta", en: "a part of the path is no folder" }
    SystemTooBig { es: "es demasiado grande para ese disco", en: "it is too big for that disk" }
    SystemName { es: "el nombre no es válido en este sistema", en: "the name is not valid on this system" }
    SystemOpen { es: "otro programa lo tiene abierto", en: "another program has it open" }
    SystemTooMany { es: "hay demasiados archivos abiertos en este equipo", en: "too many files are open on this machine" }
    SystemMemory { es: "no alcanza la memoria", en: "there is not enough memory" }
    SystemDisk { es: "el disco falla al leer o escribir", en: "the disk fails to read or write" }
    SystemPipe { es: "el otro programa cerró la conexión", en: "the other program closed the connection" }
    SystemCut { es: "se corta antes del final", en: "it is cut off before its end" }
    SystemMalformed { es: "su contenido está dañado", en: "its content is damaged" }
    SystemPacked { es: "está comprimido de un modo que aquí no se lee", en: "it is compressed in a way that is not read here" }
    SystemReader { es: "su contenido no se entiende (dice el lector: «{detail}»)", en: "its content is not understood (the reader says: “{detail}”)" }
    SystemPart { es: "está dañada su parte «{detail}»", en: "its part “{detail}” is damaged" }
    SystemNoDatabase { es: "no es una base de datos", en: "it is no database" }
    SystemNotUtf8 { es: "no es texto en UTF-8", en: "it is not text in UTF-8" }
    SystemOther { es: "error {number} del sistema: {detail}", en: "system error {number}: {detail}" }
    NetInUse { es: "otro programa ya usa esa dirección", en: "another program uses that address already" }
    NetRefused { es: "nadie contesta en esa dirección", en: "nobody answers at that address" }
    NetReset { es: "la conexión se cortó", en: "the connection was cut" }
    NetUnreachable { es: "no hay red hasta ese servidor", en: "the network does not reach that server" }
    NetTimeout { es: "no hubo respuesta a tiempo", en: "there was no answer in time" }
    NetNoHost { es: "no se encuentra ese servidor", en: "that server is not found" }
    NetClosed { es: "el servidor cerró la conexión sin contestar", en: "the server closed the connection without an answer" }
    NetUnknownIssuer { es: "nadie conocido garantiza su certificado", en: "nobody known vouches for its certificate" }
    NetExpired { es: "su certificado venció", en: "its certificate has expired" }
    NetOtherName { es: "su certificado es de otro servidor", en: "its certificate is another server's" }
    NetNoTls { es: "no contesta en https", en: "it does not answer in https" }
    TomlTwice { es: "la clave está dos veces", en: "the key is there twice" }
    TomlUnquoted { es: "falta el valor, o es un texto sin comillas: clave = \"valor\"", en: "the value is missing, or is a text without quotes: key = \"value\"" }
    TomlUnclosed { es: "falta cerrar un corchete o una llave", en: "a bracket or a brace is not closed" }
    TomlComma { es: "falta o sobra una coma", en: "a comma is missing, or there is one too many" }
    TomlBackslash { es: "una barra invertida entre comillas dobles se escribe doble (\\\\), o el texto va entre comillas simples", en: "a backslash in double quotes is written twice (\\\\), or the text goes in single quotes" }
    TomlString { es: "las comillas no se cierran en la misma línea", en: "the quotes are not closed on the same line" }
    TomlNoValue { es: "falta el valor (clave = \"valor\"), o la clave tiene espacios y no está entre comillas", en: "the value is missing (key = \"value\"), or the key has spaces and is not in quotes" }
    TomlKey { es: "una clave con tildes o signos va entre comillas: \"Cédula\" = …", en: "a key with accents or signs goes in quotes: \"Cédula\" = …" }
    TomlSurplus { es: "sobra algo en la línea", en: "there is something too much on the line" }
    TomlNumber { es: "un número no lleva ceros a la izquierda; si es un código, escríbalo entre comillas", en: "a number has no zeros in front; a code goes in quotes" }
    TomlOther { es: "no se entiende («{detail}»)", en: "it is not understood (“{detail}”)" }

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
    use super::super::placeholders;
    use super::*;
    use std::time::Duration;

    #[test]
    fn both_languages_take_the_same_values() {
        for say in Say::ALL {
            let (es, en) = (placeholders(say.text(Lang::Es)), placeholders(say.text(Lang::En)));
            assert_eq!(es.0, en.0, "{say:?}");
            assert_eq!(es.1.matches('|').count(), en.1.matches('|').count(), "{say:?}: columns");
            assert!(!es.1.is_empty() || !es.0.is_empty(), "{say:?} says nothing");
        }
    }

    #[test]
    fn durations_are_said_shortly() {
        for (seconds, text) in [(5, "5 s"), (90, "90 s"), (600, "10 min"), (12_000, "3 h 20 min")] {
            assert_eq!(duration(Lang::Es, Duration::from_secs(seconds)), text);
        }
    }
}
