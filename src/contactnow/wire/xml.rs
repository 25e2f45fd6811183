//! XML to the neutral tree, and whether it was whole. No DOCTYPE, no entity beyond the five.

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

use super::node::{Budget, Node, check_depth};
use super::text;

/// The only root an answer has.
const ROOT: &str = "result";

/// Reads `<result>` and nothing after it. False beside the tree says that the end is missing: then
/// it holds the fields that were closed before.
pub(super) fn parse(body: &[u8]) -> Result<(Node, bool), String> {
    let text = text::decode(body)?;
    let mut reader = Reader::from_str(text.trim_start());
    let mut tree = Tree {
        open: Vec::new(),
        root: None,
        budget: Budget::new(),
    };
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return tree.end(),
            Err(Error::Syntax(SyntaxError::UnclosedTag)) if tree.root.is_none() => {
                return tree.end();
            }
            Err(Error::Syntax(SyntaxError::UnclosedTag)) => {
                return Err("something follows it".into());
            }
            Ok(event) => tree.take(&event)?,
            Err(error) => return Err(error.to_string()),
        }
    }
}

struct Tree {
    open: Vec<Element>,
    root: Option<Node>,
    budget: Budget,
}

struct Element {
    name: String,
    text: String,
    fields: Vec<(String, Node)>,
}

impl Tree {
    fn take(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(start) => self.start(start.name().as_ref()),
            Event::Empty(start) => {
                self.start(start.name().as_ref())?;
                self.close()
            }
            Event::End(_) => self.close(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => self.text(&resolve(reference)?.to_string()),
            Event::DocType(_) => Err("it has a DOCTYPE".into()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, name: &str) -> Result<(), String> {
        self.budget.spend()?;
        check_depth(self.open.len() + 1)?;
        if self.open.is_empty() {
            if self.root.is_some() {
                return Err("something follows it".into());
            }
            if name != ROOT {
                return Err("its root is not <result>".into());
            }
        }
        self.open.push(Element {
            name: name.to_owned(),
            text: String::new(),
            fields: Vec::new(),
        });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("there is text outside of <result>".into()),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let element = self.open.pop().ok_or("it closes what it did not open")?;
        let node = if element.fields.is_empty() && !self.open.is_empty() {
            Node::Text(element.text)
        } else if element.text.trim().is_empty() {
            Node::Fields(element.fields)
        } else {
            return Err(format!("there is text among the fields of <{ROOT}>"));
        };
        match self.open.last_mut() {
            Some(parent) => parent.fields.push((element.name, node)),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn end(mut self) -> Result<(Node, bool), String> {
        match self.root {
            Some(root) if self.open.is_empty() => Ok((root, true)),
            Some(_) => Err("something follows it".into()),
            None if self.open.is_empty() => Err("it has no <result>".into()),
            None => Ok((Node::Fields(self.open.swap_remove(0).fields), false)),
        }
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    let character = reference
        .resolve_char_ref()
        .map_err(|_| "it has a character reference to no character")?;
    if let Some(character) = character {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(reference)
        .map(str::to_owned)
        .ok_or_else(|| "it has an entity beyond the five of XML".into())
}
