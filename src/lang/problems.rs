//! The stable problem codes and what each says, in Spanish and English.
//!
//! One table makes the [`Code`] and its words together, so that a code without a message in both
//! languages does not compile (law 10). Codes are never renamed or reused: scripts and `retry --code` hold
//! on to them. Nothing here decides whether something is a problem; that is the stages' work.

use serde::{Deserialize, Serialize};

use super::Lang;

/// What a code says: the fact, and the next thing to do. `{name}` marks a value to be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// What is the matter.
    pub what: &'static str,
    /// What to do now.
    pub fix: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal { es: $es:literal => $es_fix:literal, en: $en:literal => $en_fix:literal })*) => {
        /// A stable problem code; its text form is the key in reports, JSON and `retry --code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code { $(#[doc = $en] #[serde(rename = $code)] $name,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable text of the code, such as `bad-date`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// The words of the code in a language.
            pub const fn words(self, lang: Lang) -> Words {
                match (self, lang) { $(
                    (Code::$name, Lang::Es) => Words { what: $es, fix: $es_fix },
                    (Code::$name, Lang::En) => Words { what: $en, fix: $en_fix },
                )* }
            }
        }
    };
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(())
    }
}

codes! {
    // Cells and rows: what a person corrects in the file.
    MissingRequired "missing-required" {
        es: "falta «{field}», que es obligatorio" => "escriba el valor en la celda, o dé un `default` a {field} en el mapeo",
        en: "“{field}” is mandatory and is missing" => "type the value in the cell, or give {field} a `default` in the mapping" }
    BadDate "bad-date" {
        es: "«{value}» no es una fecha {expected}" => "escriba una fecha que exista, como {expected}",
        en: "“{value}” is not a {expected} date" => "type a date that exists, as {expected}" }
    BadAmount "bad-amount" {
        es: "«{value}» no es un valor en dinero ({expected})" => "escriba solo el número, sin letras",
        en: "“{value}” is not an amount ({expected})" => "type the number alone, without letters" }
    BadInteger "bad-integer" {
        es: "«{value}» no es un número entero" => "escriba un número entero, por ejemplo 90",
        en: "“{value}” is not a whole number" => "type a whole number, such as 90" }
    AttachmentMissing "attachment-missing" {
        es: "el archivo adjunto «{value}» no está en {expected}, o no se puede leer" => "ponga el archivo en esa carpeta, o corrija la ruta de la celda",
        en: "the attachment “{value}” is not in {expected}, or cannot be read" => "put the file into that folder, or correct the path in the cell" }
    AttachmentKind "attachment-kind" {
        es: "el CRM no recibe archivos como «{value}»" => "use uno de estos formatos: {expected}",
        en: "the CRM takes no files like “{value}”" => "use one of these formats: {expected}" }
    AttachmentOutside "attachment-outside" {
        es: "«{value}» está fuera de la carpeta de la hoja ({expected})" => "copie el archivo a esa carpeta; de otras carpetas no se envía nada",
        en: "“{value}” is outside the folder of the sheet ({expected})" => "copy the file into that folder; nothing is sent from other folders" }
    AttachmentChanged "attachment-changed" {
        es: "un archivo adjunto cambió o desapareció después de revisarlo; no se envió: {value}" => "deje el archivo como estaba y use `cartera retry {run}`, o cargue la fila de nuevo",
        en: "an attachment was changed or removed after it was checked; nothing was sent: {value}" => "put the file back as it was and use `cartera retry {run}`, or load the row again" }
    BadBoolean "bad-boolean" {
        es: "«{value}» no es sí ni no" => "escriba «sí» o «no», o dé un `map` a {field} en el mapeo",
        en: "“{value}” is neither yes nor no" => "type “yes” or “no”, or give {field} a `map` in the mapping" }
    BadChoice "bad-choice" {
        es: "«{value}» no es un valor de {field}; se espera {expected}" => "escriba uno de esos valores, o dé un `map` a {field} en el mapeo",
        en: "“{value}” is no value of {field}; expected: {expected}" => "type one of those values, or give {field} a `map` in the mapping" }
    BadEmail "bad-email" {
        es: "«{value}» no es un correo electrónico" => "corrija el correo (nombre@dominio.com)",
        en: "“{value}” is not an e-mail address" => "correct the address (name@domain.com)" }
    BadPhone "bad-phone" {
        es: "«{value}» no es un teléfono" => "escriba de 7 a 15 dígitos",
        en: "“{value}” is not a telephone number" => "type 7 to 15 digits" }
    TooLong "too-long" {
        es: "el texto tiene más de {expected} {expected?carácter|caracteres}" => "acorte el texto",
        en: "the text is longer than {expected} {expected?character|characters}" => "shorten the text" }
    IdDamaged "id-damaged" {
        es: "«{value}» es un número que la hoja de cálculo dañó" => "escriba el número completo, con la celda en formato de texto",
        en: "“{value}” is a number that the spreadsheet has damaged" => "type the whole number, with the cell formatted as text" }
    ValueNotMapped "value-not-mapped" {
        es: "«{value}» no está en el `map` de {field} ({expected})" => "agréguelo al `map` en el mapeo, dele un `otherwise`, o corrija la celda",
        en: "“{value}” is not in the `map` of {field} ({expected})" => "add it to the `map` in the mapping, give that an `otherwise`, or correct the cell" }
    CheckDigit "check-digit" {
        es: "«{value}» no cumple la regla de su dígito de verificación ({expected})" => "compare el número con el documento; se envía como está",
        en: "“{value}” does not fit the rule of its check digit ({expected})" => "compare the number with the document; it is sent as it is" }
    PhoneOutOfPlan "phone-out-of-plan" {
        es: "«{value}» no tiene la forma de un teléfono de {expected}" => "revise si le sobran o le faltan dígitos; se envía como está",
        en: "“{value}” does not look like a telephone number of {expected}" => "check whether it has digits too many or too few; it is sent as it is" }
    ZerosAdded "zeros-added" {
        es: "«{value}» se completó con ceros a la izquierda: {expected}" => "nada que hacer, si es el número correcto",
        en: "“{value}” was filled up with zeros in front: {expected}" => "nothing to do, if that is the right number" }
    RaggedRow "ragged-row" {
        es: "la fila tiene {value} {value?columna|columnas} y el encabezado {expected}" => "revise separadores y comillas de esta fila",
        en: "the row has {value} {value?column|columns} and the header {expected}" => "check the separators and quotes of this row" }
    StrayQuote "stray-quote" {
        es: "hay una comilla suelta en la fila" => "quite la comilla, o escríbala doble dentro de un texto entre comillas",
        en: "there is a stray quote in the row" => "remove the quote, or double it inside a quoted text" }
    UnbalancedQuote "unbalanced-quote" {
        es: "no se cierra la comilla que se abre en {value} (línea:carácter)" => "cierre la comilla o quítela",
        en: "the quote that opens at {value} (line:character) is never closed" => "close the quote or remove it" }
    TooManyColumns "too-many-columns" {
        es: "la fila tiene más de {expected} columnas" => "revise el separador: si no es el del archivo, escriba el correcto en el mapeo, como `delimiter = \";\"`; si lo es, a la fila le falta un salto de línea",
        en: "the row has more than {expected} columns" => "check the delimiter: if it is not the file's, write the right one in the mapping, as `delimiter = \";\"`; if it is, the row lacks a line break" }
    RowTooLong "row-too-long" {
        es: "la fila ocupa más de {expected} MB" => "abra el archivo en un editor de texto: no es una tabla, o le faltan los saltos de línea; pídalo de nuevo a quien lo envió",
        en: "the row takes more than {expected} MB" => "open the file in a text editor: it is no table, or it lacks its line breaks; ask its sender for it again" }
    UndecodableText "undecodable-text" {
        es: "la celda tiene bytes que no son texto {expected}" => "escriba de nuevo el texto, o indique `encoding` en el mapeo",
        en: "the cell holds bytes that are not {expected} text" => "type the text again, or set `encoding` in the mapping" }
    ControlCharacter "control-character" {
        es: "la celda tiene un carácter de control que no es texto" => "escriba de nuevo el texto de la celda",
        en: "the cell holds a control character, which is no text" => "type the cell's text again" }
    ErrorCell "error-cell" {
        es: "la celda contiene el error de Excel {value}" => "corrija la fórmula, o pegue solo el valor",
        en: "the cell holds Excel's error {value}" => "mend the formula, or paste the value alone" }
    UncalculatedFormula "uncalculated-formula" {
        es: "la fórmula de la celda no tiene un valor guardado" => "abra el archivo en Excel, guárdelo y cárguelo de nuevo, o pegue solo el valor",
        en: "the cell's formula has no stored value" => "open the file in Excel, save it and load it again, or paste the value alone" }
    MergedCell "merged-cell" {
        es: "la celda está combinada ({value}) y el dato está solo en {expected}" => "separe las celdas combinadas y escriba el dato en cada fila, o ponga `merged_cells = \"fill\"` en `[source]` del mapeo",
        en: "the cell is part of a merge ({value}) and the value stands in {expected} alone" => "unmerge the cells and type the value in each row, or set `merged_cells = \"fill\"` under `[source]` of the mapping" }
    MergedFilled "merged-filled" {
        es: "{value?se llenó|se llenaron} {value} {value?celda combinada|celdas combinadas} con el dato de la primera; filas: {expected}" => "nada que hacer, si cada dato vale para todas las filas de su combinación",
        en: "{value} merged {value?cell was|cells were} filled with the value of the first one; rows: {expected}" => "nothing to do, if each value holds for all the rows of its merge" }
    BrokenText "broken-text" {
        es: "hay tildes dañadas, como «{value}»; celdas (y primeras filas): {expected}" => "pida el archivo en UTF-8, o repárelas con `repair = \"mojibake\"` en `[source]` del mapeo",
        en: "accents arrived broken, as in “{value}”; cells (and first rows): {expected}" => "ask for the file in UTF-8, or repair them with `repair = \"mojibake\"` under `[source]` of the mapping" }
    TextBeyondRepair "text-beyond-repair" {
        es: "hay tildes dañadas que no se pueden reparar con certeza, como «{value}»; celdas (y primeras filas): {expected}" => "corrija esas celdas en el archivo; se envían como están",
        en: "accents arrived broken beyond a sure repair, as in “{value}”; cells (and first rows): {expected}" => "correct those cells in the file; they are sent as they are" }
    TextRepaired "text-repaired" {
        es: "se repararon tildes dañadas: {value}; celdas (y primeras filas): {expected}" => "nada que hacer, si el ejemplo quedó bien",
        en: "broken accents were repaired: {value}; cells (and first rows): {expected}" => "nothing to do, if the example came out right" }
    DuplicateObligation "duplicate-obligation" {
        es: "la obligación «{value}» está también en la fila {expected}, con otros datos" => "deje una sola, o use `on_duplicate` en el mapeo",
        en: "obligation “{value}” is also in row {expected}, with other data" => "keep one of them, or set `on_duplicate` in the mapping" }
    ConflictingRows "conflicting-rows" {
        es: "«{field}» es distinto en la fila {expected} del mismo deudor" => "deje el mismo valor en todas sus filas, o use `on_conflict` en el mapeo",
        en: "“{field}” differs in row {expected} of the same debtor" => "make it the same in all their rows, or set `on_conflict` in the mapping" }
    AlikeIds "alike-ids" {
        es: "«{value}» y el de la fila {expected} se distinguen solo en ceros, signos, espacios o mayúsculas; van como dos" => "si son el mismo, escríbalo igual en todas las filas; si son dos, nada que hacer",
        en: "“{value}” and the one of row {expected} differ only in zeros, signs, spaces or case; they go as two" => "if they are the same, write it alike in all rows; if they are two, there is nothing to do" }
    RecordTooBig "record-too-big" {
        es: "el registro ocupa {value} bytes y el máximo por envío es {expected}" => "suba `--max-body`",
        en: "the record takes {value} bytes and a request may have {expected}" => "raise `--max-body`" }
    PendingInRun "pending-in-run" {
        es: "esta fila está pendiente en la carga {value}; cargarla la duplicaría" => "use `cartera resume {value}` o `cartera retry {value} --unknown`",
        en: "this row is pending in run {value}; loading it would send it twice" => "use `cartera resume {value}` or `cartera retry {value} --unknown`" }
    Context "context" {
        es: "acompaña a otra fila del mismo expediente ({expected}), que es la que falla" => "no la borre: el expediente se envía completo",
        en: "goes with another row of the same record ({expected}), which is the one at fault" => "do not delete it: a record is sent whole" }

    OrphanDebtor "orphan-debtor" {
        es: "«{value}» no tiene ninguna obligación en la tabla de obligaciones" => "agregue sus obligaciones, corrija el documento si está mal escrito, o quite la fila",
        en: "“{value}” has no obligation in the table of obligations" => "add their obligations, correct the document if it is misspelled, or remove the row" }
    OrphanObligation "orphan-obligation" {
        es: "«{value}» no está en la tabla de deudores" => "corrija el documento, o agregue al deudor; si él ya se cargó, ponga también todas sus otras obligaciones",
        en: "“{value}” is not in the table of debtors" => "correct the document, or add the debtor; if they are loaded already, put all their other obligations too" }

    // Rows that are left out, with the reason.
    BlankRow "blank-row" {
        es: "fila en blanco" => "nada que hacer",
        en: "blank row" => "nothing to do" }
    TotalRow "total-row" {
        es: "fila de totales" => "nada que hacer",
        en: "row of totals" => "nothing to do" }
    HiddenRow "hidden-row" {
        es: "el libro oculta o filtra filas con datos ({value})" => "se cargan; si no deben cargarse: `hidden_rows = \"skip\"` en `[source]` del mapeo",
        en: "the workbook hides or filters rows with data ({value})" => "they are loaded; if they should not be: `hidden_rows = \"skip\"` under `[source]` of the mapping" }
    HiddenColumn "hidden-column" {
        es: "la columna «{value}» está oculta en el libro, y de ella sale {field}" => "se carga; revise con el acreedor si es la columna correcta, o cámbiela en el mapeo",
        en: "the column “{value}” is hidden in the workbook, and {field} is read from it" => "it is loaded; ask the creditor whether it is the right column, or change it in the mapping" }
    RepeatedHeader "repeated-header" {
        es: "repite el encabezado" => "nada que hacer",
        en: "repeats the header" => "nothing to do" }
    FilteredOut "filtered-out" {
        es: "no cumple el filtro {expected} del mapeo" => "nada que hacer, o cambie el filtro",
        en: "does not meet filter {expected} of the mapping" => "nothing to do, or change the filter" }
    TotalMismatch "total-mismatch" {
        es: "la fila de totales dice {value} y lo leído suma {expected}" => "revise con el acreedor si el archivo está completo",
        en: "the row of totals says {value} and what was read adds up to {expected}" => "ask the creditor whether the file is complete" }
    DuplicateIdentical "duplicate-identical" {
        es: "idéntica a la fila {expected}; se envía una sola" => "nada que hacer",
        en: "identical to row {expected}; one of them is sent" => "nothing to do" }
    DuplicateDropped "duplicate-dropped" {
        es: "la misma obligación que la fila {expected}; por `on_duplicate` se envía la otra" => "nada que hacer, o cambie `on_duplicate`",
        en: "the same obligation as row {expected}; by `on_duplicate` the other is sent" => "nothing to do, or change `on_duplicate`" }

    // What the CRM answered, or did not.
    CrmRejected "crm-rejected" {
        es: "el CRM lo rechazó: {value}" => "corrija lo que el CRM señala y cargue de nuevo el archivo de errores, que lo lleva completo (el CRM no dice si guardó una parte)",
        en: "the CRM rejected the record: {value}" => "correct what the CRM names and load the error file again; it has the whole record (the CRM does not say whether it kept a part)" }
    CrmRefused "crm-refused" {
        es: "el CRM rechazó el envío entero: {value}" => "revise el motivo; después `cartera retry {run}`",
        en: "the CRM refused the whole request: {value}" => "look into the reason, then `cartera retry {run}`" }
    NoAnswer "no-answer" {
        es: "el CRM no contestó a tiempo; pudo haberlo recibido" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the CRM did not answer in time; it may have received it" => "look in the CRM, then `cartera retry {run} --unknown`" }
    ConnectionLost "connection-lost" {
        es: "la conexión se cortó durante el envío; pudo haberse recibido" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the connection broke while sending; it may have been received" => "look in the CRM, then `cartera retry {run} --unknown`" }
    ServerError "server-error" {
        es: "el CRM contestó con un error interno ({value}); pudo haberlo guardado" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the CRM answered with an internal error ({value}); it may have stored it" => "look in the CRM, then `cartera retry {run} --unknown`" }
    RecordNotFound "record-not-found" {
        es: "el CRM no tiene un expediente con esa identificación; no se envió" => "revise la identificación, o cargue primero el expediente; después `cartera retry {run}`",
        en: "the CRM has no case file with that identification; nothing was sent" => "check the identification, or load the case file first; then `cartera retry {run}`" }
    RecordAmbiguous "record-ambiguous" {
        es: "el CRM tiene {value} expedientes con esa identificación, y no se adivina cuál es; no se envió" => "deje uno solo en el CRM, o escriba su `wolkvox_id` en una columna",
        en: "the CRM has {value} case files with that identification, and which one it is is not guessed; nothing was sent" => "leave only one in the CRM, or write its `wolkvox_id` into a column" }
    LookupsRefused "lookups-refused" {
        es: "el CRM no dice el `wolkvox_id` de lo que falta por enviar: {reason}" => "revise `lookup_module` y `lookup_field` en el perfil; después `cartera resume {value}`",
        en: "the CRM does not tell the `wolkvox_id` of what is left to send: {reason}" => "check `lookup_module` and `lookup_field` in the profile; then `cartera resume {value}`" }
    AnswerContradicts "answer-contradicts" {
        es: "la respuesta del CRM dice que sí y que no a la vez: {value}" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the CRM's answer says yes and no at once: {value}" => "look in the CRM, then `cartera retry {run} --unknown`" }
    UnreadableAnswer "unreadable-answer" {
        es: "la respuesta del CRM no se entiende: {value}" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the CRM's answer cannot be understood: {value}" => "look in the CRM, then `cartera retry {run} --unknown`" }
    WebPage "web-page" {
        es: "contestó una página web y no el CRM: {value}" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "a web page answered, not the CRM: {value}" => "look in the CRM, then `cartera retry {run} --unknown`" }
    UnnamedFailures "unnamed-failures" {
        es: "el CRM dice que {value?falló|fallaron} {value} {value?expediente|expedientes} del envío y no dice {value?cuál|cuáles}" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the CRM says that {value} {value?record|records} of the request failed and does not name {value?it|them}" => "look in the CRM, then `cartera retry {run} --unknown`" }
    ForeignAnswer "foreign-answer" {
        es: "la respuesta parece de otro envío: habla de {value} {value?expediente que no es de los enviados|expedientes que no son los enviados}" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the answer seems to be another request's: it speaks of {value} {value?record that is|records that are} not among those sent" => "look in the CRM, then `cartera retry {run} --unknown`" }
    CountsDisagree "counts-disagree" {
        es: "las cuentas de la respuesta no cuadran: {value}" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the counts of the answer do not add up: {value}" => "look in the CRM, then `cartera retry {run} --unknown`" }
    Interrupted "interrupted" {
        es: "el programa se interrumpió durante el envío; pudo haberse recibido" => "verifique en el CRM; después `cartera retry {run} --unknown`",
        en: "the program was interrupted while sending; it may have been received" => "look in the CRM, then `cartera retry {run} --unknown`" }

    ReadBackDiffers "read-back-differs" {
        es: "el CRM ya tiene el expediente, pero no con lo enviado; difiere en: {value}" => "revíselo en el CRM; si debe quedar como en el archivo, `cartera retry {run} --unknown` lo envía otra vez",
        en: "the CRM has the record, but not with what was sent; these differ: {value}" => "look at it in the CRM; if it is to be as in the file, `cartera retry {run} --unknown` sends it again" }
    ReadBackAsBefore "read-back-as-before" {
        es: "está en el CRM como estaba antes de este envío: no se sabe si llegó lo enviado, que no se puede leer del todo (sus obligaciones)" => "mírelo en el CRM; `cartera retry {run} --unknown` lo envía",
        en: "it is in the CRM as it was before this was sent: nobody knows whether what was sent arrived, not all of which can be read (its obligations)" => "look at it in the CRM; `cartera retry {run} --unknown` sends it" }
    ReadBackUnclear "read-back-unclear" {
        es: "la consulta no dice si el CRM tiene el expediente: devolvió {value}, y no uno solo con esa identificación" => "búsquelo en el CRM; después `cartera retry {run} --unknown` lo envía otra vez",
        en: "the look-up does not tell whether the CRM has the record: {value} came back, not just one with that identification" => "look for it in the CRM; then `cartera retry {run} --unknown` sends it again" }
    ReadBackAbsent "read-back-absent" {
        es: "al buscarlo, el CRM no tenía el expediente; se envía otra vez" => "si todavía no se envió, `cartera resume {run}` lo envía",
        en: "when it was looked for, the CRM did not have the record; it is sent again" => "if it was not sent yet, `cartera resume {run}` sends it" }
    ReadBackDue "read-back-due" {
        es: "sin respuesta clara; todavía no se ha buscado en el CRM" => "use `cartera resume {run}`",
        en: "without a clear answer, and not looked for in the CRM yet" => "use `cartera resume {run}`" }

    Unsent "unsent" {
        es: "todavía no se ha enviado" => "use `cartera resume {run}`",
        en: "not sent yet" => "use `cartera resume {run}`" }

    // Two tables that are joined.
    TablesNotJoined "tables-not-joined" {
        es: "`--table {value}=…` pide dos tablas y el mapeo {place} tiene una sola" => "agregue `[tables.debtors]` y `[tables.obligations]` al mapeo, o dé el archivo sin `--table`",
        en: "`--table {value}=…` asks for two tables and the mapping {place} has one" => "add `[tables.debtors]` and `[tables.obligations]` to the mapping, or give the file without `--table`" }
    TableRoleUnknown "table-role-unknown" {
        es: "no se sabe si {value} tiene los deudores o las obligaciones" => "indique `sheet` en `[tables.debtors]` y `[tables.obligations]` de {place}, o dé el archivo con `--table debtors=ARCHIVO` o `--table obligations=ARCHIVO`",
        en: "it is not known whether {value} has the debtors or the obligations" => "set `sheet` in `[tables.debtors]` and `[tables.obligations]` of {place}, or give the file with `--table debtors=FILE` or `--table obligations=FILE`" }
    TableMissing "table-missing" {
        es: "el mapeo {place} une dos tablas y falta la de «{value}»" => "dé el archivo con `--table {value}=ARCHIVO`, o indique su hoja en `[tables.{value}]`",
        en: "the mapping {place} joins two tables and the one of “{value}” is missing" => "give its file with `--table {value}=FILE`, or name its sheet in `[tables.{value}]`" }

    ColumnInBothTables "column-in-both-tables" {
        es: "{place}: las dos tablas tienen una columna «{value}»" => "diga en el mapeo cuál es, con `table = \"debtors\"` o `table = \"obligations\"` en su línea",
        en: "{place}: both tables have a column “{value}”" => "say in the mapping which one is meant, with `table = \"debtors\"` or `table = \"obligations\"` in its line" }

    // The file.
    FileNotFound "file-not-found" {
        es: "no existe el archivo {value}" => "revise el nombre y la carpeta",
        en: "there is no file {value}" => "check the name and the folder" }
    FileUnreadable "file-unreadable" {
        es: "no se puede leer {value}: {reason}" => "ciérrelo en otros programas y revise los permisos",
        en: "{value} cannot be read: {reason}" => "close it in other programs and check its permissions" }
    FileDamaged "file-damaged" {
        es: "{value} no se puede abrir como libro de Excel: {reason}" => "ábralo en Excel y guárdelo de nuevo como .xlsx",
        en: "{value} cannot be opened as an Excel workbook: {reason}" => "open it in Excel and save it again as .xlsx" }
    ReaderStopped "reader-stopped" {
        es: "{value} no se pudo leer: {reason} {expected}" => "ábralo en Excel o LibreOffice, guárdelo como .xlsx y cargue ese",
        en: "{value} could not be read: {reason} {expected}" => "open it in Excel or LibreOffice, save it as .xlsx and load that one" }
    SpoolUnwritable "spool-unwritable" {
        es: "no se puede leer {value}: no hay dónde guardar su contenido mientras tanto: {reason}" => "libere espacio o revise los permisos de esa carpeta, o indique otra con `--state CARPETA`",
        en: "{value} cannot be read: there is nowhere to keep its content meanwhile: {reason}" => "free some space or check that folder's permissions, or name another with `--state FOLDER`" }
    FileUnknown "file-unknown" {
        es: "{value} es {reason}, y eso no se puede cargar" => "ábralo y guárdelo como .xlsx o .csv, o pida el archivo de datos a quien lo envió",
        en: "{value} is {reason}, which cannot be loaded" => "open it and save it as .xlsx or .csv, or ask its sender for the file with the data" }
    FileTooBig "file-too-big" {
        es: "{value} es demasiado grande para leerlo: {reason} {expected}" => "divídalo en varios archivos, o guárdelo como .csv",
        en: "{value} is too big to be read: {reason} {expected}" => "split it into several files, or save it as .csv" }
    FileProtected "file-protected" {
        es: "{value} está protegido con contraseña" => "ábralo, quite la contraseña (Archivo > Información > Proteger libro) y guárdelo de nuevo",
        en: "{value} is protected by a password" => "open it, remove the password (File > Info > Protect workbook), and save it again" }
    ArchiveDamaged "archive-damaged" {
        es: "{value} no se puede descomprimir: {reason}" => "la copia o la descarga se dañó: pida el archivo otra vez",
        en: "{value} cannot be decompressed: {reason}" => "the copy or the download broke: ask for the file again" }
    ArchiveUnsupported "archive-unsupported" {
        es: "{value} es un archivo comprimido {reason}, que cartera no abre" => "extraiga el archivo que tiene adentro y cargue ese",
        en: "{value} is a {reason} archive, which cartera does not open" => "extract the file inside it and load that one" }
    ArchiveSeveral "archive-several-files" {
        es: "{value} es un zip con varios archivos: {reason}" => "extráigalos y cargue cada archivo por su nombre",
        en: "{value} is a zip of several files: {reason}" => "extract them and load each file by its name" }
    ArchiveNested "archive-nested" {
        es: "{value} es un comprimido dentro de otro" => "extraiga el de adentro y cargue ese",
        en: "{value} is an archive inside another one" => "extract the inner one and load that" }
    FileEmpty "file-empty" {
        es: "{value} no tiene filas de datos" => "revise que sea el archivo correcto",
        en: "{value} has no rows of data" => "check that it is the right file" }
    SheetNotFound "sheet-not-found" {
        es: "{value} no tiene la hoja «{expected}»; tiene: {reason}" => "corrija `sheet` en el mapeo",
        en: "{value} has no sheet “{expected}”; it has: {reason}" => "correct `sheet` in the mapping" }
    SheetAmbiguous "sheet-ambiguous" {
        es: "{value} tiene varias hojas que sirven: {reason}" => "escriba cuál en `[source]` del mapeo, como `sheet = \"{expected}\"`; o todas: `sheet = \"*\"`",
        en: "{value} has several sheets that would do: {reason}" => "say which under `[source]` of the mapping, as `sheet = \"{expected}\"`; or all of them: `sheet = \"*\"`" }
    SheetHidden "sheet-hidden" {
        es: "en {value} solo sirve una hoja que está oculta: {reason}" => "véala en Excel (clic derecho en una pestaña > Mostrar); para cargarla escriba en `[source]` del mapeo: `sheet = \"{expected}\"`",
        en: "in {value} only a hidden sheet would do: {reason}" => "look at it in Excel (right-click a tab > Unhide); to load it, write under `[source]` of the mapping: `sheet = \"{expected}\"`" }
    EncodingContradicted "encoding-contradicted" {
        es: "el archivo empieza con la marca de {value} y el mapeo dice `encoding = \"{expected}\"`" => "quite esa línea del mapeo (el alfabeto se encuentra solo), o pida el archivo como antes",
        en: "the file begins with the mark of {value} and the mapping says `encoding = \"{expected}\"`" => "remove that line of the mapping (the encoding is found by itself), or ask for the file as it was before" }
    PercentContradicted "percent-contradicted" {
        es: "«{column}» mezcla porcentajes y números sin signo: {reason}" => "escriba todos los valores de la columna con %, o todos sin él",
        en: "“{column}” mixes percentages and numbers without the sign: {reason}" => "write all values of the column with %, or all without it" }
    HeaderNotFound "header-not-found" {
        es: "no se encuentra la fila de encabezado en {value}" => "indíquela en el mapeo: `header_row = 4`",
        en: "the header row of {value} cannot be found" => "name it in the mapping: `header_row = 4`" }
    DateFormatUnproved "date-format-unproved" {
        es: "en «{column}» ninguna fecha prueba si el día va primero (fila {row}: «{value}»)" => "escriba en el mapeo, en `[source]`: `dates = \"DD/MM/YYYY\"` (o \"MM/DD/YYYY\")",
        en: "no date in “{column}” proves whether the day comes first (row {row}: “{value}”)" => "write in the mapping, under `[source]`: `dates = \"DD/MM/YYYY\"` (or \"MM/DD/YYYY\")" }
    DateFormatContradicted "date-format-contradicted" {
        es: "«{column}» mezcla formatos de fecha: {reason}" => "corrija el archivo, o fije el formato en el mapeo: `dates = \"DD/MM/YYYY\"`",
        en: "“{column}” mixes date formats: {reason}" => "correct the file, or fix the format in the mapping: `dates = \"DD/MM/YYYY\"`" }
    DecimalUnproved "decimal-unproved" {
        es: "en «{column}» ningún valor prueba si «{value}» (fila {row}) usa coma o punto decimal" => "escriba en el mapeo, en `[source]`: `decimal = \",\"` (o \".\")",
        en: "no value in “{column}” proves whether “{value}” (row {row}) has a decimal comma or point" => "write in the mapping, under `[source]`: `decimal = \",\"` (or \".\")" }
    DecimalContradicted "decimal-contradicted" {
        es: "«{column}» mezcla coma y punto decimal: {reason}" => "corrija el archivo, o fije el signo en el mapeo: `decimal = \",\"`",
        en: "“{column}” mixes decimal commas and points: {reason}" => "correct the file, or fix the sign in the mapping: `decimal = \",\"`" }

    // The mapping and the configuration.
    MappingNotGiven "mapping-not-given" {
        es: "falta el mapeo" => "agregue `-m mappings/ARCHIVO.toml`",
        en: "no mapping was given" => "add `-m mappings/FILE.toml`" }
    MappingSyntax "mapping-syntax" {
        es: "{place}: el archivo TOML no se entiende: {reason}" => "corrija esa línea",
        en: "{place}: the TOML cannot be understood: {reason}" => "correct that line" }
    MappingUnknownKey "mapping-unknown-key" {
        es: "{place}: no existe la opción «{value}»{hint}" => "corrija o quite esa línea",
        en: "{place}: there is no setting “{value}”{hint}" => "correct or remove that line" }
    MappingUnknownField "mapping-unknown-field" {
        es: "{place}: el destino {expected} no tiene el campo «{value}»{hint}" => "corrija el nombre; los campos propios van en `[….custom]`",
        en: "{place}: target {expected} has no field “{value}”{hint}" => "correct the name; custom fields go under `[….custom]`" }
    MappingUnknownColumn "mapping-unknown-column" {
        es: "{place}: {reason} no tiene la columna «{value}»{hint}" => "corrija el nombre de la columna en el mapeo, o pida al acreedor el formato acordado",
        en: "{place}: {reason} has no column “{value}”{hint}" => "correct the column's name in the mapping, or ask the creditor for the agreed layout" }
    BrokenHeader "broken-header" {
        es: "{place}: {reason} tiene la columna «{value}» con las tildes dañadas: «{expected}»" => "pida el archivo en UTF-8, o ponga `repair = \"mojibake\"` en `[source]` del mapeo",
        en: "{place}: {reason} has the column “{value}” with broken accents: “{expected}”" => "ask for the file in UTF-8, or set `repair = \"mojibake\"` under `[source]` of the mapping" }
    MappingAmbiguousColumn "mapping-ambiguous-column" {
        es: "{place}: {reason} tiene varias columnas «{value}»" => "cambie el nombre de una de ellas en el archivo",
        en: "{place}: {reason} has several columns “{value}”" => "rename one of them in the file" }
    MappingMissingField "mapping-missing-field" {
        es: "{place}: falta el campo obligatorio {value} en `[{expected}]`" => "agregue la línea `{value} = \"columna\"`",
        en: "{place}: mandatory field {value} is missing under `[{expected}]`" => "add the line `{value} = \"column\"`" }
    MappingBadValue "mapping-bad-value" {
        es: "{place}: «{value}» no sirve aquí; se espera {expected}{hint}" => "corrija esa línea",
        en: "{place}: “{value}” does not do here; expected: {expected}{hint}" => "correct that line" }
    EndpointSettingMissing "endpoint-setting-missing" {
        es: "{place}: falta «{value}», que los documentos del CRM no fijan: {reason}" => "agregue a {place} una sección `[endpoint]` con la línea `{expected}`, o póngala en el perfil",
        en: "{place}: “{value}” is missing, and the CRM's documents do not settle it: {reason}" => "add a section `[endpoint]` to {place} with the line `{expected}`, or say it in the profile" }
    ConfigSyntax "config-syntax" {
        es: "{place}: la configuración no se entiende: {reason}" => "corrija esa línea",
        en: "{place}: the configuration cannot be understood: {reason}" => "correct that line" }
    ProfileNotFound "profile-not-found" {
        es: "no existe el perfil «{value}»{hint}" => "agregue `[profile.{value}]` a cartera.toml, o corrija `--profile`",
        en: "there is no profile “{value}”{hint}" => "add `[profile.{value}]` to cartera.toml, or correct `--profile`" }
    MappingQuestion "mapping-question" {
        es: "{place}: falta una respuesta suya en {value} (preguntas abiertas: {expected})" => "cambie cada \"?\" por una de las respuestas que están debajo, y cada \"…\" por su texto",
        en: "{place}: {value} waits for your answer (open questions: {expected})" => "replace each \"?\" by one of the answers below it, and each \"…\" by its text" }
    FileExists "file-exists" {
        es: "{value} ya existe y no se tocó" => "dé otro nombre, o agregue `--force` para reemplazarlo",
        en: "{value} exists and was not touched" => "give another name, or add `--force` to replace it" }
    FileUnwritable "file-unwritable" {
        es: "no se puede escribir {value}: {reason}" => "revise la carpeta y los permisos",
        en: "{value} cannot be written: {reason}" => "check the folder and its permissions" }
    SynonymUnknownField "synonym-unknown-field" {
        es: "{place}: ningún destino tiene el campo «{value}»{hint}" => "corrija el nombre en `[synonyms]`",
        en: "{place}: no target has a field “{value}”{hint}" => "correct the name under `[synonyms]`" }
    BadSetting "bad-setting" {
        es: "{place}: «{value}» no sirve; se espera {expected}" => "corrija ese valor",
        en: "{place}: “{value}” does not do; expected: {expected}" => "correct that value" }
    WatchNone "watch-none" {
        es: "{value}: no hay ninguna carpeta que vigilar" => "agregue un `[[watch]]` con `name`, `folder` y `mapping`",
        en: "{value}: there is no folder to watch" => "add a `[[watch]]` with `name`, `folder` and `mapping`" }
    WatchKeyMissing "watch-key-missing" {
        es: "{place}: falta «{value}»" => "agréguelo",
        en: "{place}: “{value}” is missing" => "add it" }
    WatchTwice "watch-twice" {
        es: "{place}: el nombre «{value}» ya está en {expected}" => "dé a cada `[[watch]]` su propio nombre",
        en: "{place}: the name “{value}” is taken by {expected}" => "give each `[[watch]]` a name of its own" }
    WatchNoFolder "watch-no-folder" {
        es: "{place}: «{value}» no es una carpeta: {reason}" => "cree la carpeta o corrija esa línea",
        en: "{place}: “{value}” is no folder: {reason}" => "make the folder or correct that line" }
    CaFileUnreadable "ca-file-unreadable" {
        es: "{value} no es un archivo de certificados: {reason}" => "indique en `ca_file` el certificado de la autoridad, en formato PEM (empieza por `-----BEGIN CERTIFICATE-----`)",
        en: "{value} is no file of certificates: {reason}" => "name in `ca_file` the authority's certificate, as PEM (it begins with `-----BEGIN CERTIFICATE-----`)" }
    PlainMail "plain-mail" {
        es: "{place}: {value} no está en esta máquina, y el correo hacia allá iría sin cifrar" => "ponga `security = \"tls\"` o `\"starttls\"`",
        en: "{place}: {value} is not on this machine, and mail to it would not be encrypted" => "set `security = \"tls\"` or `\"starttls\"`" }
    FolderLocked "folder-locked" {
        es: "otro `cartera watch` vigila la carpeta {value}; no se tocó nada" => "deje uno solo, o espere a que termine",
        en: "another `cartera watch` is watching the folder {value}; nothing was touched" => "keep one of them, or wait until it has ended" }
    WatchUnwritable "watch-unwritable" {
        es: "no se puede escribir en {value}: {reason}" => "libere espacio o revise permisos; lo que quedó a medias se completa después",
        en: "{value} cannot be written: {reason}" => "free some space or check permissions; what was left half done is completed afterwards" }
    ChecksumMismatch "checksum-mismatch" {
        es: "el contenido de {value} no es el que dice su archivo de suma" => "pida el archivo de nuevo, y póngalo otra vez en la carpeta con su suma",
        en: "the content of {value} is not what its checksum file says" => "ask for the file again, and put it back into the folder with its checksum" }
    LoadWithoutResult "load-without-result" {
        es: "la carga de {value} terminó tres veces sin dar un resultado" => "vea `cartera.log` junto al archivo, y pruebe `cartera check`",
        en: "the load of {value} ended three times without giving a result" => "see `cartera.log` beside the file, and try `cartera check`" }
    NoServer "no-server" {
        es: "no se sabe a qué servidor enviar" => "agregue `--server crm0001.wolkvox.com`, un perfil en cartera.toml, o `--sandbox` para ensayar",
        en: "there is no server to send to" => "add `--server crm0001.wolkvox.com`, a profile in cartera.toml, or `--sandbox` to rehearse" }
    NoOperation "no-operation" {
        es: "falta el nombre de la operación del CRM" => "agregue `--operation NOMBRE` o `operation` en el perfil",
        en: "the name of the CRM operation is missing" => "add `--operation NAME`, or `operation` in the profile" }
    NoToken "no-token" {
        es: "no hay token del CRM" => "póngalo en la variable CARTERA_TOKEN o en un archivo: `--token-file`",
        en: "there is no CRM token" => "put it in the variable CARTERA_TOKEN or in a file: `--token-file`" }
    ReserveOfNothing "reserve-of-nothing" {
        es: "no se sabe cuántas llamadas hay al día, así que no se pueden reservar {value}" => "agregue al perfil `quota_check = true` o `daily_budget = N`, o quite `--reserve`",
        en: "nobody knows how many calls a day there are, so {value} cannot be left" => "add `quota_check = true` or `daily_budget = N` to the profile, or leave out `--reserve`" }
    PlainHttp "plain-http" {
        es: "{value} no usa https; el token viajaría a la vista" => "use https",
        en: "{value} does not use https; the token would travel in the open" => "use https" }

    // The run and the ledger.
    TooManyInvalid "too-many-invalid" {
        es: "hay {value} {value?fila inválida|filas inválidas} y el máximo es {expected}; no se envió nada" => "corrija el archivo de errores, o suba `--max-invalid`",
        en: "{value} {value?row is|rows are} invalid and at most {expected} may be; nothing was sent" => "correct the error file, or raise `--max-invalid`" }
    ControlRows "control-rows" {
        es: "se {expected?esperaba|esperaban} {expected} {expected?fila|filas} y se {value?leyó|leyeron} {value} (diferencia: {difference}); no se envió nada" => "revise si el archivo está completo y si faltan hojas; los filtros dejaron por fuera {filtered} {filtered?fila|filas}. Si lo esperado es lo que está mal, corríjalo en {place}",
        en: "{expected} {expected?row was|rows were} expected and {value} {value?was|were} read (difference: {difference}); nothing was sent" => "check whether the file is complete and no sheet is missing; the filters left {filtered} {filtered?row|rows} out. If what was expected is wrong, correct it in {place}" }
    ControlTotal "control-total" {
        es: "«{column}» debía sumar {expected} y suma {value} (diferencia: {difference}); no se envió nada" => "revise si el archivo está completo; valores que no se pudieron leer: {unreadable}; filas que dejaron por fuera los filtros: {filtered}. Si lo esperado es lo que está mal, corríjalo en {place}",
        en: "“{column}” should add up to {expected} and comes to {value} (difference: {difference}); nothing was sent" => "check whether the file is complete; amounts that could not be read: {unreadable}; rows left out by the filters: {filtered}. If what was expected is wrong, correct it in {place}" }
    TotalsRowDiffers "totals-row-differs" {
        es: "la fila de totales del archivo dice {expected} en «{column}» y las filas suman {value} (diferencia: {difference}); no se envió nada" => "pregunte al acreedor si el archivo está completo. Si esa fila no es de fiar, escriba en el mapeo, en `[expect]`: `totals_row = \"ignore\"`",
        en: "the file's own row of totals says {expected} in “{column}” and the rows add up to {value} (difference: {difference}); nothing was sent" => "ask the creditor whether the file is complete. If that row is not to be trusted, write in the mapping, under `[expect]`: `totals_row = \"ignore\"`" }
    FiltersLeaveNothing "filters-leave-nothing" {
        es: "los filtros dejan por fuera todas las filas ({value}); no se envió nada" => "revise {reason}: tal vez el acreedor ahora escribe otra cosa en esa columna. Si hoy no hay nada que cargar: `--expect-rows 0`",
        en: "the filters leave every row out ({value}); nothing was sent" => "look at {reason}: the creditor may now write something else in that column. If there is nothing to load today: `--expect-rows 0`" }
    Drift "drift" {
        es: "el archivo no es como el de la carga {run}, del {day}; cambios que detienen la carga: {value}. {reason}" => "{next}. Si todos los cambios son correctos, repita el comando con `--accept-drift`",
        en: "the file is not like that of run {run}, of {day}; changes that stop the load: {value}. {reason}" => "{next}. If all the changes are right, repeat the command with `--accept-drift`" }
    DriftColumnLost "drift-column-lost" {
        es: "faltan columnas que traía el archivo de la carga {run}, del {day}: {value}" => "si una columna solo cambió de nombre, corríjalo en el mapeo (desde {place}); si falta, pida el archivo completo. `--accept-drift` no sirve aquí: sin la columna no hay qué enviar",
        en: "columns are missing that the file of run {run}, of {day}, had: {value}" => "if a column only has another name, correct it in the mapping (from {place} on); if it is missing, ask for the whole file. `--accept-drift` is of no use here: without the column there is nothing to send" }
    DriftColumnGone "drift-column-gone" {
        es: "ya no está la columna «{before}»" => "nada que hacer, si nadie la necesita: el mapeo no la usa",
        en: "column “{before}” is no longer there" => "nothing to do, if nobody needs it: the mapping does not use it" }
    DriftColumnRenamed "drift-column-renamed" {
        es: "la columna «{before}» parece llamarse ahora «{now}»" => "nada que hacer, si es la misma columna",
        en: "column “{before}” now seems to be “{now}”" => "nothing to do, if it is the same column" }
    DriftColumnNew "drift-column-new" {
        es: "hay una columna nueva, «{now}»" => "agréguela al mapeo si debe cargarse",
        en: "there is a new column, “{now}”" => "add it to the mapping if it should be loaded" }
    DriftColumnMoved "drift-column-moved" {
        es: "la columna «{column}» pasó del lugar {before} al {now}" => "nada que hacer: las columnas se buscan por su nombre",
        en: "column “{column}” went from place {before} to {now}" => "nothing to do: columns are found by their names" }
    DriftRows "drift-rows" {
        es: "trae {now} {now?fila|filas} y antes traía {before}{factor}" => "pregunte al acreedor si el archivo está completo y si no trae filas dos veces",
        en: "it has {now} {now?row|rows} and had {before}{factor}" => "ask the creditor whether the file is whole, and whether it has rows twice" }
    DriftRecords "drift-records" {
        es: "sus filas forman {now} {now?expediente|expedientes} y antes formaban {before}{factor}" => "revise si la columna de la identificación llegó bien, y si el archivo está completo",
        en: "its rows make {now} {now?record|records} and made {before}{factor}" => "check whether the column of the identification arrived well, and whether the file is whole" }
    DriftScale "drift-scale" {
        es: "el valor típico (la mediana) de «{column}» es {now} y antes era {before}{factor}" => "revise si cambió el signo de los decimales, si se perdieron los centavos o si los valores vienen en miles",
        en: "the usual amount (the median) of “{column}” is {now} and was {before}{factor}" => "check whether the decimal sign changed, whether the cents were lost, or whether amounts are in thousands" }
    DriftTotal "drift-total" {
        es: "«{column}» suma {now} y antes sumaba {before}{factor}, aunque sus filas y su valor típico son los de siempre" => "busque en esa columna un valor absurdo",
        en: "“{column}” adds up to {now} and added up to {before}{factor}, though its rows and its usual amount are as ever" => "look for an absurd amount in that column" }
    DriftFormat "drift-format" {
        es: "«{column}» viene como {now} y antes venía como {before}" => "compare algunas celdas con lo que dice el acreedor; puede fijar el formato en el mapeo",
        en: "“{column}” is written as {now} and was written as {before}" => "compare some cells with what the creditor says; the mapping can fix the format" }
    DriftWidth "drift-width" {
        es: "los números de «{column}» eran casi todos de {before} dígitos y ahora son sobre todo de {now}" => "revise si Excel les quitó ceros a la izquierda; así el CRM los tomaría por otros",
        en: "nearly all numbers of “{column}” had {before} digits, and now most have {now}" => "check whether Excel took zeros in front away; the CRM would take them for others" }
    DriftKind "drift-kind" {
        es: "de los valores de «{column}» ahora tienen letras el {now}, y antes el {before}" => "revise si las columnas están cambiadas entre sí, o si el acreedor escribe ahora otro código",
        en: "of the values of “{column}”, {now} have letters now, and {before} had" => "check whether columns were swapped, or whether the creditor writes another code now" }
    DriftBlanks "drift-blanks" {
        es: "«{column}» está en blanco en el {now} de las filas, y antes en el {before}" => "pida la columna completa; `check` dice qué haría el mapeo con las celdas en blanco",
        en: "“{column}” is blank in {now} of the rows, and was in {before}" => "ask for the whole column; `check` says what the mapping would do with the blank cells" }
    DriftSheet "drift-sheet" {
        es: "la hoja se llama «{now}» y antes se llamaba «{before}»" => "nada que hacer, si es la hoja de la cartera",
        en: "the sheet is called “{now}” and was called “{before}”" => "nothing to do, if it is the sheet of the portfolio" }
    DriftEncoding "drift-encoding" {
        es: "viene en {now} y antes venía en {before}" => "nada que hacer, si las tildes y las eñes se ven bien",
        en: "it comes as {now} and came as {before}" => "nothing to do, if accents look right" }
    DriftContent "drift-content" {
        es: "es {before} igual a la carga {run} del {day}; expedientes que difieren: {now}" => "revise si es el archivo de hoy",
        en: "it is {before} equal to run {run} of {day}; records that differ: {now}" => "check whether it is the file of today" }
    SameContent "same-content" {
        es: "este mismo contenido ya se cargó en la carga {value} ({reason})" => "{next}; para cargarlo otra vez de todos modos: `--again`",
        en: "this same content was already loaded by run {value} ({reason})" => "{next}; to load it once more all the same: `--again`" }
    OnlyChangedNoKey "only-changed-no-key" {
        es: "en {value} cada fila es un registro nuevo, sin una clave con que compararlo" => "cargue sin `--only-changed`",
        en: "in {value} each row is a new record, with no key to compare it by" => "load without `--only-changed`" }
    HeldBefore "held-before" {
        es: "es igual a lo que quedó sin respuesta clara en la carga {value}, y no se envió otra vez" => "decida con `cartera retry {value} --unknown`; si esa carga ya se olvidó, cargue el archivo con `--again`",
        en: "it equals what is held in run {value}, and was not sent again" => "decide with `cartera retry {value} --unknown`; where that run was forgotten, load the file with `--again`" }
    RunNotFound "run-not-found" {
        es: "no existe la carga {value}" => "vea la lista con `cartera runs`",
        en: "there is no run {value}" => "see the list with `cartera runs`" }
    RowNotFound "row-not-found" {
        es: "{place} no tiene una fila de datos {value}; las tiene en {expected}" => "dé el número de fila que muestra Excel, debajo del encabezado",
        en: "{place} has no row of data {value}; it has them at {expected}" => "give the row number that Excel shows, below the header" }
    RowNotKept "row-not-kept" {
        es: "la revisión {run} no guardó la fila {value}: una revisión guarda solo las filas sobre las que dice algo" => "pregunte por el archivo: `cartera explain ARCHIVO -m MAPEO --row {value}`",
        en: "check {run} has not kept row {value}: a check keeps only the rows that it says something about" => "ask about the file: `cartera explain FILE -m MAPPING --row {value}`" }
    TableUnclear "table-unclear" {
        es: "no se sabe en qué tabla buscar la fila {value}; hay estas: {reason}" => "indíquela con `--file` y `--sheet`",
        en: "it is not known in which table to look for row {value}; there are these: {reason}" => "name it with `--file` and `--sheet`" }
    RunNotResumable "run-not-resumable" {
        es: "la carga {value} no terminó de planearse; no se envió nada" => "cargue el archivo de nuevo",
        en: "run {value} was never planned to its end; nothing was sent" => "load the file again" }
    RunIsCheck "run-is-check" {
        es: "la carga {value} fue solo una revisión; no tiene nada que enviar" => "use `cartera load`",
        en: "run {value} was only a check; it has nothing to send" => "use `cartera load`" }
    OtherTenant "other-tenant" {
        es: "la carga {value} es de {expected}, no de {reason}" => "use el mismo servidor y operación",
        en: "run {value} belongs to {expected}, not to {reason}" => "use the same server and operation" }
    NothingToRetry "nothing-to-retry" {
        es: "la carga {value} no tiene nada por reintentar" => "vea `cartera show {value}`",
        en: "run {value} has nothing to retry" => "see `cartera show {value}`" }
    ChunkNotFound "chunk-not-found" {
        es: "la carga no tiene el envío {value}" => "vea los envíos con `cartera show`",
        en: "the run has no chunk {value}" => "see the chunks with `cartera show`" }
    Locked "locked" {
        es: "otro proceso está trabajando con la carga {value}; no se tocó nada" => "espere a que termine",
        en: "another process is working on run {value}; nothing was touched" => "wait until it has ended" }
    LedgerUnwritable "ledger-unwritable" {
        es: "no se puede escribir el registro {value}: {reason}" => "libere espacio o revise permisos; después `cartera resume`",
        en: "the ledger {value} cannot be written: {reason}" => "free some space or check permissions, then `cartera resume`" }
    PaceUnwritable "pace-unwritable" {
        es: "no se puede llevar la cuenta de las llamadas en {value}: {reason}" => "libere espacio o revise permisos; después `cartera resume`",
        en: "the count of calls cannot be kept in {value}: {reason}" => "free some space or check permissions, then `cartera resume`" }
    LedgerForeign "ledger-foreign" {
        es: "{value} no es un registro de cartera: {reason}" => "no lo borre; use otra carpeta con `--state`",
        en: "{value} is not a ledger of cartera: {reason}" => "do not delete it; use another folder with `--state`" }
    LedgerDamaged "ledger-damaged" {
        es: "el registro {value} está dañado: {reason}" => "no lo borre ni lo cambie: restaure una copia de la carpeta, o siga en otra con `--state CARPETA`",
        en: "the ledger {value} is damaged: {reason}" => "neither delete nor change it: restore a copy of the folder, or go on in another with `--state FOLDER`" }
    LedgerGone "ledger-gone" {
        es: "el registro {value} ya no está donde se abrió: alguien movió o borró la carpeta, o se desconectó el disco ({reason}); no se envió nada más" => "devuelva la carpeta a su lugar; después `cartera resume`",
        en: "the ledger {value} is no longer where it was opened: someone moved or deleted the folder, or the disk was disconnected ({reason}); nothing further was sent" => "put the folder back in its place, then `cartera resume`" }
    LedgerLost "ledger-lost" {
        es: "en esta carpeta hubo cargas que {value} ya no conoce: falta el registro, o una parte" => "devuelva a la carpeta `ledger.sqlite` y `ledger.sqlite-wal`; si los quitó a propósito, quite la carpeta entera o use otra con `--state CARPETA`",
        en: "this folder had runs that {value} no longer knows: the ledger, or a part of it, is missing" => "put `ledger.sqlite` and `ledger.sqlite-wal` back; if you removed them on purpose, remove the whole folder or use another with `--state FOLDER`" }
    LedgerOnNetwork "ledger-on-network" {
        es: "la carpeta {value} está en la red o se sincroniza ({reason}), y eso daña el registro" => "use una carpeta de este equipo: `--state CARPETA`",
        en: "the folder {value} is on the network or is synchronised ({reason}), which damages the ledger" => "use a folder of this machine: `--state FOLDER`" }
    LedgerBusy "ledger-busy" {
        es: "otro programa tiene ocupado el registro {value}" => "espere a que termine la copia o la otra carga, y repita el comando",
        en: "another program keeps the ledger {value} busy" => "wait until the backup or the other run has ended, and repeat the command" }
    RunPurged "run-purged" {
        es: "los datos de la carga {value} se olvidaron el {expected} (`cartera purge`); quedan sus cuentas" => "vea las cuentas con `cartera show {value}`; para enviar otra vez, cargue el archivo",
        en: "the data of run {value} was forgotten on {expected} (`cartera purge`); its books remain" => "see the books with `cartera show {value}`; to send again, load the file" }
    PurgeDeclined "purge-declined" {
        es: "no se olvidó nada: la respuesta fue no" => "`cartera purge` lo hace cuando quiera",
        en: "nothing was forgotten: the answer was no" => "`cartera purge` does it whenever you want" }
    LedgerNewer "ledger-newer" {
        es: "{value} es de una versión más nueva de cartera" => "actualice cartera",
        en: "{value} was written by a newer cartera" => "update cartera" }
    ReportUnwritable "report-unwritable" {
        es: "no se puede escribir el informe {value}: {reason}" => "revise la carpeta; después `cartera report RUN -o CARPETA`",
        en: "the report {value} cannot be written: {reason}" => "check the folder, then `cartera report RUN -o FOLDER`" }
    StateFolder "state-folder" {
        es: "no se puede usar la carpeta de datos {value}: {reason}" => "indique otra con `--state CARPETA`",
        en: "the data folder {value} cannot be used: {reason}" => "name another with `--state FOLDER`" }
    TooFewFiles "too-few-files" {
        es: "el sistema deja abrir {value} archivos y conexiones a la vez, y cartera necesita {expected}; no se empezó nada" => "suba el límite (`ulimit -n 1024`; en un servicio, `LimitNOFILE=1024`) y repita el comando",
        en: "the system lets {value} files and connections be open at the same time, and cartera needs {expected}; nothing was begun" => "raise the limit (`ulimit -n 1024`; in a service, `LimitNOFILE=1024`) and repeat the command" }
    TooFewThreads "too-few-threads" {
        es: "el sistema no deja iniciar los {expected} hilos que cartera necesita: {reason}; no se empezó nada" => "revise la memoria libre y el límite de procesos (`ulimit -u`; en un servicio, `TasksMax`) y repita el comando",
        en: "the system does not let the {expected} threads start that cartera needs: {reason}; nothing was begun" => "check the free memory and the limit of processes (`ulimit -u`; in a service, `TasksMax`) and repeat the command" }
    SandboxFailed "sandbox-failed" {
        es: "no se pudo iniciar el CRM de ensayo: {reason}" => "revise la dirección y la carpeta",
        en: "the stand-in CRM could not start: {reason}" => "check the address and the folder" }
    Declined "declined" {
        es: "no se envió nada: la respuesta fue no" => "`cartera resume {value}` lo envía cuando quiera",
        en: "nothing was sent: the answer was no" => "`cartera resume {value}` sends it whenever you want" }

    // Why a run stopped.
    TokenRefused "token-refused" {
        es: "el CRM no acepta el token: {reason}" => "renueve el token; después `cartera resume {value}`",
        en: "the CRM does not accept the token: {reason}" => "renew the token, then `cartera resume {value}`" }
    CrmDown "crm-down" {
        es: "el CRM no está disponible: {reason}" => "más tarde: `cartera resume {value}`",
        en: "the CRM is not available: {reason}" => "later: `cartera resume {value}`" }
    CrmSaysWait "crm-says-wait" {
        es: "el CRM pide esperar más de lo que permite `--patience` (hasta el {until}): {reason}" => "a esa hora: `cartera resume {value}`",
        en: "the CRM asks to wait longer than `--patience` allows (until {until}): {reason}" => "at that time: `cartera resume {value}`" }
    QuotaEnded "quota-ended" {
        es: "no quedan llamadas por hoy: {reason}" => "vuelve a haber llamadas desde el {until}: `cartera resume {value}`",
        en: "no calls are left today: {reason}" => "there are calls again from {until}: `cartera resume {value}`" }
    FilesRanOut "files-ran-out" {
        es: "este equipo no deja abrir más archivos ni conexiones ({reason}); no es culpa del CRM" => "suba el límite (`ulimit -n 1024`; en un servicio, `LimitNOFILE=1024`) o baje `--concurrency`; después `cartera resume {value}`",
        en: "this machine lets no further file or connection be opened ({reason}); it is not the CRM's fault" => "raise the limit (`ulimit -n 1024`; in a service, `LimitNOFILE=1024`) or lower `--concurrency`, then `cartera resume {value}`" }
    EndpointRefused "endpoint-refused" {
        es: "el servidor no atiende esta llamada: {reason}" => "revise servidor y operación; después `cartera resume {value}`",
        en: "the server does not serve this call: {reason}" => "check server and operation, then `cartera resume {value}`" }
    Redirected "redirected" {
        es: "el servidor manda a otra dirección ({reason}); el token no se envió allá" => "revise el servidor, o abra antes el portal de su red; después `cartera resume {value}`",
        en: "the server points to another address ({reason}); the token was not sent there" => "check the server, or open your network's portal first, then `cartera resume {value}`" }
    ConnectionUntrusted "connection-untrusted" {
        es: "no se puede confiar en la conexión con el servidor: {reason}" => "revise el nombre del servidor y la fecha del equipo; si su red inspecciona https, pida que excluya ese servidor; después `cartera resume {value}`",
        en: "the connection to the server cannot be trusted: {reason}" => "check the server's name and this machine's date; if your network inspects https, ask that it leaves this server out; then `cartera resume {value}`" }
    ProxyRefused "proxy-refused" {
        es: "el proxy de la red (variable `HTTPS_PROXY`) no dejó pasar la llamada: {reason}" => "pida acceso a quien administra el proxy, o corrija la variable; después `cartera resume {value}`",
        en: "the network's proxy (variable `HTTPS_PROXY`) did not let the call through: {reason}" => "ask whoever runs the proxy for access, or correct the variable, then `cartera resume {value}`" }
    NotTheCrm "not-the-crm" {
        es: "en esa dirección contesta una página web y no el CRM: {reason}" => "revise el servidor; después `cartera resume {value}`",
        en: "a web page answers at that address, not the CRM: {reason}" => "check the server, then `cartera resume {value}`" }
    SameRejection "same-rejection" {
        es: "el CRM rechaza todo con el mismo motivo: {reason}" => "corrija la causa (mapeo, operación o CRM); después `cartera resume {value}` y `cartera retry {value}`",
        en: "the CRM rejects everything for the same reason: {reason}" => "mend the cause (mapping, operation or CRM), then `cartera resume {value}` and `cartera retry {value}`" }
    UnknownStreak "unknown-streak" {
        es: "tres envíos seguidos quedaron sin respuesta clara" => "revise el CRM; después `cartera resume {value}`",
        en: "three requests in a row had no clear answer" => "look at the CRM, then `cartera resume {value}`" }
    StoppedByUser "stopped-by-user" {
        es: "detenida a petición suya; lo enviado quedó registrado" => "`cartera resume {value}` continúa",
        en: "stopped as you asked; what was sent is written down" => "`cartera resume {value}` goes on" }
    CanaryNotAccepted "canary-not-accepted" {
        es: "los primeros registros no entraron todos ({expected} {expected?aceptado|aceptados}); el resto no se envió" => "revise el informe; después `cartera resume {value}` envía el resto",
        en: "not all of the first records were accepted ({expected} {expected?was|were}); the rest was not sent" => "look at the report, then `cartera resume {value}` sends the rest" }
    CanaryDeclined "canary-declined" {
        es: "el resto no se envió: la respuesta fue no" => "`cartera resume {value}` lo envía cuando quiera",
        en: "the rest was not sent: the answer was no" => "`cartera resume {value}` sends it whenever you want" }
    LimitReached "limit-reached" {
        es: "se alcanzó el límite pedido ({expected} {expected?registro|registros})" => "`cartera resume {value}` carga el resto",
        en: "the limit asked for was reached ({expected} {expected?record|records})" => "`cartera resume {value}` loads the rest" }
    DiffNeedsTwo "diff-needs-two" {
        es: "se comparan dos cargas, o un archivo con una carga" => "`cartera diff 3 7`, o `cartera diff cartera.xlsx -m mapeo.toml --run 7`",
        en: "two runs are compared, or a file with a run" => "`cartera diff 3 7`, or `cartera diff portfolio.xlsx -m mapping.toml --run 7`" }
    DiffOtherTarget "diff-other-target" {
        es: "la carga {value} es de {expected} y lo otro de {reason}: no se pueden comparar" => "compare cargas del mismo destino",
        en: "run {value} is of {expected} and the other of {reason}: they cannot be compared" => "compare runs of the same target" }
    RunWithoutRecords "run-without-records" {
        es: "la carga {value} fue solo una revisión y no guardó sus expedientes" => "compare el archivo: `cartera diff ARCHIVO -m MAPEO.toml --run N`",
        en: "run {value} was only a check and kept no records" => "compare the file: `cartera diff FILE -m MAPPING.toml --run N`" }
    Internal "internal" {
        es: "error interno: {reason}" => "no se perdió nada; avise al soporte con esta línea",
        en: "internal error: {reason}" => "nothing is lost; report this line" }
}

#[cfg(test)]
mod tests {
    use super::super::placeholders;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn both_languages_say_the_same_things() {
        for &code in Code::ALL {
            let (es, en) = (code.words(Lang::Es), code.words(Lang::En));
            assert_eq!(placeholders(es.what).0, placeholders(en.what).0, "{code}: what");
            assert_eq!(placeholders(es.fix).0, placeholders(en.fix).0, "{code}: fix");
            assert!(!es.what.is_empty() && !es.fix.is_empty(), "{code} says nothing");
        }
    }

    #[test]
    fn codes_are_unique_and_read_back() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for &code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
        }
    }
}
