//! Errors as gRPC statuses: the only place that knows both.

use thiserror::Error;
use tonic::{Code, Status};
use tributary_contracts::ChainError;
use tributary_proto::decode::DecodeError;
use tributary_storage::StorageError;

use crate::driver::DriveError;
use crate::rounds::Rejection;
use crate::settlement::ClaimError;
use crate::spool::SpoolError;
use crate::store::StoreError;

/// A call was not carried out.
#[derive(Debug, Error)]
pub enum RpcError {
    /// The message is malformed.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The study refuses, is not known, or can't be stored.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A report was not taken.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// An artifact can't be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The chain refuses or can't be reached.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A claim failed.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Nobody is logged in.
    #[error("{0}: open a session first")]
    Unauthenticated(&'static str),
    /// The account may not do this.
    #[error("{0}")]
    Denied(String),
    /// What was sent can't be.
    #[error("{0}")]
    Invalid(String),
    /// It can't be done as things stand.
    #[error("{0}")]
    Precondition(String),
    /// Too much at once.
    #[error("{0}")]
    Exhausted(String),
    /// It takes longer than a call may.
    #[error("{0}")]
    Later(String),
    /// The stream broke off.
    #[error("the stream broke off: {0}")]
    Stream(Status),
}

impl From<Rejection> for RpcError {
    fn from(rejection: Rejection) -> Self {
        Self::Drive(rejection.into())
    }
}

impl From<RpcError> for Status {
    fn from(error: RpcError) -> Self {
        let code = code(&error);
        match error {
            RpcError::Stream(status) => status,
            // What failed inside is for the operator's log, not for the caller.
            error
                if matches!(code, Code::Unavailable)
                    && !matches!(error, RpcError::Chain(_) | RpcError::Later(_)) =>
            {
                tracing::error!(%error, "a call failed");
                Self::unavailable("the coordinator has a fault of its own at the moment: try again")
            }
            error => Self::new(code, error.to_string()),
        }
    }
}

fn code(error: &RpcError) -> Code {
    match error {
        RpcError::Decode(_) | RpcError::Invalid(_) => Code::InvalidArgument,
        RpcError::Drive(DriveError::Unknown(_)) => Code::NotFound,
        RpcError::Drive(DriveError::Rejected(rejection)) => rejection_code(rejection),
        RpcError::Drive(DriveError::Store(_)) | RpcError::Store(_) => Code::Unavailable,
        RpcError::Spool(SpoolError::Io { .. }) => Code::Unavailable,
        RpcError::Spool(_) => Code::InvalidArgument,
        RpcError::Storage(StorageError::NotFound { .. }) => Code::NotFound,
        RpcError::Storage(StorageError::Corrupt { .. }) => Code::DataLoss,
        RpcError::Storage(_) => Code::Unavailable,
        RpcError::Chain(error) | RpcError::Claim(ClaimError::Chain(error)) => chain_code(error),
        RpcError::Claim(ClaimError::Tree(_)) => Code::Internal,
        RpcError::Unauthenticated(_) => Code::Unauthenticated,
        RpcError::Denied(_) => Code::PermissionDenied,
        RpcError::Precondition(_) => Code::FailedPrecondition,
        RpcError::Exhausted(_) => Code::ResourceExhausted,
        RpcError::Later(_) => Code::Unavailable,
        RpcError::Stream(status) => status.code(),
    }
}

fn rejection_code(rejection: &Rejection) -> Code {
    match rejection {
        Rejection::NotAllowed(_)
        | Rejection::NotEnrolled(_)
        | Rejection::NotInCommittee(_)
        | Rejection::NotVoter(_) => Code::PermissionDenied,
        Rejection::NotNow { .. }
        | Rejection::OtherAttempt { .. }
        | Rejection::Late { .. }
        | Rejection::EnrolmentOver
        | Rejection::Full { .. }
        | Rejection::Ended { .. } => Code::FailedPrecondition,
        Rejection::Conflict { .. } => Code::AlreadyExists,
        Rejection::Invalid { .. } | Rejection::Header(_) => Code::InvalidArgument,
        Rejection::EpochTaken { .. } | Rejection::EpochOver { .. } => Code::Aborted,
    }
}

fn chain_code(error: &ChainError) -> Code {
    match error {
        ChainError::Reverted(_) | ChainError::Conflict { .. } => Code::FailedPrecondition,
        _ => Code::Unavailable,
    }
}
