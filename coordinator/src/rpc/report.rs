//! A masked update comes in: checked before it is received, spooled while it is, and accepted when it is whole.

use tonic::Streaming;
use tributary_aggregation::header::{ReportHeader, Signed};
use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_proto::decode;
use tributary_proto::v1::{ReportRequest, ReportStart, report_request::Part};

use super::chunks::{check, next};
use super::{Desk, RpcError};
use crate::rounds::base::Attempt;
use crate::rounds::{Command, Phase, Rejection};

impl Desk {
    /// Receives one report.
    pub(super) async fn receive(
        &self,
        account: OwnerId,
        mut stream: Streaming<ReportRequest>,
    ) -> Result<(), RpcError> {
        let first = next(&mut stream, |message| message.part).await?;
        let Some(Part::Start(ReportStart { study, round, attempt, report })) = first else {
            return Err(RpcError::Invalid("a report begins with its signed header".into()));
        };
        let id = decode::study(&study)?;
        let at = Attempt { round, attempt };
        let report = Signed::<ReportHeader>::try_from(decode::required("report", report)?)?;
        let (owner, update) = (report.header.owner, report.header.update);
        if owner != account {
            return Err(RpcError::Denied(format!("{account} may not report for {owner}")));
        }
        let _place = self.in_flight.enter(id, owner)?;
        if !self.wants(id, at, &report).await? {
            return Ok(());
        }
        let plan = self.driver.study(id).await?.base.facts.round_plan(round);
        let plan = plan.map_err(|error| RpcError::Precondition(error.to_string()))?;
        let mut incoming = self.driver.spool.receive(id, at, owner, update, &plan).await?;
        while let Some(part) = next(&mut stream, |message| message.part).await? {
            match part {
                Part::Chunk(chunk) => {
                    check(&chunk)?;
                    incoming.write(&chunk).await?;
                }
                Part::Start(_) => return Err(RpcError::Invalid("a report has one header".into())),
            }
        }
        let size = incoming.finish(update).await?;
        self.driver.drive(id, Command::Report { at, report }).await?;
        self.driver.metrics.report(size);
        Ok(())
    }

    /// Whether the report is still to be received; a repeated one is not.
    async fn wants(&self, id: StudyId, at: Attempt, report: &Signed<ReportHeader>) -> Result<bool, RpcError> {
        let study = self.driver.study(id).await?;
        let owner = report.header.owner;
        let known = study.base.owners.get(&owner).ok_or(Rejection::NotEnrolled(owner))?;
        match &study.phase {
            Phase::Reporting(reporting) if study.phase.attempt() == Some(at) => {
                Ok(!reporting.check(&known.mls_key, report)?)
            }
            // The study has its own words for what is too early, too late, or was taken before.
            _ => {
                self.driver.drive(id, Command::Report { at, report: report.clone() }).await?;
                Ok(false)
            }
        }
    }
}
