//! An answer takes the same time for an address with an account, with a pending sign-up, and with neither.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use accounts::{
    identity::{
        ClientContext, Email, IdentityError, PasswordOperations as _, SignInOperations as _,
        SignUp, SignUpOperations as _,
    },
    token::Issuer,
};
use kit::clock::Clock;
use local::{identity::EmbeddedIdentity, mailbox::Mailbox};
use secrecy::SecretString;
use time::OffsetDateTime;

const PASSWORD: &str = "Correct-Horse-7-Battery";
const WRONG: &str = "Another-Horse-8-Battery";
/// A wrong code: it is longer than every code that is mailed.
const NO_CODE: &str = "1234567";

/// The number of times that each operation is timed with known addresses, and with unknown ones.
const TRIES: usize = 100;
/// The number of times with the same address: too few for a wait.
const EACH: usize = 4;
/// The largest difference of the ranks, in standard deviations. It is larger by chance once in more than 100,000 runs.
/// If all answers of one kind are slower than all of the other, it is 12.
const LIMIT: f64 = 4.5;

/// A clock that the test sets.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        let passed = Duration::from_hours(self.0.load(Ordering::SeqCst).unsigned_abs());
        OffsetDateTime::UNIX_EPOCH + passed
    }
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    SignUp,
    ResendCode,
    ForgotPassword,
    SignIn,
    Confirm,
    ConfirmWithPassword,
    ResetPassword,
}

/// The kind of a known address. The operations are timed with both kinds, and with unknown addresses.
#[derive(Debug, Clone, Copy)]
enum Kind {
    HasAccount,
    SignedUp,
}

struct Scene {
    identity: EmbeddedIdentity,
    client: ClientContext,
}

impl Scene {
    async fn carry_out(&self, operation: Operation, email: &Email) {
        let (identity, client) = (&self.identity, &self.client);
        match operation {
            Operation::SignUp => self.sign_up(email).await,
            Operation::ResendCode => identity.resend_code(email, client).await.unwrap(),
            Operation::ForgotPassword => identity.forgot_password(email, client).await.unwrap(),
            Operation::SignIn => {
                let refused = identity.sign_in(email, &WRONG.into(), client).await;
                assert!(matches!(refused, Err(IdentityError::WrongCredentials)));
            }
            Operation::Confirm => self.confirm(email, None).await,
            Operation::ConfirmWithPassword => self.confirm(email, Some(&WRONG.into())).await,
            Operation::ResetPassword => {
                let (code, new) = (NO_CODE.into(), WRONG.into());
                let refused = identity.reset_password(email, &code, &new, client).await;
                assert!(matches!(refused, Err(IdentityError::WrongCode)));
            }
        }
    }

    async fn confirm(&self, email: &Email, password: Option<&SecretString>) {
        let (identity, code) = (&self.identity, NO_CODE.into());
        let refused = identity.confirm_sign_up(email, &code, password, &self.client);
        assert!(matches!(refused.await, Err(IdentityError::WrongCode)));
    }

    async fn sign_up(&self, email: &Email) {
        let sign_up = SignUp {
            email: email.clone(),
            password: PASSWORD.into(),
            name: None,
        };
        self.identity.sign_up(sign_up, &self.client).await.unwrap();
    }
}

#[tokio::test]
async fn time_tells_nothing_of_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let (mailbox, hand) = (Mailbox::default(), Arc::new(Hand::default()));
    let issuer = Issuer {
        url: "http://127.0.0.1/Development".to_owned(),
        client_id: "local-Development".to_owned(),
    };
    let path = folder.path().join("accounts.redb");
    let identity = EmbeddedIdentity::open(&path, issuer, mailbox.clone(), hand.clone()).unwrap();
    let client = ClientContext::default();
    let scene = Scene { identity, client };

    let mut known = Vec::new();
    for i in 0..TRIES / EACH {
        let email = Email::parse(&format!("known-{i}@example.com")).unwrap();
        scene.sign_up(&email).await;
        let code = mailbox.code_for(&email).unwrap().into();
        let identity = &scene.identity;
        let confirmed = identity.confirm_sign_up(&email, &code, None, &scene.client);
        confirmed.await.unwrap();
        known.push(email);
    }

    let mut random = fastrand::Rng::with_seed(7);
    for (operation, kind) in [
        (Operation::SignUp, Kind::HasAccount),
        (Operation::ResendCode, Kind::HasAccount),
        (Operation::ForgotPassword, Kind::HasAccount),
        (Operation::SignIn, Kind::HasAccount),
        (Operation::SignIn, Kind::SignedUp),
        (Operation::Confirm, Kind::HasAccount),
        (Operation::Confirm, Kind::SignedUp),
        (Operation::ConfirmWithPassword, Kind::SignedUp),
        (Operation::ResetPassword, Kind::HasAccount),
        (Operation::ResetPassword, Kind::SignedUp),
    ] {
        // All attempts are forgotten, and expired records are deleted, before anything is timed.
        hand.0.fetch_add(25, Ordering::SeqCst);
        let nobody = Email::parse("nobody@example.com").unwrap();
        scene.carry_out(Operation::ResendCode, &nobody).await;
        let mut there = known.clone();
        if matches!(kind, Kind::SignedUp) {
            for (i, email) in there.iter_mut().enumerate() {
                let address = format!("{operation:?}-waits-{i}@example.com");
                *email = Email::parse(&address).unwrap();
                scene.sign_up(email).await;
            }
        }

        let mut tries: Vec<(bool, Email)> = Vec::new();
        for i in 0..TRIES {
            tries.push((true, there[i / EACH].clone()));
            // As often with the same address: signing up makes no account before it is confirmed.
            let address = format!("{operation:?}-{kind:?}-{}@example.com", i / EACH);
            tries.push((false, Email::parse(&address).unwrap()));
        }
        random.shuffle(&mut tries);
        let (mut there_times, mut other_times) = (Vec::new(), Vec::new());
        for (is_there, email) in tries {
            let start = Instant::now();
            scene.carry_out(operation, &email).await;
            let times = if is_there {
                &mut there_times
            } else {
                &mut other_times
            };
            times.push(start.elapsed());
        }
        let difference = rank_difference(&there_times, &other_times);
        eprintln!(
            "{operation:?} {kind:?}: {difference:+.2}, medians {:?} and {:?}",
            median(&mut there_times),
            median(&mut other_times)
        );
        assert!(
            difference.abs() < LIMIT,
            "{operation:?} {kind:?}: {difference:+.2}"
        );
    }
}

/// The statistic of Mann and Whitney in standard deviations: it tells if one of the two tends to be greater. It counts
/// ranks, so that a few very slow answers do not matter.
fn rank_difference(one: &[Duration], other: &[Duration]) -> f64 {
    let mut wins = 0.0;
    for a in one {
        for b in other {
            wins += match a.cmp(b) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    let count = |of: &[Duration]| f64::from(u32::try_from(of.len()).unwrap());
    let (m, n) = (count(one), count(other));
    (wins - m * n / 2.0) / (m * n * (m + n + 1.0) / 12.0).sqrt()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
