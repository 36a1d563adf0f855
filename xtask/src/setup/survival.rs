//! Recurrence-free survival after breast cancer, 686 patients: the German Breast Cancer Study Group's second trial
//! (Schumacher et al., Journal of Clinical Oncology 12, 1994), as Python's lifelines has it.
//!
//! Not a part of the set-up: one comparison reads it, and no test.

use super::{data, download::Wheel};
use crate::house::House;
use anyhow::{Context, Result};
use std::fs;

const WHEEL: Wheel = Wheel {
    requirement: "lifelines==0.30.3",
    sha256: "44802480a28d6cb836c7fea4a54ec0ba220eb31c6d7444589637a8bd66066e8c",
};
const TABLE: &str = "gbsg2.csv";
const TABLE_SHA256: &str = "695954dbed9eaa619f9854f6c945bdccf5b21b12ea3fb46bd28797b9e8284d49";

/// Puts the table under `.data`.
///
/// # Errors
/// What failed, and what to do.
pub fn set_up(house: &House) -> Result<()> {
    let folder = house.data();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    data::fetch(&folder.join(TABLE), TABLE_SHA256, &WHEEL, "lifelines/datasets/")
}
