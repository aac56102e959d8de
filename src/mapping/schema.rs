//! The JSON Schema (2020-12) of a target's mapping, with which an editor completes and checks it.
//!
//! Made of the table of keys ([`super::keys`]) and the target's own fields; a test holds it and the parser
//! together. It describes and never checks a mapping: that is the parser's work.

use serde_json::{Map, Value, json};

use super::keys::{self, Form, Key};
use crate::lang::{Lang, Say};
use crate::target::{Field, IDENTIFICATION, Level, Setting, SettingForm, Target};

/// The schema of a target's mapping, its descriptions in a language.
pub fn of(target: &dyn Target, lang: Lang) -> Value {
    let mut properties = Map::new();
    for key in keys::ROOT {
        let form = match key.name {
            "target" => json!({ "const": target.name() }),
            _ => form(key.form, lang),
        };
        properties.insert(key.name.to_owned(), described(form, key.about.text(lang)));
    }
    let sections = [Level::Record, Level::Line].map(|level| Some((level, target.section(level)?)));
    for (level, name) in sections.into_iter().flatten() {
        properties.insert(name.to_owned(), section(target, level, lang));
    }
    if sections.iter().all(Option::is_some) {
        let tables = keys::TABLES;
        let form = form(tables.form, lang);
        properties.insert(tables.name.to_owned(), described(form, tables.about.text(lang)));
    }
    if !target.settings().is_empty() {
        properties.insert(keys::ENDPOINT.to_owned(), endpoint(target, lang));
    }
    // Lines may be left out where the operation lets a record go without them.
    let has_head = target.section(Level::Record).is_some();
    let needed = sections.iter().flatten().filter(|(level, _)| *level == Level::Record || !has_head);
    let names = needed.map(|(_, name)| *name);
    let required: Vec<&str> = ["target"].into_iter().chain(names).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": Say::SchemaTitle.with(lang, &[("target", target.name())]),
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
        "$defs": {
            "text": { "type": "string", "minLength": 1 },
            "field": field(&without_type(), lang),
            "custom": field(&of_custom(target), lang),
            "conversion": conversion(lang),
            "condition": condition(lang),
        },
    })
}

/// The keys of a field of the tenant's own.
fn of_custom(target: &dyn Target) -> Vec<Key> {
    keys::FIELD.into_iter().filter(|key| key.name != keys::TYPED || target.has_typed_values()).collect()
}

/// The keys of a field of the target, whose type is the target's and not the mapping's.
fn without_type() -> Vec<Key> {
    keys::FIELD.into_iter().filter(|key| !keys::CUSTOM_ONLY.contains(&key.name)).collect()
}

/// A section of the mapping: the target's fields of a level, and the tenant's own.
fn section(target: &dyn Target, level: Level, lang: Lang) -> Value {
    let fields = target.fields().iter().filter(|field| field.level == level);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        properties.insert(
            field.name.to_owned(),
            described(json!({ "$ref": "#/$defs/field" }), &about(field, lang)),
        );
        if field.mandatory {
            required.push(field.name);
        }
    }
    let custom = json!({ "$ref": "#/$defs/custom" });
    if target.has_custom_fields() {
        let table = json!({ "type": "object", "additionalProperties": custom });
        properties.insert("custom".to_owned(), described(table, Say::KeyCustom.text(lang)));
    }
    if let Some(id) = target.case_file().filter(|_| level == Level::Line) {
        let one_of = [id, IDENTIFICATION].map(|name| json!({ "required": [name] }));
        return json!({ "type": "object", "required": required, "anyOf": one_of, "additionalProperties": false,
            "properties": properties });
    }
    // A target without fields of its own has the tenant's alone.
    let more = if target.fields().is_empty() { custom } else { json!(false) };
    json!({ "type": "object", "required": required, "additionalProperties": more, "properties": properties })
}

