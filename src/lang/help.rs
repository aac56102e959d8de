//! The texts of `--help`, by command and flag, in Spanish and English.
//!
//! They are laid over the parser's commands after it is built, so that the command line is defined in one place
//! and described in another. A test beside the parser fails when a command or a flag has no text.

use super::Lang;

/// A text in both languages.
type Both = [&'static str; 2];

const COMMANDS: &[(&str, Both)] = &[
    (
        "cartera",
        [
            "Carga carteras de deuda (CSV, Excel) en wolkvox CRM, sin perder una fila.",
            "Loads debt portfolios (CSV, Excel) into wolkvox CRM, without losing a row.",
        ],
    ),
    (
        "load",
        [
            "Revisa, planea, envía, concilia e informa. Termina con 0 (todo cargado), 1 (no se envió nada), 3 (filas por corregir), 4 (detenida), 5 (sin respuesta clara), 6 (ocupada), 7 (token rechazado) u 8 (disco).",
            "Checks, plans, sends, reconciles and reports. Exits with 0 (all loaded), 1 (nothing sent), 3 (rows to correct), 4 (stopped), 5 (unknown held), 6 (locked), 7 (token refused) or 8 (disk).",
        ],
    ),
    (
        "check",
        [
            "Revisa el archivo y escribe el informe de errores; no envía nada. Termina con 0 (todo válido), 1 (no se puede leer) o 3 (filas por corregir).",
            "Checks the file and writes the error report; sends nothing. Exits with 0 (all valid), 1 (cannot be read) or 3 (rows to correct).",
        ],
    ),
    (
        "inspect",
        [
            "Muestra qué contiene un archivo: hojas, encabezado, el destino que mejor corresponde, columnas con el campo que parecen ser, formatos con su prueba, daños.",
            "Shows what a file holds: sheets, header, the target that fits best, columns with the field they seem to be, formats with proof, damage.",
        ],
    ),
    (
        "map",
        [
            "Escribe el mapeo de un archivo nuevo: a qué destino corresponde, qué columna va a qué campo, cuán seguro es y por qué. Termina con 0 (escrito, con o sin preguntas) o 1 (no se puede leer, o el mapeo ya existe).",
            "Writes the mapping of a new file: which target it fits, which column goes to which field, how sure it is and why. Exits with 0 (written, with or without questions) or 1 (cannot be read, or the mapping exists).",
        ],
    ),
    (
        "resume",
        [
            "Continúa una carga que se detuvo. Termina como `load`.",
            "Goes on with a run that stopped. Exits as `load` does.",
        ],
    ),
    (
        "retry",
        [
            "Envía de nuevo, sin el archivo, lo que el CRM rechazó (o, con --unknown, lo que quedó sin respuesta clara). Termina como `load`.",
            "Sends again, without the file, what the CRM rejected (or, with --unknown, what is held). Exits as `load` does.",
        ],
    ),
    (
        "explain",
        [
            "Explica una fila: sus celdas, los campos que dan, su expediente, el JSON y lo que contestó el CRM.",
            "Explains one row: its cells, the fields they give, its record, the JSON and what the CRM answered.",
        ],
    ),
    (
        "diff",
        [
            "Compara dos cargas, o un archivo con una carga: deudores nuevos, los que salieron y saldos que cambiaron, en cantidad y en dinero.",
            "Compares two runs, or a file with a run: debtors who are new, who are gone and whose balance changed, in counts and money.",
        ],
    ),
    ("report", ["Escribe de nuevo el informe de una carga.", "Writes a run's report again."]),
    (
        "purge",
        [
            "Olvida para siempre las filas, los envíos y los datos personales de cargas viejas, y borra sus carpetas de informe; quedan sus cuentas. Termina con 0, 1 (la respuesta fue no), 6 (ocupada) u 8 (disco).",
            "Forgets for good the rows, bodies and personal data of old runs, and removes their report folders; their books stay. Exits with 0, 1 (the answer was no), 6 (locked) or 8 (disk).",
        ],
    ),
    (
        "watch",
        [
            "Vigila las carpetas de `[[watch]]` en cartera.toml: carga cada archivo cuando está completo y le toca, lo mueve y avisa. Con --once termina con el código que más dice de lo que hizo; con --check, con 0 o 1; con 6 si otro vigila esa carpeta.",
            "Watches the folders of `[[watch]]` in cartera.toml: loads each file when it is whole and due, moves it and tells people. With --once it exits with the code that says most of what it did; with --check, with 0 or 1; with 6 when another watches that folder.",
        ],
    ),
    ("runs", ["Lista las cargas.", "Lists the runs."]),
    ("show", ["Muestra una carga: cuentas, envíos, intentos.", "Shows one run: books, chunks, attempts."]),
    (
        "sandbox",
        [
            "Inicia un CRM de ensayo en esta máquina, para practicar sin tocar producción.",
            "Starts a stand-in CRM on this machine, to rehearse without touching production.",
        ],
    ),
    ("targets", ["Lista los destinos del CRM y sus campos.", "Lists the CRM's targets and their fields."]),
    ("completions", ["Escribe el autocompletado para un intérprete.", "Prints completions for a shell."]),
    ("help", ["Muestra esta ayuda o la de un comando.", "Prints this help or that of a command."]),
];

const ARGS: &[(&str, Both)] = &[
    (
        "config",
        [
            "Archivo de configuración (por defecto ./cartera.toml, si existe).",
            "Configuration file (default: ./cartera.toml, when present).",
        ],
    ),
    ("profile", ["Perfil de la configuración.", "Profile of the configuration."]),
    ("lang", ["Idioma: es o en.", "Language: es or en."]),
    (
        "json",
        [
            "El resultado como un objeto JSON en la salida estándar.",
            "The result as one JSON object on standard output.",
        ],
    ),
    ("verbose", ["Más detalle en el registro; repita para más.", "More detail in the log; repeat for more."]),
    ("quiet", ["Solo errores y el resultado.", "Errors and the result alone."]),
    ("log_format", ["Formato del registro: text o json.", "Format of the log: text or json."]),
    ("no_progress", ["Sin indicador de avance.", "No progress indicator."]),
    ("state", ["Carpeta donde cartera guarda su registro.", "Folder in which cartera keeps its ledger."]),
    (
        "file",
        ["Archivo que se examina; `-` es la entrada estándar.", "File to look at; `-` is standard input."],
    ),
    (
        "files",
        [
            "Archivos CSV, Excel (xlsx, xlsm, xlsb, xls) u ODS, también dentro de gz, zst o zip; `-` es la entrada estándar.",
            "CSV, Excel (xlsx, xlsm, xlsb, xls) or ODS files, also inside gz, zst or zip; `-` is standard input.",
        ],
    ),
    (
        "table",
        [
            "Archivo de una de las dos tablas que une el mapeo: debtors=ARCHIVO u obligations=ARCHIVO; se puede repetir.",
            "File of one of the two tables that the mapping joins: debtors=FILE or obligations=FILE; may be repeated.",
        ],
    ),
    (
        "compared",
        [
            "Las dos cargas que se comparan; con --run, el archivo que se compara con ella.",
            "The two runs to compare; with --run, the file to compare with it.",
        ],
    ),
    ("row", ["Número de la fila, como la muestra Excel.", "Number of the row, as Excel shows it."]),
    (
        "of_file",
        ["Archivo de la fila, si la carga leyó varios.", "File of the row, where the run read several."],
    ),
    ("sheet", ["Hoja de la fila, si hay varias.", "Sheet of the row, where there are several."]),
    ("out", ["Archivo que se escribe.", "File to write."]),
    (
        "map_target",
        [
            "Destino del CRM; si no se dice, el que mejor corresponde a las columnas.",
            "Target in the CRM; where none is given, the one that fits the columns best.",
        ],
    ),
    ("force", ["Reemplaza el archivo, si ya existe.", "Replaces the file, if it exists."]),
    (
        "schema",
        [
            "El esquema JSON de su mapeo, para que el editor complete y revise.",
            "The JSON Schema of its mapping, for an editor to complete and check.",
        ],
    ),
    (
        "template",
        [
            "Escribe un libro vacío con sus encabezados, para enviar a un acreedor.",
            "Writes an empty workbook with its headers, to send to a creditor.",
        ],
    ),
    ("mapping", ["Mapeo: qué columna alimenta qué campo.", "Mapping: which column feeds which field."]),
    (
        "server",
        [
            "Servidor del CRM, por ejemplo crm0001.wolkvox.com.",
            "The CRM's server, such as crm0001.wolkvox.com.",
        ],
    ),
    ("operation", ["Nombre de la operación en el CRM.", "Name of the operation in the CRM."]),
    (
        "sandbox",
        [
            "Envía a un CRM de ensayo dentro de este proceso; no necesita token.",
            "Sends to a stand-in CRM inside this process; no token needed.",
        ],
    ),
    (
        "rate",
        [
            "Ritmo máximo de llamadas, por ejemplo 2/s o 90/m (por defecto 2/s).",
            "Highest pace of calls, such as 2/s or 90/m (default 2/s).",
        ],
    ),
    (
        "burst",
        ["Llamadas que pueden salir juntas (por defecto 1).", "Calls that may leave at once (default 1)."],
    ),
    (
        "concurrency",
        [
            "Llamadas en curso al mismo tiempo (por defecto 1).",
            "Calls under way at the same time (default 1).",
        ],
    ),
    ("chunk_size", ["Expedientes por llamada (por defecto 100).", "Records per call (default 100)."]),
    ("max_body", ["Tamaño máximo de una llamada (por defecto 1M).", "Largest body of a call (default 1M)."]),
    ("timeout", ["Plazo de cada llamada (por defecto 120s).", "Deadline of each call (default 120s)."]),
    ("max_attempts", ["Intentos por envío (por defecto 3).", "Attempts per chunk (default 3)."]),
    (
        "patience",
        [
            "Cuánto esperar, en total, a un CRM caído (por defecto 30m).",
            "How long, in all, to wait for a CRM that is down (default 30m).",
        ],
    ),
    (
        "resend_unknown",
        [
            "Reenvía de inmediato lo que quedó sin respuesta clara; puede duplicar.",
            "Sends unknown outcomes again at once; may duplicate.",
        ],
    ),
    ("token_file", ["Archivo que contiene el token.", "File that holds the token."]),
    (
        "limit",
        [
            "Se detiene después de N expedientes; `resume` carga el resto.",
            "Stops after N records; `resume` loads the rest.",
        ],
    ),
    (
        "reserve",
        [
            "Llamadas del día que se dejan para otros; pide `quota_check` o `daily_budget` en el perfil.",
            "Calls of the day left for others; needs `quota_check` or `daily_budget` in the profile.",
        ],
    ),
    (
        "report",
        ["Carpeta del informe (por defecto ./cartera-N/).", "Folder of the report (default ./cartera-N/)."],
    ),
    (
        "canary",
        [
            "Envía primero N expedientes; el resto sigue si todos entran (en una terminal, pregunta). Si no, se detiene con 4.",
            "Sends N records first; the rest follows if all of them go in (on a terminal, it asks). If not, it stops with 4.",
        ],
    ),
    (
        "older_than",
        [
            "Solo cargas terminadas hace al menos este tiempo, por ejemplo 90d.",
            "Only runs that ended at least so long ago, such as 90d.",
        ],
    ),
    (
        "all",
        [
            "También las huellas con que se reconoce un contenido ya cargado.",
            "Also the fingerprints by which a content already loaded is known.",
        ],
    ),
    (
        "operator",
        [
            "Quién carga, para la constancia (por defecto, el usuario del sistema).",
            "Who loads, for the certificate (default: the system's user).",
        ],
    ),
    ("yes", ["No pregunta antes de enviar.", "Does not ask before sending."]),
    (
        "max_invalid",
        [
            "Máximo de filas inválidas, como número o porcentaje; con más no se envía nada.",
            "Most invalid rows, as a number or a share; with more, nothing is sent.",
        ],
    ),
    (
        "expect_rows",
        [
            "Filas de datos que debe traer el archivo; si no son esas, no se envía nada.",
            "Rows of data that the file must have; if it has others, nothing is sent.",
        ],
    ),
    (
        "expect_total",
        [
            "Lo que debe sumar un campo o una columna, por ejemplo total_balance=8450330120.55; si no, no se envía nada. Se puede repetir.",
            "What a field or a column must add up to, such as total_balance=8450330120.55; if not, nothing is sent. May be repeated.",
        ],
    ),
    (
        "accept_drift",
        [
            "Acepta que el archivo no sea como los anteriores (sin esto, no se envía nada).",
            "Accepts that the file is not like the earlier ones (without it, nothing is sent).",
        ],
    ),
    (
        "as_of",
        [
            "Día hasta el que se cuentan los días de mora de `days_since` (por defecto, hoy).",
            "Day up to which the days in arrears of `days_since` are counted (default: today).",
        ],
    ),
    (
        "once",
        [
            "Hace lo que toca ahora y termina: para cron y el Programador de tareas.",
            "Does what is due now and exits: for cron and Task Scheduler.",
        ],
    ),
    (
        "check_only",
        [
            "Solo revisa la configuración y dice todos sus errores.",
            "Checks the configuration alone and says all its mistakes.",
        ],
    ),
    (
        "status_file",
        [
            "Archivo JSON donde escribe cómo está cada carpeta, después de cada vuelta.",
            "JSON file in which it writes how each folder stands, after each round.",
        ],
    ),
    (
        "again",
        ["Carga de nuevo un contenido que ya se cargó.", "Loads again a content that was already loaded."],
    ),
    (
        "only_changed",
        [
            "Envía solo los expedientes nuevos o distintos de lo último que el CRM aceptó; lista los que ya no vienen en el archivo, y no borra nada.",
            "Sends only records that are new or differ from what the CRM accepted last; lists those that the file no longer has, and deletes nothing.",
        ],
    ),
    (
        "bodies",
        [
            "Escribe las llamadas que se enviarían, una por línea.",
            "Writes the bodies that would be sent, a line each.",
        ],
    ),
    ("run", ["Número de la carga, o `last` para la última.", "Number of the run, or `last`."]),
    (
        "code",
        [
            "Solo lo rechazado con este código; se puede repetir.",
            "Only what was rejected with this code; may be repeated.",
        ],
    ),
    ("unknown", ["Lo que quedó sin respuesta clara.", "What is held because its outcome is unknown."]),
    ("output", ["Carpeta del informe.", "Folder of the report."]),
    ("chunk", ["El contenido de un envío y sus intentos.", "One chunk's body and its attempts."]),
    ("unmasked", ["Muestra los datos personales completos.", "Shows personal data whole."]),
    ("listen", ["Dirección local donde escucha.", "Local address to listen on."]),
    ("store", ["Carpeta donde guarda lo que acepta.", "Folder in which it keeps what it accepts."]),
    (
        "fault",
        [
            "Falla a propósito, por ejemplo reset-after@3, status-500@5-7, limit@%10; se puede repetir.",
            "Misbehaves on request, such as reset-after@3, status-500@5-7, limit@%10; may be repeated.",
        ],
    ),
    ("seed", ["Semilla de las fallas al azar.", "Seed of faults by chance."]),
    ("daily_limit", ["Llamadas por día y token.", "Calls a day and token."]),
    ("target", ["Destino cuyos campos se muestran.", "Target whose fields are shown."]),
    (
        "shell",
        ["Intérprete: bash, zsh, fish, powershell, elvish.", "Shell: bash, zsh, fish, powershell, elvish."],
    ),
];

/// What stands for a value in the usage, in English as the parser has it, and in Spanish where that differs.
const VALUES: &[(&str, &str)] = &[
    ("ADDRESS", "DIRECCIÓN"),
    ("COLUMN=AMOUNT", "COLUMNA=VALOR"),
    ("DIR", "CARPETA"),
    ("FILE", "ARCHIVO"),
    ("FILE.ndjson", "ARCHIVO.ndjson"),
    ("FILE.xlsx", "ARCHIVO.xlsx"),
    ("HOST", "SERVIDOR"),
    ("NAME", "NOMBRE"),
    ("OP", "OPERACIÓN"),
    ("RUN", "CARGA"),
    ("RUN|FILE", "CARGA|ARCHIVO"),
    ("SHEET", "HOJA"),
    ("SHELL", "INTÉRPRETE"),
    ("TABLE=FILE", "TABLA=ARCHIVO"),
    ("TARGET", "DESTINO"),
    ("WHAT@WHICH", "FALLA@CUÁL"),
    ("YYYY-MM-DD", "AAAA-MM-DD"),
];

/// A heading of a command's help, or a flag that the parser brings by itself.
#[derive(Debug, Clone, Copy)]
pub enum Own {
    /// Above a command's own flags.
    Options,
    /// Above the flags that every command has.
    GeneralOptions,
    /// Above what is typed without a flag.
    Arguments,
    /// Above the commands.
    Commands,
    /// What stands for a command in the usage.
    Command,
    /// What stands for the flags in the usage.
    AnyOptions,
    /// In front of the usage.
    Usage,
    /// In front of a default.
    Default,
    /// About `--help`.
    Help,
    /// About `--version`.
    Version,
}

impl Own {
    /// The words in a language.
    pub fn text(self, lang: Lang) -> &'static str {
        let both: Both = match self {
            Own::Options => ["Opciones", "Options"],
            Own::GeneralOptions => ["Opciones de todos los comandos", "Options of all commands"],
            Own::Arguments => ["Argumentos", "Arguments"],
            Own::Commands => ["Comandos", "Commands"],
            Own::Command => ["COMANDO", "COMMAND"],
            Own::AnyOptions => ["[OPCIONES]", "[OPTIONS]"],
            Own::Usage => ["Uso", "Usage"],
            Own::Default => ["por defecto", "default"],
            Own::Help => ["Muestra esta ayuda.", "Prints this help."],
            Own::Version => ["Muestra la versión.", "Prints the version."],
        };
        both[lang as usize]
    }
}

/// What a command does.
pub fn of_command(name: &str, lang: Lang) -> Option<&'static str> {
    text_of(COMMANDS, name, lang)
}

/// What a flag or an argument is for, by its name in the parser.
pub fn of_arg(name: &str, lang: Lang) -> Option<&'static str> {
    text_of(ARGS, name, lang)
}

/// What stands for a value in the usage, where it is not what the parser has: `ARCHIVO` for `FILE`.
pub fn of_value(name: &str, lang: Lang) -> Option<&'static str> {
    let spanish = VALUES.iter().find(|(known, _)| *known == name).map(|(_, spanish)| *spanish);
    spanish.filter(|_| lang == Lang::Es)
}

fn text_of(texts: &[(&str, Both)], name: &str, lang: Lang) -> Option<&'static str> {
    texts.iter().find(|(known, _)| *known == name).map(|(_, both)| both[lang as usize])
}
