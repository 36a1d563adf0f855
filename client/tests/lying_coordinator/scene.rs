//! A study with its members, and what a test waits for.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::timeout;
use tributary_aggregation::ids::OwnerId;
use tributary_client::narrate::Event;
use tributary_proto::v1;
use tributary_proto::v1::event::Event as Wire;

use crate::actor::Actor;
use crate::house::House;
use crate::middle::Middle;

/// How long something may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Scene {
    pub house: House,
    pub middle: Middle,
    pub researcher: Actor,
    /// In ascending order of address, as share indices are.
    pub owners: Vec<Actor>,
}

impl Scene {
    /// So many owners in at most so many groups; nobody is there yet.
    pub async fn new(owners: u16, groups: u16) -> Self {
        Self::of(House::build(owners, groups).await).await
    }

    /// So many owners who consent to a study that asks for it; nobody is there yet.
    pub async fn asking(owners: u16) -> Self {
        Self::of(House::asking(owners).await).await
    }

    /// Three owners in a study that trains its researcher's module; nobody is there yet, and the module is not handed in.
    pub async fn bringing(module: &[u8]) -> Self {
        Self::of(House::bringing(module).await).await
    }

    async fn of(house: House) -> Self {
        let researcher = Actor::new(&house, &house.researcher);
        let owners = house.owners.iter().map(|wallet| Actor::new(&house, wallet)).collect();
        let scene = Self { middle: house.middle.clone(), house, researcher, owners };
        let connection = scene.researcher.connection(&scene.house);
        connection.register_study(scene.house.study, scene.house.plan.clone()).await.unwrap();
        scene
    }

    /// Everybody comes.
    pub async fn start(&mut self) {
        self.researcher.run_researcher(&self.house).await;
        self.start_owners().await;
    }

    pub async fn start_owners(&mut self) {
        for number in 0..self.owners.len() {
            self.start_owner(number).await;
        }
    }

    pub async fn start_owner(&mut self, number: usize) {
        self.owners[number].run_owner(&self.house, number).await;
    }

    pub fn ids(&self) -> Vec<OwnerId> {
        self.owners.iter().map(|owner| owner.id).collect()
    }

    /// Waits until `look` sees something.
    pub async fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let mut news = self.house.news.subscribe();
        let seen = async {
            loop {
                news.mark_unchanged();
                if let Some(seen) = look() {
                    return seen;
                }
                news.changed().await.unwrap();
            }
        };
        match timeout(PATIENCE, seen).await {
            Ok(seen) => seen,
            Err(_) => panic!("{what}: did not come about\n{}", self.story()),
        }
    }

    /// Waits until an owner is in the group.
    pub async fn joins(&self, number: usize) {
        let joined = |event: &Event| matches!(event, Event::GroupJoined { .. }).then_some(());
        self.until("it is in the group", || self.owners[number].told(joined).pop()).await;
    }

    /// Waits until an owner has refused something for a reason with these words in it.
    pub async fn refuses(&self, number: usize, words: &str) {
        let what = format!("owner {number} refuses: {words}");
        self.until(&what, || {
            self.owners[number].refusals().iter().any(|it| it.contains(words)).then_some(())
        })
        .await;
    }

    /// Waits until every owner has refused something for a reason with these words in it.
    pub async fn all_refuse(&self, words: &str) {
        for number in 0..self.owners.len() {
            self.refuses(number, words).await;
        }
    }

    /// Waits until the researcher has refused something for a reason with these words in it.
    pub async fn researcher_refuses(&self, words: &str) {
        let what = format!("the researcher refuses: {words}");
        self.until(&what, || self.researcher.refusals().iter().any(|it| it.contains(words)).then_some(()))
            .await;
    }

    /// Waits until an owner has dealt with everything that it was told so far.
    pub async fn has_dealt_with_it(&self, number: usize) {
        let owner = &self.owners[number];
        let word = format!("are you there? ({})", owner.told(|_| Some(())).len());
        let aborted = v1::RoundAborted { round: 0, attempt: 0, reason: word.clone(), absent: vec![] };
        self.middle.invents(owner.id, Wire::RoundAborted(aborted));
        let answered = |event: &Event| match event {
            Event::Aborted { reason, .. } if *reason == word => Some(()),
            _ => None,
        };
        self.until(&word, || owner.told(answered).pop()).await;
    }

    /// Waits until all owners have dealt with everything that they were told so far.
    pub async fn all_have_dealt_with_it(&self) {
        for number in 0..self.owners.len() {
            self.has_dealt_with_it(number).await;
        }
    }

    /// What everybody told and said, for a test that failed.
    fn story(&self) -> String {
        let mut story = String::new();
        for actor in std::iter::once(&self.researcher).chain(&self.owners) {
            let _ = writeln!(story, "{}:", actor.id);
            for event in actor.told(|event| Some(event.to_string())) {
                let _ = writeln!(story, "  {event}");
            }
        }
        for line in self.middle.heard(|from, said| Some(format!("{from} said {:.90}", format!("{said:?}")))) {
            let _ = writeln!(story, "{line}");
        }
        story
    }
}
