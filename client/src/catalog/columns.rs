//! The columns of a CSV file: their names and what stands in them. No cell goes any further.

use csv::{ReaderBuilder, Trim};

use crate::dataset::{Problem, csv_problem};

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Float,
    /// Anything else.
    Text,
}

impl ColumnKind {
    /// All kinds, with Croissant's data types.
    pub(super) const TYPES: [(Self, &'static str); 3] =
        [(Self::Integer, "sc:Integer"), (Self::Float, "sc:Float"), (Self::Text, "sc:Text")];

    /// Croissant's data type.
    pub(super) fn data_type(self) -> &'static str {
        Self::TYPES.iter().find(|(kind, _)| *kind == self).map_or("sc:Text", |(_, name)| name)
    }

    fn of(cell: &str) -> Self {
        if cell.parse::<i64>().is_ok() {
            Self::Integer
        } else if cell.parse::<f64>().is_ok_and(f64::is_finite) {
            Self::Float
        } else {
            Self::Text
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Text, _) | (_, Self::Text) => Self::Text,
            (Self::Float, _) | (_, Self::Float) => Self::Float,
            _ => Self::Integer,
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// What stands in it.
    pub kind: ColumnKind,
    /// Whether it is what models learn to predict.
    pub is_label: bool,
}

/// The columns of a CSV file, and its number of rows. A column without a single value counts as text.
///
/// # Errors
/// If it is no CSV file with a header line, or `label` is not in it. Errors hold no cell.
pub fn columns(bytes: &[u8], label: Option<&str>) -> Result<(Vec<Column>, u64), Problem> {
    if bytes.trim_ascii().is_empty() {
        return Err(Problem::Empty);
    }
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let names: Vec<String> =
        reader.headers().map_err(|error| csv_problem(&error))?.iter().map(str::to_owned).collect();
    // A first line with numbers in it is somebody's row.
    if names.iter().any(|name| name.is_empty() || name.parse::<f64>().is_ok()) {
        return Err(Problem::NoHeader);
    }
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(Problem::DuplicateColumn { column: twice.1.clone() });
    }
    if let Some(label) = label
        && !names.iter().any(|name| name == label)
    {
        return Err(Problem::MissingColumns { missing: vec![label.to_owned()], present: names });
    }
    let mut kinds: Vec<Option<ColumnKind>> = vec![None; names.len()];
    let mut rows = 0;
    for record in reader.records() {
        let record = record.map_err(|error| csv_problem(&error))?;
        rows += 1;
        for (kind, cell) in kinds.iter_mut().zip(&record) {
            if !cell.is_empty() {
                let here = ColumnKind::of(cell);
                *kind = Some(kind.map_or(here, |before| before.and(here)));
            }
        }
    }
    if rows == 0 {
        return Err(Problem::NoRows);
    }
    let column = |(name, kind): (String, Option<ColumnKind>)| {
        let is_label = label == Some(name.as_str());
        Column { name, kind: kind.unwrap_or(ColumnKind::Text), is_label }
    };
    Ok((names.into_iter().zip(kinds).map(column).collect(), rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_kind_that_all_their_cells_have() {
        let csv = b"age,chol,sex,empty,num\n63, 233,Male,,0\n-4,2.5e2,,,1\n,nan,Female,,\n";
        let (columns, rows) = columns(csv, Some("num")).unwrap();
        let shown: Vec<_> = columns.iter().map(|it| (it.name.as_str(), it.kind, it.is_label)).collect();
        use ColumnKind::{Integer, Text};
        // "nan" is no number.
        let due = [
            ("age", Integer, false),
            ("chol", Text, false),
            ("sex", Text, false),
            ("empty", Text, false),
            ("num", Integer, true),
        ];
        assert_eq!((&shown[..], rows), (&due[..], 3));
        let (columns, _) = super::columns(b"a\n1\n2.5\n3\n", None).unwrap();
        assert_eq!(columns[0].kind, ColumnKind::Float);
    }

    #[test]
    fn what_is_no_table_is_refused_without_its_cells() {
        for (csv, due) in [
            (&b""[..], Problem::Empty),
            (b"age,num\n", Problem::NoRows),
            (b"63,1\n70,0\n", Problem::NoHeader),
            (b"age,\n1,2\n", Problem::NoHeader),
            (b"age,age\n1,2\n", Problem::DuplicateColumn { column: "age".into() }),
            (b"age,num\n1\n", Problem::Ragged { row: 2, cells: 1, columns: 2 }),
        ] {
            assert_eq!(columns(csv, None), Err(due));
        }
        let missing = columns(b"age\n1\n", Some("num"));
        assert!(matches!(missing, Err(Problem::MissingColumns { .. })));
    }
}
