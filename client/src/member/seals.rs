//! The roster's history on chain. A member that reads the log late checks a change against the roster of that time, not
//! against today's.

use std::collections::{BTreeMap, BTreeSet};

use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{ChainError, Event, Logged};

use crate::session::{SealedOwner, SealedRoster};

/// A sealing of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// Who was on the roster.
    pub roster: SealedRoster,
    /// The epoch that was registered for it; none yet, for the last one.
    pub epoch: Option<u64>,
}

/// All sealings in a study's events, which must be in the chain's order.
///
/// # Errors
/// [`ChainError::Roster`]: the contract counted other owners when it sealed than the events show, so the node leaves
/// some of them out.
pub fn sealings(events: &[Logged]) -> Result<Vec<Sealing>, ChainError> {
    let mut on_it: BTreeMap<OwnerId, (Digest, u64)> = BTreeMap::new();
    let mut ever = BTreeSet::new();
    let mut registered = 0;
    let mut sealings: Vec<Sealing> = Vec::new();
    for logged in events {
        match &logged.event {
            Event::OwnerEnrolled { owner, identity, .. } => {
                // A replaced identity leaves the owner its vote.
                let since = on_it.get(&OwnerId(*owner)).map_or(registered, |(_, since)| *since);
                on_it.insert(OwnerId(*owner), (Digest(*identity), since));
                ever.insert(OwnerId(*owner));
            }
            Event::OwnerLeft { owner, .. }
            | Event::OwnerRemoved { owner, .. }
            | Event::ConsentWithdrawn { owner, .. } => {
                on_it.remove(&OwnerId(*owner));
            }
            Event::RosterSealed { owner_count: counted } => {
                if on_it.len() != usize::from(*counted) {
                    return Err(ChainError::Roster { listed: on_it.len(), counted: *counted });
                }
                let votes = |since: u64| registered == 0 || since < registered;
                let sealed = |(identity, since): &(Digest, u64)| SealedOwner {
                    identity: *identity,
                    voter: votes(*since),
                };
                let owners = on_it.iter().map(|(owner, enrolled)| (*owner, sealed(enrolled))).collect();
                let (first, seal) = (registered == 0, Digest(logged.block_hash));
                let place = (logged.block, logged.log_index);
                let roster = SealedRoster { owners, ever: ever.clone(), first, seal, place };
                sealings.push(Sealing { roster, epoch: None });
            }
            Event::CommitteeRegistered { epoch, .. } => {
                registered = *epoch;
                if let Some(last) = sealings.last_mut() {
                    last.epoch = Some(*epoch);
                }
            }
            _ => {}
        }
    }
    Ok(sealings)
}

