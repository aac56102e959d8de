//! The JSON Schema (2020-12) of a target's mapping, with which an editor completes and checks it.
//!
//! Made of the table of keys ([`super::keys`]) and the target's own fields; a test holds it and the parser
//! together. It describes and never checks a mapping: that is the parser's work.

use serde_json::{Map, Value, json};

use super::keys::{self, Form, Key};
use crate::lang::{Lang, Say};
use crate::target::{Field, Level, Target};

/// The schema of a target's mapping, its descriptions in a language.
pub fn of(target: &dyn Target, lang: Lang) -> Value {
    let (record, line) = target.sections();
    let mut properties = Map::new();
    for key in keys::ROOT {
        let form = match key.name {
            "target" => json!({ "const": target.name() }),
            "source" => object(&keys::SOURCE, lang),
            "rules" => object(&keys::RULES, lang),
            _ => form(key.form),
        };
        properties.insert(key.name.to_owned(), described(form, key.about.text(lang)));
    }
    properties.insert(record.to_owned(), section(target, Level::Record, lang));
    if let Some(line) = line {
        properties.insert(line.to_owned(), section(target, Level::Line, lang));
    }
    let required: Vec<&str> = ["target", record].into_iter().chain(line).collect();
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
            "custom": field(&keys::FIELD, lang),
        },
    })
}

/// The keys of a field of the target, whose type is the target's and not the mapping's.
fn without_type() -> Vec<Key> {
    keys::FIELD.into_iter().filter(|key| key.name != "type").collect()
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
    let custom = json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/custom" } });
    properties.insert("custom".to_owned(), described(custom, Say::KeyCustom.text(lang)));
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

/// What a field takes, in a sentence.
pub(super) fn about(field: &Field, lang: Lang) -> String {
    let say = if field.mandatory { Say::FieldMandatory } else { Say::FieldOptional };
    say.with(lang, &[("kind", field.kind.say().text(lang)), ("example", field.example)])
}

/// A field: a header, or a table of keys with exactly one that says where the value comes from.
fn field(keys: &[Key], lang: Lang) -> Value {
    let mut table = object(keys, lang);
    let ways: Vec<Value> = keys::VALUE_KEYS.iter().map(|key| json!({ "required": [key] })).collect();
    table["oneOf"] = json!(ways);
    let header = described(json!({ "$ref": "#/$defs/text" }), Say::KeyColumn.text(lang));
    json!({ "anyOf": [header, table] })
}

fn object(keys: &[Key], lang: Lang) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| (key.name.to_owned(), described(form(key.form), key.about.text(lang))))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn form(form: Form) -> Value {
    let text = json!({ "$ref": "#/$defs/text" });
    match form {
        Form::Text => json!({ "type": "string" }),
        Form::Column => text,
        Form::Columns => {
            json!({ "anyOf": [text.clone(), { "type": "array", "minItems": 1, "items": text }] })
        }
        Form::Row => json!({ "type": "integer", "minimum": 1 }),
        Form::OneOf(_) | Form::Dates => json!({ "enum": form.choices() }),
        Form::Conversions => {
            json!({ "anyOf": [{ "enum": form.choices() }, { "type": "array", "minItems": 1, "items": { "enum": form.choices() } }] })
        }
        Form::Table => json!({ "type": "object" }),
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
            Some(other) => panic!("the test knows no type {other}"),
            None => true,
        };
        let properties = value.as_object().is_none_or(|table| {
            let required = all("required").iter().all(|key| table.contains_key(key.as_str().unwrap()));
            required
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
            && of("minLength").is_none_or(|_| value.as_str() != Some(""))
            && (of("anyOf").is_none() || ways("anyOf") > 0)
            && (of("oneOf").is_none() || ways("oneOf") == 1)
    }

    fn both(text: &str) -> (bool, bool) {
        let schema = of(&Collections, Lang::Es);
        let value: Value = serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap();
        (file::parse("m.toml", text).is_ok(), keeps(&value, &schema, &schema))
    }

    /// A mapping with one more line in a place.
    fn with(line: &str, place: &str) -> String {
        let small = "target = \"collections\"\n#root\n[source]\n#source\n[expediente]\nIdentification = \"C\"\nName = \"N\"\nEmail = \"E\"\nTelephone = \"T\"\n#expediente\n[obligation]\nid = \"I\"\nname = \"P\"\n#obligation\n[rules]\n#rules\n";
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
            (Form::Row, None) => vec!["3".into()],
            (Form::Columns, None) => vec!["\"A\"".into(), "[\"A\", \"B\"]".into()],
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
        for key in &keys::FIELD {
            for value in example(key) {
                let more = if keys::VALUE_KEYS.contains(&key.name) { "" } else { "column = \"X\", " };
                let text = with(
                    &format!("[obligation.custom]\nx = {{ {more}{} = {value} }}", key.name),
                    "obligation",
                );
                assert_eq!(both(&text), (true, true), "{text}");
            }
        }
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
        ] {
            assert_eq!(both(&with(line, place)), (false, false), "{line}");
        }
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
