//! Records to the body of a request.
//!
//! Several records in one XML body are documented nowhere; they are nested under the method's name,
//! as the lists of answers are. One record is spelled as the documents spell it.

use serde::Serialize;

use super::Format;
use crate::contactnow::error::{ApiError, ErrorKind};

/// A record to create or update, in the API's own spelling.
#[derive(Debug, Clone, Serialize)]
pub(in crate::contactnow) struct Record {
    /// Absent on create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::contactnow) uid: Option<String>,
    pub(in crate::contactnow) description: String,
    pub(in crate::contactnow) default: String,
}

/// The body for these records.
///
/// # Errors
/// `Setup` for a character that XML cannot carry.
pub(in crate::contactnow) fn payload(
    format: Format,
    method: &str,
    records: &[Record],
) -> Result<String, ApiError> {
    match format {
        Format::Json => serde_json::to_string(records).map_err(|error| {
            ApiError::new(ErrorKind::Setup, format!("a record is no JSON: {error}"))
        }),
        Format::Xml => xml(method, records),
    }
}

fn xml(method: &str, records: &[Record]) -> Result<String, ApiError> {
    let mut body = String::from("<?xml version='1.0' encoding='utf-8' ?><dxi>");
    if let [record] = records {
        fields(&mut body, record)?;
    } else {
        for record in records {
            body.push_str(&format!("<{method}>"));
            fields(&mut body, record)?;
            body.push_str(&format!("</{method}>"));
        }
    }
    body.push_str("</dxi>");
    Ok(body)
}

fn fields(body: &mut String, record: &Record) -> Result<(), ApiError> {
    if let Some(uid) = &record.uid {
        element(body, "uid", uid)?;
    }
    element(body, "description", &record.description)?;
    element(body, "default", &record.default)
}

fn element(body: &mut String, name: &str, value: &str) -> Result<(), ApiError> {
    body.push_str(&format!("<{name}>"));
    for character in value.chars() {
        match character {
            '&' => body.push_str("&amp;"),
            '<' => body.push_str("&lt;"),
            '>' => body.push_str("&gt;"),
            '"' => body.push_str("&quot;"),
            '\'' => body.push_str("&apos;"),
            // As they stand a parser would make spaces or line feeds of them.
            '\t' | '\n' | '\r' => body.push_str(&format!("&#{};", u32::from(character))),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                return Err(ApiError::new(
                    ErrorKind::Setup,
                    format!(
                        "the {name} of a policy has a control character, which XML cannot carry; JSON can"
                    ),
                ));
            }
            _ => body.push(character),
        }
    }
    body.push_str(&format!("</{name}>"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(description: &str) -> Record {
        Record {
            uid: Some("2164".into()),
            description: description.into(),
            default: "jump:4501".into(),
        }
    }

    #[test]
    fn one_record_is_an_array_of_one_or_flat_below_dxi() {
        let one = [record("A & <B> \"é\"\t")];
        assert_eq!(
            payload(Format::Json, "tod_policy", &one).unwrap(),
            r#"[{"uid":"2164","description":"A & <B> \"é\"\t","default":"jump:4501"}]"#
        );
        assert_eq!(
            payload(Format::Xml, "tod_policy", &one).unwrap(),
            "<?xml version='1.0' encoding='utf-8' ?><dxi><uid>2164</uid>\
             <description>A &amp; &lt;B&gt; &quot;é&quot;&#9;</description><default>jump:4501</default></dxi>"
        );
    }

    #[test]
    fn several_records_are_told_apart() {
        let two = [record("A"), record("B")];
        let xml = payload(Format::Xml, "tod_policy", &two).unwrap();
        assert_eq!(xml.matches("<tod_policy><uid>2164</uid>").count(), 2);
        let json: serde_json::Value =
            serde_json::from_str(&payload(Format::Json, "tod_policy", &two).unwrap()).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_control_character_goes_out_in_json_only() {
        let bell = [record("Bell\u{7}")];
        assert!(
            payload(Format::Json, "tod_policy", &bell)
                .unwrap()
                .contains("\\u0007")
        );
        let error = payload(Format::Xml, "tod_policy", &bell).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Setup);
    }
}