/// The roster that was sealed for `epoch`: the one that was registered for it, or the one that waits for a registration.
///
/// # Errors
/// As [`sealings`].
pub fn sealed_for(events: &[Logged], epoch: u64) -> Result<Option<SealedRoster>, ChainError> {
    // All before it are for epochs that came before; numbers may be left out, and the first is 1.
    let reached = |sealing: &Sealing| sealing.epoch.is_none_or(|registered| registered >= epoch);
    let sealing = sealings(events)?.into_iter().find(reached);
    let is_it = |sealing: &Sealing| sealing.epoch.map_or(epoch > 0, |registered| registered == epoch);
    Ok(sealing.filter(is_it).map(|sealing| sealing.roster))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(events: Vec<Event>) -> Vec<Logged> {
        let logged = |(number, event): (u8, Event)| Logged {
            study: [7; 32],
            block: number.into(),
            block_hash: [number; 32],
            tx_hash: [number; 32],
            log_index: 0,
            event,
        };
        (1..).zip(events).map(logged).collect()
    }

    fn enrolled(owner: u8, identity: u8, sequence: u64) -> Event {
        Event::OwnerEnrolled { owner: [owner; 20], identity: [identity; 32], sequence }
    }

    fn registered(epoch: u64) -> Event {
        Event::CommitteeRegistered { epoch, key: [0; 128], signers: Vec::new() }
    }

    fn sealed(owner_count: u16) -> Event {
        Event::RosterSealed { owner_count }
    }

    fn roster_for(events: &[Logged], epoch: u64) -> Option<SealedRoster> {
        sealed_for(events, epoch).unwrap()
    }

    fn on_it(roster: &SealedRoster) -> Vec<(u8, u8, bool)> {
        let show =
            |(owner, sealed): (&OwnerId, &SealedOwner)| (owner.0[0], sealed.identity.0[0], sealed.voter);
        roster.owners.iter().map(show).collect()
    }

    #[test]
    fn each_epoch_has_the_roster_of_its_time() {
        let events = log(vec![
            enrolled(1, 11, 0),
            enrolled(2, 12, 0),
            enrolled(2, 22, 1), // lost its keys before the study began
            enrolled(3, 13, 0),
            sealed(3),
            registered(1),
            enrolled(4, 14, 0),
            Event::OwnerLeft { owner: [1; 20], sequence: 1 },
            enrolled(3, 33, 1),
            sealed(3),
            registered(2),
            Event::OwnerRemoved { owner: [2; 20], sequence: 2, signers: Vec::new() },
            enrolled(1, 41, 2),
            sealed(3),
        ]);
        let first = roster_for(&events, 1).unwrap();
        assert_eq!(on_it(&first), [(1, 11, true), (2, 22, true), (3, 13, true)]);
        assert!(first.first && first.seal == Digest([5; 32]));
        // The newcomer has no vote yet; who only changed its keys keeps it.
        let second = roster_for(&events, 2).unwrap();
        assert_eq!(on_it(&second), [(2, 22, true), (3, 33, true), (4, 14, false)]);
        assert!(!second.first);
        // Sealed, not registered: now the newcomer of the last epoch votes, and who left and came back is new.
        let third = roster_for(&events, 3).unwrap();
        assert_eq!(on_it(&third), [(1, 41, false), (3, 33, true), (4, 14, true)]);
        assert_eq!((first.ever.len(), third.ever.len()), (3, 4), "who has left is not forgotten");
        assert_eq!(
            sealings(&events).unwrap().iter().map(|sealing| sealing.epoch).collect::<Vec<_>>(),
            [Some(1), Some(2), None]
        );
    }

    #[test]
    fn who_has_withdrawn_is_off_the_roster_and_who_is_about_to_is_not_yet() {
        let withdrawn = |owner: u8| Event::ConsentWithdrawn { owner: [owner; 20], sequence: 1 };
        let events = log(vec![
            enrolled(1, 11, 0),
            enrolled(2, 12, 0),
            enrolled(3, 13, 0),
            withdrawn(3),
            sealed(2),
            Event::ConsentPending { owner: [2; 20] },
            registered(1),
            withdrawn(2),
            sealed(1),
        ]);
        let first = roster_for(&events, 1).unwrap();
        assert_eq!((on_it(&first), first.place), (vec![(1, 11, true), (2, 12, true)], (5, 0)));
        assert_eq!(on_it(&roster_for(&events, 2).unwrap()), [(1, 11, true)]);
    }

    #[test]
    fn a_node_that_leaves_an_owner_out_is_found_out() {
        let all = [enrolled(1, 11, 0), enrolled(2, 12, 0), sealed(2), registered(1)];
        assert!(roster_for(&log(all.to_vec()), 1).is_some());
        for hidden in 0..2 {
            let mut events = log(all.to_vec());
            events.remove(hidden);
            let refused = sealed_for(&events, 1).unwrap_err();
            assert!(matches!(refused, ChainError::Roster { listed: 1, counted: 2 }), "{refused}");
        }
    }

    #[test]
    fn an_epoch_that_is_not_sealed_has_no_roster() {
        assert!(roster_for(&[], 1).is_none());
        let open = log(vec![enrolled(1, 11, 0)]);
        assert!(roster_for(&open, 1).is_none());
        let settled = log(vec![enrolled(1, 11, 0), sealed(1), registered(1), enrolled(2, 12, 0)]);
        assert!(roster_for(&settled, 1).is_some());
        assert!(roster_for(&settled, 2).is_none(), "the changes are not sealed yet");
        let waiting = log(vec![enrolled(1, 11, 0), sealed(1)]);
        assert!(roster_for(&waiting, 1).is_some());
        // Numbers may be left out.
        let skipped = log(vec![sealed(0), registered(3), sealed(0), registered(5)]);
        assert!(roster_for(&skipped, 4).is_none() && roster_for(&skipped, 2).is_none());
    }
}