/// What the mapping settles about its endpoint.
fn endpoint(target: &dyn Target, lang: Lang) -> Value {
    let text = json!({ "$ref": "#/$defs/text" });
    let form = |setting: &Setting| match setting.form {
        SettingForm::OneOf(choices) => json!({ "enum": choices }),
        SettingForm::Text => text.clone(),
        SettingForm::Texts => {
            json!({ "anyOf": [text.clone(), { "type": "array", "minItems": 1, "items": text.clone() }] })
        }
        SettingForm::Switch => json!({ "type": "boolean" }),
    };
    let properties: Map<String, Value> = target
        .settings()
        .iter()
        .map(|setting| (setting.name.to_owned(), described(form(setting), setting.about.text(lang))))
        .collect();
    let table = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    described(table, Say::KeyEndpoint.text(lang))
}

/// What a field takes, in a sentence.
pub(super) fn about(field: &Field, lang: Lang) -> String {
    let say = if field.mandatory { Say::FieldMandatory } else { Say::FieldOptional };
    say.with(lang, &[("kind", field.kind.say().text(lang)), ("example", field.example)])
}

/// A field: a header, or a table of keys with exactly one that says where the value comes from.
fn field(keys: &[Key], lang: Lang) -> Value {
    let mut table = object(keys, lang);
    table["oneOf"] = ways(&keys::FROM.map(|key| vec![key]));
    table["dependentRequired"] = json!({ "otherwise": ["map"] });
    if keys.iter().any(|key| key.name == keys::SEND_AS) {
        table["dependentRequired"][keys::SEND_AS] = json!(["type"]);
    }
    let header = described(json!({ "$ref": "#/$defs/text" }), Say::KeyColumn.text(lang));
    json!({ "anyOf": [header, table] })
}

/// A conversion: a name, or a table with the one that takes a value.
fn conversion(lang: Lang) -> Value {
    let mut table = object(&keys::CONVERSION, lang);
    table["properties"]["part"]["not"] = json!({ "const": 0 });
    table["oneOf"] = ways(&[vec!["pad_left"], vec!["remove_prefix"], vec!["remove_suffix"], vec!["split"]]);
    table["dependentRequired"] = json!({ "split": ["part"], "part": ["split"] });
    json!({ "anyOf": [{ "enum": Form::Conversions.choices() }, table] })
}

/// What a column's value must be: some texts, or a table with conditions of one kind.
fn condition(lang: Lang) -> Value {
    let mut table = object(&keys::FILTER, lang);
    let bounds = ["above", "below", "at_least", "at_most"].map(|key| json!({ "required": [key] }));
    let days = ["from", "to"].map(|key| json!({ "required": [key] }));
    let mut kinds: Vec<Value> = ["is", "not", "blank"].map(|key| json!({ "required": [key] })).to_vec();
    kinds.extend([json!({ "anyOf": bounds }), json!({ "anyOf": days })]);
    table["oneOf"] = json!(kinds);
    json!({ "anyOf": [form(Form::Words, lang), table] })
}

/// Lists of keys, of which a table has exactly one.
fn ways(keys: &[Vec<&str>]) -> Value {
    keys.iter().map(|keys| json!({ "required": keys })).collect()
}

fn object(keys: &[Key], lang: Lang) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| (key.name.to_owned(), described(form(key.form, lang), key.about.text(lang))))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn form(form: Form, lang: Lang) -> Value {
    let text = json!({ "$ref": "#/$defs/text" });
    let one_or_list =
        |one: Value| json!({ "anyOf": [one.clone(), { "type": "array", "minItems": 1, "items": one }] });
    let table_of = |value: Value| json!({ "type": "object", "additionalProperties": value });
    let amount = json!({ "anyOf": [{ "type": "number" }, text.clone()] });
    match form {
        Form::Text => json!({ "type": "string" }),
        Form::Column => text,
        Form::Columns => one_or_list(text),
        Form::Row => json!({ "type": "integer", "minimum": 1 }),
        Form::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Form::Count => json!({ "type": "integer", "minimum": 0 }),
        Form::Amount => amount,
        // An editor hands a date of TOML over as a text.
        Form::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Form::Switch => json!({ "type": "boolean" }),
        Form::OneOf(_) | Form::Country | Form::Dates => json!({ "enum": form.choices() }),
        // A list without conversions converts nothing.
        Form::Conversions => {
            let one = json!({ "$ref": "#/$defs/conversion" });
            json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
        }
        Form::Words => one_or_list(json!({ "anyOf": [text, { "type": "integer" }] })),
        Form::WordMap => table_of(text),
        Form::Filters => table_of(json!({ "$ref": "#/$defs/condition" })),
        Form::Totals => {
            let mut more = object(&keys::TOTAL, lang);
            more["required"] = json!(["amount"]);
            table_of(json!({ "anyOf": [amount, more] }))
        }
        Form::Keys(keys) => object(keys, lang),
    }
}

