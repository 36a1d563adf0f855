//! From JSON-LD to a description.

use serde_json::json;
use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::study::{Disease, Duo};

use super::columns::{Column, ColumnKind};
use super::condition::Condition;
use super::context::{CROISSANT, LICENCE, MODIFIER, RESTRICTED_TO, UNIT, context, distribution};
use super::document::{Document, Record};
use super::reader::{Node, Object};
use super::refused::DocumentError;
use super::terms::UseTerms;
use super::writer::duo;

/// Rows and what tells about them: none of it belongs into a description.
const ROWS: [&str; 4] = ["data", "examples", "value", "key"];
/// Whoever guesses the rows can confirm them by these.
const DIGESTS: [&str; 3] = ["sha256", "md5", "contentSize"];

impl Document {
    pub(super) fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let mut it = node.object()?;
        it.forbid(&ROWS, "would hold rows, or what identifies them: remove it")?;
        it.required("@context", "a description starts as `tributary dataset new` writes it")?
            .exactly(&context())?;
        it.required("@type", "write \"sc:Dataset\"")?.exactly(&json!("sc:Dataset"))?;
        it.required("conformsTo", "say which version of Croissant")?.exactly(&json!(CROISSANT))?;
        let name = text(&mut it, "name", "give the dataset a name")?;
        let description = text(&mut it, "description", "say what the dataset is about")?;
        let url = url(&it.required("url", "its page, or a URN")?)?;
        it.required("license", "use is licensed by the offer alone")?.exactly(&json!(LICENCE))?;
        let creator = creator(&it.required("creator", "name the organisation that has the rows")?)?;
        let date = date(&it.required("datePublished", "the day on which the dataset was described")?)?;
        let version = version(&it.required("version", "of the dataset, like 1.0.0")?)?;
        check_distribution(&it.required("distribution", "says that the rows stay with their owner")?)?;
        let record = record(&it.required("recordSet", "describe what one row has")?)?;
        let (owner, terms, price) =
            offer(&it.required("usageInfo", "say what the dataset may be used for, as an odrl:Offer")?)?;
        it.done()?;
        Ok(Self { name, description, url, creator, date, version, owner, price, terms, record })
    }
}

fn text(it: &mut Object<'_>, key: &str, what: &str) -> Result<String, DocumentError> {
    it.required(key, what)?.text().map(str::to_owned)
}

fn url(node: &Node<'_>) -> Result<String, DocumentError> {
    let text = node.text()?;
    let is_one = ["https://", "http://", "urn:"].iter().any(|start| text.starts_with(start));
    if is_one && !text.contains(char::is_whitespace) {
        Ok(text.to_owned())
    } else {
        node.refuse("must be an address (https://…) or a name (urn:…)")
    }
}

fn creator(node: &Node<'_>) -> Result<String, DocumentError> {
    let mut it = node.object()?;
    it.required("@type", "write \"sc:Organization\"")?.exactly(&json!("sc:Organization"))?;
    let name = text(&mut it, "name", "the organisation's name")?;
    it.done()?;
    Ok(name)
}

fn date(node: &Node<'_>) -> Result<String, DocumentError> {
    let text = node.text()?;
    let refuse = || node.refuse("must be a day, written YYYY-MM-DD");
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let (Some(year), Some(month), Some(day), None) = (number(4), number(2), number(2), parts.next()) else {
        return refuse();
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return refuse(),
    };
    if (1..=days).contains(&day) { Ok(text.to_owned()) } else { refuse() }
}

fn version(node: &Node<'_>) -> Result<String, DocumentError> {
    let text = node.text()?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.split('.').count() == 3 && text.split('.').all(is_number) {
        Ok(text.to_owned())
    } else {
        node.refuse("must be three numbers, like 1.0.0")
    }
}

fn check_distribution(node: &Node<'_>) -> Result<(), DocumentError> {
    for file in node.one_or_many()? {
        let mut it = file.object()?;
        it.forbid(&DIGESTS, "tells about the rows, and who guesses them could confirm them: remove it")?;
    }
    let due = distribution();
    if *node.value() == due {
        return Ok(());
    }
    node.refuse(format!("must say that the rows stay with their owner, and nothing else: {due}"))
}

