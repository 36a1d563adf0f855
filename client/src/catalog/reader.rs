//! Reading a JSON document strictly: every key is asked for or refused, and every error names the place.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refused::DocumentError;

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node<'a> {
    path: String,
    value: &'a Value,
}

/// An object, of which keys are taken until none is left.
pub(super) struct Object<'a> {
    path: String,
    left: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Node<'a> {
    pub fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    pub fn refuse<T>(&self, reason: impl Into<String>) -> Result<T, DocumentError> {
        let field = if self.path.is_empty() { "(the document)".into() } else { self.path.clone() };
        Err(DocumentError::Field { field, reason: reason.into() })
    }

    pub fn object(&self) -> Result<Object<'a>, DocumentError> {
        match self.value {
            Value::Object(map) => {
                let left = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
                Ok(Object { path: self.path.clone(), left })
            }
            _ => self.refuse("must be an object, {…}"),
        }
    }

    pub fn text(&self) -> Result<&'a str, DocumentError> {
        match self.value {
            Value::String(text) if !text.trim().is_empty() => Ok(text),
            Value::String(_) => {
                self.refuse("is empty: write something, or leave the key out if it is optional")
            }
            _ => self.refuse("must be text in quotes"),
        }
    }

    pub fn list(&self) -> Result<Vec<Node<'a>>, DocumentError> {
        let Value::Array(all) = self.value else { return self.refuse("must be a list, […]") };
        let node = |(index, value)| Node { path: format!("{}[{index}]", self.path), value };
        Ok(all.iter().enumerate().map(node).collect())
    }

    /// A list, or one value in place of a list of one, as JSON-LD writes it.
    pub fn one_or_many(&self) -> Result<Vec<Node<'a>>, DocumentError> {
        if self.value.is_array() { self.list() } else { Ok(vec![self.clone()]) }
    }

    pub fn count(&self) -> Result<u64, DocumentError> {
        self.value.as_u64().map_or_else(|| self.refuse("must be a whole number"), Ok)
    }

    /// The value must be exactly this one.
    pub fn exactly(&self, due: &Value) -> Result<(), DocumentError> {
        if self.value == due { Ok(()) } else { self.refuse(format!("must be {due}")) }
    }

    pub fn value(&self) -> &'a Value {
        self.value
    }
}

impl<'a> Object<'a> {
    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub fn optional(&mut self, key: &str) -> Option<Node<'a>> {
        let value = self.left.remove(key)?;
        Some(Node { path: self.at(key), value })
    }

    pub fn required(&mut self, key: &str, what: &str) -> Result<Node<'a>, DocumentError> {
        let missing = DocumentError::Field { field: self.at(key), reason: format!("is missing: {what}") };
        self.optional(key).ok_or(missing)
    }

    /// Refuses keys for a reason that a reader should know, before [`Self::done`] refuses the rest.
    pub fn forbid(&mut self, keys: &[&str], reason: &str) -> Result<(), DocumentError> {
        match keys.iter().find(|key| self.left.contains_key(**key)) {
            Some(key) => Err(DocumentError::Field { field: self.at(key), reason: reason.into() }),
            None => Ok(()),
        }
    }

    /// Nothing else may be there.
    pub fn done(self) -> Result<(), DocumentError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(key) => Err(DocumentError::Field {
                field: self.at(key),
                reason: "is not part of what this program reads: remove it".into(),
            }),
        }
    }
}
