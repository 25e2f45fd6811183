//! The wire forms: bytes to an [`Answer`], and updates to a body, in JSON and XML.
//!
//! Both forms become one neutral tree, which one reading judges. Must not know HTTP or a token's use.

pub mod answer;

mod json;
mod node;
mod payload;
mod text;
mod xml;

use super::error::{ApiError, ErrorKind};

pub use answer::{Answer, Row};
pub(super) use payload::{Record, payload};

/// The form of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// XML.
    Xml,
}

impl Format {
    /// The word of the API, the file and the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Xml => "xml",
        }
    }
}

/// Reads an answer in the form that was asked for, whatever its content type says.
///
/// # Errors
/// `BadAnswer` for anything that is not a whole answer of the API; an XML answer that lacks its
/// end is read as far as it goes, and every question to it asks for what it needs.
pub fn read_answer(format: Format, body: &[u8]) -> Result<Answer, ApiError> {
    read(format, body).map_err(|why| {
        let name = match format {
            Format::Json => "JSON",
            Format::Xml => "XML",
        };
        ApiError::new(
            ErrorKind::BadAnswer,
            format!("the answer is not the API's {name}: {why}"),
        )
    })
}

fn read(format: Format, body: &[u8]) -> Result<Answer, String> {
    let start = body.trim_ascii_start();
    let start = start.strip_prefix(text::BOM).unwrap_or(start);
    if start.is_empty() {
        return Err("it is empty".into());
    }
    if looks_like_html(start) {
        return Err("it is an HTML page".into());
    }
    match (format, start.first()) {
        (Format::Json, Some(b'<')) => Err("it is XML, or some other markup".into()),
        (Format::Xml, Some(b'{' | b'[')) => Err("it is JSON".into()),
        (Format::Json, _) => Answer::from_tree(json::parse(body)?, true),
        (Format::Xml, _) => {
            let (tree, whole) = xml::parse(body)?;
            Answer::from_tree(tree, whole)
        }
    }
}

fn looks_like_html(start: &[u8]) -> bool {
    let start = start[..start.len().min(64)].to_ascii_lowercase();
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<br"]
        .iter()
        .any(|tag| start.starts_with(tag))
}
