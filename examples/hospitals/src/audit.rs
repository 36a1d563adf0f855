//! What `tributary audit` says.

/// An audit's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// All lines, as printed.
    pub lines: Vec<String>,
    /// 0 if every line agrees, 1 if one does not, 2 if the audit could not be carried out.
    pub code: Option<i32>,
}

impl Audit {
    /// How many lines agree.
    #[must_use]
    pub fn agreed(&self) -> usize {
        self.lines.iter().filter(|line| line.starts_with("agrees ")).count()
    }

    /// The first line that does not agree.
    #[must_use]
    pub fn disagreement(&self) -> Option<&str> {
        self.lines.iter().find(|line| line.starts_with("DISAGREES ")).map(String::as_str)
    }

    /// The verdict.
    #[must_use]
    pub fn last_line(&self) -> &str {
        self.lines.last().map_or("the audit said nothing", String::as_str)
    }

    /// Whether everything agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.code == Some(0) && self.disagreement().is_none() && self.agreed() > 0
    }
}