fn record(node: &Node<'_>) -> Result<Record, DocumentError> {
    let sets = node.one_or_many()?;
    let [set] = sets.as_slice() else {
        return node.refuse("must be one record set: a study reads one table");
    };
    let mut it = set.object()?;
    it.forbid(&ROWS, "would hold rows, or what identifies them: remove it")?;
    it.required("@type", "write \"cr:RecordSet\"")?.exactly(&json!("cr:RecordSet"))?;
    it.required("@id", "write \"records\"")?.exactly(&json!("records"))?;
    it.required("name", "write \"records\"")?.exactly(&json!("records"))?;
    let rows = it.optional("sc:size").map(|size| rows(&size)).transpose()?;
    let fields = it.required("field", "list the columns")?;
    let columns: Vec<Column> = fields.list()?.iter().map(column).collect::<Result<_, _>>()?;
    if columns.is_empty() {
        return fields.refuse("lists no column");
    }
    if columns.iter().filter(|column| column.is_label).count() > 1 {
        return fields.refuse("has more than one label");
    }
    let twice = columns.iter().enumerate().find(|(at, it)| columns[..*at].iter().any(|b| b.name == it.name));
    if let Some((_, column)) = twice {
        return fields.refuse(format!("has the column {:?} twice", column.name));
    }
    it.done()?;
    Ok(Record { columns, rows })
}

fn rows(node: &Node<'_>) -> Result<u64, DocumentError> {
    let mut it = node.object()?;
    it.required("@type", "write \"sc:QuantitativeValue\"")?.exactly(&json!("sc:QuantitativeValue"))?;
    let rows = it.required("value", "the number of rows")?.count()?;
    it.required("unitText", "write \"rows\"")?.exactly(&json!("rows"))?;
    it.done()?;
    Ok(rows)
}

fn column(node: &Node<'_>) -> Result<Column, DocumentError> {
    let mut it = node.object()?;
    it.forbid(&ROWS, "would hold values of rows: remove it")?;
    it.required("@type", "write \"cr:Field\"")?.exactly(&json!("cr:Field"))?;
    let name = text(&mut it, "name", "the column's name in the file's header")?;
    it.required("@id", "the column's id")?.exactly(&json!(format!("records/{name}")))?;
    let types = it.required("dataType", "what stands in the column")?;
    let (mut kind, mut is_label) = (None, false);
    for of in types.one_or_many()? {
        match of.text()? {
            "cr:Label" if !is_label => is_label = true,
            word => {
                let known = ColumnKind::TYPES.iter().find(|(_, name)| *name == word);
                match known {
                    Some((of, _)) if kind.is_none() => kind = Some(*of),
                    _ => {
                        return types.refuse(
                            "must be one of sc:Integer, sc:Float, sc:Text, with cr:Label if it is the label",
                        );
                    }
                }
            }
        }
    }
    let Some(kind) = kind else {
        return types.refuse("says that the column is the label, but not what stands in it");
    };
    it.required("source", "where the column is read from")?
        .exactly(&json!({ "fileObject": { "@id": "rows" }, "extract": { "column": name } }))?;
    it.done()?;
    Ok(Column { name, kind, is_label })
}

fn offer(node: &Node<'_>) -> Result<(OwnerId, UseTerms, u128), DocumentError> {
    let mut it = node.object()?;
    it.required("@type", "an offer")?.exactly(&json!(["CreativeWork", "odrl:Offer"]))?;
    it.required("@id", "the offer's id")?.exactly(&json!("offer"))?;
    it.required("name", "write \"Terms of use\"")?.exactly(&json!("Terms of use"))?;
    let assigner = it.required("odrl:assigner", "who offers it")?;
    let Some(owner) = id(&assigner)?.strip_prefix("ethereum:").and_then(|address| address.parse().ok())
    else {
        return assigner.refuse("must be the owner's address, as {\"@id\": \"ethereum:0x…\"}");
    };
    let (terms, price) = permission(&it.required("odrl:permission", "what is permitted")?)?;
    it.forbid(
        &["odrl:prohibition", "odrl:obligation"],
        "is not read: what is not permitted is prohibited; say conditions as DUO's modifiers",
    )?;
    it.done()?;
    Ok((owner, terms, price))
}

/// The `@id` of what is only named.
fn id<'a>(node: &Node<'a>) -> Result<&'a str, DocumentError> {
    let mut it = node.object()?;
    let id = it.required("@id", "name it")?.text()?;
    it.done()?;
    Ok(id)
}

/// A term by its `@id`, written as `duo:0000042`.
fn term(node: &Node<'_>, text: &str) -> Result<Duo, DocumentError> {
    let digits = text.strip_prefix("duo:").unwrap_or_default();
    match format!("DUO:{digits}").parse() {
        Ok(term) => Ok(term),
        Err(_) => node
            .refuse(format!("{text:?} is not a term of DUO that is known here: write it like duo:0000042")),
    }
}

fn permission(node: &Node<'_>) -> Result<(UseTerms, u128), DocumentError> {
    let mut it = node.object()?;
    it.required("@type", "write \"odrl:Permission\"")?.exactly(&json!("odrl:Permission"))?;
    let action = it.required("odrl:action", "a permission of DUO")?;
    let permission = named(&action)?;
    let mut terms =
        UseTerms { permission, diseases: Vec::new(), research: Vec::new(), conditions: Vec::new() };
    if let Some(constraints) = it.optional("odrl:constraint") {
        for constraint in constraints.one_or_many()? {
            add_constraint(&constraint, &mut terms)?;
        }
    }
    let price = it.optional("odrl:duty").map(|duty| price(&duty)).transpose()?.unwrap_or(0);
    it.done()?;
    Ok((terms, price))
}

