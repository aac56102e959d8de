//! What a group of rows that did not go in has in common, in Spanish and in English.
//!
//! A problem's own words ([`super::problems`]) speak of one cell and its value. These speak of all rows of a cause at
//! once: what is the matter with the column, and the one thing to do about it, most often to be asked of the
//! creditor. A code that is said of many rows as of one has no words here.

use super::{Code, Lang, Words};

macro_rules! causes {
    ($($name:ident { es: $es:literal => $es_fix:literal, en: $en:literal => $en_fix:literal })*) => {
        impl Code {
            /// The words for a group of rows with this code; none where the words for one row do for all of them.
            pub const fn cause(self, lang: Lang) -> Option<Words> {
                match (self, lang) {
                    $(
                        (Code::$name, Lang::Es) => Some(Words { what: $es, fix: $es_fix }),
                        (Code::$name, Lang::En) => Some(Words { what: $en, fix: $en_fix }),
                    )*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const TOLD: &[Code] = &[$(Code::$name,)*];
    };
}

causes! {
    MissingRequired {
        es: "«{column}» está en blanco, y {field} es obligatorio" => "pida al acreedor los datos que faltan en «{column}»",
        en: "“{column}” is blank, and {field} is mandatory" => "ask the creditor for what is missing in “{column}”" }
    BadDate {
        es: "«{column}» tiene fechas que no existen o que no están escritas como {expected}" => "pida al acreedor esas fechas, escritas como {expected}",
        en: "“{column}” has dates that do not exist or are not written as {expected}" => "ask the creditor for those dates, written as {expected}" }
    BadAmount {
        es: "«{column}» tiene valores que no son dinero ({expected})" => "pida al acreedor «{column}» solo con números",
        en: "“{column}” has values that are no amounts ({expected})" => "ask the creditor for “{column}” in numbers alone" }
    BadInteger {
        es: "«{column}» tiene valores que no son números enteros" => "pida al acreedor «{column}» con números enteros, como 90",
        en: "“{column}” has values that are no whole numbers" => "ask the creditor for “{column}” in whole numbers, such as 90" }
    BadEmail {
        es: "«{column}» tiene correos mal escritos" => "corríjalos en el archivo de errores (nombre@dominio.com), o pídalos al acreedor",
        en: "“{column}” has e-mail addresses that are none" => "correct them in the error file (name@domain.com), or ask the creditor for them" }
    BadPhone {
        es: "«{column}» tiene teléfonos con menos de 7 o más de 15 dígitos" => "corríjalos en el archivo de errores, o pida al acreedor un teléfono por celda",
        en: "“{column}” has telephone numbers of less than 7 or more than 15 digits" => "correct them in the error file, or ask the creditor for one number to a cell" }
    TooLong {
        es: "«{column}» tiene textos de más de {expected} caracteres" => "acórtelos en el archivo de errores",
        en: "“{column}” has texts longer than {expected} characters" => "shorten them in the error file" }
    IdDamaged {
        es: "la hoja de cálculo dañó números de «{column}»: perdieron dígitos o ceros" => "pida al acreedor la columna «{column}» en formato de texto",
        en: "the spreadsheet has damaged numbers of “{column}”: they lost digits or zeros" => "ask the creditor for the column “{column}” formatted as text" }
    ValueNotMapped {
        es: "«{column}» trae palabras que no están en el `map` de {field}" => "agréguelas al `map` de {field} en el mapeo, o dele un `otherwise`",
        en: "“{column}” has words that are not in the `map` of {field}" => "add them to the `map` of {field} in the mapping, or give that an `otherwise`" }
    RaggedRow {
        es: "filas con más o menos columnas que el encabezado" => "revise sus separadores y comillas, o pida el archivo al acreedor en .xlsx",
        en: "rows with more or fewer columns than the header" => "check their separators and quotes, or ask the creditor for the file as .xlsx" }
    StrayQuote {
        es: "filas con una comilla suelta" => "quite esas comillas en el archivo de errores, o pida el archivo en .xlsx",
        en: "rows with a stray quote" => "remove those quotes in the error file, or ask for the file as .xlsx" }
    UnbalancedQuote {
        es: "filas en las que se abre una comilla que no se cierra, como en {value} (línea:carácter)" => "cierre o quite esa comilla, o pida el archivo en .xlsx",
        en: "rows in which a quote is opened and never closed, as at {value} (line:character)" => "close or remove that quote, or ask for the file as .xlsx" }
    UndecodableText {
        es: "«{column}» tiene bytes que no son texto {expected}" => "pida el archivo al acreedor en UTF-8, o indique `encoding` en `[source]` del mapeo",
        en: "“{column}” has bytes that are not {expected} text" => "ask the creditor for the file in UTF-8, or set `encoding` under `[source]` of the mapping" }
    ControlCharacter {
        es: "«{column}» tiene caracteres de control, que no son texto" => "escriba de nuevo esas celdas en el archivo de errores",
        en: "“{column}” has control characters, which are no text" => "type those cells again in the error file" }
    ErrorCell {
        es: "«{column}» tiene errores de Excel, como {value}" => "pida al acreedor el archivo con sus fórmulas corregidas o pegadas como valores",
        en: "“{column}” has errors of Excel, such as {value}" => "ask the creditor for the file with its formulas mended or pasted as values" }
    UncalculatedFormula {
        es: "«{column}» tiene fórmulas sin un valor guardado" => "abra el archivo en Excel, guárdelo y cárguelo de nuevo",
        en: "“{column}” has formulas without a stored value" => "open the file in Excel, save it and load it again" }
    MergedCell {
        es: "«{column}» tiene celdas combinadas: el dato está solo en la primera" => "separe las celdas combinadas y escriba el dato en cada fila",
        en: "“{column}” has merged cells: the value stands in the first one alone" => "unmerge the cells and type the value in each row" }
    DuplicateObligation {
        es: "la misma obligación está dos veces con otros datos" => "pregunte al acreedor cuál vale, o decídalo con `on_duplicate` en `[rules]` del mapeo",
        en: "the same obligation is there twice with other data" => "ask the creditor which one counts, or decide it by `on_duplicate` under `[rules]` of the mapping" }
    ConflictingRows {
        es: "filas de un mismo deudor no coinciden en «{column}»" => "pregunte al acreedor cuál vale, o decídalo con `on_conflict` en `[rules]` del mapeo",
        en: "rows of one debtor disagree in “{column}”" => "ask the creditor which one counts, or decide it by `on_conflict` under `[rules]` of the mapping" }
    RecordTooBig {
        es: "expedientes que no caben en un envío ({expected} bytes)" => "suba `--max-body`",
        en: "records that do not fit into a request ({expected} bytes)" => "raise `--max-body`" }
    OrphanDebtor {
        es: "deudores sin ninguna obligación en la tabla de obligaciones" => "pida sus obligaciones al acreedor, o quite esas filas",
        en: "debtors without an obligation in the table of obligations" => "ask the creditor for their obligations, or remove those rows" }
    OrphanObligation {
        es: "obligaciones cuyo deudor no está en la tabla de deudores" => "pida esos deudores al acreedor, o corrija el documento",
        en: "obligations whose debtor is not in the table of debtors" => "ask the creditor for those debtors, or correct the document" }
    CrmRejected {
        es: "el CRM los rechazó: {value}" => "corrija lo que el CRM señala en el archivo de errores y cárguelo de nuevo",
        en: "the CRM rejected them: {value}" => "correct what the CRM names in the error file and load that again" }
    CrmRefused {
        es: "el CRM rechazó envíos enteros: {value}" => "revise el motivo; después `cartera retry {run}`",
        en: "the CRM refused whole requests: {value}" => "look into the reason, then `cartera retry {run}`" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What the grouping of causes fills in.
    const VALUES: [&str; 5] = ["column", "field", "expected", "value", "run"];

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_say_the_same_of_a_cause() {
        for code in TOLD {
            let [es, en] = [Lang::Es, Lang::En].map(|lang| code.cause(lang).unwrap());
            assert_eq!(placeholders(es.what), placeholders(en.what), "{code}");
            assert_eq!(placeholders(es.fix), placeholders(en.fix), "{code}");
            assert!(
                placeholders(es.what).iter().chain(&placeholders(es.fix)).all(|name| VALUES.contains(name))
            );
        }
    }
}
