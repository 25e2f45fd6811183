//! JSON to the neutral tree. Duplicate names are kept, so that the reading can refuse them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::node::{Budget, Node, check_depth};
use super::text;

/// Reads one JSON value and nothing after it.
pub(super) fn parse(body: &[u8]) -> Result<Node, String> {
    let body = body.strip_prefix(text::BOM).unwrap_or(body);
    let body = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    let budget = Budget::new();
    let mut json = serde_json::Deserializer::from_str(body);
    let seed = NodeSeed {
        depth: 0,
        budget: &budget,
    };
    let node = seed
        .deserialize(&mut json)
        .map_err(|error| describe(&error))?;
    json.end().map_err(|_| "something follows it")?;
    Ok(node)
}

fn describe(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it is cut off".into();
    }
    error.to_string()
}

#[derive(Clone, Copy)]
struct NodeSeed<'a> {
    depth: usize,
    budget: &'a Budget,
}

impl NodeSeed<'_> {
    fn deeper(self) -> Result<Self, &'static str> {
        let depth = self.depth + 1;
        check_depth(depth)?;
        Ok(NodeSeed { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.budget.spend().map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let inner = self.deeper().map_err(A::Error::custom)?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let inner = self.deeper().map_err(A::Error::custom)?;
        let mut fields = Vec::new();
        while let Some(name) = map.next_key()? {
            fields.push((name, map.next_value_seed(inner)?));
        }
        Ok(Node::Fields(fields))
    }
}