fn described(mut form: Value, about: &str) -> Value {
    form["description"] = json!(about);
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::file;
    use crate::target::collections::Collections;

    /// Whether a value keeps to a schema, as far as the words that this schema uses.
    fn keeps(value: &Value, schema: &Value, root: &Value) -> bool {
        let of = |word: &str| schema.get(word);
        let named = of("$ref").and_then(Value::as_str).and_then(|path| root.pointer(&path[1..]));
        let all = |word: &str| of(word).and_then(Value::as_array).cloned().unwrap_or_default();
        let kind = match of("type").and_then(Value::as_str) {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some(other) => panic!("the test knows no type {other}"),
            None => true,
        };
        let properties = value.as_object().is_none_or(|table| {
            let required = all("required").iter().all(|key| table.contains_key(key.as_str().unwrap()));
            let needed = |(key, more): (&String, &Value)| {
                let more = more.as_array().unwrap().iter();
                !table.contains_key(key) || more.clone().all(|key| table.contains_key(key.as_str().unwrap()))
            };
            let depends = of("dependentRequired").and_then(Value::as_object);
            required
                && depends.is_none_or(|depends| depends.iter().all(needed))
                && table.iter().all(|(key, value)| {
                    match (
                        schema.pointer("/properties").and_then(|known| known.get(key)),
                        of("additionalProperties"),
                    ) {
                        (Some(known), _) => keeps(value, known, root),
                        (None, Some(Value::Bool(more))) => *more,
                        (None, Some(more)) => keeps(value, more, root),
                        (None, None) => true,
                    }
                })
        });
        let list = value.as_array().is_none_or(|list| {
            of("minItems").is_none_or(|least| list.len() as u64 >= least.as_u64().unwrap())
                && of("items").is_none_or(|item| list.iter().all(|value| keeps(value, item, root)))
        });
        let ways = |word: &str| all(word).iter().filter(|way| keeps(value, way, root)).count();
        named.is_none_or(|schema| keeps(value, schema, root))
            && kind
            && properties
            && list
            && of("const").is_none_or(|only| only == value)
            && (of("enum").is_none() || all("enum").contains(value))
            && of("minimum").is_none_or(|least| value.as_i64() >= least.as_i64())
            && of("maximum").is_none_or(|most| value.as_i64() <= most.as_i64())
            && of("not").is_none_or(|other| !keeps(value, other, root))
            && of("pattern").is_none_or(|_| value.as_str().is_some_and(|text| text.len() == 10))
            && of("minLength").is_none_or(|_| value.as_str() != Some(""))
            && (of("anyOf").is_none() || ways("anyOf") > 0)
            && (of("oneOf").is_none() || ways("oneOf") == 1)
    }

    /// A document as an editor sees it, dates as texts.
    fn json_of(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(day) => json!(day.to_string()),
            toml::Value::Array(list) => list.into_iter().map(json_of).collect(),
            toml::Value::Table(table) => {
                table.into_iter().map(|(key, value)| (key, json_of(value))).collect::<Map<_, _>>().into()
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }

    fn both(text: &str) -> (bool, bool) {
        let value = json_of(toml::from_str::<toml::Value>(text).unwrap());
        let target = crate::target::by_name(value["target"].as_str().unwrap_or_default());
        let schema = of(target.unwrap_or(&Collections), Lang::Es);
        (file::parse("m.toml", text).is_ok(), keeps(&value, &schema, &schema))
    }

    /// A mapping with one more line in a place.
    fn with(line: &str, place: &str) -> String {
        let small = "target = \"collections\"\ncountry = \"CO\"\n#root\n[source]\n#source\n[expediente]\nIdentification = \"C\"\nName = \"N\"\nEmail = \"E\"\nTelephone = \"T\"\n#expediente\n[obligation]\nid = \"I\"\nname = \"P\"\n#obligation\n[rules]\n#rules\n";
        small.replace(&format!("#{place}\n"), &format!("{line}\n"))
    }

    /// Something that a key takes.
    fn example(key: &Key) -> Vec<String> {
        let form = key.form;
        match (form, form.choices()) {
            _ if key.name == "encoding" => vec!["\"windows-1252\"".into()],
            (Form::Conversions, Some(choices)) => {
                choices.iter().map(|choice| format!("[{choice:?}]")).collect()
            }
            (_, Some(choices)) => choices.iter().map(|choice| format!("{choice:?}")).collect(),
            (Form::Row | Form::Whole(..) | Form::Count, None) => vec!["3".into()],
            (Form::Columns, None) => vec!["\"A\"".into(), "[\"A\", \"B\"]".into()],
            (Form::Words, None) => vec!["\"A\"".into(), "7".into(), "[\"A\", 7]".into()],
            (Form::Amount, None) => vec!["0".into(), "1.5".into(), "\"1.234.567,89\"".into()],
            (Form::Day, None) => vec!["2026-01-31".into(), "\"2026-01-31\"".into()],
            (Form::Switch, None) => vec!["true".into(), "false".into()],
            (Form::WordMap, None) => vec!["{ \"A\" = \"B\" }".into()],
            (Form::Totals, None) => vec!["{ total_balance = 5, \"Otra\" = \"1.234.567,89\" }".into()],
            _ => vec!["\";\"".into()],
        }
    }

    #[test]
    fn the_parser_and_the_schema_take_the_same_keys() {
        for (keys, place) in [(&keys::SOURCE[..], "source"), (&keys::RULES[..], "rules")] {
            for key in keys {
                for value in example(key) {
                    let text = with(&format!("{} = {value}", key.name), place);
                    assert_eq!(both(&text), (true, true), "{text}");
                }
                if key.form.choices().is_some() {
                    let text = with(&format!("{} = \"nonsense\"", key.name), place);
                    assert_eq!(both(&text), (false, false), "{text}");
                }
            }
        }
        for key in keys::FIELD.iter().filter(|key| !["table", keys::TYPED].contains(&key.name)) {
            for value in example(key) {
                let more = match key.name {
                    name if keys::FROM.contains(&name) => "",
                    keys::SEND_AS => "column = \"X\", type = \"date\", ",
                    "otherwise" => "column = \"X\", map = { A = \"B\" }, ",
                    _ => "column = \"X\", ",
                };
                let text = with(
                    &format!("[obligation.custom]\nx = {{ {more}{} = {value} }}", key.name),
                    "obligation",
                );
                assert_eq!(both(&text), (true, true), "{text}");
            }
        }
    }

    #[test]
    fn the_parser_and_the_schema_take_the_same_keys_of_inner_tables() {
        for key in &keys::CONVERSION {
            for value in example(key) {
                let more = match key.name {
                    "split" => ", part = -1",
                    "part" => ", split = [\"/\", \";\"]",
                    _ => "",
                };
                let text = format!(
                    "Address = {{ column = \"D\", convert = [\"trim\", {{ {} = {value}{more} }}] }}",
                    key.name
                );
                assert_eq!(both(&with(&text, "expediente")), (true, true), "{text}");
            }
        }
        for key in keys::FILTER.iter().filter(|key| key.name != "table") {
            for value in example(key) {
                let more = match key.name {
                    "dates" => ", from = 2026-01-31",
                    "decimal" => ", above = 0",
                    _ => "",
                };
                let text = format!("[filters]\nX = {{ {} = {value}{more} }}", key.name);
                assert_eq!(both(&with(&text, "rules")), (true, true), "{text}");
            }
        }
        for key in &keys::EXPECT {
            for value in example(key) {
                let text = format!("[expect]\n{} = {value}", key.name);
                assert_eq!(both(&with(&text, "rules")), (true, true), "{text}");
            }
        }
        for (code, _) in crate::mapping::Country::ALL {
            let text = with("", "root").replace("\"CO\"", &format!("{code:?}"));
            assert_eq!(both(&text), (true, true), "{text}");
        }
        for line in ["Zona = 7", "Estado = [\"ACTIVO\", \"EN MORA\"]", "Saldo = { above = 0, at_most = 9 }"] {
            assert_eq!(both(&with(&format!("[filters]\n{line}"), "rules")), (true, true), "{line}");
        }
    }

    #[test]
    fn the_parser_and_the_schema_take_the_same_keys_of_two_tables() {
        let tables = "[tables.debtors]\nsheet = \"D\"\nkey = \"C\"\n[tables.obligations]\nkey = \"Doc\"\n";
        for (line, place) in [
            ("Address = { column = \"D\", table = \"obligations\" }", "expediente"),
            ("[filters]\nX = { is = \"A\", table = \"debtors\" }", "rules"),
            ("[expect.totals]\nX = { amount = 5, table = \"obligations\" }", "rules"),
        ] {
            let good = with(line, place) + tables;
            assert_eq!(both(&good), (true, true), "{good}");
            let unknown = good.replace("table = \"", "table = \"un");
            assert_eq!(both(&unknown), (false, false), "{unknown}");
        }
        assert_eq!(both(&(with("", "rules") + &tables.replace("sheet", "shet"))), (false, false));
        assert_eq!(both(&(with("", "rules") + &tables.replace("debtors", "people"))), (false, false));
    }

    #[test]
    fn the_parser_and_the_schema_refuse_the_same_mistakes() {
        for (line, place) in [
            ("contry = \"CO\"", "root"),
            ("header_row = 0", "source"),
            ("sheets = \"A\"", "source"),
            ("partial = 1", "rules"),
            ("Adress = \"D\"", "expediente"),
            ("Address = { column = \"D\", join = [\"A\"] }", "expediente"),
            ("Address = { default = \"D\" }", "expediente"),
            ("Address = \"\"", "expediente"),
            ("Address = []", "expediente"),
            ("last_pay = { column = \"D\", dates = \"D/M/Y\" }", "obligation"),
            ("[obligation.custom]\nx = { column = \"D\", type = \"number\" }", "obligation"),
            ("Address = { column = \"D\", convert = { pad_left = 0 } }", "expediente"),
            ("Address = { column = \"D\", convert = [{ split = \"/\" }] }", "expediente"),
            ("Address = { column = \"D\", convert = [{ split = \"/\", part = 0 }] }", "expediente"),
            ("Address = { column = \"D\", convert = [{ part = 1 }] }", "expediente"),
            (
                "Address = { column = \"D\", convert = [{ remove_prefix = \"a\", remove_suffix = \"b\" }] }",
                "expediente",
            ),
            ("Address = { column = \"D\", map = { A = 1 } }", "expediente"),
            ("Address = { column = \"D\", otherwise = \"x\" }", "expediente"),
            ("[filters]\nX = []", "rules"),
            ("[filters]\nX = {}", "rules"),
            ("[filters]\nX = { above = 0, is = \"x\" }", "rules"),
            ("[filters]\nX = { blank = \"no\" }", "rules"),
            ("[filters]\nX = { from = \"31/1/2026\" }", "rules"),
            ("[expect]\nrows = -1", "rules"),
            ("[expect]\ntotals_row = \"no\"", "rules"),
            ("[expect.totals]\ntotal_balance = true", "rules"),
        ] {
            assert_eq!(both(&with(line, place)), (false, false), "{line}");
        }
        let elsewhere = with("", "root").replace("\"CO\"", "\"US\"");
        assert_eq!(both(&elsewhere), (false, false), "a country without rules");
        let without = with("", "root").replace("Name = \"N\"\n", "");
        assert_eq!(both(&without), (false, false), "a mandatory field");
    }

    #[test]
    fn the_mappings_of_the_repository_keep_to_it() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        let mut seen = 0;
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|ending| ending == "toml") {
                assert_eq!(
                    both(&std::fs::read_to_string(&file).unwrap()),
                    (true, true),
                    "{}",
                    file.display()
                );
                seen += 1;
            }
        }
        assert!(seen > 1);
    }
}
