//! The words that every description begins with: Croissant 1.1's JSON-LD context (its appendix 1), with the namespaces of
//! DUO, MONDO and ODRL as its section on data use conditions names them.

use serde_json::{Map, Value, json};

/// What a description conforms to.
pub(super) const CROISSANT: &str = "http://mlcommons.org/croissant/1.1";
/// In place of an address of the rows: they have none.
pub(super) const ROWS_STAY: &str = "urn:tributary:rows-stay-with-their-owner";
/// The licence is the offer, and nothing else.
pub(super) const LICENCE: &str = "urn:tributary:licence:as-offered-in-usageInfo";
/// The token's smallest unit.
pub(super) const UNIT: &str = "urn:tributary:token-unit";
/// DUO's "data use modifier": what a condition is.
pub(super) const MODIFIER: &str = "duo:0000017";
/// DUO's "is restricted to": what names diseases.
pub(super) const RESTRICTED_TO: &str = "duo:0000010";

/// Words that stand for others.
const WORDS: [(&str, &str); 42] = [
    ("@language", "en"),
    ("@vocab", "http://schema.org/"),
    ("sc", "http://schema.org/"),
    ("cr", "http://mlcommons.org/croissant/"),
    ("rai", "http://mlcommons.org/croissant/RAI/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("duo", "http://purl.obolibrary.org/obo/DUO_"),
    ("mondo", "http://purl.obolibrary.org/obo/MONDO_"),
    ("odrl", "http://www.w3.org/ns/odrl/2/"),
    ("annotation", "cr:annotation"),
    ("arrayShape", "cr:arrayShape"),
    ("citeAs", "cr:citeAs"),
    ("column", "cr:column"),
    ("conformsTo", "dct:conformsTo"),
    ("containedIn", "cr:containedIn"),
    ("equivalentProperty", "cr:equivalentProperty"),
    ("excludes", "cr:excludes"),
    ("extract", "cr:extract"),
    ("field", "cr:field"),
    ("fileProperty", "cr:fileProperty"),
    ("fileObject", "cr:fileObject"),
    ("fileSet", "cr:fileSet"),
    ("format", "cr:format"),
    ("includes", "cr:includes"),
    ("isArray", "cr:isArray"),
    ("isLiveDataset", "cr:isLiveDataset"),
    ("jsonPath", "cr:jsonPath"),
    ("key", "cr:key"),
    ("md5", "cr:md5"),
    ("parentField", "cr:parentField"),
    ("recordSet", "cr:recordSet"),
    ("references", "cr:references"),
    ("regex", "cr:regex"),
    ("readLines", "cr:readLines"),
    ("sdVersion", "cr:sdVersion"),
    ("separator", "cr:separator"),
    ("source", "cr:source"),
    ("subField", "cr:subField"),
    ("transform", "cr:transform"),
    ("unArchive", "cr:unArchive"),
    ("value", "cr:value"),
];

/// The JSON-LD context.
pub(super) fn context() -> Value {
    let mut context: Map<String, Value> =
        WORDS.iter().map(|(word, stands_for)| ((*word).to_owned(), json!(stands_for))).collect();
    context.insert("data".into(), json!({ "@id": "cr:data", "@type": "@json" }));
    context.insert("dataType".into(), json!({ "@id": "cr:dataType", "@type": "@vocab" }));
    context.insert("examples".into(), json!({ "@id": "cr:examples", "@type": "@json" }));
    Value::Object(context)
}

/// The one file that the description speaks of. It is not distributed, has no address, and no digest: who guesses rows could
/// confirm them by it.
pub(super) fn distribution() -> Value {
    json!([{
        "@type": "cr:FileObject",
        "@id": "rows",
        "name": "rows",
        "description": "The rows stay with their owner. Studies send a model to them.",
        "contentUrl": ROWS_STAY,
        "encodingFormat": "text/csv"
    }])
}
