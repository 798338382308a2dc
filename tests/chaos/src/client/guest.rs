//! A guest: somebody who comes, writes and deletes the account.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{Client, GOOD, done};
use crate::{
    history::{Act, Kind},
    item,
    lab::Lab,
    plan::{Luck, Noun, Thing},
    session::User,
};

impl Client {
    /// Somebody signs up, writes, deletes the account while another device still writes, and tries to go on.
    pub(super) async fn come_and_go(&self, lab: &Arc<Lab>, value: u64) {
        let host = self.user().split('-').next().unwrap_or_default();
        let name = format!("{host}-guest-{value}");
        let domain = self.session.user.email.rsplit('@').next();
        let user = User {
            email: format!("{name}@{}", domain.unwrap_or_default()),
            name,
            editor: false,
        };
        let mut guest = Self::new(1_000 + self.number, user, self.seed);
        if !guest.session.sign_up(lab).await || !guest.session.sign_in(lab).await {
            lab.faults.count("guest who could not sign up");
            return;
        }
        let Some(subject) = guest.session.subject() else {
            return;
        };
        let value = value << 8;
        let things = [
            (Noun::Movies, Kind::Add),
            (Noun::Watchlist, Kind::Put),
            (Noun::Movies, Kind::Add),
        ];
        // Near the movies of the hosts, who are at them now.
        let near = lab.steps.load(Ordering::SeqCst) / 200;
        let things = (0..).zip(things).map(|(at, (noun, kind))| {
            let number = near + at;
            (Thing { noun, number }, kind)
        });
        let things: Vec<_> = things.collect();
        let mut next = value;
        for (thing, kind) in &things {
            next += 1;
            let write = guest.write_of(*thing, *kind, true, false, next);
            guest.write(lab, *thing, write, GOOD).await;
        }
        let released: Vec<_> = things
            .iter()
            .map(|(thing, _)| Act::Release {
                item: item::name(*thing, guest.user()),
            })
            .map(|act| lab.recorder.begin(guest.number, guest.user(), act))
            .collect();
        let mut other = Self::new(guest.number + 1_000, guest.session.user.clone(), self.seed);
        other.session = guest.session.beside();
        let (at_work, of_other) = (lab.clone(), things.clone());
        lab.go_on(async move {
            for (at, (thing, kind)) in (64..).zip(of_other) {
                let write = other.write_of(thing, kind, at % 2 == 0, false, value + at);
                let request = item::write(thing, &write);
                let act = Act::Write(write);
                other.attempt(&at_work, &act, &request, Luck::Good, 0).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if !guest.session.delete_account(lab).await {
            lab.faults.count("guest who was not told of the deletion");
            return;
        }
        for begun in &released {
            lab.recorder.end(begun, done());
        }
        lab.gone.lock().insert(guest.user().to_owned(), subject);
        for (at, (thing, kind)) in (128..).zip(things) {
            let write = guest.write_of(thing, kind, at % 2 == 0, false, value + at);
            let request = item::write(thing, &write);
            let act = Act::Write(write);
            guest.attempt(lab, &act, &request, Luck::Good, 0).await;
        }
    }
}
