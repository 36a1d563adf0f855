//! What stands in a row, whatever the file's format.

use std::borrow::Cow;

use super::error::Problem;
use super::images::Images;

/// A cell.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Missing,
    /// Text, without white space around it.
    Text(&'a str),
    /// A number of a file whose columns have types.
    Number(f64),
    /// A truth value of such a file.
    Bool(bool),
    /// What no study reads, such as a date.
    Other,
}

impl Cell<'_> {
    /// The cell as a word.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Missing | Self::Other => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
        }
    }

    /// The cell as a number, true being 1; `None` if it is none that anybody could have measured.
    pub(super) fn number(&self, decimal_comma: bool) -> Option<f64> {
        let number = match self {
            Self::Missing | Self::Other => return None,
            Self::Text(text) => number(text, decimal_comma)?,
            Self::Number(number) => *number,
            Self::Bool(flag) => f64::from(*flag),
        };
        // Rust also reads "nan" and "inf", and files hold them.
        number.is_finite().then_some(number)
    }
}

fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    if !decimal_comma {
        return text.parse().ok();
    }
    // A full stop would separate thousands here, but nobody can be sure.
    if text.contains('.') { None } else { text.replacen(',', ".", 1).parse().ok() }
}

/// A word that a site's cells are compared with: as text, and as a number, for `-9` may stand there as `-9.0`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    text: String,
    number: Option<f64>,
}

impl Word {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.trim().to_owned(), number: number(text.trim(), false).filter(|x| x.is_finite()) }
    }

    pub(super) fn is(&self, cell: &Cell<'_>, decimal_comma: bool) -> bool {
        cell.text() == self.text || (self.number.is_some() && self.number == cell.number(decimal_comma))
    }
}

/// The rows of a file.
pub(super) trait Rows {
    /// The images of the rows handed over so far, if the rows have images.
    fn take_images(&mut self) -> Option<Images> {
        None
    }

    /// The columns' names, in the file's order.
    fn names(&self) -> &[String];

    /// Hands every row over with its number: a cell per column, or why the row can't be read. Ends early with what
    /// `visit` returns.
    ///
    /// # Errors
    /// What `visit` returned, or why the file can't be read any further.
    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Problem>;
}

/// What is done with a row.
pub(super) type Visit<'v> = dyn FnMut(u64, Result<&[Cell<'_>], Problem>) -> Result<(), Problem> + 'v;
