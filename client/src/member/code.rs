//! A study's code: built in, or a module that is fetched by its digest.

use tributary_aggregation::study::StudyPlan;

use super::MemberError;
use crate::connection::Connection;
use crate::training::{Code, Trainer};

impl Connection {
    /// What a plan trains. A module is fetched, and loaded only if it is the file that the plan names.
    ///
    /// # Errors
    /// If the coordinator can't be reached, does not get the module, or what it sends is not what the plan says.
    pub async fn code(&self, plan: &StudyPlan, trainer: &dyn Trainer) -> Result<Code, MemberError> {
        let file = match plan.model.module() {
            None => None,
            Some(spec) => Some(self.module(spec).await?),
        };
        Ok(tokio::task::block_in_place(|| Code::of(plan, file, trainer))?)
    }
}