/// A term with its name for people, which must be the term's own.
fn named(node: &Node<'_>) -> Result<Duo, DocumentError> {
    let mut it = node.object()?;
    let code = it.required("@id", "the term's code")?;
    let term = term(&code, code.text()?)?;
    it.required("name", "the term's name")?.exactly(&json!(term.label()))?;
    it.done()?;
    Ok(term)
}

fn add_constraint(node: &Node<'_>, terms: &mut UseTerms) -> Result<(), DocumentError> {
    let mut it = node.object()?;
    it.required("@type", "write \"odrl:Constraint\"")?.exactly(&json!("odrl:Constraint"))?;
    let left = it.required("odrl:leftOperand", "what is constrained")?;
    let operator = it.required("odrl:operator", "how it is compared")?;
    let right = it.required("odrl:rightOperand", "what it is compared with")?;
    let research = duo(Duo::RESEARCH_SPECIFIC);
    match id(&left)? {
        MODIFIER => {
            operator.exactly(&json!({ "@id": "odrl:eq" }))?;
            let term = term(&right, id(&right)?)?;
            it.required("name", "the condition's name")?.exactly(&json!(term.label()))?;
            let detail = it.optional("description").map(|text| text.text().map(str::to_owned)).transpose()?;
            terms.conditions.push(Condition { term, detail });
        }
        RESTRICTED_TO if terms.diseases.is_empty() => {
            operator.exactly(&json!({ "@id": "odrl:isAnyOf" }))?;
            for disease in right.list()? {
                terms.diseases.push(read_disease(&disease)?);
            }
            ascending(&right, &terms.diseases)?;
        }
        other if other == research && terms.research.is_empty() => {
            operator.exactly(&json!({ "@id": "odrl:isAnyOf" }))?;
            for kind in right.list()? {
                terms.research.push(term(&kind, id(&kind)?)?);
            }
            ascending(&right, &terms.research)?;
        }
        _ => {
            return left.refuse(format!(
                "must be {MODIFIER} for a condition, {RESTRICTED_TO} for diseases or {research} for kinds of research, the \
                 last two once at most"
            ));
        }
    }
    it.done()
}

fn read_disease(node: &Node<'_>) -> Result<Disease, DocumentError> {
    let text = id(node)?;
    match format!("MONDO:{}", text.strip_prefix("mondo:").unwrap_or_default()).parse() {
        Ok(disease) => Ok(disease),
        Err(_) => {
            node.refuse(format!("{text:?} is not a disease: write its number in MONDO, like mondo:0005267"))
        }
    }
}

fn ascending<T: Ord>(node: &Node<'_>, list: &[T]) -> Result<(), DocumentError> {
    if !list.is_empty() && list.windows(2).all(|pair| pair[0] < pair[1]) {
        Ok(())
    } else {
        node.refuse("must name at least one, by ascending number, each once")
    }
}

fn price(node: &Node<'_>) -> Result<u128, DocumentError> {
    let mut it = node.object()?;
    it.required("@type", "write \"odrl:Duty\"")?.exactly(&json!("odrl:Duty"))?;
    it.required("odrl:action", "the duty")?.exactly(&json!({ "@id": "odrl:compensate" }))?;
    let mut amount = it.required("odrl:constraint", "how much is to be paid")?.object()?;
    amount.required("@type", "write \"odrl:Constraint\"")?.exactly(&json!("odrl:Constraint"))?;
    amount.required("odrl:leftOperand", "the amount")?.exactly(&json!({ "@id": "odrl:payAmount" }))?;
    amount.required("odrl:operator", "exactly")?.exactly(&json!({ "@id": "odrl:eq" }))?;
    let right = amount.required("odrl:rightOperand", "the amount")?;
    amount.required("odrl:unit", "the token's smallest unit")?.exactly(&json!({ "@id": UNIT }))?;
    amount.done()?;
    it.done()?;
    let mut value = right.object()?;
    value.required("@type", "a number")?.exactly(&json!("xsd:nonNegativeInteger"))?;
    let digits = value.required("@value", "the number")?;
    value.done()?;
    let text = digits.text()?;
    match text.parse::<u128>() {
        // Only as it would be written: no sign, no leading zero, and nothing to pay is no duty.
        Ok(price) if price > 0 && price.to_string() == text => Ok(price),
        _ => digits.refuse("must be a whole number above 0 in quotes, in the token's smallest unit"),
    }
}
