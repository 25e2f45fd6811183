//! An answer of the simulated API, and how it is spelled in JSON and XML.

use axum::http::HeaderValue;

/// A value with the type that the API gives it in JSON.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Flag(bool),
    Number(i64),
    Text(String),
}

/// An answer: fields in their order, and a list where there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    fields: Vec<(&'static str, Value)>,
    list: Option<(&'static str, Vec<Fields>)>,
    latin1: bool,
}

/// The fields of one record.
pub(super) type Fields = Vec<(&'static str, Value)>;

impl Reply {
    pub(super) fn success() -> Reply {
        Reply::default().with("success", Value::Flag(true))
    }

    pub(super) fn refused(error: impl Into<String>) -> Reply {
        Reply::default()
            .with("success", Value::Flag(false))
            .with("error", Value::Text(error.into()))
    }

    /// An answer to a write.
    pub(super) fn written(total: usize, bad: usize) -> Reply {
        Reply::success()
            .with("account_id", Value::Text("10278".into()))
            .with("total", Value::Number(total as i64))
            .with("bad", Value::Number(bad as i64))
    }

    pub(super) fn with(mut self, name: &'static str, value: Value) -> Reply {
        self.fields.push((name, value));
        self
    }

    /// The list of a read; in XML its records bear the method's name.
    pub(super) fn list(self, method: &'static str, rows: Vec<Fields>) -> Reply {
        let total = Value::Number(rows.len() as i64);
        Reply {
            list: Some((method, rows)),
            // As documented for reads of policies; elsewhere UTF-8.
            latin1: method == "tod_policy",
            ..self.with("total", total)
        }
    }

    pub(super) fn json(&self) -> Vec<u8> {
        let mut text = object(&self.fields);
        if let Some((_, rows)) = &self.list {
            let rows: Vec<String> = rows.iter().map(|row| object(row)).collect();
            text.pop();
            text.push_str(&format!(",\"list\":[{}]}}", rows.join(",")));
        }
        text.into_bytes()
    }

    pub(super) fn xml(&self) -> Vec<u8> {
        let encoding = if self.latin1 { "ISO-8859-1" } else { "utf-8" };
        let mut text = format!("<?xml version='1.0' encoding='{encoding}' ?>\n<result>");
        text.push_str(&elements(&self.fields));
        if let Some((name, rows)) = &self.list {
            text.push_str("\n<list>");
            for row in rows {
                text.push_str(&format!("<{name}>{}</{name}>\n", elements(row)));
            }
            text.push_str("</list>");
        }
        text.push_str("</result>\n");
        if self.latin1 {
            latin1(&text)
        } else {
            text.into_bytes()
        }
    }

    /// The content type: any but the right one, as seen in the field.
    pub(super) fn content_type() -> HeaderValue {
        HeaderValue::from_static("text/plain")
    }
}

fn object(fields: &[(&'static str, Value)]) -> String {
    let field = |(name, value): &(&str, Value)| {
        let value = match value {
            Value::Flag(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        };
        format!("\"{name}\":{value}")
    };
    let fields: Vec<String> = fields.iter().map(field).collect();
    format!("{{{}}}", fields.join(","))
}

fn elements(fields: &[(&'static str, Value)]) -> String {
    let element = |(name, value): &(&str, Value)| {
        let value = match value {
            Value::Flag(flag) => u8::from(*flag).to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => quick_xml::escape::escape(text.as_str()).into_owned(),
        };
        format!("<{name}>{value}</{name}>")
    };
    fields.iter().map(element).collect()
}

/// What ISO-8859-1 lacks becomes a character reference.
fn latin1(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u8::try_from(u32::from(character)) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend(format!("&#{};", u32::from(character)).bytes()),
        }
    }
    bytes
}
