//! The texts of `--help`, by command and flag, in Spanish and English.
//!
//! They are laid over the parser's commands after it is built, so that the command line is defined in one place
//! and described in another. A test fails when a command or a flag has no text.

use clap::{Arg, Command};

use super::Lang;

/// A text in both languages.
type Both = [&'static str; 2];

const COMMANDS: [(&str, Both); 17] = [
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
            "Muestra qué contiene un archivo: hojas, encabezado, columnas con el campo que parecen ser, formatos con su prueba, daños.",
            "Shows what a file holds: sheets, header, columns with the field they seem to be, formats with proof, damage.",
        ],
    ),
    (
        "map",
        [
            "Escribe el mapeo de un archivo nuevo: qué columna va a qué campo, cuán seguro es y por qué. Termina con 0 (escrito, con o sin preguntas) o 1 (no se puede leer, o el mapeo ya existe).",
            "Writes the mapping of a new file: which column goes to which field, how sure it is and why. Exits with 0 (written, with or without questions) or 1 (cannot be read, or the mapping exists).",
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

const ARGS: [(&str, Both); 64] = [
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
    ("row", ["Número de la fila, como la muestra Excel.", "Number of the row, as Excel shows it."]),
    (
        "of_file",
        ["Archivo de la fila, si la carga leyó varios.", "File of the row, where the run read several."],
    ),
    ("sheet", ["Hoja de la fila, si hay varias.", "Sheet of the row, where there are several."]),
    ("out", ["Mapeo que se escribe.", "Mapping to write."]),
    (
        "map_target",
        ["Destino del CRM (por defecto collections).", "Target in the CRM (default collections)."],
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

const HEADINGS: [Both; 3] = [["Opciones", "Options"], ["Argumentos", "Arguments"], ["Comandos", "Commands"]];

/// Lays the texts of a language over a command, its flags and its subcommands.
pub fn describe(command: Command, lang: Lang) -> Command {
    let pick = |both: &Both| both[lang as usize];
    let about = text_of(&COMMANDS, command.get_name()).map(pick);
    let describe_arg = |arg: Arg| {
        let heading = if arg.is_positional() { &HEADINGS[1] } else { &HEADINGS[0] };
        match text_of(&ARGS, arg.get_id().as_str()) {
            Some(both) => arg.help(pick(both)).help_heading(pick(heading)),
            None => arg,
        }
    };
    let template = match lang {
        Lang::Es => "{about}\n\nUso: {usage}\n\n{all-args}",
        Lang::En => "{about}\n\nUsage: {usage}\n\n{all-args}",
    };
    let builtin = |id: &'static str, long: &'static str, both: Both| {
        Arg::new(id).long(long).help(both[lang as usize]).help_heading(pick(&HEADINGS[0]))
    };
    let help = builtin("help", "help", ["Muestra esta ayuda.", "Prints this help."])
        .short('h')
        .action(clap::ArgAction::Help);
    let is_root = command.get_name() == "cartera";
    let mut command =
        command.about(about.unwrap_or_default()).help_template(template).disable_help_flag(true).arg(help);
    if is_root {
        let version = builtin("version", "version", ["Muestra la versión.", "Prints the version."]);
        command = command
            .disable_version_flag(true)
            .disable_help_subcommand(true)
            .arg(version.short('V').action(clap::ArgAction::Version))
            .subcommand_help_heading(pick(&HEADINGS[2]));
    }
    command.mut_args(describe_arg).mut_subcommands(|subcommand| describe(subcommand, lang))
}

fn text_of<'t>(texts: &'t [(&str, Both)], name: &str) -> Option<&'t Both> {
    texts.iter().find(|(known, _)| *known == name).map(|(_, both)| both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &Command) {
        assert!(text_of(&COMMANDS, command.get_name()).is_some(), "no text for {}", command.get_name());
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            assert!(
                matches!(id, "help" | "version") || text_of(&ARGS, id).is_some(),
                "no text for --{id} of {}",
                command.get_name()
            );
        }
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn everything_that_can_be_typed_is_described() {
        check(&crate::cli::command());
    }
}
