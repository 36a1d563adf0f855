//! From a description to JSON-LD.

use serde_json::{Value, json};
use tributary_aggregation::study::Duo;

use super::columns::Column;
use super::condition::Condition;
use super::context::{CROISSANT, LICENCE, MODIFIER, RESTRICTED_TO, UNIT, context, distribution};
use super::document::{Document, Record};
use super::terms::UseTerms;

pub(super) fn document(document: &Document) -> Value {
    let Document { name, description, url, creator, date, version, owner, price, terms, record } = document;
    json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT,
        "name": name,
        "description": description,
        "url": url,
        "license": LICENCE,
        "creator": { "@type": "sc:Organization", "name": creator },
        "datePublished": date,
        "version": version,
        "distribution": distribution(),
        "recordSet": [record_set(record)],
        "usageInfo": {
            "@type": ["CreativeWork", "odrl:Offer"],
            "@id": "offer",
            "name": "Terms of use",
            "odrl:assigner": { "@id": format!("ethereum:{owner}") },
            "odrl:permission": permission(terms, *price)
        }
    })
}

fn record_set(record: &Record) -> Value {
    let mut set = json!({
        "@type": "cr:RecordSet",
        "@id": "records",
        "name": "records",
        "field": record.columns.iter().map(field).collect::<Vec<_>>()
    });
    if let Some(rows) = record.rows {
        set["sc:size"] = json!({ "@type": "sc:QuantitativeValue", "value": rows, "unitText": "rows" });
    }
    set
}

fn field(column: &Column) -> Value {
    let of = column.kind.data_type();
    json!({
        "@type": "cr:Field",
        "@id": format!("records/{}", column.name),
        "name": column.name,
        "dataType": if column.is_label { json!([of, "cr:Label"]) } else { json!(of) },
        "source": { "fileObject": { "@id": "rows" }, "extract": { "column": column.name } }
    })
}

pub(super) fn duo(term: Duo) -> String {
    format!("duo:{:07}", term.number())
}

fn permission(terms: &UseTerms, price: u128) -> Value {
    let id = |id: String| json!({ "@id": id });
    let of = |left: &str, right: Vec<Value>| {
        json!({
            "@type": "odrl:Constraint",
            "odrl:leftOperand": { "@id": left },
            "odrl:operator": { "@id": "odrl:isAnyOf" },
            "odrl:rightOperand": right
        })
    };
    let mut constraints: Vec<Value> = terms.conditions.iter().map(condition).collect();
    if !terms.diseases.is_empty() {
        let diseases = terms.diseases.iter().map(|disease| id(format!("mondo:{:07}", disease.number())));
        constraints.push(of(RESTRICTED_TO, diseases.collect()));
    }
    if !terms.research.is_empty() {
        let kinds = terms.research.iter().map(|term| id(duo(*term)));
        constraints.push(of(&duo(Duo::RESEARCH_SPECIFIC), kinds.collect()));
    }
    let mut permission = json!({
        "@type": "odrl:Permission",
        "odrl:action": { "@id": duo(terms.permission), "name": terms.permission.label() }
    });
    if !constraints.is_empty() {
        permission["odrl:constraint"] = constraints.into();
    }
    if price > 0 {
        permission["odrl:duty"] = json!({
            "@type": "odrl:Duty",
            "odrl:action": { "@id": "odrl:compensate" },
            "odrl:constraint": {
                "@type": "odrl:Constraint",
                "odrl:leftOperand": { "@id": "odrl:payAmount" },
                "odrl:operator": { "@id": "odrl:eq" },
                "odrl:rightOperand": { "@value": price.to_string(), "@type": "xsd:nonNegativeInteger" },
                "odrl:unit": { "@id": UNIT }
            }
        });
    }
    permission
}

fn condition(condition: &Condition) -> Value {
    let mut constraint = json!({
        "@type": "odrl:Constraint",
        "name": condition.term.label(),
        "odrl:leftOperand": { "@id": MODIFIER },
        "odrl:operator": { "@id": "odrl:eq" },
        "odrl:rightOperand": { "@id": duo(condition.term) }
    });
    if let Some(detail) = &condition.detail {
        constraint["description"] = detail.clone().into();
    }
    constraint
}
