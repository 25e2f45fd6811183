//! The neutral tree that both wire forms become, and its bounds.

use std::cell::Cell;

/// How deep an answer may be nested; the API's own go to 4.
pub(super) const MAX_DEPTH: usize = 12;
/// How many values an answer may hold: some 5,000 policies of 100 fields.
const MAX_NODES: usize = 500_000;

/// A value of an answer. Every scalar is text: the API's types are mixed anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    Text(String),
    List(Vec<Node>),
    Fields(Vec<(String, Node)>),
}

/// Counts values, so that a small body cannot become a large tree.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(Cell::new(MAX_NODES))
    }

    pub(super) fn spend(&self) -> Result<(), &'static str> {
        let left = self
            .0
            .get()
            .checked_sub(1)
            .ok_or("it has too many values")?;
        self.0.set(left);
        Ok(())
    }
}

pub(super) fn check_depth(depth: usize) -> Result<(), &'static str> {
    if depth > MAX_DEPTH {
        return Err("it is nested too deeply");
    }
    Ok(())
}

impl Node {
    /// The text of a scalar; `None` for null and for what is no scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Null, blank text, or nothing inside.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Node::Null => true,
            Node::Text(text) => text.trim().is_empty(),
            Node::List(items) => items.is_empty(),
            Node::Fields(fields) => fields.is_empty(),
        }
    }
}
